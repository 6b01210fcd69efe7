"""The MongoDB server of a run of tests."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hub.store import embedded
from hub.store.embedded import EmbeddedServer, EmbeddedSettings

# A server's journal and data come to 1 GB; each worker has one, and more for a time that hubs start for themselves.
MEMORY, ROOM = Path("/dev/shm"), 4 * 2**30  # noqa: S108 - what is made there has a name of its own, for its owner alone

# Each module's hub brings a database of some 470 files and drops it: a run would have all that a machine allows (20,000) open.
HISTORY, CHECKPOINT_EVERY = timedelta(seconds=20), timedelta(seconds=5)


def there_is_room() -> bool:
    return MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM


@asynccontextmanager
async def mongod() -> AsyncIterator[EmbeddedServer]:
    """A one-node replica set with transactions and change streams, gone at the end. In memory where there is room: on a disk each
    transaction waits for the disk."""
    with TemporaryDirectory(prefix="hub-tests-", dir=MEMORY if there_is_room() else None) as folder:
        settings = EmbeddedSettings(Path(folder), port=0, history=HISTORY, checkpoint_every=CHECKPOINT_EVERY)
        async with await embedded.start(settings) as server:
            yield server
