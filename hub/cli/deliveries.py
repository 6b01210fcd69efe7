"""``hub deliveries``: where every push has gone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, get_args

import click
import msgspec

from hub.app import Hub
from hub.cli.console import REFUSED, Hours, confirm, errors, print_json, print_table
from hub.cli.opening import county_option, in_loop, note, opened_hub
from hub.rules.finding import nearest
from hub.store.deliveries import ENDED_BADLY, STATES, Balance, Channel, Delivery, Filter
from hub.words.contributions import Paging
from hub.words.errors import SetupError

LINE_COLUMNS = ("id", "created", "county", "code", "message", "person", "channel", "state", "reason", "attempts")
BALANCE_COLUMNS = (
    "county",
    "hour",
    "accepted",
    "delivered",
    "unconfirmed",
    "sent",
    "pending",
    "suppressed",
    "failed",
    "dead",
    "missing",
)
CUT_OFF_COLUMNS = ("name", "county", "since", "failures", "error")
CITY = "city"


@click.group()
def deliveries() -> None:
    """Deliveries: one per person and channel of every push."""


def _filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which deliveries are meant."""
    for option in (
        click.option("--within", type=Hours(), metavar="HOURS", help="Only those of the last HOURS hours."),
        click.option("--reason", help="Only those with this reason, such as an error code of WeChat's."),
        click.option("--message", metavar="PLUGIN.NAME", help="Only this message, such as worklist.arrived."),
        county_option(help="Only this county; 'city' for the city's own."),
    ):
        command = option(command)
    return command


def _filter_of(hub: Hub, *, states: Sequence[str], county: str | None, within: timedelta | None, **rest: Any) -> Filter:
    every = [*(place.code for place in hub.places.tree.counties()), None]
    counties = every if county is None else [None if county == CITY else county]
    since = hub.clock.now() - within if within else None
    return Filter(counties=tuple(counties), states=tuple(states) or STATES, since=since, **rest)  # type: ignore[arg-type]


@deliveries.command()
@county_option(help="Only this county; 'city' for the city's own.")
@click.option("--within", type=Hours(), metavar="HOURS", help="Only the last HOURS hours.")
@click.option("--json", "as_json", is_flag=True, help="JSON for scripts.")
@in_loop
async def balance(county: str | None, within: timedelta | None, as_json: bool) -> None:
    """Print, per county and hour, where everything that was accepted has gone.

    accepted = delivered + sent + suppressed + failed + dead + pending. Exit code 1 when anything is missing.
    """
    async with opened_hub() as hub:
        counties = None if county is None else [None if county == CITY else county]
        since = hub.clock.now() - within if within else None
        rows = await hub.push.operations.balance(counties, since)
    missing = sum(abs(row.missing) for row in rows)
    if as_json:
        print_json({"missing": missing, "rows": [_balance_fields(row) for row in rows]})
    else:
        cells = [tuple(_balance_fields(row).values()) for row in rows]
        print_table("deliveries", BALANCE_COLUMNS, cells, numbers=BALANCE_COLUMNS[2:])
        click.echo(f"missing: {missing}" + ("" if missing else ", the balance is exact"))
    if missing:
        raise click.exceptions.Exit(REFUSED)


def _balance_fields(row: Balance) -> dict[str, Any]:
    return {column: getattr(row, column) for column in BALANCE_COLUMNS} | {"county": row.county or CITY}


