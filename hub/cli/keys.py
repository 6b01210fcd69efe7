"""``hub keys``: the keys that personal data are encrypted with."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import click

from hub.app import open_client
from hub.cli.console import progress
from hub.cli.opening import has_database, in_loop, opened_hub, read_settings
from hub.settings import HubSettings
from hub.store import keyring
from hub.store.cipher import load_keys, replace_keys, with_new_key
from hub.store.resealing import reseal
from hub.words.errors import SetupError


@click.group()
def keys() -> None:
    """The keys of personal data, which lie apart from the database."""


@keys.command()
@click.pass_obj
def make(config: Path) -> None:
    """Make the key file once. Back it up apart from the database: without it personal data cannot be read by anybody.

    Refuses where the database holds sealed data already: other keys would not open them.
    """
    settings = read_settings(config)
    path = settings.key_file
    if path.exists():
        raise SetupError(f"{path} is there already: new keys would make what is stored unreadable, so it is left alone")
    if has_database(settings) and asyncio.run(_is_sealed(settings)):
        raise SetupError(
            f"the database holds data that are sealed already, with the keys of another file: put that at {path}, from another "
            "node or from its backup"
        )
    load_keys(path, make=True)
    click.echo(f"{path} has been made. Copy it to a safe place apart from the database and its backups.")


async def _is_sealed(settings: HubSettings) -> bool:
    async with AsyncExitStack() as stack:
        client, _ = await open_client(settings, stack)
        return await keyring.has_sealed(client[settings.store.database])


@keys.command()
@click.pass_obj
def add(config: Path) -> None:
    """Add a new key to the key file, under a random id. Nothing is sealed with it until "current" names it."""
    path = read_settings(config).key_file
    before = load_keys(path, make=False)
    after = with_new_key(before, use=False)
    replace_keys(path, after)
    [id] = after.keys.keys() - before.keys.keys()
    click.echo(f"{id} has been added to {path}. Copy the file to every node, and to its backup, and restart them; then")
    click.echo(f'set "current": "{id}" in all of them, restart them again, and run hub keys reseal.')


@keys.command("reseal")
@in_loop
async def reseal_values() -> None:
    """Seal what older keys have sealed anew with the current one; afterwards these may leave the key file.

    May run while the hub serves, be stopped, and be run again: what is done is passed over. When it says 0, nothing is left.
    """
    async with opened_hub() as hub:
        with progress("documents") as told:
            changed = await reseal(hub.database, told)
        if not changed:
            await keyring.retire(hub.database)
    click.echo(f"{changed} values sealed anew")
