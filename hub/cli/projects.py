"""``hub projects``: the catalogue of subsidies, kept by the plugin that offers the import."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.console import REFUSED, print_table, progress
from hub.cli.files import read_text
from hub.cli.opening import in_loop, opened_hub, operator
from hub.rules.importing import run_import


@click.group()
def projects() -> None:
    """The catalogue of subsidy projects."""


@projects.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@in_loop
async def import_projects(file: Path) -> None:
    """Bring in a YAML catalogue: chains, limits and projects, with the terms that differ in a county.

    Published at the city and at each county it names. Cases that were submitted keep the terms they were submitted under.
    Again with the same file nothing changes. Exit code 1 when rows were left out.
    """
    async with opened_hub(may_be_new=True) as hub:
        with progress("projects") as told:
            done = await run_import(hub.units, "projects", read_text(file).encode(), told, operator())
    click.echo(f"{done.added} added, {done.changed} changed, {done.unchanged} as before")
    if done.problems:
        print_table("left out", ("row", "problem"), list(done.problems.items()))
        raise click.exceptions.Exit(REFUSED)
