"""Deliveries: one document per person and channel of every push, from its planning to its end, and the balance over them.

Whatever was accepted can be found here in exactly one state, so that for every event at any time
``accepted = delivered + sent + suppressed(reason) + failed(reason) + dead + pending``; ``accepted`` itself is counted on the
event, from the size of its audience and not from these documents, so that the equation can fail.

``next_at`` exists only while something is still to be done, on the injected clock: the end of a wait, of quiet hours, of a
bundle's window, or of the time in which a callback may confirm a sent message. Leases run on the database's clock.
"""

from __future__ import annotations

import functools
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias

import msgspec

from hub.store.database import FLEETING, Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import AsyncClientSession, UpdateMany, UpdateOne
from hub.store.sweeping import allowance
from hub.words.actors import App
from hub.words.contributions import Index, Paged, Paging
from hub.words.errors import Invalid

Channel: TypeAlias = Literal["inbox", "wechat"]
CHANNELS: tuple[Channel, ...] = ("inbox", "wechat")

# Named so that the most urgent comes first in descending order: one index serves all lanes.
Lane: TypeAlias = Literal["urgent", "normal", "bulk"]
LANES: tuple[Lane, ...] = ("urgent", "normal", "bulk")
_LANES: Mapping[bool | None, Mapping[str, Any]] = {
    None: {},
    True: {"lane": {"$lte": "bulk"}},
    False: {"lane": {"$gt": "bulk"}},
}

State: TypeAlias = Literal["pending", "held", "sending", "sent", "delivered", "suppressed", "failed", "dead"]
STATES: tuple[State, ...] = ("pending", "held", "sending", "sent", "delivered", "suppressed", "failed", "dead")
# Waiting for their time; whoever comes first takes them.
WAITING = ("pending", "held")
# In the balance they are one column: nobody has got them yet, and somebody will.
UNFINISHED: tuple[State, ...] = ("pending", "held", "sending")
ENDED_BADLY: tuple[State, ...] = ("failed", "dead")
# Why something waits for an account or a template of WeChat's.
PAUSED = ("paused", "quota", "wechat_config")
# Why something waits for a plugin that is not there.
GONE = "plugin_gone"

# The newest of them; an older story is told by the fields.
LONGEST_TRACE = 20
# More messages than these are not put into one, so that a claim stays small.
LARGEST_BUNDLE = 1000
# Events of one transaction: one may have thousands of deliveries.
FORGOTTEN_AT_ONCE = 20
MOST = 200
# A look at what has come lately counts so many, and says that there are more.
MOST_COUNTED = 20_000

COLLECTIONS = (
    CoreCollection(
        "deliveries",
        (
            Index((("key", 1),), unique=True, name="dedupe"),
            Index((("state", 1), ("lane", -1), ("next_at", 1)), partial={"next_at": {"$exists": True}}, name="due"),
            Index((("lease.until", 1),), partial={"lease.until": {"$exists": True}}, name="leased"),
            Index((("bundle", 1), ("next_at", 1)), partial={"next_at": {"$exists": True}}, name="bundle"),
            Index((("msgid", 1),), partial={"msgid": {"$exists": True}}, name="msgid"),
            Index((("fact", 1), ("channel", 1)), name="fact"),
            Index((("event", 1), ("state", 1), ("reason", 1)), name="event"),
            # Lists, newest first, and the balance by hour, which reads this index alone.
            Index((("county", 1), ("state", 1), ("hour", -1), ("_id", -1), ("reason", 1)), name="balance"),
            Index((("hour", 1),), name="retention"),
            # Of somebody who says that nothing has come; that is asked of WeChat.
            Index((("person", 1), ("hour", -1), ("_id", -1)), partial={"channel": "wechat"}, name="person"),
            # Of one matter, by the number that its messages name.
            Index(
                (("data.number", 1), ("hour", -1), ("_id", -1)),
                partial={"data.number": {"$exists": True}},
                name="number",
            ),
        ),
    ),
)


class TraceLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of a delivery's trace: ``what`` is a word of :data:`hub.push.operations.WORDS`, never personal data."""

    at: datetime
    what: str
    errcode: int | None = None
    rid: str | None = None
    note: str | None = None


class Lease(msgspec.Struct, frozen=True):
    owner: str
    token: str
    until: datetime


class Delivery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message on its way to one person by one channel.

    ``fact`` is county|message|key, ``key`` adds person and channel and is unique. ``urgent``: it comes through quiet hours, in whatever
    lane. ``bundle`` is set where further messages of this type may be sent together. ``entry`` and ``seq`` name its entry in the inbox.
    ``data`` feeds the templates and holds no personal data. ``account`` is the appid it was given to; ``intent_at`` is set from just
    before a call until its outcome is known, ``first_intent_at`` is that of the first such call with this ``client_msg_id``.
    """

    id: str = msgspec.field(name="_id")
    event: str
    county: str | None
    place: str
    hour: datetime
    plugin: str
    message: str
    code: str
    fact: str
    key: str
    person: str
    app: App
    channel: Channel
    message_class: str
    state: State
    created_at: datetime
    client_msg_id: str
    lane: Lane
    urgent: bool = False
    reason: str | None = None
    data: dict[str, Any] = {}
    link: str | None = None
    bundle: str | None = None
    entry: str | None = None
    seq: int | None = None
    via: Literal["oa", "mp"] | None = None
    account: str | None = None
    refused_by: tuple[str, ...] = ()
    attempts: int = 0
    doubts: int = 0
    repeats: int = 0
    next_at: datetime | None = None
    lease: Lease | None = None
    msgid: str | None = None
    intent_at: datetime | None = None
    first_intent_at: datetime | None = None
    settled_at: datetime | None = None
    revived_at: datetime | None = None
    trace: tuple[TraceLine, ...] = ()


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of some claimed deliveries: their new fields (None takes one away) and a line for their trace.

    ``token`` is that of the lease they were claimed under; without it nothing is written.
    """

    ids: tuple[str, ...]
    token: str
    fields: Mapping[str, Any]
    step: TraceLine | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a callback says about the message with this ``msgid``."""

    account: str
    msgid: str
    fields: Mapping[str, Any]
    step: TraceLine


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """A call about to be made for some deliveries, which count as one message."""

    ids: tuple[str, ...]
    via: Literal["oa", "mp"]
    account: str
    client_msg_id: str
    at: datetime
    first_at: datetime
    repeats: int = 0


class Claimed(msgspec.Struct, frozen=True):
    """What a worker holds: the lease's token, and the deliveries in the order they should go."""

    token: str
    deliveries: tuple[Delivery, ...]


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """Where everything accepted has gone. ``sent``: taken by WeChat, not yet confirmed; ``unconfirmed``: those of
    ``delivered`` that WeChat never confirmed within a day."""

    county: str | None
    hour: datetime | None
    accepted: int = 0
    delivered: int = 0
    unconfirmed: int = 0
    sent: int = 0
    pending: int = 0
    suppressed: dict[str, int] = {}
    failed: dict[str, int] = {}
    dead: int = 0

    @property
    def missing(self) -> int:
        """What was accepted and is nowhere: 0, or something is lost (or, below 0, written twice)."""
        found = self.delivered + self.sent + self.pending + self.dead
        return self.accepted - found - sum(self.suppressed.values()) - sum(self.failed.values())


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """So many deliveries of a lane and a channel stand in a state."""

    lane: Lane
    channel: Channel
    state: State
    count: int


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """So many deliveries ended badly for a reason."""

    reason: str | None
    count: int


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which deliveries: of these counties (None: the city's own), in these states, and so on. ``number``: that of the matter, as its
    messages name it; ``reasons``, ``persons``, ``messages``: any of these."""

    counties: tuple[str | None, ...]
    states: tuple[State, ...] = STATES
    id: str | None = None
    number: str | None = None
    message: str | None = None
    reason: str | None = None
    reasons: tuple[str, ...] = ()
    channel: Channel | None = None
    persons: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    since: datetime | None = None


class Deliveries:
    """The documents, and nothing about how a message is sent."""

    def __init__(self, database: Database) -> None:
        self.database = self._database = database
        self._deliveries = database["deliveries"]
        self._leases = self._deliveries.with_options(write_concern=FLEETING)
        self._events = database["events"]

    # --- planned -------------------------------------------------------------------------------------------------------

    async def add(self, session: AsyncClientSession, deliveries: Sequence[Delivery]) -> None:
        """Store new ones. A key that is there already refuses the whole transaction."""
        if deliveries:
            rows = [self._database.encode(delivery) for delivery in deliveries]
            await self._deliveries.insert_many(rows, ordered=False, session=session)

    async def known(self, session: AsyncClientSession, keys: Iterable[str]) -> set[str]:
        """Which of these dedupe keys are taken."""
        found = self._deliveries.find({"key": {"$in": list(keys)}}, {"key": 1, "_id": 0}, session=session)
        return {row["key"] async for row in found}

    async def withdraw(
        self,
        session: AsyncClientSession,
        fact: str,
        keep: Sequence[str],
        step: TraceLine,
        keys: Sequence[str] | None = None,
    ) -> list[str]:
        """Suppress what has not been sent of this fact, but for ``keep``, or of these dedupe keys of it; the inbox entries of all who
        had it."""
        which = {"fact": fact} if keys is None else {"key": {"$in": list(keys)}}
        mine: dict[str, Any] = {**which, "person": {"$nin": list(keep)}}
        change = _update({"state": "suppressed", "reason": "withdrawn", "next_at": None, "settled_at": step.at}, step)
        waiting = {**mine, "channel": "wechat", "state": {"$in": list(WAITING)}}
        # One that is doubtful may be on the phone already: it runs its course.
        await self._deliveries.update_many({**waiting, "intent_at": {"$exists": False}}, change, session=session)
        had = self._deliveries.find({**mine, "channel": "inbox", "state": "delivered"}, {"entry": 1}, session=session)
        return [row["entry"] async for row in had]

    # --- sent ----------------------------------------------------------------------------------------------------------

    async def claim(
        self, owner: str, limit: int, lease: timedelta, now: datetime, *, bulk: bool | None = None
    ) -> Claimed:
        """Take what is due, urgent lanes first, together with whatever may be sent in the same message. ``bulk``: of the bulk lane
        alone, or of the others alone.

        Two workers may look at the same documents; the update decides, so each gets only what it really took.
        """
        # A range and no list of lanes: with one, the server would sort in memory instead of merging the index's two ranges.
        due: dict[str, Any] = {"state": {"$in": list(WAITING)}, "next_at": {"$lte": now}, **_LANES[bulk]}
        order = [("lane", -1), ("next_at", 1)]
        found = await self._deliveries.find(due, sort=order, limit=limit).to_list(limit)
        found += await self._bundled_with(found, now)
        token = f"{owner}:{secrets.token_hex(8)}"
        if not found:
            return Claimed(token, ())
        ids = [row["_id"] for row in found]
        mine = {"_id": {"$in": ids}, "state": {"$in": list(WAITING)}}
        taken = await self._leases.update_many(
            mine, [{"$set": {"state": "sending", "lease": _lease(owner, token, lease)}}]
        )
        if taken.modified_count < len(ids):
            held = self._deliveries.find({"_id": {"$in": ids}, "lease.token": token}, {"_id": 1})
            ours = {row["_id"] async for row in held}
            found = [row for row in found if row["_id"] in ours]
        return Claimed(token, tuple(self._decode(row) for row in found))

    async def _bundled_with(self, rows: Sequence[Mapping[str, Any]], now: datetime) -> list[dict[str, Any]]:
        bundles = {row["bundle"] for row in rows if "bundle" in row}
        if not bundles:
            return []
        wanted = {"bundle": {"$in": list(bundles)}, "next_at": {"$lte": now}, "state": {"$in": list(WAITING)}}
        found = await self._deliveries.find(wanted, limit=LARGEST_BUNDLE).to_list(LARGEST_BUNDLE)
        known = {row["_id"] for row in rows}
        return [row for row in found if row["_id"] not in known]

    async def keep(self, claimed: Claimed, lease: timedelta) -> None:
        """Renew the lease of what is still worked on; what was settled or lost is passed over."""
        held = {"_id": {"$in": [each.id for each in claimed.deliveries]}, "lease.token": claimed.token}
        until = {"$add": ["$$NOW", int(lease.total_seconds() * 1000)]}
        await self._deliveries.update_many(held, [{"$set": {"lease.until": until}}])

    async def intend(self, token: str, intents: Sequence[Intent]) -> frozenset[str]:
        """Record calls before they are made. Returns the ids that are still ours: after a lost lease nothing may be sent."""
        if not intents:
            return frozenset()
        answer = await self._deliveries.bulk_write([_recorded(token, intent) for intent in intents], ordered=False)
        ids = [id for intent in intents for id in intent.ids]
        if answer.matched_count == len(ids):
            return frozenset(ids)
        held = self._deliveries.find({"_id": {"$in": ids}, "lease.token": token}, {"_id": 1})
        return frozenset([row["_id"] async for row in held])

    async def settle(self, changes: Sequence[Change]) -> None:
        """Write what became of claimed deliveries and give their leases back. One whose lease was lost is left alone."""
        # A bundle is settled document by document. Its callback may come between two of them: it must see them all.
        if named := [_named(change) for change in changes if len(change.ids) > 1 and change.fields.get("msgid")]:
            await self._deliveries.bulk_write(named, ordered=False)
        if changes:
            await self._deliveries.bulk_write([_settled(change) for change in changes], ordered=False)

    async def finish_sent(self, reports: Sequence[Report]) -> set[tuple[str, str]]:
        """What callbacks tell about messages that were sent; those (account, msgid) that were recorded, all of their deliveries.

        A repeat changes nothing and still counts as recorded.
        """
        if not reports:
            return set()
        writes = [
            UpdateMany(
                {"msgid": report.msgid, "account": report.account, "state": "sent"}, _update(report.fields, report.step)
            )
            for report in reports
        ]
        await self._deliveries.bulk_write(writes, ordered=False)
        wanted = {"msgid": {"$in": [report.msgid for report in reports]}}
        found = await self._deliveries.find(wanted, {"msgid": 1, "account": 1, "state": 1}).to_list()
        # Some of a bundle may still be on their way to "sent": whoever settles them looks for this callback afterwards.
        waiting = {(str(row.get("account")), row["msgid"]) for row in found if row["state"] in (*UNFINISHED, "sent")}
        return {(str(row.get("account")), row["msgid"]) for row in found} - waiting

    # --- swept ---------------------------------------------------------------------------------------------------------

    async def free_expired(self) -> int:
        """Give back what a dead or stuck worker holds. An intent stays recorded: the next one knows that it is in doubt."""
        now = await self._database.server_now()
        freed = await self._deliveries.update_many(
            {"lease.until": {"$lt": now}, "state": "sending"}, {"$set": {"state": "pending"}, "$unset": {"lease": ""}}
        )
        return freed.modified_count

    async def presume_delivered(self, now: datetime) -> int:
        """Sent messages whose time for a confirmation is over count as delivered, and say so."""
        fields = {"state": "delivered", "reason": "unconfirmed", "next_at": None}
        step = TraceLine(at=now, what="unconfirmed")
        wanted = {"state": "sent", "lane": {"$in": list(LANES)}, "next_at": {"$lte": now}}
        return (await self._deliveries.update_many(wanted, _update(fields, step))).modified_count

    async def oldest_due(self, now: datetime) -> datetime | None:
        """Since when the longest-waiting delivery could have been sent; None when nothing waits."""
        wanted = {"state": {"$in": list(UNFINISHED)}, "lane": {"$in": list(LANES)}, "next_at": {"$lte": now}}
        row = await self._deliveries.find_one(wanted, {"next_at": 1}, sort=[("next_at", 1)])
        return None if row is None else row["next_at"]

    async def forget(self, before: datetime) -> int:
        """Delete the oldest finished events told before this moment, each with all its deliveries: the balance stays exact.

        One of whose deliveries something may still be done stays. Returns how many events went.
        """
        old = {"state": "done", "at": {"$lt": before}}
        limit = await allowance(self._events)
        ids = [row["_id"] async for row in self._events.find(old, {"_id": 1}, sort=[("at", 1)], limit=limit)]
        gone = 0
        for at in range(0, len(ids), FORGOTTEN_AT_ONCE):
            some = ids[at : at + FORGOTTEN_AT_ONCE]
            gone += await self._database.transaction(functools.partial(self._forget, some))
        return gone

    async def _forget(self, events: Sequence[str], session: AsyncClientSession) -> int:
        open_ = {"event": {"$in": list(events)}, "state": {"$in": [*UNFINISHED, "sent"]}}
        busy = await self._deliveries.distinct("event", open_, session=session)
        done = [event for event in events if event not in busy]
        await self._deliveries.delete_many({"event": {"$in": done}}, session=session)
        return (await self._events.delete_many({"_id": {"$in": done}}, session=session)).deleted_count

    # --- looked at -----------------------------------------------------------------------------------------------------

    async def get(self, id: str) -> Delivery | None:
        row = await self._deliveries.find_one({"_id": id})
        return None if row is None else self._decode(row)

    async def page(self, which: Filter, paging: Paging) -> Paged[Delivery]:
        """Newest first."""
        limit = max(1, min(paging.limit, MOST))
        wanted = _wanted(which)
        if paging.cursor:
            hour, id = _read_cursor(paging.cursor)
            wanted["$or"] = [{"hour": {"$lt": hour}}, {"hour": hour, "_id": {"$lt": id}}]
        found = self._deliveries.find(wanted, sort=[("hour", -1), ("_id", -1)], limit=limit + 1)
        items = [self._decode(row) async for row in found]
        return Paged(items=items[:limit], next=_write_cursor(items[limit - 1]) if len(items) > limit else None)

    async def count(self, which: Filter) -> int:
        return await self._deliveries.count_documents(_wanted(which))

    async def flows(self, counties: Sequence[str | None], since: datetime) -> list[Flow]:
        """What was planned since this hour, by lane, channel and state; of the first ``MOST_COUNTED``."""
        wanted = _wanted(Filter(counties=tuple(counties), since=since))
        by = {name: f"${name}" for name in ("lane", "channel", "state")}
        stages: list[Mapping[str, Any]] = [
            {"$match": wanted},
            {"$limit": MOST_COUNTED},
            {"$group": {"_id": by, "count": {"$sum": 1}}},
        ]
        rows = await (await self._deliveries.aggregate(stages)).to_list()
        return [msgspec.convert({**row["_id"], "count": row["count"]}, Flow) for row in rows]

    async def ended_badly(self, counties: Sequence[str | None]) -> list[Ended]:
        """What failed or died, by reason, the most first. Reads an index alone."""
        stages: list[Mapping[str, Any]] = [
            {"$match": _wanted(Filter(counties=tuple(counties), states=ENDED_BADLY))},
            {"$limit": MOST_COUNTED},
            {"$group": {"_id": "$reason", "count": {"$sum": 1}}},
            {"$sort": {"count": -1, "_id": 1}},
        ]
        rows = await (await self._deliveries.aggregate(stages)).to_list()
        return [Ended(reason=row["_id"], count=row["count"]) for row in rows]

    async def revive(self, which: Filter, now: datetime, ids: Sequence[str] | None = None) -> int:
        """Send again what ended badly. Returns how many."""
        wanted = _wanted(which)
        if ids is not None:
            wanted["_id"] = {"$in": list(ids)}
        wanted["$and"] = [{"state": {"$in": list(ENDED_BADLY)}}, {"channel": "wechat"}]
        # Their age starts anew, else an old one would die again at once.
        fields = dict.fromkeys(
            (
                "reason",
                "via",
                "account",
                "refused_by",
                "msgid",
                "intent_at",
                "first_intent_at",
                "settled_at",
                "doubts",
                "repeats",
            )
        )
        change = _update(
            {**fields, "state": "pending", "attempts": 0, "next_at": now, "revived_at": now},
            TraceLine(at=now, what="replayed"),
        )
        return (await self._deliveries.update_many(wanted, change)).modified_count

    async def resume(self, now: datetime, reasons: Sequence[str] = PAUSED) -> int:
        """What waits for these reasons, the end of a pause for instance, may be tried now; what still has to wait is put off once more.
        Returns how many."""
        waiting = {
            "state": "pending",
            "lane": {"$in": list(LANES)},
            "next_at": {"$gt": now},
            "reason": {"$in": list(reasons)},
        }
        change = _update({"next_at": now}, TraceLine(at=now, what="resumed"))
        return (await self._deliveries.update_many(waiting, change)).modified_count

    async def balance(self, counties: Sequence[str | None] | None, since: datetime | None) -> list[Balance]:
        """Per county and hour, newest first, all from one snapshot; ``counties`` None means all of them."""
        of_events: dict[str, Any] = {} if counties is None else {"county": {"$in": list(counties)}}
        of_deliveries: dict[str, Any] = {**of_events, "state": {"$in": list(STATES)}} if of_events else {}
        if since is not None:
            start = since.replace(minute=0, second=0, microsecond=0)
            of_events["at"] = {"$gte": start}
            of_deliveries["hour"] = {"$gte": start}
        hour = {"$dateTrunc": {"date": "$at", "unit": "hour"}}
        accepted = [
            {"$match": of_events},
            {"$group": {"_id": {"county": "$county", "hour": hour}, "count": {"$sum": "$accepted"}}},
            {"$match": {"count": {"$gt": 0}}},
        ]
        ended = [
            {"$match": of_deliveries},
            {
                "$group": {
                    "_id": {"county": "$county", "hour": "$hour", "state": "$state", "reason": "$reason"},
                    "count": {"$sum": 1},
                }
            },
        ]
        return await self._balanced(accepted, ended)

    async def balance_of(self, event: str) -> Balance:
        """Of one event."""
        accepted: list[Mapping[str, Any]] = [
            {"$match": {"_id": event}},
            {"$group": {"_id": {"county": "$county"}, "count": {"$sum": "$accepted"}}},
        ]
        same = {"county": {"$first": "$county"}, "count": {"$sum": 1}}
        ended: list[Mapping[str, Any]] = [
            {"$match": {"event": event}},
            {"$group": {"_id": {"state": "$state", "reason": "$reason"}, **same}},
            {"$set": {"_id.county": "$county"}},
        ]
        found = await self._balanced(accepted, ended)
        return found[0] if found else Balance(county=None, hour=None)

    async def _balanced(
        self, accepted: Sequence[Mapping[str, Any]], ended: Sequence[Mapping[str, Any]]
    ) -> list[Balance]:
        sums: dict[tuple[str | None, datetime | None], dict[str, Any]] = {}
        # One snapshot: between two plain reads a delivery could be planned or move, and the sums would not meet.
        async with self._database.client.start_session(snapshot=True) as session:
            for row in await (await self._events.aggregate(list(accepted), session=session)).to_list():
                _sum_of(sums, row["_id"])["accepted"] += row["count"]
            for row in await (await self._deliveries.aggregate(list(ended), session=session)).to_list():
                _add(_sum_of(sums, row["_id"]), row["_id"]["state"], row["_id"].get("reason"), row["count"])
        newest_first = sorted(sums.items(), key=lambda item: (-_timestamp(item[0][1]), item[0][0] or ""))
        return [Balance(county=county, hour=hour, **columns) for (county, hour), columns in newest_first]

    def _decode(self, row: Mapping[str, Any]) -> Delivery:
        return self._database.decode(Delivery, row)


def _lease(owner: str, token: str, period: timedelta) -> dict[str, Any]:
    """For an update by pipeline: until when, by the database's own clock."""
    return {"owner": owner, "token": token, "until": {"$add": ["$$NOW", int(period.total_seconds() * 1000)]}}


def _settled(change: Change) -> UpdateMany | UpdateOne:
    update = _update({**change.fields, "lease": None}, change.step)
    if len(change.ids) == 1:
        return UpdateOne({"_id": change.ids[0], "lease.token": change.token}, update)
    return UpdateMany({"_id": {"$in": list(change.ids)}, "lease.token": change.token}, update)


def _named(change: Change) -> UpdateMany:
    """WeChat's name for the message, on all of its deliveries before the first of them counts as sent."""
    mine = {"_id": {"$in": list(change.ids)}, "lease.token": change.token}
    return UpdateMany(mine, {"$set": {"msgid": change.fields["msgid"]}})


def _recorded(token: str, intent: Intent) -> UpdateMany:
    change = {
        "via": intent.via,
        "account": intent.account,
        "client_msg_id": intent.client_msg_id,
        "intent_at": intent.at,
        "first_intent_at": intent.first_at,
        "repeats": intent.repeats,
    }
    return UpdateMany(
        {"_id": {"$in": list(intent.ids)}, "lease.token": token}, {"$set": change, "$inc": {"attempts": 1}}
    )


def _update(fields: Mapping[str, Any], step: TraceLine | None) -> dict[str, Any]:
    """An update that sets fields, takes away those that are None, and adds a line to the bounded trace."""
    change: dict[str, Any] = {"$set": {name: value for name, value in fields.items() if value is not None}}
    if gone := {name: "" for name, value in fields.items() if value is None}:
        change["$unset"] = gone
    if step is not None:
        line = msgspec.to_builtins(step, builtin_types=(datetime,))
        change["$push"] = {"trace": {"$each": [line], "$slice": -LONGEST_TRACE}}
    return change


def _wanted(which: Filter) -> dict[str, Any]:
    wanted: dict[str, Any] = {"county": {"$in": list(which.counties)}, "state": {"$in": list(which.states)}}
    if which.since is not None:
        wanted["hour"] = {"$gte": which.since.replace(minute=0, second=0, microsecond=0)}
    optional = {
        "_id": which.id,
        "data.number": which.number,
        "message": which.message or ({"$in": list(which.messages)} if which.messages else None),
        "reason": which.reason or ({"$in": list(which.reasons)} if which.reasons else None),
        "channel": which.channel,
        "person": {"$in": list(which.persons)} if which.persons else None,
    }
    return {**wanted, **{name: value for name, value in optional.items() if value is not None}}


def _write_cursor(last: Delivery) -> str:
    return f"{int(last.hour.timestamp())}-{last.id}"


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    seconds, _, id = cursor.partition("-")
    if not seconds.isascii() or not seconds.isdigit() or len(seconds) > 11:
        raise Invalid(fields={"cursor": "翻页标记不正确，请从第一页开始。"})
    return datetime.fromtimestamp(int(seconds), UTC), id


def _sum_of(sums: dict[tuple[str | None, datetime | None], dict[str, Any]], row: Mapping[str, Any]) -> dict[str, Any]:
    empty = {
        "accepted": 0,
        "delivered": 0,
        "unconfirmed": 0,
        "sent": 0,
        "pending": 0,
        "suppressed": {},
        "failed": {},
        "dead": 0,
    }
    return sums.setdefault((row.get("county"), row.get("hour")), empty)


def _add(columns: dict[str, Any], state: State, reason: str | None, count: int) -> None:
    if state in ("suppressed", "failed"):
        reasons = columns[state]
        reasons[reason or "unknown"] = reasons.get(reason or "unknown", 0) + count
        return
    columns["pending" if state in UNFINISHED else state] += count
    if state == "delivered" and reason == "unconfirmed":
        columns["unconfirmed"] += count


def _timestamp(hour: datetime | None) -> float:
    return hour.timestamp() if hour else 0.0
