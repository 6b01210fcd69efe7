"""Ascending series for people: 受理编号 and the like."""

from __future__ import annotations

import asyncio

from pymongo import ReturnDocument

from hub.store.database import Database
from hub.store.indexes import CoreCollection

COLLECTIONS = (CoreCollection("numbers"),)
# A counter inside the transaction is a hot document (measured: 30 transactions/s instead of 590). Blocks are taken outside,
# one durable write for this many numbers; a crash leaves a gap of at most as many.
BLOCK = 10


class Numbers:
    """Hands out numbers from blocks that this process has reserved."""

    def __init__(self, database: Database) -> None:
        self._collection = database["numbers"]
        self._free: dict[str, list[int]] = {}
        self._lock = asyncio.Lock()

    async def next(self, key: str) -> int:
        async with self._lock:
            if not self._free.get(key):
                row = await self._collection.find_one_and_update(
                    {"_id": key}, {"$inc": {"last": BLOCK}}, upsert=True, return_document=ReturnDocument.AFTER
                )
                assert row is not None, "an upsert that returns the document after it"
                self._free[key] = list(range(row["last"], row["last"] - BLOCK, -1))
            return self._free[key].pop()

    async def give_back(self) -> None:
        """What is left of this process's blocks, when it stops in order; where another has taken a block since, the gap stays."""
        async with self._lock:
            for key, free in self._free.items():
                if free:
                    await self._collection.update_one({"_id": key, "last": free[0]}, {"$set": {"last": free[-1] - 1}})
            self._free.clear()
