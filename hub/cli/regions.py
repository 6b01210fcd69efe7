"""``hub regions``: the tree of places."""

from __future__ import annotations

from pathlib import Path

import click

from hub import places
from hub.cli.opening import in_loop, opened_hub


@click.group()
def regions() -> None:
    """The tree of city, counties, towns and villages."""


@regions.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Read and check the file, write nothing.")
@in_loop
async def import_regions(file: Path, dry_run: bool) -> None:
    """Bring in a CSV file of regions: code,name,level,parent,status.

    level is city, county, town or village; status is active or abolished. Rows with a known code are replaced, others added;
    nothing is deleted, since old cases name old places. Running nodes know within a second. Again with the same file nothing
    changes.
    """
    rows = places.read_csv(file.read_text("utf-8-sig"))
    if dry_run:
        click.echo(f"{len(rows)} regions are well-formed; nothing was written")
        return
    async with opened_hub(may_be_new=True) as hub:
        changed = await hub.places.import_rows(rows)
    click.echo(f"{len(rows)} regions read, {changed} added or changed, {len(rows) - changed} as before")
