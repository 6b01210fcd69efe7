"""Facts, stored in the transaction that made them true, and claimed from there until every reader has handled them."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec

from hub.store.database import FLEETING, Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import AsyncClientSession, UpdateOne
from hub.store.sweeping import sweep
from hub.words.contributions import Index
from hub.words.errors import HubError

COLLECTIONS = (
    CoreCollection(
        "events",
        (
            # Claiming reads the oldest pending events that nobody holds; done ones are not in this index at all.
            Index((("next_at", 1), ("_id", 1)), partial={"state": "pending"}, name="pending"),
            # Whether an earlier event of the same subject is still on its way.
            Index((("subject", 1), ("_id", 1)), partial={"state": "pending"}, name="in_order"),
            # The age of what stands still longest.
            Index((("at", 1),), partial={"state": "pending"}, name="age"),
            Index((("county", 1), ("at", 1)), name="by_county"),
            Index((("state", 1), ("at", 1)), name="retention"),
        ),
    ),
    # What was heard last of which thing, by plugin.
    CoreCollection("heard", (Index((("at", 1),), name="retention"),)),
    CoreCollection(
        "audit",
        (
            Index((("sealed", 1), ("_id", 1)), partial={"sealed": False}, name="unsealed"),
            Index((("county", 1), ("at", -1)), name="by_county"),
            Index((("subject", 1), ("at", -1)), name="by_subject"),
            # Of what somebody may do so often in an hour, whichever node is asked (docs/decisions/0031-phone-tails.md).
            Index(
                (("actor.person", 1), ("at", -1)), partial={"what": "deliveries.find_by_tail"}, name="tails_looked_for"
            ),
        ),
    ),
)

# Claiming compares with the database's clock, facts carry the injected one: a new event is due since always.
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
# An event behind another one of the same subject is looked at again after this.
BEHIND = timedelta(milliseconds=200)


def due_after(pause: timedelta) -> datetime:
    """When an event that is put in now may be claimed: by the machine's own clock, which is never far from the database's."""
    return datetime.now(UTC) + pause if pause else AT_ONCE


class PendingHandler(msgspec.Struct, frozen=True, kw_only=True):
    """One reader of an event that has not finished: ``trigger:worklist.tell_holders`` or ``reaction:worklist.open_task``.

    ``cursor`` is where the expansion of a large audience stands; ``not_before`` holds back a failing one.
    """

    name: str
    cursor: str | None = None
    attempts: int = 0
    not_before: datetime | None = None
    error: str | None = None


class StoredEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event in the outbox. ``todo`` was fixed by the switches of its transaction (``switch_version``).

    ``subject`` is the thing it is about: events of one subject are handled in their order. ``parked``: all that is left to
    do is cut off in its county, so that later events need not wait for it; ``late``: it was so once.
    """

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
    todo: tuple[PendingHandler, ...]
    state: Literal["pending", "done"]
    next_at: datetime = AT_ONCE
    accepted: int = 0
    lease: dict[str, Any] | None = None
    subject: str
    parked: bool = False
    late: bool = False

    @property
    def token(self) -> str:
        """Of the lease under which it was claimed."""
        return str((self.lease or {}).get("token", ""))


class LeaseLost(HubError):
    """Another node has the event by now: what this one planned for it must not be written."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a claimed event has come: what is left ``todo``, how many deliveries were ``accepted`` in this step.

    ``again_in``: give it back, to be claimed after this pause; None with something left to do: keep it.
    """

    event: StoredEvent
    todo: tuple[PendingHandler, ...]
    accepted: int = 0
    again_in: timedelta | None = None
    parked: bool = False


