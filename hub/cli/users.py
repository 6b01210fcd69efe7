"""``hub users``: accounts of staff."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import yaml

from hub.app import Hub
from hub.cli.console import REFUSED, errors, print_table, progress
from hub.cli.files import read_text
from hub.cli.opening import in_loop, opened_hub, operator
from hub.errors import SetupError
from hub.identity.staff import Created, ImportReport, NewStaff, PositionWanted
from hub.regions import Region


@click.group()
def users() -> None:
    """Accounts of staff: handlers, leaders, discipline inspection, operations."""


@users.command()
@click.argument("username")
@click.option("--name", prompt="Name (姓名)", help="The person's name. Asked for when left out.")
@click.option("--role", required=True, help="The position's role, such as window, handler, leader, ops_system.")
@click.option("--region", required=True, metavar="CODE", help="Where the position is.")
@click.option("--bureau", help="The position's bureau; any when left out.")
@click.option("--project", metavar="CODE", help="The position's project; any when left out.")
@click.option("--node", help="The position's node, such as accept; any when left out.")
@click.option("--id-number", is_flag=True, help="Ask for the identity number, by which 回避 finds the same person.")
@in_loop
async def add(username: str, name: str, id_number: bool, **position: Any) -> None:
    """Make an account with one position, and print its first password once; it must be changed at the first sign-in."""
    # Never as an option: the shell would keep it in its history, and ps would show it.
    number = click.prompt("Identity number", hide_input=True) if id_number else None
    new = NewStaff(username=username, name=name, id_number=number, positions=(PositionWanted(**position),))
    async with opened_hub(may_be_new=True) as hub:
        created = await hub.units.read(
            lambda ctx: hub.identity.staff.create_account(ctx, new),
            plugin="identity",
            place=_root(hub),
            actor=operator(),
        )
    click.echo(f"{created.username}: {created.password}")


@users.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--passwords",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write new passwords to this file (0600) instead of the screen.",
)
@click.option(
    "--rejects",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the rows that were left out to this CSV file.",
)
@in_loop
async def import_users(file: Path, passwords: Path | None, rejects: Path | None) -> None:
    """Bring in a YAML file with a list "staff" of {username, name, id_number, phone, positions: [{role, region, bureau, …}]}.

    Row by row: a bad one is left out and reported, the others go in. Known accounts only get positions they lack. Again with
    the same file nothing changes. Exit code 1 when rows were left out.
    """
    rows = _read_staff(file)
    async with opened_hub(may_be_new=True) as hub:
        with progress("accounts") as told:
            report = await _import(hub, rows, lambda done: told(done, len(rows)))
    new, left_out = len(report.created), len(report.problems)
    click.echo(
        f"{new} accounts made, {report.known} known, {report.positions} positions given, {left_out} rows left out"
    )
    _hand_out(report.created, passwords)
    if report.problems:
        _tell_rejects(report, rejects)
        raise click.exceptions.Exit(REFUSED)


async def _import(hub: Hub, rows: Sequence[Any], told: Any) -> ImportReport:
    done = iter(range(1, len(rows) + 1))
    return await hub.units.read(
        lambda ctx: hub.identity.staff.import_staff(ctx, rows, lambda: told(next(done))),
        plugin="identity",
        place=_root(hub),
        actor=operator(),
    )


def _read_staff(file: Path) -> Sequence[Any]:
    try:
        content = yaml.load(read_text(file), yaml.CSafeLoader)
    except yaml.YAMLError:
        # The reason would quote the file, which is full of people.
        raise SetupError(f"{file} is no YAML: check its quotes and indentation") from None
    rows = content.get("staff") if isinstance(content, dict) else None
    if not isinstance(rows, list):
        raise SetupError(f"{file} must have a list named staff; hub/demo/data/people.yaml shows the shape")
    return rows


def _hand_out(created: Sequence[Created], file: Path | None) -> None:
    """The first passwords, once."""
    if not created:
        return
    if file is None:
        print_table(
            "first passwords, shown once",
            ("username", "password"),
            [(each.username, each.password) for each in created],
        )
        return
    with os.fdopen(
        os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline=""
    ) as out:
        csv.writer(out).writerows([("username", "password"), *((each.username, each.password) for each in created)])
    click.echo(f"first passwords are in {file}: hand them out, then delete it")


def _tell_rejects(report: ImportReport, file: Path | None) -> None:
    rows = sorted(report.problems.items())
    if file is None:
        print_table("left out", ("row", "problem"), rows)
        return
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows([("row", "problem"), *rows])
    errors().print(f"the rows that were left out are in {file}", markup=False)


def _root(hub: Hub) -> Region:
    cities = hub.places.tree.children(None)
    if not cities:
        raise SetupError("there are no regions yet: run hub regions import first")
    return cities[0]
