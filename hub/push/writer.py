"""Writes what the dispatcher has planned: several events in one transaction, and each alone when together they fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import msgspec
import structlog

from hub.push.metrics import PushMetrics
from hub.push.plans import ESCALATING, NewId, Plan, Planner, RenderedPush, Withdrawal, fact_of, held_in_window, key_of
from hub.push.preferences import Preferences
from hub.push.settings import PushSettings
from hub.store.database import Database, to_milliseconds
from hub.store.deliveries import CHANNELS, Deliveries, Delivery, TraceLine
from hub.store.inbox import Inbox, InboxEntry
from hub.store.indexes import CoreCollection
from hub.store.mongo import AsyncClientSession, PyMongoError, UpdateOne
from hub.store.outbox import Outbox, Progress
from hub.words.actors import App
from hub.words.clock import Clock
from hub.words.errors import Duplicate, HubError

log = structlog.get_logger("hub.push")

# A bundle's window, open until: what comes meanwhile is sent together when it ends.
COLLECTIONS = (CoreCollection("bundles"),)

Publish = Callable[[Sequence[InboxEntry]], None]


class Heirs(Protocol):
    """What is asked of the directory."""

    async def heirs(self, persons: Iterable[str], session: AsyncClientSession | None = None) -> Mapping[str, str]: ...


_ESCALATING = frozenset(kind.value for kind in ESCALATING)


@dataclass(frozen=True, slots=True)
class WriteBatch:
    """A step of one event: what it asks to be written, and how far the event has come with it."""

    progress: Progress
    posts: tuple[RenderedPush, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()

    @property
    def weight(self) -> int:
        return 1 + sum(len(post.persons) for post in self.posts)

    @property
    def is_bulk(self) -> bool:
        return any(post.push.bulk for post in self.posts)


class Writer:
    """One transaction for a group of slices: deliveries, inbox entries, bundles' windows, and the events' progress."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        new_id: NewId,
        settings: PushSettings,
        publish: Publish,
        directory: Heirs,
        due: Callable[[], None],
        metrics: PushMetrics,
        preferences: Preferences,
    ) -> None:
        self._database = database
        self._outbox = Outbox(database)
        self._deliveries = Deliveries(database)
        self._inbox = Inbox(database)
        self._bundles = database["bundles"]
        self._clock = clock
        self._new_id = new_id
        self._settings = settings
        self._publish = publish
        self._directory = directory
        self._due = due
        self._metrics = metrics
        self._preferences = preferences

    async def write(self, slices: list[WriteBatch]) -> list[Exception | None]:
        """Write the slices; per slice None, or why it could not be written."""
        try:
            await self._write_together(slices)
            return [None] * len(slices)
        except (HubError, PyMongoError) as error:
            if len(slices) == 1:
                return [error]
        # One of them spoils it for all: alone each gets its own answer.
        return [(await self.write([each]))[0] for each in slices]

    async def _write_together(self, slices: Sequence[WriteBatch]) -> None:
        try:
            plan, entries = await self._commit(slices, careful=False)
        except Duplicate:
            # Rare: something was told before. Now the keys are looked up first.
            plan, entries = await self._commit(slices, careful=True)
        self._metrics.planned(plan.deliveries)
        self._publish(entries)
        if any(delivery.channel == "wechat" for delivery in plan.deliveries):
            self._due()

    async def _commit(self, slices: Sequence[WriteBatch], *, careful: bool) -> tuple[Plan, list[InboxEntry]]:
        async def work(session: AsyncClientSession) -> tuple[Plan, list[InboxEntry]]:
            now = to_milliseconds(self._clock.now())
            addressed = await self._to_heirs(session, slices)
            taken = await self._deliveries.known(session, _keys(addressed)) if careful else ()
            chosen = await self._preferences.of(_readers(addressed), session)
            plan = self._planned(addressed, Planner(self._settings.worker, now, self._new_id, taken, chosen))
            entries = await self._inbox.append(session, plan.drafts)
            deliveries = await self._in_windows(
                session, _numbered(plan.deliveries, entries), self._windows(slices), now
            )
            await self._deliveries.add(session, deliveries)
            for withdrawal in plan.withdrawals:
                entries += await self._withdraw(session, withdrawal, now)
            await self._outbox.advance(session, _accepted(slices, plan.accepted), self._settings.dispatch.lease)
            return plan, entries

        return await self._database.transaction(work)

    async def _to_heirs(self, session: AsyncClientSession, slices: Sequence[WriteBatch]) -> list[WriteBatch]:
        """Whoever a proof has put in somebody's place is told instead. Asked in the transaction: a proof that commits at the
        same moment comes before or after."""
        persons = {person for each in slices for post in each.posts for person in post.persons}
        heirs = await self._directory.heirs(persons, session) if persons else {}
        return [_addressed(each, heirs) for each in slices] if heirs else list(slices)

    def _planned(self, slices: Sequence[WriteBatch], planner: Planner) -> Plan:
        for each in slices:
            for post in each.posts:
                planner.post(each.progress.event, post)
        planner.plan.withdrawals += [withdrawal for each in slices for withdrawal in each.withdrawals]
        return planner.plan

    async def _in_windows(
        self, session: AsyncClientSession, deliveries: Sequence[Delivery], windows: Mapping[str, float], now: datetime
    ) -> list[Delivery]:
        """Hold what comes while its bundle's window is open; whatever finds it shut goes at once and opens it."""
        bundles = {delivery.bundle for delivery in deliveries if delivery.bundle is not None}
        if not bundles:
            return list(deliveries)
        found = self._bundles.find({"_id": {"$in": list(bundles)}, "until": {"$gt": now}}, session=session)
        until: dict[str, datetime] = {row["_id"]: row["until"] async for row in found}
        opened: dict[str, datetime] = {}
        placed = []
        for delivery in deliveries:
            if delivery.bundle in until:
                placed.append(held_in_window(delivery, until[delivery.bundle]))
                continue
            placed.append(delivery)
            if delivery.bundle is not None:
                until[delivery.bundle] = opened[delivery.bundle] = windows_end(now, windows[delivery.message])
        if opened:
            await self._bundles.bulk_write(_opening(opened), ordered=False, session=session)
        return placed

    def _windows(self, slices: Sequence[WriteBatch]) -> dict[str, float]:
        """How long the window of each bundling message is, in seconds."""
        longest = self._settings.worker.longest_bundle
        return {
            post.push.message: min(post.kind.bundle, longest).total_seconds()
            for each in slices
            for post in each.posts
            if post.kind.bundle is not None
        }

    async def open_windows(self, ends: Mapping[str, datetime]) -> None:
        """After a bundle was sent the next window begins."""
        await self._bundles.bulk_write(_opening(ends), ordered=False)

    async def _withdraw(self, session: AsyncClientSession, withdrawal: Withdrawal, now: datetime) -> list[InboxEntry]:
        step = TraceLine(at=now, what="withdrawn")
        fact, only = withdrawal.fact, withdrawal.only
        # By their keys: each part of a large audience would else read all of it.
        keys = None if only is None else [key_of(fact, person, channel) for person in only for channel in CHANNELS]
        had = await self._deliveries.withdraw(session, fact, withdrawal.keep, step, keys)
        return await self._inbox.withdraw(session, had, withdrawal.reason, now, self._new_id) if had else []


