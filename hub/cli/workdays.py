"""``hub workdays``: which days are worked."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.files import read_text
from hub.cli.opening import in_loop, opened_hub
from hub.rules import workdaytable
from hub.words.clock import SystemClock, shanghai


@click.group()
def workdays() -> None:
    """The calendar that time limits run by: the State Council's, and the table that goes before it."""


@workdays.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Read and check the file, write nothing.")
@in_loop
async def import_days(file: Path, dry_run: bool) -> None:
    """Bring in a CSV file of days: day,kind,note. UTF-8, or GBK as spreadsheets save it.

    day is YYYY-MM-DD, kind is work or rest. Known up to 2026 without it; a year with five weekdays of rest in this table
    counts as known, so give all of its holidays and make-up days. Days that are in the table already are replaced, others
    stay. Limits that run already keep the end they have. Running nodes know within a second.
    """
    rows = workdaytable.read_csv(read_text(file), shanghai(SystemClock().now()).date())
    if dry_run:
        click.echo(f"{len(rows)} days are well-formed; nothing was written")
        return
    async with opened_hub(may_be_new=True) as hub:
        changed = await hub.workdays.import_days(rows)
    click.echo(f"{len(rows)} days read, {changed} added or changed, {len(rows) - changed} as before")


@workdays.command("list")
@click.argument("year", type=click.IntRange(2000, 2100))
@in_loop
async def list_days(year: int) -> None:
    """Print what the table says of a year."""
    async with opened_hub() as hub:
        days = await hub.workdays.days_of(year)
    for each in days:
        click.echo(f"{each.day.isoformat()}  {each.kind:<4}  {each.note}".rstrip())
    if not days:
        click.echo(f"the table has no day of {year}: the State Council's calendar counts as far as it is known (2026)")
