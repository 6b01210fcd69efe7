"""Where the data of earlier versions lie, and how they are brought up again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from hub import __version__
from hub.app import Hub
from hub.store import backup
from hub.store.cipher import load_keys, replace_keys
from hub.store.mongo import AsyncMongoClient
from hub.store.vault import Passphrase
from hub.words.clock import MovingClock
from tests.golden.play import NO_JOBS, Play
from tests.whole import ROOT, settings_of
from tests.world import MONDAY_MORNING

FOLDER = ROOT / "tests/data"
DATA, KEYS = "hub.backup", "hub.keys"
# No secret: the people in there are invented, and the keys seal nothing else.
PASSPHRASE = Passphrase("keys-of-a-test-alone")
# Of no use to a reader, and many bytes.
LEFT_OUT = ("deliveries", "idempotency", "leases", "sessions")


def kept() -> Sequence[str]:
    """The versions whose data are here."""
    return sorted(folder.name for folder in FOLDER.iterdir() if (folder / DATA).exists())


def unheard(done: int, total: int) -> None:
    """Progress that nobody looks at."""


async def write(play: Play, folder: Path) -> None:
    """The database of the play, and its keys."""
    database = play.hub.database
    for name in LEFT_OUT:
        await database[name].delete_many({})
    await backup.write(database.client, database.name, folder / DATA, PASSPHRASE, hub=__version__, told=unheard)
    keys = load_keys(play.hub.settings.key_file, make=False)
    backup.write_keys(folder / KEYS, keys, PASSPHRASE)


@asynccontextmanager
async def brought_up(uri: str, version: str, scratch: Path) -> AsyncIterator[Hub]:
    """Today's hub on that version's data, at the moment at which they were kept."""
    folder, name = FOLDER / version, f"test_{uuid4().hex}"
    settings = settings_of(uri, scratch, {}, name, jobs=NO_JOBS)
    replace_keys(settings.key_file, backup.read_keys(folder / KEYS, PASSPHRASE))
    manifest = backup.verify(folder / DATA, PASSPHRASE)
    clock = MovingClock(MONDAY_MORNING)
    async with AsyncMongoClient[dict[str, Any]](uri, tz_aware=True) as client:
        await backup.restore(client, name, folder / DATA, PASSPHRASE, manifest=manifest, replace=False, told=unheard)
        newest = await client[name]["audit"].find_one({}, sort=[("at", -1)])
        assert newest is not None
        clock.set(newest["at"])
    async with Hub.open(settings, clock=clock) as hub:
        async with hub.serving():
            yield hub
        await hub.database.client.drop_database(name)
