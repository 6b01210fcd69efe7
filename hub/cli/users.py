"""``hub users``: accounts of staff."""

from __future__ import annotations

import csv
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from hub.app import Hub
from hub.cli.console import REFUSED, confirm, errors, print_table, progress
from hub.cli.files import read_text
from hub.cli.opening import in_loop, opened_hub, operator
from hub.identity.staff import NewStaff, PositionWanted, Staff
from hub.rules.context import Context
from hub.rules.importing import run_import
from hub.words.errors import SetupError
from hub.words.personal import Secret
from hub.words.regions import Region

T = TypeVar("T")


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

    Row by row: a bad one is left out and reported, the others go in. Known accounts only get positions they lack,
    and the identity number where none is on record (without one nobody can prove a resident). Again with
    the same file nothing changes. Exit code 1 when rows were left out.
    """
    data = read_text(file).encode()
    async with opened_hub(may_be_new=True) as hub:
        _root(hub)  # says what to do where there is none
        with progress("accounts") as told:
            done = await run_import(hub.units, "staff", data, told, operator())
    click.echo(
        f"{done.added} accounts made, {done.changed} completed, {done.unchanged} as before, {len(done.problems)} rows left out"
    )
    _hand_out(done.handed, passwords)
    if done.problems:
        _tell_rejects(done.problems, rejects)
        raise click.exceptions.Exit(REFUSED)


# --- one account ------------------------------------------------------------------------------------------------------


async def _act(call: Callable[[Staff, Context], Awaitable[T]]) -> T:
    async with opened_hub() as hub:
        staff = hub.identity.staff
        return await hub.units.read(lambda ctx: call(staff, ctx), plugin="identity", place=_root(hub), actor=operator())


@users.command()
@click.argument("username")
@in_loop
async def unlock(username: str) -> None:
    """Lift the locks after too many wrong passwords."""
    await _act(lambda staff, ctx: staff.unlock(ctx, username))
    click.echo(f"{username} may sign in again")


@users.command()
@click.argument("username")
@in_loop
async def reset(username: str) -> None:
    """Make a new first password and print it once; sessions end, locks are lifted."""
    password = await _act(lambda staff, ctx: staff.reset_password(ctx, username))
    click.echo(f"{username}: {password}")


@users.command()
@click.argument("username")
@in_loop
async def disable(username: str) -> None:
    """Close an account: sessions end, its positions count as on leave. "enable" opens it again."""
    await _act(lambda staff, ctx: staff.disable(ctx, username))
    click.echo(f"{username} is closed; open tasks go to deputies, or one level up")


@users.command()
@click.argument("username")
@in_loop
async def enable(username: str) -> None:
    """Open a closed account again; take its positions back with "return"."""
    await _act(lambda staff, ctx: staff.enable(ctx, username))
    click.echo(f"{username} may sign in again; hub users positions {username} shows what is on leave")


@users.command("leave-job")
@click.argument("username")
@click.option("--yes", is_flag=True, help="Do not ask.")
@in_loop
async def leave_job(username: str, yes: bool) -> None:
    """Somebody leaves for good: the account is closed, positions end, WeChat is unbound."""
    confirm(f"End the account, the positions and the WeChat bindings of {username}?", yes)
    await _act(lambda staff, ctx: staff.leave_job(ctx, username))
    click.echo(f"{username} has left")


# --- positions --------------------------------------------------------------------------------------------------------


@users.command()
@click.argument("username")
@in_loop
async def positions(username: str) -> None:
    """List what somebody holds or stands in for, with the ids that the next commands want."""
    found = await _act(lambda staff, ctx: staff.positions_of(ctx, username))
    columns = ("id", "role", "region", "bureau", "project", "node", "on leave")
    rows = [
        (
            each.id,
            each.role,
            each.region,
            each.bureau or "any",
            each.project or "any",
            each.node or "any",
            "yes" if each.on_leave else "no",
        )
        for each in found
    ]
    print_table(f"positions of {username}", columns, rows)


@users.command("end-position")
@click.argument("position")
@in_loop
async def end_position(position: str) -> None:
    """End a position now. Its open tasks go to its other holders, or one level up."""
    await _act(lambda staff, ctx: staff.dismiss(ctx, position))
    click.echo("ended")


@users.command()
@click.argument("position")
@click.option("--deputy", metavar="USERNAME", help="Who stands in (AB 岗); without one the work goes one level up.")
@in_loop
async def leave(position: str, deputy: str | None) -> None:
    """Send the holder of a position on leave."""

    async def call(staff: Staff, ctx: Context) -> None:
        await staff.set_leave(ctx, position, True, await staff.person_of(deputy) if deputy else None)

    await _act(call)
    click.echo("on leave")


@users.command("return")
@click.argument("position")
@in_loop
async def come_back(position: str) -> None:
    """The holder of a position is back from leave."""
    await _act(lambda staff, ctx: staff.set_leave(ctx, position, False))
    click.echo("back")


def _hand_out(passwords: Mapping[str, Secret], file: Path | None) -> None:
    """The first passwords, once."""
    rows = [(username, password.reveal()) for username, password in passwords.items()]
    if not rows:
        return
    if file is None:
        print_table(
            "first passwords, shown once",
            ("username", "password"),
            rows,
        )
        return
    with os.fdopen(
        os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline=""
    ) as out:
        csv.writer(out).writerows([("username", "password"), *rows])
    click.echo(f"first passwords are in {file}: hand them out, then delete it")


def _tell_rejects(problems: Mapping[str, str], file: Path | None) -> None:
    rows = list(problems.items())
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
