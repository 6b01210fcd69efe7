"""``hub regions``: the tree of places."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from hub.cli.files import read_text
from hub.cli.opening import in_loop, opened_hub
from hub.rules import places
from hub.words.regions import Region, RegionTree


@click.group()
def regions() -> None:
    """The tree of city, counties, towns and villages."""


@regions.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Read and check the file, write nothing.")
@in_loop
async def import_regions(file: Path, dry_run: bool) -> None:
    """Bring in a CSV file of regions: code,name,level,parent,status. UTF-8, or GBK as spreadsheets save it.

    level is city, county, town or village; status is active or abolished; a parent may be in the file or be known already.
    Rows with a known code are replaced, others added; nothing is deleted, since old cases name old places. Running nodes know
    within a second. Again with the same file nothing changes.
    """
    lines = places.read_lines(read_text(file))
    if dry_run and places.stand_alone(lines):
        _say_checked(places.checked(lines, RegionTree(())))
        return
    async with opened_hub(may_be_new=not dry_run) as hub:
        rows = places.checked(lines, hub.places.tree)
        if dry_run:
            _say_checked(rows)
            return
        changed = await hub.places.import_rows(rows)
    click.echo(f"{len(rows)} regions read, {changed} added or changed, {len(rows) - changed} as before")


def _say_checked(rows: Sequence[Region]) -> None:
    click.echo(f"{len(rows)} regions are well-formed; nothing was written")
