"""``hub keys``: the keys that personal data are encrypted with."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.opening import read_settings
from hub.errors import SetupError
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
