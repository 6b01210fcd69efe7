"""``hub backup``, ``hub restore``, ``hub restored``: the database as one locked file, and back."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import click
from click import Path as PathOption

from hub import __version__
from hub.app import open_client
from hub.cli.console import REFUSED, errors, progress, say_problems
from hub.cli.opening import has_database, in_loop, read_settings
from hub.settings import HubSettings
from hub.store import backup as backups
from hub.store import vault
from hub.store.backup import Manifest
from hub.store.cipher import KeyFile, load_keys, replace_keys
from hub.store.mongo import AsyncMongoClient
from hub.store.vault import SHORTEST_PASSPHRASE, Damaged, Locker, Opener, Passphrase, PrivateKey, Recipient
from hub.web.logs import configure
from hub.words.clock import shanghai
from hub.words.errors import SetupError

VARIABLE = "HUB_BACKUP_PASSPHRASE"
FILE = PathOption(path_type=Path, dir_okay=False)
NEXT = """What to do next:
  1. hub check, then start the hub and look at /readyz and hub deliveries balance.
  2. Phones and pages start their inbox anew by themselves: every stream has a new epoch.
  3. What happened after {at} is not in it. {open} events and messages were on their way then: they go on, and some people get
     a WeChat message again. hub deliveries list --state pending shows them.
  4. Accounts that were disabled since, positions that ended, passwords and bindings that changed are as they were, and
     sign-ins that were ended are open again: end and change them again before you let people in.
  5. Consents that people took back since stand again, and data that were deleted for them are back: WeChat does not tell it
     again. Delete them again, or whoever reads them does so without the right to.
  6. Numbers of cases (受理编号) that were given out since are given out again."""


def passphrase_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--passphrase-file FILE``, else the variable, else it is asked for."""
    words = f"The first line of this file is the passphrase; else {VARIABLE}, else it is asked for."
    return click.option("--passphrase-file", type=FILE, help=words)(command)


def identity_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--identity FILE``."""
    return click.option("--identity", type=FILE, help="The private key of its recipient, instead of a passphrase.")(
        command
    )


@click.group()
def backup() -> None:
    """Back the database up into one locked file, with its files, and read it back; the keys go into a file of their own."""


@backup.command("make")
@click.argument("file", type=FILE)
@click.option(
    "--keys", "keys_file", type=FILE, help="Copy the key file too, locked as well: to be kept apart from the data."
)
@click.option(
    "--recipient", type=FILE, help="Lock for this public key, made by hub backup recipient, without a passphrase."
)
@passphrase_option
@in_loop
async def make_backup(file: Path, keys_file: Path | None, recipient: Path | None, passphrase_file: Path | None) -> None:
    """Write a backup of the whole database as it is at this moment, while the hub serves. It is read back at the end."""
    locker: Locker = Recipient(vault.key_in(recipient)) if recipient else _passphrase(passphrase_file, new=True)
    settings = _settings()
    if not has_database(settings):
        raise SetupError(f"there is no database yet in {settings.data_dir}: nothing to back up")
    async with _connected(settings) as client:
        with progress("documents") as told:
            manifest = await backups.write(client, settings.store.database, file, locker, hub=__version__, told=told)
    click.echo(f"{file}: {_words(manifest)}, {file.stat().st_size / 1e6:.1f} MB; read back, and well")
    if keys_file is not None:
        backups.write_keys(keys_file, load_keys(settings.key_file, make=False), locker)
        click.echo(f"{keys_file}: the keys. Keep it apart from {file.name}: together they are everything.")
    else:
        errors().print(
            f"note: the keys are not in it ({settings.key_file}). Without a copy of them, by --keys, nobody can read it.",
            markup=False,
        )


@backup.command("verify")
@click.argument("file", type=FILE)
@identity_option
@passphrase_option
def verify_backup(file: Path, identity: Path | None, passphrase_file: Path | None) -> None:
    """Read a backup to its end and compare every count and digest. Needs no database. Exit code 1 when it is damaged."""
    opener = _opener(identity, passphrase_file)
    try:
        with progress("documents") as told:
            manifest = backups.verify(file, opener, told)
    except Damaged as damage:
        say_problems(damage.problems)
        raise click.exceptions.Exit(REFUSED) from None
    click.echo(f"{file} is well: {_words(manifest)}, of {_moment(manifest)}, by hub {manifest.hub}")


@backup.command("recipient")
@click.argument("file", type=FILE)
def make_recipient(file: Path) -> None:
    """Make a pair of keys for backups without a passphrase: FILE is private, FILE.pub is what the hub's machine needs."""
    identity = vault.new_private_key()
    with vault.new_file(file) as private:
        private.write(vault.as_text(identity.private).encode())
    public = file.with_name(file.name + ".pub")
    with vault.new_file(public) as shown:
        shown.write(vault.as_text(identity.recipient.public).encode())
    click.echo(f"{file} opens backups: keep it where the hub is not. Lock with --recipient {public}.")


