"""``hub keys``: the keys that personal data are encrypted with."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.console import progress
from hub.cli.opening import in_loop, opened_hub, read_settings
from hub.errors import SetupError
from hub.store.resealing import reseal
from hub.store.sealer import load_keys


@click.group()
def keys() -> None:
    """The keys of personal data, which lie apart from the database."""


@keys.command()
@click.pass_obj
def make(config: Path) -> None:
    """Make the key file once. Back it up apart from the database: without it personal data cannot be read by anybody."""
    path = read_settings(config).key_file
    if path.exists():
        raise SetupError(f"{path} is there already: new keys would make what is stored unreadable, so it is left alone")
    path.parent.mkdir(parents=True, exist_ok=True)
    load_keys(path, make=True)
    click.echo(f"{path} has been made. Copy it to a safe place apart from the database and its backups.")


@keys.command("reseal")
@in_loop
async def reseal_values() -> None:
    """Seal what older keys have sealed anew with the current one; afterwards these may leave the key file.

    May run while the hub serves, be stopped, and be run again: what is done is passed over. When it says 0, nothing is left.
    """
    async with opened_hub() as hub:
        with progress("documents") as told:
            changed = await reseal(hub.database, told)
    click.echo(f"{changed} values sealed anew")
