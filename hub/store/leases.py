"""Leases: one node does a thing at a time, by the database's clock, and another takes over when it dies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import ReturnDocument

COLLECTIONS = (CoreCollection("leases"),)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Leases:
    """Named leases with a fencing token that grows with every change of hands."""

    def __init__(self, database: Database, owner: str) -> None:
        self._collection = database["leases"]
        self._owner = owner

    async def take(self, name: str, period: timedelta) -> int | None:
        """Take or renew the lease ``name``; the fencing token, or None while another holds it."""
        # Seeded first: the server refuses $expr in an upsert.
        await self._collection.update_one(
            {"_id": name}, {"$setOnInsert": {"token": 0, "until": LONG_AGO, "owner": ""}}, upsert=True
        )
        milliseconds = int(period.total_seconds() * 1000)
        row = await self._collection.find_one_and_update(
            {"_id": name, "$expr": {"$or": [{"$lt": ["$until", "$$NOW"]}, {"$eq": ["$owner", self._owner]}]}},
            [
                {
                    "$set": {
                        "token": {"$cond": [{"$eq": ["$owner", self._owner]}, "$token", {"$add": ["$token", 1]}]},
                        "owner": self._owner,
                        "until": {"$dateAdd": {"startDate": "$$NOW", "unit": "millisecond", "amount": milliseconds}},
                    }
                }
            ],
            return_document=ReturnDocument.AFTER,
        )
        return None if row is None else int(row["token"])

    async def give_back(self, name: str) -> None:
        """Let another have it at once."""
        await self._collection.update_one(
            {"_id": name, "owner": self._owner}, {"$set": {"until": LONG_AGO, "owner": ""}}
        )
