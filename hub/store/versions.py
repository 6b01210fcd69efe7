"""Which version of each plugin a database has seen last: a new one may have mended what the one before could not do."""

from __future__ import annotations

from collections.abc import Mapping

from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import DuplicateKeyError

COLLECTIONS = (CoreCollection("versions"),)


async def changed(database: Database, digests: Mapping[str, str]) -> list[str]:
    """The plugins whose digest is another one than last time, noted as it is now. Of nodes that start at once, one is told.

    One that is not there is forgotten: when it is back, what has waited for it is tried at once.
    """
    seen = {row["_id"]: row["digest"] async for row in database["versions"].find({})}
    if gone := seen.keys() - digests.keys():
        await database["versions"].delete_many({"_id": {"$in": sorted(gone)}})
    others = [plugin for plugin, digest in digests.items() if seen.get(plugin) != digest]
    return [plugin for plugin in others if await _noted(database, plugin, seen.get(plugin), digests[plugin])]


async def _noted(database: Database, plugin: str, before: str | None, digest: str) -> bool:
    rows = database["versions"]
    if before is not None:
        answer = await rows.update_one({"_id": plugin, "digest": before}, {"$set": {"digest": digest}})
        return answer.modified_count == 1
    try:
        await rows.insert_one({"_id": plugin, "digest": digest})
    except DuplicateKeyError:
        return False
    return True