class Outbox:
    """The events collection: put in by units of work, taken out by dispatchers of any node."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._events = database["events"]
        self._heard = database["heard"]
        self._leases = self._events.with_options(write_concern=FLEETING)

    async def insert(self, session: AsyncClientSession, events: Sequence[StoredEvent]) -> None:
        rows = [self._database.encode(event) for event in events]
        await self._events.insert_many(rows, session=session)

    async def claim(self, owner: str, limit: int, lease: timedelta, mine: Collection[str] = ()) -> list[StoredEvent]:
        """Take at most ``limit`` pending events for ``lease`` on the database's clock, in the order they were told.

        An event waits while an earlier one of its subject is held by another node (``mine`` are held by this one, which
        keeps the order itself). Two claimers may look at the same events; the update decides who has which.
        """
        free = {"state": "pending", "$expr": {"$lte": ["$next_at", "$$NOW"]}}
        # What is in hand here may have outlived its lease, on a slow database: it is not lost as long as nobody took it.
        others = {**free, "_id": {"$nin": list(mine)}}
        rows = await self._events.find(others, sort=[("next_at", 1), ("_id", 1)], limit=limit).to_list(limit)
        rows = await self._without_those_behind(sorted(rows, key=lambda row: str(row["_id"])), mine)
        if not rows:
            return []
        ids = [row["_id"] for row in rows]
        token = f"{owner}:{secrets.token_hex(8)}"
        # The lease lives in next_at too, so that the claiming query needs one index and an expired lease frees itself.
        until = _from_now(lease)
        held = {"next_at": until, "lease": {"owner": owner, "token": token, "until": until}}
        taken = await self._leases.update_many({"_id": {"$in": ids}, **free}, [{"$set": held}])
        if taken.modified_count < len(ids):
            ours = self._events.find({"_id": {"$in": ids}, "lease.token": token}, {"_id": 1})
            kept = {row["_id"] async for row in ours}
            rows = [row for row in rows if row["_id"] in kept]
        return [self._database.decode(StoredEvent, {**row, "lease": {"token": token}}) for row in rows]

    async def keep(self, events: Collection[StoredEvent], lease: timedelta) -> None:
        """Renew the leases of events that are still being handled; those that were lost or given back are passed over.

        A durable write, unlike taking one: how long it takes tells how slow the database is.
        """
        held = {
            "_id": {"$in": [event.id for event in events]},
            "lease.token": {"$in": list({event.token for event in events})},
            "state": "pending",
        }
        until = _from_now(lease)
        await self._events.update_many(held, [{"$set": {"next_at": until, "lease.until": until}}])

    async def _without_those_behind(self, rows: list[dict[str, Any]], mine: Collection[str]) -> list[dict[str, Any]]:
        """Put off the events that must wait for an earlier one of their subject."""
        if not rows:
            return []
        known = [*mine, *(row["_id"] for row in rows)]
        subjects = list({row["subject"] for row in rows})
        others = {"state": "pending", "subject": {"$in": subjects}, "parked": False, "_id": {"$nin": known}}
        earliest: dict[str, str] = {}
        async for row in self._events.find(others, {"subject": 1}, sort=[("_id", 1)]):
            earliest.setdefault(row["subject"], row["_id"])
        behind = [row["_id"] for row in rows if row["subject"] in earliest and earliest[row["subject"]] < row["_id"]]
        if behind:
            await self._leases.update_many(
                {"_id": {"$in": behind}, "state": "pending"}, [{"$set": {"next_at": _from_now(BEHIND)}}]
            )
        return [row for row in rows if row["_id"] not in behind]

    async def finish_item(self, session: AsyncClientSession, event: StoredEvent, name: str) -> None:
        """One reader is done, in the very transaction that did it. Raises :class:`LeaseLost`."""
        mine = {"_id": event.id, "lease.token": event.token}
        answer = await self._events.update_one(mine, {"$pull": {"todo": {"name": name}}}, session=session)
        if answer.matched_count == 0:
            raise LeaseLost

    async def hear(self, session: AsyncClientSession, event_id: str, things: Collection[str], at: datetime) -> None:
        """Remember that these things (≤ 200) were told of in this event, where it is not in a later one."""
        newest = {"$max": {"told_in": event_id, "at": at}}
        writes = [UpdateOne({"_id": thing}, newest, upsert=True) for thing in things]
        await self._heard.bulk_write(writes, ordered=False, session=session)

    async def heard_since(self, session: AsyncClientSession, event_id: str, things: Collection[str]) -> dict[str, str]:
        """In which later event these things were told of, of those that were."""
        later = {"_id": {"$in": list(things)}, "told_in": {"$gt": event_id}}
        return {row["_id"]: row["told_in"] async for row in self._heard.find(later, session=session)}

    async def forget_heard(self, before: datetime) -> int:
        """Delete what was heard before this, the oldest first, some at once. Returns how much."""
        return await sweep(self._heard, {"at": {"$lt": before}}, by="at")

    async def advance(self, session: AsyncClientSession, steps: Sequence[Progress], lease: timedelta) -> None:
        """Write how far some events have come, in the transaction of their deliveries. Raises :class:`LeaseLost`."""
        writes = [
            UpdateOne({"_id": step.event.id, "lease.token": step.event.token}, _advanced(self._database, step, lease))
            for step in steps
        ]
        answer = await self._events.bulk_write(writes, ordered=False, session=session)
        if answer.matched_count < len(steps):
            raise LeaseLost

    async def release(self, event: StoredEvent, again_in: timedelta) -> None:
        """Give an event back as it stands, to be claimed after this pause instead of after its lease."""
        mine = {"_id": event.id, "lease.token": event.token}
        await self._leases.update_one(mine, [{"$set": {"next_at": _from_now(again_in)}}, {"$unset": "lease"}])

    async def parked(self, county: str | None, name: str) -> int:
        """How many events of a county wait for a reader that was cut off."""
        return await self._events.count_documents(_parked(county, name))

    async def unpark(self, county: str | None, name: str) -> int:
        """Let them run at once: it is on again. Returns how many this call has found."""
        change = {"$set": {"next_at": AT_ONCE, "parked": False, "late": True}}
        return (await self._events.update_many(_parked(county, name), change)).modified_count

    async def unpark_all(self, names: Sequence[str]) -> int:
        """Let all that waits for these readers run at once, in whatever county. Returns how many this call has found."""
        change = {"$set": {"next_at": AT_ONCE, "parked": False, "late": True}}
        return (await self._events.update_many(_parked_for(names), change)).modified_count

    async def parked_for(self, names: Sequence[str]) -> int:
        """How many wait for these readers, in whatever county."""
        return await self._events.count_documents(_parked_for(names))

    async def oldest_pending(self) -> datetime | None:
        """When the oldest unfinished event happened; None when all are done."""
        row = await self._events.find_one({"state": "pending", "parked": False}, {"at": 1}, sort=[("at", 1)])
        return None if row is None else row["at"]

    async def pending(self) -> int:
        """How many events are not done, counted up to 100,000."""
        return await self._events.count_documents({"state": "pending"}, limit=100_000)

    async def get(self, id: str) -> StoredEvent | None:
        row = await self._events.find_one({"_id": id})
        return None if row is None else self._database.decode(StoredEvent, row)


def _parked_for(names: Sequence[str]) -> dict[str, Any]:
    # What is parked is due later, so that the index of the pending ones serves.
    return {"state": "pending", "next_at": {"$gt": AT_ONCE}, "parked": True, "todo.name": {"$in": list(names)}}


def _parked(county: str | None, name: str) -> dict[str, Any]:
    return {"state": "pending", "county": county, "parked": True, "todo.name": name}


def _from_now(period: timedelta) -> dict[str, Any]:
    """A moment on the database's clock, for an update by pipeline."""
    return {"$add": ["$$NOW", int(period.total_seconds() * 1000)]}


def _advanced(database: Database, step: Progress, lease: timedelta) -> list[dict[str, Any]]:
    accepted = {"$add": ["$accepted", step.accepted]}
    if not step.todo:
        return [{"$set": {"todo": [], "state": "done", "accepted": accepted, "parked": False}}, {"$unset": "lease"}]
    # Literal: an error text that begins with a dollar sign is no expression.
    todo = {"$literal": [database.encode(item) for item in step.todo]}
    if step.again_in is None:
        until = _from_now(lease)
        return [{"$set": {"todo": todo, "accepted": accepted, "next_at": until, "lease.until": until}}]
    left = {"todo": todo, "accepted": accepted, "next_at": _from_now(step.again_in), "parked": step.parked}
    left |= {"late": True} if step.parked else {}
    return [{"$set": left}, {"$unset": "lease"}]
