"""Triggers and reactions that fail again and again are cut off, in the county where they fail, alone; all nodes see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from hub.push.settings import DispatchSettings
from hub.rules.host import Host
from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import ReturnDocument
from hub.words.clock import Clock

COLLECTIONS = (CoreCollection("cutoffs"),)

LONGEST_ERROR = 200
# What stands before the colon of a name → what it does for people.
KINDS: Mapping[str, str] = {"trigger": "消息提醒", "reaction": "后续处理", "step": "后台处理"}

# A storm of changes must not keep a node reading.
READS = 3


def called(host: Host, name: str) -> str:
    """``trigger:complaints.tell_office`` as people say it: 投诉举报的消息提醒."""
    kind, _, call = name.partition(":")
    plugin = host.plugins.get(call.partition(".")[0])
    return f"{plugin.label if plugin else call}的{KINDS.get(kind, kind)}"


class CutOff(msgspec.Struct, frozen=True, kw_only=True):
    """How a reader stands in a county: so many failures in a row, and since when it is cut off, if it is."""

    id: str = msgspec.field(name="_id")
    county: str | None
    name: str
    failures: int
    error: str
    cut_at: datetime | None = None
    probe_at: datetime | None = None


class CutOffs:
    """Counts failures in MongoDB; reading whether somebody is cut off costs nothing."""

    def __init__(self, database: Database, clock: Clock, settings: DispatchSettings) -> None:
        self._database = database
        self._collection = database["cutoffs"]
        self._clock = clock
        self._settings = settings
        # Only readers with a failure have a row, so this stays small.
        self._known: dict[str, CutOff] = {}
        # Grows with each change that is made here.
        self._changes = 0

    async def load(self) -> None:
        """Learn what other nodes have counted.

        What was read before a change here is old and is read again; where changes do not cease, the next turn reads.
        """
        for _ in range(READS):
            began = self._changes
            rows = [row async for row in self._collection.find({})]
            if began == self._changes:
                self._known = {row["_id"]: self._database.decode(CutOff, row) for row in rows}
                return

    def __iter__(self) -> Iterator[CutOff]:
        """Those that are cut off now."""
        return iter([row for row in self._known.values() if row.cut_at is not None])

    def is_off(self, county: str | None, name: str) -> bool:
        row = self._known.get(_id(county, name))
        return row is not None and row.cut_at is not None

    async def may_try(self, county: str | None, name: str) -> bool:
        """Whether this event may run the reader: always when it is on, else one event per probing period on all nodes."""
        row = self._known.get(_id(county, name))
        if row is None or row.cut_at is None:
            return True
        now = self._clock.now()
        if row.probe_at is None or row.probe_at > now:
            return False
        wanted = {"_id": row.id, "probe_at": {"$lte": now}}
        answer = await self._collection.update_one(wanted, {"$set": {"probe_at": now + self._settings.probe_every}})
        return answer.modified_count == 1

    async def failed(self, county: str | None, name: str, error: str) -> bool:
        """Count a failure; True when this one has cut the reader off."""
        now = self._clock.now()
        counted = await self._collection.find_one_and_update(
            {"_id": _id(county, name)},
            {"$inc": {"failures": 1}, "$set": {"county": county, "name": name, "error": error[:LONGEST_ERROR]}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        row = self._database.decode(CutOff, counted or {})
        first = row.failures >= self._settings.cut_off_after and row.cut_at is None
        if first:
            row = msgspec.structs.replace(row, cut_at=now, probe_at=now + self._settings.probe_every)
            change = {"cut_at": row.cut_at, "probe_at": row.probe_at}
            answer = await self._collection.update_one({"_id": row.id, "cut_at": {"$exists": False}}, {"$set": change})
            first = answer.modified_count == 1
        self._known[row.id] = row
        self._changes += 1
        return first

    async def forget(self, names: Sequence[str]) -> None:
        """These readers are others than those that failed: a new version of their plugin. Other nodes learn it with their next look."""
        await self._collection.delete_many({"name": {"$in": list(names)}})
        self._known = {id: row for id, row in self._known.items() if row.name not in names}
        self._changes += 1

    async def succeeded(self, county: str | None, name: str) -> bool:
        """Forget its failures; True when it was cut off until now."""
        row = self._known.pop(_id(county, name), None)
        if row is None:
            return False
        await self._collection.delete_one({"_id": row.id})
        # Somebody may have read it again meanwhile.
        self._known.pop(row.id, None)
        self._changes += 1
        return row.cut_at is not None


def _id(county: str | None, name: str) -> str:
    return f"{county or 'city'}|{name}"
