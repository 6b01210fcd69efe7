"""The inbox: every message in full, one gapless sequence per person and app, kept before anything is sent anywhere.

A stream is ``<person>:<app>``. Its counter lives in ``streams`` and is raised inside the transaction that writes the
entries, so a sequence number exists if and only if its entry does. ``epoch`` is random per stream: a reader that knows
another one starts again from nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import AsyncClientSession, ReturnDocument, UpdateOne
from hub.store.sweeping import sweep
from hub.words.actors import App
from hub.words.contributions import Index, Paged, Paging
from hub.words.errors import Invalid

COLLECTIONS = (
    CoreCollection(
        "inbox",
        (
            Index((("stream", 1), ("seq", 1)), unique=True, name="sequence"),
            # Small: an entry leaves it when it is read or withdrawn.
            Index((("stream", 1), ("unread", 1)), partial={"unread": True}, name="unread"),
            Index((("at", 1),), name="retention"),
        ),
    ),
    CoreCollection("streams"),
    CoreCollection("watermarks", (Index((("stream", 1), ("seq", 1)), name="by_stream"),)),
)

MOST = 200  # of one page or one replay
EPOCH_BYTES = 9
# Watermarks of one stream.
MOST_DEVICES = 64


class InboxEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry. ``withdrawn`` entries tell that the one named in ``ref`` no longer asks for anything."""

    id: str = msgspec.field(name="_id")
    stream: str
    seq: int
    kind: Literal["message", "withdrawn"]
    person: str
    app: App
    county: str | None
    message: str
    code: str
    title: str
    body: str
    at: datetime
    link: str | None = None
    urgent: bool = False
    ref: str | None = None
    read_at: datetime | None = None
    withdrawn_at: datetime | None = None


class InboxDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that has no place in its stream yet."""

    id: str
    person: str
    app: App
    county: str | None
    message: str
    code: str
    title: str
    body: str
    at: datetime
    link: str | None = None
    urgent: bool = False
    kind: Literal["message", "withdrawn"] = "message"
    ref: str | None = None

    @property
    def stream(self) -> str:
        return stream_of(self.person, self.app)


class Head(msgspec.Struct, frozen=True):
    """Where a stream stands. A person who never got anything has the empty epoch and sequence 0."""

    epoch: str
    seq: int


def stream_of(person: str, app: App) -> str:
    return f"{person}:{app}"


class Inbox:
    """Reads and writes the inboxes of all people."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._entries = database["inbox"]
        self._streams = database["streams"]
        self._watermarks = database["watermarks"]

    async def append(self, session: AsyncClientSession, drafts: Sequence[InboxDraft]) -> list[InboxEntry]:
        """Give each draft the next number of its stream and store it, in the order given."""
        if not drafts:
            return []
        following = await self._reserve(session, Counter(draft.stream for draft in drafts))
        entries = []
        for draft in drafts:
            seq = following[draft.stream]
            following[draft.stream] = seq + 1
            entries.append(_numbered(draft, seq))
        await self._entries.insert_many([self._row(entry) for entry in entries], ordered=False, session=session)
        return entries

    async def _reserve(self, session: AsyncClientSession, counts: Counter[str]) -> dict[str, int]:
        """The first free number of each stream, after raising its counter by what is needed."""
        if len(counts) == 1:
            # The common case, in one round trip instead of two.
            [(stream, count)] = counts.items()
            row = await self._streams.find_one_and_update(
                {"_id": stream}, _raised(count), upsert=True, return_document=ReturnDocument.AFTER, session=session
            )
            return {stream: row["seq"] - count + 1} if row else {}
        raised = [UpdateOne({"_id": stream}, _raised(count), upsert=True) for stream, count in counts.items()]
        await self._streams.bulk_write(raised, ordered=False, session=session)
        # Read back inside the transaction: nobody else can have raised them since.
        heads = self._streams.find({"_id": {"$in": list(counts)}}, {"seq": 1}, session=session)
        return {row["_id"]: row["seq"] - counts[row["_id"]] + 1 async for row in heads}

    def _row(self, entry: InboxEntry) -> dict[str, object]:
        row = self._database.encode(entry)
        return {**row, "unread": True} if entry.kind == "message" else row

    async def withdraw(
        self, session: AsyncClientSession, ids: Sequence[str], notice: str, at: datetime, new_id: Callable[[], str]
    ) -> list[InboxEntry]:
        """Mark these entries as withdrawn and tell their streams so; those that are marked already are left alone."""
        found = self._entries.find({"_id": {"$in": list(ids)}, "withdrawn_at": {"$exists": False}}, session=session)
        marked = [self._decode(row) async for row in found]
        if not marked:
            return []
        change = {"$set": {"withdrawn_at": at}, "$unset": {"unread": ""}}
        await self._entries.update_many({"_id": {"$in": [entry.id for entry in marked]}}, change, session=session)
        return await self.append(session, [_withdrawal(entry, notice, at, new_id()) for entry in marked])

    # --- reading -----------------------------------------------------------------------------------------------------

    async def begin(self, stream: str) -> Head:
        """Epoch and last sequence number, of a stream that exists from now on."""
        # Nearly always it does, and a read is far cheaper than a durable write that changes nothing.
        if (known := await self.head(stream)).epoch:
            return known
        row = await self._streams.find_one_and_update(
            {"_id": stream},
            {"$setOnInsert": {"epoch": _new_epoch(), "seq": 0}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        # An upsert always finds one; the driver's types do not know.
        return Head(row["epoch"], row["seq"]) if row else Head("", 0)

    async def head(self, stream: str) -> Head:
        """Epoch and last sequence number; the empty epoch of a person who never got anything."""
        return (await self.heads([stream])).get(stream, Head("", 0))

    async def heads(self, streams: Sequence[str]) -> dict[str, Head]:
        """The heads of many streams in one query; those that do not exist are left out."""
        found = self._streams.find({"_id": {"$in": list(streams)}})
        return {row["_id"]: Head(row["epoch"], row["seq"]) for row in await found.to_list()}

    async def since(self, stream: str, seq: int, limit: int = MOST) -> list[InboxEntry]:
        """What came after ``seq``, oldest first, at most ``limit`` (≤ 200)."""
        wanted = {"stream": stream, "seq": {"$gt": seq}}
        found = self._entries.find(wanted, sort=[("seq", 1)], limit=min(limit, MOST))
        # A replay is read by every phone that comes back: row by row the loop would cost more than the rows.
        return [self._decode(row) for row in await found.to_list()]

    async def page(self, stream: str, paging: Paging) -> Paged[InboxEntry]:
        """The messages, newest first. The cursor is a sequence number."""
        limit = max(1, min(paging.limit, MOST))
        # `withdrawn` entries are for live sessions; here the message itself carries the mark.
        wanted = {"stream": stream, "seq": {"$lt": _before(paging.cursor)}, "kind": "message"}
        found = self._entries.find(wanted, sort=[("seq", -1)], limit=limit + 1)
        entries = [self._decode(row) async for row in found]
        return Paged(items=entries[:limit], next=str(entries[limit - 1].seq) if len(entries) > limit else None)

    async def find(self, stream: str, id: str) -> InboxEntry | None:
        """One message of the stream."""
        row = await self._entries.find_one({"_id": id, "stream": stream, "kind": "message"})
        return self._decode(row) if row is not None else None

    async def unread(self, stream: str, at_most: int = 1000) -> int:
        """How many messages wait to be read, counted up to ``at_most``."""
        return await self._entries.count_documents({"stream": stream, "unread": True}, limit=at_most)

    # --- what the person has done with it -----------------------------------------------------------------------------

    async def mark_read(self, stream: str, ids: Sequence[str], at: datetime) -> int:
        """Mark these entries of the stream as read; others' and unknown ids are passed over. Returns how many changed."""
        return await self._mark_read({"_id": {"$in": list(ids)}, "stream": stream, "read_at": {"$exists": False}}, at)

    async def mark_read_upto(self, stream: str, seq: int, at: datetime) -> int:
        """The same for all that are numbered up to ``seq``."""
        return await self._mark_read({"stream": stream, "unread": True, "seq": {"$lte": seq}}, at)

    async def _mark_read(self, wanted: Mapping[str, Any], at: datetime) -> int:
        answer = await self._entries.update_many(wanted, {"$set": {"read_at": at}, "$unset": {"unread": ""}})
        return answer.modified_count

    async def acknowledge(self, stream: str, device: str, seq: int) -> None:
        """This device has everything up to ``seq``; a watermark never goes back."""
        await self.acknowledge_all({(stream, device): seq})

    async def acknowledge_all(self, marks: Mapping[tuple[str, str], int]) -> None:
        """Note how far many (stream, device) have read, in one write."""
        writes = [
            UpdateOne(
                {"_id": f"{stream}:{_slot(device)}"},
                {"$max": {"seq": seq}, "$setOnInsert": {"stream": stream}},
                upsert=True,
            )
            for (stream, device), seq in marks.items()
        ]
        if writes:
            await self._watermarks.bulk_write(writes, ordered=False)

    async def acknowledged(self, streams: Iterable[str]) -> dict[str, int]:
        """The highest watermark of any device, per stream; one query for many."""
        steps: list[Mapping[str, Any]] = [
            {"$match": {"stream": {"$in": list(set(streams))}}},
            {"$group": {"_id": "$stream", "seq": {"$max": "$seq"}}},
        ]
        return {row["_id"]: row["seq"] async for row in await self._watermarks.aggregate(steps)}

    async def forget(self, before: datetime) -> int:
        """Delete the oldest entries made before this moment; the sequence goes on. Returns how many went."""
        return await sweep(self._entries, {"at": {"$lt": before}}, by="at")

    def _decode(self, row: dict[str, object]) -> InboxEntry:
        return self._database.decode(InboxEntry, row)


def _slot(device: str) -> int:
    """Where a device's watermark is kept: a client names its devices as it likes, and may name thousands. Two that share a place
    lose nothing, since what counts is the highest of a stream.
    """
    return hashlib.sha256(device.encode()).digest()[0] % MOST_DEVICES


def _raised(count: int) -> dict[str, object]:
    return {"$inc": {"seq": count}, "$setOnInsert": {"epoch": _new_epoch()}}


def _numbered(draft: InboxDraft, seq: int) -> InboxEntry:
    return InboxEntry(
        id=draft.id,
        stream=draft.stream,
        seq=seq,
        kind=draft.kind,
        person=draft.person,
        app=draft.app,
        county=draft.county,
        message=draft.message,
        code=draft.code,
        title=draft.title,
        body=draft.body,
        at=draft.at,
        link=draft.link,
        urgent=draft.urgent,
        ref=draft.ref,
    )


def _withdrawal(entry: InboxEntry, notice: str, at: datetime, id: str) -> InboxDraft:
    return InboxDraft(
        id=id,
        person=entry.person,
        app=entry.app,
        county=entry.county,
        message=entry.message,
        code=entry.code,
        title=entry.title,
        body=notice,
        at=at,
        kind="withdrawn",
        ref=entry.id,
    )


def _before(cursor: str | None) -> int:
    if cursor is None:
        return 1 << 62
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 15:
        raise Invalid(fields={"cursor": "翻页标记不正确，请从第一页开始。"})
    return int(cursor)


def _new_epoch() -> str:
    return secrets.token_urlsafe(EPOCH_BYTES)
