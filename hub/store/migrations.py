"""Changes of stored shape: each runs once per database, in order, on one node, before anybody is served."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import structlog

from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.store.leases import Leases
from hub.words.contributions import Migration
from hub.words.endings import cancel_and_wait
from hub.words.errors import SetupError

log = structlog.get_logger("hub.store")

COLLECTIONS = (CoreCollection("migrations"),)
LEASE = timedelta(seconds=60)
WAIT = timedelta(minutes=10)
# Documents of one write of a migration.
AT_ONCE = 1000


async def migrate(database: Database, leases: Leases, migrations: Iterable[tuple[str, Migration]]) -> list[str]:
    """Run what has not run yet; ``migrations`` are (plugin, migration) pairs. Returns the names of those that ran.

    Other nodes wait. A migration must bear being run again: a crash may come between its end and the note of it.
    Raises ``SetupError`` when another node holds the lease for longer than ten minutes.
    """
    wanted = {f"{plugin}.{migration.name}": migration for plugin, migration in migrations}
    if not await _missing(database, wanted):
        return []
    await _lease(leases)
    renewing = asyncio.create_task(_renew(leases))
    ran = []
    try:
        for name in await _missing(database, wanted):
            log.info("migrating", migration=name)
            await wanted[name].run(database)
            await database["migrations"].insert_one({"_id": name, "at": await database.server_now()})
            ran.append(name)
    finally:
        await cancel_and_wait((renewing,))
        await leases.give_back("migrations")
    return ran


async def update_in_ranges(collection: Any, wanted: Mapping[str, Any], change: Any, *, size: int = AT_ONCE) -> None:
    """For migrations of large collections with text ids: ``wanted`` documents are changed in ranges of ``size`` ids. Each is a short
    write that others and a shutdown need not wait for, and the log says how far it is. ``wanted`` leaves out what is changed already:
    begun anew after an interruption, it goes quickly over that.
    """
    total, done, after = await collection.estimated_document_count(), 0, ""
    while ids := await _ids(collection, after, size):
        span = {"$gt": after, "$lte": ids[-1]}
        changed = await collection.update_many({**wanted, "_id": span}, change)
        after, done = ids[-1], done + len(ids)
        counts = {"done": done, "of": max(total, done), "changed": changed.modified_count}
        log.info("migrating a collection", collection=collection.name, **counts)


async def _ids(collection: Any, after: str, size: int) -> list[str]:
    rows = await collection.find({"_id": {"$gt": after}}, {"_id": 1}, sort=[("_id", 1)], limit=size).to_list(size)
    return [row["_id"] for row in rows]


async def waiting(database: Database, migrations: Iterable[tuple[str, Migration]]) -> list[str]:
    """The names of those that have not run yet."""
    return await _missing(database, [f"{plugin}.{migration.name}" for plugin, migration in migrations])


async def _missing(database: Database, wanted: Iterable[str]) -> list[str]:
    done = {row["_id"] async for row in database["migrations"].find({}, {"_id": 1})}
    return [name for name in wanted if name not in done]


async def _lease(leases: Leases) -> None:
    try:
        async with asyncio.timeout(WAIT.total_seconds()):
            while await leases.take("migrations", LEASE) is None:  # noqa: ASYNC110 - another process ends it
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise SetupError(
            "another node has been migrating for 10 minutes: look at its log, end it if it hangs, start again"
        ) from None


async def _renew(leases: Leases) -> None:
    while True:
        await asyncio.sleep(LEASE.total_seconds() / 3)
        await leases.take("migrations", LEASE)
