"""What commands say and how they fail: tables and progress for people, JSON for scripts, problems as a numbered list."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from hub.words.clock import shanghai
from hub.words.errors import Refused, SetupError

REFUSED, WRONG_SETUP, STOPPED = 1, 2, 130


class Hours(click.ParamType[timedelta]):
    """A time back from now, in hours: more than none, at most ten years."""

    name = "hours"
    most = 24 * 3660

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> timedelta:
        try:
            hours = float(value)
        except ValueError:
            self.fail(f"{value!r} is no number of hours", param, context)
        # A comparison with "not a number" is never true.
        if not 0 < hours <= self.most:
            self.fail(f"{value} is not between 0 and {self.most} hours", param, context)
        return timedelta(hours=hours)


class HubGroup(click.Group):
    """Turns the hub's two kinds of errors into words and exit codes."""

    def invoke(self, context: click.Context) -> Any:
        say_what_the_terminal_can()
        try:
            return super().invoke(context)
        except SetupError as error:
            say_problems(error.problems)
            context.exit(WRONG_SETUP)
        except Refused as refused:
            say_refused(refused)
            context.exit(REFUSED)
        except KeyboardInterrupt:
            context.exit(STOPPED)


def say_what_the_terminal_can() -> None:
    """A terminal or a pipe with another encoding shows escapes where it has no character, instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def out() -> Console:
    """Where answers go."""
    # Tables are as wide as a terminal is, but what is piped into a file is not cut.
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else 200)


def errors() -> Console:
    """Where everything goes that is no answer: problems, progress, questions."""
    return Console(file=sys.stderr, soft_wrap=True)


def say_problems(problems: Sequence[str]) -> None:
    console = errors()
    console.print(
        "[bold red]Not possible yet. Please mend:[/]" if len(problems) > 1 else "[bold red]Not possible yet:[/]"
    )
    for number, problem in enumerate(problems, start=1):
        console.print(f"{number:3}. {problem}", markup=False, highlight=False)


def say_refused(refused: Refused) -> None:
    console = errors()
    console.print(f"{refused.text} ({refused.code})", markup=False, style="red")
    for field, words in refused.fields.items():
        console.print(f"  {field}: {words}", markup=False)


def confirm(question: str, yes: bool) -> None:
    """Go on only with ``--yes`` or a yes on the terminal; else stop with exit code 1."""
    if not yes:
        click.confirm(question, abort=True, err=True)


def print_json(record: Any) -> None:
    """For scripts: one JSON document on standard output, in ASCII where that cannot say everything."""
    text = json_text(record)
    try:
        text.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        text = json.dumps(json.loads(text), indent=2)
    click.echo(text)


def json_text(record: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(record), indent=2).decode()


def write_text(file: Path, text: str) -> None:
    """Write a file that the operator named. Raises ``SetupError`` where that cannot be."""
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise SetupError(
            f"{file} cannot be written ({error.strerror}): name a file in a folder that there is"
        ) from None


def print_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], numbers: Sequence[str] = ()
) -> None:
    """A table for people; columns named in ``numbers`` are set to the right."""
    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(cell_of(value) for value in row))
    out().print(table)


def cell_of(value: object) -> str:
    """A value as a person reads it; times as Shanghai's clocks show them."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, datetime):
        return f"{shanghai(value):%m-%d %H:%M:%S}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {number}" for key, number in value.items()) or "0"
    return str(value)


@contextmanager
def progress(label: str) -> Iterator[Callable[..., None]]:
    """A bar on standard error for what takes long; call the function with (done, total), and what else there is to say."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total, *_: bar.update(task, completed=done, total=total)
