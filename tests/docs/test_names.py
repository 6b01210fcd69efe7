"""What the documents name exists: commands with their options, scripts, settings, tests, files."""

from __future__ import annotations

import builtins
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import pytest

from docs.generate import sections
from hub.cli import main
from hub.settings import HubSettings

ROOT = Path(__file__).parents[2]
SOURCES = ("hub", "plugins", "tests", "bench")
PAGES = [
    *(ROOT / name for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "CHANGELOG.md", "config.yaml")),
    *(page for page in (ROOT / "docs").rglob("*.md") if page.parent.name != "reference"),
]
# Everything that is set as code: lines of blocks and spans.
BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
SETTING = re.compile(r"(?:push|web|live|jobs|store|identity|wechat|server)(?:\.[a-z_]+)+")
PATH = re.compile(r"(?<![\w./-])(?:scripts|tests|hub|docs|bench|plugins|templates)/[\w./-]*\w")


def code_of(page: Path) -> Iterator[str]:
    text = page.read_text("utf-8")
    yield from (line for block in BLOCK.findall(text) for line in block.splitlines())
    yield from SPAN.findall(BLOCK.sub("", text))


def all_code() -> list[tuple[str, str]]:
    return [(str(page.relative_to(ROOT)), code) for page in PAGES for code in code_of(page)]


def commands() -> Iterator[tuple[str, list[str]]]:
    """(page, words behind hub) of every command line that is shown."""
    for page, code in all_code():
        found = re.match(r"(?:\.venv/bin/)?hub ((?:[a-z]+|--config).*)", code.partition("  #")[0].strip())
        if found:
            yield page, shlex.split(found[1].replace("…", "x"))


# The plugins that a page has its reader make.
TO_BE_MADE = re.compile("visits|borrowing")


def command_of(group: click.Group, word: str) -> click.Command | None:
    """Also of a plugin of config.yaml."""
    context = click.Context(group)
    context.params = {"config": ROOT / "config.yaml"}
    return group.get_command(context, word)


def problem_of(words: list[str]) -> str | None:
    """Why this is no command of ours; None when it is one."""
    command: click.Command = main
    rest = iter(words)
    known = {"--help"}
    for word in rest:
        known |= {option for each in command.params for option in each.opts}
        if isinstance(command, click.Group) and (below := command_of(command, word)) is not None:
            command = below
        elif isinstance(command, click.Group) and not word.startswith("-"):
            if "|" in word:  # `hub plugins on|off`
                return next((f"no {one}" for one in word.split("|") if one not in command.commands), None)
            return f"no command {word}"
        elif word.startswith("--") and word not in known | {option for each in command.params for option in each.opts}:
            return f"no option {word}"
    return None


def test_every_command_exists():
    """With the options that are shown."""
    shown = list(commands())

    wrong = [f"{page}: hub {shlex.join(words)}: {problem}" for page, words in shown if (problem := problem_of(words))]

    assert len(shown) > 20
    assert wrong == []


def test_every_setting_exists():
    """By its path in config.yaml."""
    known = {
        f"{path}.{field.encode_name}".lstrip(".")
        for path, kind in sections(HubSettings, "")
        for field in msgspec.structs.fields(kind)
    }
    shown = {(page, name) for page, code in all_code() if (name := code.partition(":")[0]) and SETTING.fullmatch(name)}

    assert len(shown) > 10
    assert sorted(f"{page}: {name}" for page, name in shown if name not in known) == []


def test_every_file_exists():
    """Paths within the project that are named as code; those that the reader is to make are not ours."""
    named = {(page, path) for page, code in all_code() for path in PATH.findall(code)}

    missing = [
        f"{page}: {path}"
        for page, path in sorted(named)
        if not TO_BE_MADE.search(path) and not (ROOT / path).exists() and not list(ROOT.glob(f"{path}.*"))
    ]

    assert len(named) > 30
    assert missing == []


def test_every_function_exists():
    """What is named as a call, such as `transition(move, state)`, is defined somewhere, or is Python's."""
    sources = "\n".join(file.read_text("utf-8") for folder in SOURCES for file in (ROOT / folder).rglob("*.py"))
    known = {*re.findall(r"(?:def|class) (\w+)", sources), *dir(builtins), *dir(str)}
    named = {(page, name) for page, code in all_code() for name in re.findall(r"^(?:\w+\.)*(\w+)\(", code)}

    assert len(named) > 15
    assert sorted(f"{page}: {name}" for page, name in named if name not in known) == []


@pytest.mark.parametrize("page", [str(page.relative_to(ROOT)) for page in PAGES])
def test_every_test_that_is_named_exists(page):
    """`test_…` in a document is a test function or file."""
    tests = "\n".join(file.read_text("utf-8") for file in (ROOT / "tests").rglob("*.py"))
    names = {name for code in code_of(ROOT / page) for name in re.findall(r"\btest_\w+", code)}
    known = set(re.findall(r"def (test_\w+)", tests)) | {file.stem for file in (ROOT / "tests").rglob("test_*.py")}

    assert {name for name in names - known if not TO_BE_MADE.search(name)} == set()