@deliveries.command("list")
@_filter_options
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="Only these states; may be repeated.")
@click.option("--channel", type=click.Choice(get_args(Channel)), help="Only this channel.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@click.option("--cursor", help="Go on behind an earlier list.")
@click.option("--json", "as_json", is_flag=True, help="JSON for scripts.")
@in_loop
async def list_deliveries(states: Sequence[str], limit: int, cursor: str | None, as_json: bool, **which: Any) -> None:
    """List deliveries, the newest first. Persons are ids: who they are is for those who may know."""
    async with opened_hub() as hub:
        page = await hub.push.deliveries.page(
            _filter_of(hub, states=states, **which), Paging(limit=limit, cursor=cursor)
        )
    if as_json:
        print_json({"items": [_line(each) for each in page.items], "next": page.next})
        return
    print_table("deliveries", LINE_COLUMNS, [tuple(_line(each).values()) for each in page.items], numbers=("attempts",))
    if page.next:
        errors().print(f"more: --cursor {page.next}", markup=False)


def _line(each: Delivery) -> dict[str, Any]:
    values = (
        each.id,
        each.created_at,
        each.county or CITY,
        each.code,
        each.message,
        each.person,
        each.channel,
        each.state,
        each.reason,
    )
    return dict(zip(LINE_COLUMNS, (*values, each.attempts), strict=True))


@deliveries.command()
@click.argument("id")
@click.option("--json", "as_json", is_flag=True, help="JSON for scripts.")
@in_loop
async def show(id: str, as_json: bool) -> None:
    """Show one delivery and everything that happened to it: what was done, when, and what WeChat said."""
    async with opened_hub() as hub:
        story = await hub.push.operations.show(id)
    if as_json:
        print_json(story)
        return
    facts = msgspec.structs.asdict(story.delivery) | {"via": story.via, "event": story.event}
    print_table("delivery", ("field", "value"), list(facts.items()))
    print_table("what happened", ("at", "what", "detail"), [(line.at, line.text, line.detail) for line in story.lines])


@deliveries.command()
@_filter_options
@click.option(
    "--state", "states", multiple=True, type=click.Choice(ENDED_BADLY), help="Only these states; may be repeated."
)
@click.option("--dry-run", is_flag=True, help="Say how many would be sent again, change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@in_loop
async def replay(states: Sequence[str], dry_run: bool, yes: bool, **which: Any) -> None:
    """Send again what failed or died. First mend the cause, and look with --dry-run how many it would be."""
    async with opened_hub() as hub:
        operations = hub.push.operations
        wanted = _filter_of(hub, states=states or ENDED_BADLY, **which)
        count = (await operations.replay(wanted, dry_run=True)).count
        if dry_run or not count:
            click.echo(f"{count} would be sent again" + ("" if count else ": nothing to do"))
            return
        confirm(f"Send {count} messages again?", yes)
        await note(hub, "deliveries.replay", str(count))
        answer = await operations.replay(wanted, dry_run=False)
    click.echo(f"{answer.count} are on their way again, as soon as a hub serves")


@deliveries.command("cut-off")
@county_option(help="Only this county; 'city' for the city's own.")
@click.option("--json", "as_json", is_flag=True, help="JSON for scripts.")
@in_loop
async def cut_off(county: str | None, as_json: bool) -> None:
    """List the triggers and reactions that are cut off, each with its last error: types, file and line, never what it said.

    Exit code 1 when there is any.
    """
    async with opened_hub() as hub:
        rows = [row for row in await hub.push.operations.cut_off() if county in (None, row.county or CITY)]
    cells = [(row.name, row.county or CITY, row.cut_at, row.failures, row.error) for row in rows]
    if as_json:
        print_json([dict(zip(CUT_OFF_COLUMNS, line, strict=True)) for line in cells])
    else:
        print_table("cut off", CUT_OFF_COLUMNS, cells, numbers=("failures",))
    if rows:
        raise click.exceptions.Exit(REFUSED)


@deliveries.command()
@click.argument("name")
@county_option(required=True, help="The county, as a region code; 'city' for the city's own.")
@in_loop
async def rearm(name: str, county: str) -> None:
    """Let the trigger or reaction NAME, which was cut off in a county, run again with all that waited. First mend the cause."""
    async with opened_hub() as hub:
        known = [row.name for row in await hub.push.operations.cut_off() if (row.county or CITY) == county]
        if name not in known:
            raise SetupError(f"'{name}' is not cut off in {county}.{nearest(name, known)} See hub deliveries cut-off.")
        where = None if county == CITY else county
        await note(hub, "deliveries.rearm", name, where)
        waiting = await hub.push.rearm(where, name)
    click.echo(f"{name} is on again in {county}: {waiting} events waited, a hub that serves takes them up")
