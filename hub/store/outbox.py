"""Facts, stored in the transaction that made them true, and claimed from there until every reader has handled them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec

from hub.contributions import Index
from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import AsyncClientSession

COLLECTIONS = (
    CoreCollection(
        "events",
        (
            # Claiming reads the oldest pending events that nobody holds; done ones are not in this index at all.
            Index((("next_at", 1), ("_id", 1)), partial={"state": "pending"}, name="pending"),
            Index((("county", 1), ("at", 1)), name="by_county"),
            Index((("state", 1), ("at", 1)), name="retention"),
        ),
    ),
    CoreCollection(
        "audit",
        (
            Index((("sealed", 1), ("_id", 1)), partial={"sealed": False}, name="unsealed"),
            Index((("county", 1), ("at", -1)), name="by_county"),
            Index((("subject", 1), ("at", -1)), name="by_subject"),
        ),
    ),
)


# Claiming compares with the database's clock, facts carry the injected one: a new event is due since always.
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


class Todo(msgspec.Struct, frozen=True, kw_only=True):
    """One reader of an event that has not finished: ``trigger:worklist.tell_holders`` or ``reaction:worklist.open_task``.

    ``cursor`` is where the expansion of a large audience stands; ``not_before`` holds back a failing one.
    """

    name: str
    cursor: str | None = None
    attempts: int = 0
    not_before: datetime | None = None
    error: str | None = None


class StoredEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event in the outbox. ``todo`` was fixed by the switches of its transaction (``switch_version``)."""

    id: str = msgspec.field(name="_id")
    type: str
    county: str | None
    place: str
    path: tuple[str, ...]
    data: dict[str, Any]
    at: datetime
    actor: dict[str, Any]
    request_id: str
    switch_version: int
    todo: tuple[Todo, ...]
    state: Literal["pending", "done"]
    next_at: datetime = AT_ONCE
    accepted: int = 0
    lease: dict[str, Any] | None = None


class Outbox:
    """The events collection: put in by units of work, taken out by dispatchers of any node."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._events = database["events"]

    async def insert(self, session: AsyncClientSession, events: Sequence[StoredEvent]) -> None:
        await self._events.insert_many([self._database.encode(event) for event in events], session=session)

    async def claim(self, owner: str, limit: int, lease: timedelta) -> list[StoredEvent]:
        """Take at most ``limit`` pending events, oldest first, for ``lease`` on the database's clock.

        Two claimers may look at the same ids; the update decides, so each gets only what it really took.
        """
        now = await self._database.server_now()
        free = {"state": "pending", "next_at": {"$lte": now}}
        found = self._events.find(free, {"_id": 1}, sort=[("next_at", 1), ("_id", 1)], limit=limit)
        ids = [row["_id"] async for row in found]
        if not ids:
            return []
        token = f"{owner}:{now.timestamp()}:{ids[0]}"
        # The lease lives in next_at too, so that the claiming query needs one index and an expired lease frees itself.
        await self._events.update_many(
            {"_id": {"$in": ids}, **free}, {"$set": {"next_at": now + lease, "lease": {"owner": owner, "token": token, "until": now + lease}}}
        )
        taken = self._events.find({"_id": {"$in": ids}, "lease.token": token}, sort=[("_id", 1)])
        return [self._database.decode(StoredEvent, row) async for row in taken]

    async def oldest_pending(self) -> datetime | None:
        """When the oldest unfinished event happened; None when all are done."""
        row = await self._events.find_one({"state": "pending"}, {"at": 1}, sort=[("_id", 1)])
        return None if row is None else row["at"]