def _addressed(one: WriteBatch, heirs: Mapping[str, str]) -> WriteBatch:
    posts = tuple(post if post.themselves else _to_heirs(post, heirs) for post in one.posts)
    return replace(one, posts=posts)


def _to_heirs(post: RenderedPush, heirs: Mapping[str, str]) -> RenderedPush:
    return post.to([heirs.get(person, person) for person in post.persons])


def windows_end(now: datetime, seconds: float) -> datetime:
    return datetime.fromtimestamp(now.timestamp() + seconds, now.tzinfo)


def _opening(ends: Mapping[str, datetime]) -> list[UpdateOne]:
    return [UpdateOne({"_id": bundle}, {"$set": {"until": end}}, upsert=True) for bundle, end in ends.items()]


def _keys(slices: Sequence[WriteBatch]) -> list[str]:
    return [
        key_of(fact_of(each.progress.event.county, post.push.message, post.push.key), person, "inbox")
        for each in slices
        for post in each.posts
        for person in post.persons
    ]


def _readers(slices: Sequence[WriteBatch]) -> set[tuple[str, App]]:
    return {(person, post.kind.app) for each in slices for post in each.posts for person in post.persons}


def _numbered(deliveries: Sequence[Delivery], entries: Sequence[InboxEntry]) -> list[Delivery]:
    """Those that wait for an acknowledgement must know of which number."""
    numbers = {entry.id: entry.seq for entry in entries}
    return [
        msgspec.structs.replace(delivery, seq=numbers[delivery.entry or ""])
        if delivery.channel == "wechat" and delivery.message_class in _ESCALATING and delivery.state == "held"
        else delivery
        for delivery in deliveries
    ]


def _accepted(slices: Sequence[WriteBatch], accepted: Mapping[str, int]) -> list[Progress]:
    return [msgspec.structs.replace(each.progress, accepted=accepted.get(each.progress.event.id, 0)) for each in slices]