@click.command()
@click.argument("file", type=FILE)
@click.option(
    "--keys", "keys_file", type=FILE, help="The keys from hub backup make --keys; written where config.yaml wants them."
)
@click.option("--replace", is_flag=True, help="Delete what the database holds. Without it only an empty one is filled.")
@identity_option
@passphrase_option
@in_loop
async def restore(
    file: Path, keys_file: Path | None, replace: bool, identity: Path | None, passphrase_file: Path | None
) -> None:
    """Bring a backup into the database of config.yaml: verified before, read back after. All hubs must be stopped.

    Nothing is touched when the file is damaged, the keys do not fit, or the database is not empty. Ends as hub restored does.
    """
    opener, settings = _opener(identity, passphrase_file), _settings()
    with progress("verified") as told:
        manifest = backups.verify(file, opener, told)
    keys = _fitting_keys(settings, keys_file, opener, manifest)
    async with _connected(settings) as client:
        with progress("documents") as told:
            await backups.restore(
                client, settings.store.database, file, opener, manifest=manifest, replace=replace, told=told
            )
        open_ = await backups.unfinished(client[settings.store.database])
    if not settings.key_file.exists():
        replace_keys(settings.key_file, keys)
    click.echo(f"{settings.store.database}: {_words(manifest)} restored; read back, and well")
    click.echo(NEXT.format(at=_moment(manifest), open=open_))


@click.command()
@in_loop
async def restored() -> None:
    """Say that the database was restored by other means (mongorestore, a snapshot): before the first hub starts on it.

    Gives every inbox stream a new epoch, so that phones which know more than was restored start anew, and says what to do next.
    """
    settings = _settings()
    async with _connected(settings) as client:
        stored = client[settings.store.database]
        await backups.refuse_half(stored)
        streams, open_ = await backups.renew_epochs(stored), await backups.unfinished(stored)
    click.echo(f"{streams} streams have a new epoch")
    click.echo(NEXT.format(at="the moment of the backup", open=open_))


@asynccontextmanager
async def _connected(settings: HubSettings) -> AsyncIterator[AsyncMongoClient[dict[str, Any]]]:
    """The database alone: a hub would fill it with what it needs."""
    configure("warning", pretty=True)
    async with AsyncExitStack() as stack:
        client, _ = await open_client(settings, stack)
        yield client


def _settings() -> HubSettings:
    return read_settings(click.get_current_context().obj)


def _fitting_keys(settings: HubSettings, keys_file: Path | None, opener: Opener, manifest: Manifest) -> KeyFile:
    """The keys of the backup, from the file that is given, and not beside others. Raises ``SetupError``."""
    path = settings.key_file
    if keys_file is None or path.exists():
        backups.check_keys(manifest, load_keys(path, make=False), path)
    if keys_file is None:
        return load_keys(path, make=False)
    keys = backups.read_keys(keys_file, opener)
    backups.check_keys(manifest, keys, keys_file)
    return keys


def _opener(identity: Path | None, passphrase_file: Path | None) -> Opener:
    return PrivateKey(vault.key_in(identity)) if identity else _passphrase(passphrase_file, new=False)


def _passphrase(file: Path | None, *, new: bool) -> Passphrase:
    if file is not None:
        try:
            text = file.read_text("utf-8").splitlines()[0].strip()
        except (OSError, UnicodeDecodeError, IndexError) as problem:
            raise SetupError(f"{file} holds no passphrase ({type(problem).__name__})") from None
    else:
        text = os.environ.get(VARIABLE) or click.prompt(
            "Passphrase", hide_input=True, confirmation_prompt=new, err=True
        )
    if new and len(text) < SHORTEST_PASSPHRASE:
        raise SetupError(f"the passphrase is short: take at least {SHORTEST_PASSPHRASE} characters, or --recipient")
    return Passphrase(text)


def _words(manifest: Manifest) -> str:
    return f"{len(manifest.collections)} collections, {manifest.documents:,} documents"


def _moment(manifest: Manifest) -> str:
    return f"{shanghai(manifest.at):%Y-%m-%d %H:%M}"
