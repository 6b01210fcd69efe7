"""The canaries of the nodes: one small document each, written every few seconds to see that the database takes writes."""

from __future__ import annotations

from datetime import datetime

from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import ReturnDocument

COLLECTIONS = (CoreCollection("canaries"),)


class Canaries:
    """Counts how often each node's canary has sung."""

    def __init__(self, database: Database) -> None:
        self._canaries = database["canaries"]

    async def sing(self, node: str, at: datetime) -> int:
        """Write, durably, and return the number of this song."""
        change = {"$inc": {"number": 1}, "$set": {"at": at}}
        row = await self._canaries.find_one_and_update(
            {"_id": node}, change, upsert=True, return_document=ReturnDocument.AFTER
        )
        assert row is not None, "an upsert that returns the document after it"
        return int(row["number"])

    async def forget(self, node: str) -> None:
        """The node has stopped."""
        await self._canaries.delete_one({"_id": node})
