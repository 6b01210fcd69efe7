"""The daily quota of an account, shared by all nodes and counties: each node reserves a block and spends it in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.words.clock import Clock, today

COLLECTIONS = (CoreCollection("quotas"),)

TRIES = 5


@dataclass(slots=True)
class _Block:
    """What this node may still spend today."""

    day: date
    left: int


class Quotas:
    """Days are Shanghai's, as WeChat counts them. A crash wastes at most one block."""

    def __init__(self, database: Database, clock: Clock, block: int) -> None:
        self._collection = database["quotas"]
        self._clock = clock
        self._block = block
        # One per account.
        self._blocks: dict[str, _Block] = {}

    async def take(self, account: str, count: int, limit: int) -> int:
        """Spend up to ``count`` calls of today's ``limit``; how many were granted."""
        block = self._todays(account)
        if block.left < count:
            reserved = await self._reserve(account, block.day, count - block.left, limit)
            # Another lane may have spent or reserved meanwhile.
            block.left += reserved
        granted = min(count, block.left)
        block.left -= granted
        return granted

    async def used(self, accounts: Sequence[str]) -> dict[str, int]:
        """How much of today's quota all nodes have reserved, by account."""
        ids = {_id(account, today(self._clock)): account for account in accounts}
        rows = self._collection.find({"_id": {"$in": list(ids)}})
        return {ids[row["_id"]]: row["used"] async for row in rows}

    async def give_back(self) -> None:
        """Return what was reserved and not spent; at shutdown."""
        for account, block in self._blocks.items():
            if block.left:
                await self._collection.update_one({"_id": _id(account, block.day)}, {"$inc": {"used": -block.left}})
        self._blocks.clear()

    def _todays(self, account: str) -> _Block:
        day = today(self._clock)
        block = self._blocks.get(account)
        if block is None or block.day != day:
            block = self._blocks[account] = _Block(day, 0)
        return block

    async def _reserve(self, account: str, day: date, needed: int, limit: int) -> int:
        """A block, or near the end of the quota whatever is left."""
        id = _id(account, day)
        await self._collection.update_one({"_id": id}, {"$setOnInsert": {"used": 0}}, upsert=True)
        wanted = max(needed, self._block)
        # Another node may be faster between the look and the update: then look again.
        for _ in range(TRIES):
            if wanted <= 0 or await self._spend(id, wanted, limit):
                return max(wanted, 0)
            row = await self._collection.find_one({"_id": id})
            wanted = min(wanted, limit - row["used"]) if row else 0
        return 0

    async def _spend(self, id: str, count: int, limit: int) -> bool:
        answer = await self._collection.update_one(
            {"_id": id, "used": {"$lte": limit - count}}, {"$inc": {"used": count}}
        )
        return answer.modified_count == 1


def _id(account: str, day: date) -> str:
    return f"{account}|{day.isoformat()}"
