"""The dispatcher: takes events out of the outbox, lets their readers speak, and books what they ask for.

Every event is handled by one node at a time, under a lease; events of one subject in their order. Reactions run in units of
their own which mark themselves done; what triggers answer is written together with the event's progress. So after a crash
at any point nothing is lost, and whatever is done again is recognised by its dedupe key.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec
import structlog

from hub.push.alerts import ROLE, Alerts
from hub.push.batches import Batches
from hub.push.cutoffs import CutOffs, called
from hub.push.metrics import PushMetrics
from hub.push.plans import RenderedPush, Withdrawal, withdrawal_of
from hub.push.settings import DispatchSettings
from hub.push.writer import WriteBatch, Writer
from hub.reading.templates import Templates
from hub.rules.context import Context, transaction_of
from hub.rules.host import Host
from hub.rules.plugins import Subscriber
from hub.rules.traces import cause, where
from hub.rules.turns import Entry, HeldUp, Turns
from hub.rules.units import Units
from hub.store.clocks import RightClock
from hub.store.mongo import ConnectionFailure, PyMongoError
from hub.store.outbox import BEHIND, LeaseLost, Outbox, PendingHandler, Progress, StoredEvent
from hub.words.clock import Clock
from hub.words.contributions import ANY, Audience, Bearers, Event, Holders, Persons, Push, Reaction, Trigger, Withdraw
from hub.words.endings import cancel_and_wait
from hub.words.errors import HubError, WriteContention

log = structlog.get_logger("hub.push")

# What BSON can hold as it is; everything else of a push's data becomes text.
NATIVE = (datetime,)


class HolderAnswer(Protocol):
    """Who is reached; see :class:`hub.identity.holders.HolderAnswer`."""

    @property
    def persons(self) -> tuple[str, ...]: ...
    @property
    def vacant(self) -> bool: ...
    @property
    def at(self) -> str: ...


class WhoHolds(Protocol):
    """What is asked of the directory."""

    async def holders(self, audience: Holders) -> HolderAnswer: ...
    async def bearers(self, audience: Bearers) -> Sequence[str]: ...


class UnknownMessage(HubError):
    """A trigger pushed a message that no plugin declares."""


@dataclass(frozen=True, slots=True)
class HandlerResult:
    """How one reader took an event. ``item`` is what is left of it: None when it is done."""

    item: PendingHandler
    left: PendingHandler | None = None
    posts: tuple[RenderedPush, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    again_in: timedelta = timedelta(0)
    parked: bool = False


class Dispatcher:
    """Runs on every node; ``kick`` tells it that there is something to do."""

    def __init__(
        self,
        *,
        owner: str,
        units: Units,
        directory: WhoHolds,
        templates: Templates,
        writer: Writer,
        cutoffs: CutOffs,
        alerts: Alerts,
        settings: DispatchSettings,
        metrics: PushMetrics,
    ) -> None:
        self._owner = owner
        self._units = units
        self._host: Host = units.host
        self._clock: Clock = units.clock
        self._outbox: Outbox = units.outbox
        self._turns: Turns = units.turns
        self.writer = writer
        self._directory = directory
        self._templates = templates
        self._cutoffs = cutoffs
        self._alerts = alerts
        self._settings = settings
        self._metrics = metrics
        # What goes to a whole city is written beside the rest, which never waits for it.
        self._writing, self._writing_bulk = (
            Batches[WriteBatch, Exception | None](writer.write, most=settings.group, weight=lambda each: each.weight)
            for _ in range(2)
        )
        self._wake = asyncio.Event()
        # Bounded by settings.in_hand.
        self._in_hand: dict[str, asyncio.Task[bool]] = {}
        self._held: dict[str, StoredEvent] = {}
        # How many transactions that end with a write to the event are under way.
        self._in_transactions: Counter[str] = Counter()
        self._last_of: dict[str, asyncio.Task[bool]] = {}
        self._slots = asyncio.Semaphore(settings.at_once)
        self._look_again = 0.0
        self._right_clock = RightClock(units.database, units.clock, "events")
        # Readers that are on again, and the events in hand since before: those may yet be parked for them.
        self._on_again: dict[tuple[str | None, str], set[str]] = {}

    def kick(self) -> None:
        """There may be events."""
        self._wake.set()

    async def run(self) -> None:
        """Take and handle events until cancelled; what is in hand then is left to the leases."""
        keeping = asyncio.create_task(self._keep())
        try:
            while True:
                await self._turn()
        finally:
            await cancel_and_wait((keeping, *self._in_hand.values()))

    async def drain(self) -> None:
        """Finish what is in hand: for a shutdown in good order. The claiming loop must have been cancelled."""
        await asyncio.gather(*self._in_hand.values(), return_exceptions=True)

    async def _turn(self) -> None:
        self._wake.clear()
        try:
            await self._learn()
            taken = await self._take() if await self._right_clock() else 0
        except PyMongoError as error:
            log.error("events cannot be read, trying again: is MongoDB reachable?", error=type(error).__name__)
            taken = 0
            self._wake.clear()
        except Exception as error:  # noqa: BLE001 - a defect met by one claim must not end all dispatching
            log.error("the dispatcher failed: please report it", error=type(error).__name__, where=where(error))
            taken = 0
        if taken == 0:
            await self._rest()

    async def _learn(self) -> None:
        """See now and then what other nodes have cut off."""
        now = asyncio.get_running_loop().time()
        if now >= self._look_again:
            self._look_again = now + self._settings.poll.total_seconds()
            off = {(row.county, row.name) for row in self._cutoffs}
            await self._cutoffs.load()
            for reader in off - {(row.county, row.name) for row in self._cutoffs}:
                self._on_again[reader] = set(self._in_hand)
            await self._unpark()
            self._metrics.cut_off.set(sum(1 for _ in self._cutoffs))

    async def _take(self) -> int:
        """Claim what there is room for, and begin with it. Returns how many events."""
        room = self._settings.in_hand - len(self._in_hand)
        if room <= 0:
            await asyncio.wait(self._in_hand.values(), return_when=asyncio.FIRST_COMPLETED)
            return 1
        limit = min(room, self._settings.batch)
        ahead = dict(self._last_of)
        events = await self._outbox.claim(self._owner, limit, self._settings.lease, tuple(self._in_hand))
        for event in events:
            self._begin(event, ahead.get(event.subject))
        return len(events)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(self._settings.lease.total_seconds() / 3)
            # When this fails, the claiming loop tells it; whoever takes an event meanwhile does what this node then does not.
            with contextlib.suppress(PyMongoError):
                await self.renew()

    async def renew(self) -> None:
        """Renew the leases of what is in hand: a slow database must not make nodes take each other's work, and their own.

        Not of an event whose own transaction is under way: both write to the event, so the transaction would begin again, and
        one that takes longer than the time between two renewals would never end. It began with two thirds of the lease left.
        """
        held = [event for event in self._held.values() if event.id not in self._in_transactions]
        await self._outbox.keep(held, self._settings.lease)

    @contextlib.contextmanager
    def _in_transaction(self, event: StoredEvent) -> Iterator[None]:
        self._in_transactions[event.id] += 1
        try:
            yield
        finally:
            self._in_transactions[event.id] -= 1
            if not self._in_transactions[event.id]:
                del self._in_transactions[event.id]

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self._settings.poll.total_seconds()):
                await self._wake.wait()
        except TimeoutError:
            pass

    def _begin(self, event: StoredEvent, ahead: asyncio.Task[bool] | None) -> None:
        """``ahead`` was in hand for this subject when the claim began; if it has failed meanwhile, it still comes first."""
        task = asyncio.create_task(self._handle(event, self._last_of.get(event.subject, ahead)))
        self._in_hand[event.id] = self._last_of[event.subject] = task
        self._held[event.id] = event
        task.add_done_callback(lambda done: self._end(event, done))

    def _end(self, event: StoredEvent, task: asyncio.Task[bool]) -> None:
        self._in_hand.pop(event.id, None)
        self._held.pop(event.id, None)
        if self._last_of.get(event.subject) is task:
            del self._last_of[event.subject]
        if not task.cancelled() and (error := task.exception()) is not None:
            # Ours to mend; the event itself comes back after its lease.
            log.error(
                "the dispatcher failed: please report it",
                event_id=event.id,
                error=type(error).__name__,
                where=where(error),
            )

    # --- one event ---------------------------------------------------------------------------------------------------

    async def _handle(self, event: StoredEvent, before: asyncio.Task[bool] | None) -> bool:
        """Let the readers speak and book it. Whether the event no longer stands in the way of those behind it."""
        try:
            if before is not None and not await _succeeded(before):
                await self._outbox.release(event, BEHIND)
                return False
            heard = await asyncio.gather(*(self._listen(event, item) for item in event.todo))
            return await self._book(event, heard)
        except LeaseLost:
            log.warning(
                "an event took longer than its lease and was handled elsewhere: raise push.dispatch.lease",
                event_id=event.id,
            )
            # Or it is ours still: a claim is written without waiting, so that a transaction begun right after it may read from
            # before it. Given back it comes at once instead of after its lease; of what another took this changes nothing.
            with contextlib.suppress(PyMongoError):
                await self._outbox.release(event, self._settings.retry_after[0])
        except (HubError, PyMongoError) as error:
            log.warning(
                "an event could not be written now, it is tried again: is MongoDB slow?",
                event_id=event.id,
                error=type(error).__name__,
            )
            # When this fails too, its lease brings it back.
            with contextlib.suppress(PyMongoError):
                await self._outbox.release(event, self._settings.retry_after[0])
        return False

    async def _listen(self, event: StoredEvent, item: PendingHandler) -> HandlerResult:
        """Run one reader within its budget."""
        reader = self._host.reader(item.name)
        kind = self._host.event_class(event.type)
        if reader is None or kind is None or event.place not in self._units.places.tree:
            log.warning(
                "an event waits for a plugin or a place that is gone: install it again",
                event_id=event.id,
                reader=item.name,
            )
            return self._parked(item)
        if not await self._cutoffs.may_try(event.county, item.name):
            return self._parked(item)
        try:
            heard = await self._ask(event, item, reader, self._units.database.decode(kind, event.data))
        except (LeaseLost, ConnectionFailure):
            raise  # No fault of the plugin's.
        except (WriteContention, HeldUp):
            # Neither: a node that died in a transaction keeps its documents locked until the server ends that; and another
            # plugin has kept the loop, which the watchdog tells.
            return HandlerResult(item, left=item, again_in=self._settings.retry_after[0])
        except Exception as error:  # noqa: BLE001 - whatever a plugin raises is its own trouble, not the others'
            if isinstance(error, TimeoutError) and await self._is_slow(event, reader.record.budget):
                # No fault of the plugin's either: cut off for it, a county would wait long after the database has recovered.
                return HandlerResult(item, left=item, again_in=self._settings.retry_after[-1])
            return await self._failed(event, item, cause(error, self._host.plugins[reader.plugin].has_file))
        self._metrics.readers.labels(item.name, "done").inc()
        if await self._cutoffs.succeeded(event.county, item.name):
            await self.rearm(event.county, item.name)
        return heard

    async def _is_slow(self, event: StoredEvent, budget: timedelta) -> bool:
        """Whether the database, or this node, is so slow that nobody can keep to this budget; raises when it is gone."""
        now = asyncio.get_running_loop().time
        began = now()
        await self._outbox.keep([event], self._settings.lease)
        # A reader takes about ten round trips.
        slow = now() - began > budget.total_seconds() / 10
        if slow:
            log.warning("the database is too slow for triggers and reactions: look at its disk and at this node's load")
        return slow

    async def _ask(self, event: StoredEvent, item: PendingHandler, reader: Subscriber, fact: Event) -> HandlerResult:
        if isinstance(reader.record, Reaction):
            await self._react(event, item, reader, reader.record, fact)
            return HandlerResult(item)
        answers = await self._pull(event, reader, reader.record, fact)
        posts = [await self._post(event, reader.plugin, answer) for answer in answers if isinstance(answer, Push)]
        withdrawals = tuple(withdrawal_of(event, answer) for answer in answers if isinstance(answer, Withdraw))
        return HandlerResult(item, posts=tuple(posts), withdrawals=withdrawals)

    async def _react(
        self, event: StoredEvent, item: PendingHandler, reader: Subscriber, reaction: Reaction, fact: Event
    ) -> None:
        entry: Entry = "step" if reader.name.startswith("step:") else "reaction"

        async def call(ctx: Context) -> None:
            await self._turns.take(reader.plugin, entry, reaction.call(fact, ctx))
            await self._outbox.finish_item(transaction_of(ctx), event, item.name)

        async with self._slots, self._turns.within(reader.plugin, entry, reaction.budget):
            unit = await self._unit_of(event, reader)
            with self._in_transaction(event):
                await self._units.run(call, **unit)

    async def _pull(
        self, event: StoredEvent, reader: Subscriber, trigger: Trigger, fact: Event
    ) -> Sequence[Push | Withdraw]:
        async def call(ctx: Context) -> Sequence[Push | Withdraw]:
            return await self._turns.take(reader.plugin, "trigger", trigger.call(fact, ctx))

        async with self._slots, self._turns.within(reader.plugin, "trigger", trigger.budget):
            return await self._units.read(call, **await self._unit_of(event, reader))

    async def _unit_of(self, event: StoredEvent, reader: Subscriber) -> dict[str, Any]:
        """Where a reader works, and by which switches: those that the event was told under, to its very end."""
        return {
            "plugin": reader.plugin,
            "place": self._units.places.tree[event.place],
            "request_id": event.request_id,
            "event_id": event.id,
            # One that a version before has parked does not say that it is late.
            "late": event.late or event.parked,
            "board": await self._units.counties.as_of(event.county, event.switch_version),
        }

    async def _post(self, event: StoredEvent, plugin: str, push: Push) -> RenderedPush:
        """The push with its text, and its audience as it is now."""
        kind = self._host.message_type(push.message)
        if kind is None:
            raise UnknownMessage(push.message)
        data: Mapping[str, Any] = msgspec.to_builtins(dict(push.data), builtin_types=NATIVE)
        text = self._templates.text(push.message, data)
        link = kind.link.format_map({"place": event.place, **data}) if kind.link is not None else None
        return RenderedPush(push, kind, plugin, text, link, data, await self._persons(event, push.to))

    async def _persons(self, event: StoredEvent, to: Audience) -> tuple[str, ...]:
        """In a fixed order, so that a large audience can be continued after a crash."""
        if isinstance(to, Persons):
            return tuple(sorted(set(to.ids)))
        if isinstance(to, Bearers):
            return tuple(sorted(set(await self._directory.bearers(to))))
        answer = await self._directory.holders(to)
        if to.role != ROLE and (answer.vacant or (not answer.persons and await self._all_keep_away(event, to))):
            position = ":".join((to.role, to.place, *_bound(to)))
            await self._alerts.tell(to.place, f"vacant:{position}", self._vacancy(to, answer))
        elif to.role == ROLE and not answer.persons:
            log.error(
                "nobody holds an operations position: alerts reach the log only", place=to.place, event_id=event.id
            )
        return tuple(sorted(set(answer.persons)))

    async def _all_keep_away(self, event: StoredEvent, to: Holders) -> bool:
        """Whether nobody who holds it may, rather than that whoever did it is its one holder."""
        others = tuple(person for person in to.but_not if person != event.actor.get("person"))
        return not (await self._directory.holders(msgspec.structs.replace(to, but_not=others))).persons

    def _vacancy(self, to: Holders, answer: HolderAnswer) -> str:
        tree = self._units.places.tree
        where = tree.full_name(to.place) if to.place in tree else to.place
        bound = "、".join(part for part in _bound(to) if part)
        lacking = "目前无人" if answer.vacant else "的人员都须回避"
        what = f"{where}的岗位“{to.role}”{f'（{bound}）' if bound else ''}{lacking}。"
        if not answer.persons:
            return f"{what}上级也无人可通知，消息没有送到任何人，请尽快安排人员。"
        return f"{what}消息已改送{tree.full_name(answer.at)}，请尽快安排人员。"

    # --- failures ----------------------------------------------------------------------------------------------------

    def _parked(self, item: PendingHandler) -> HandlerResult:
        return HandlerResult(item, left=item, again_in=self._settings.probe_every, parked=True)

    async def _failed(self, event: StoredEvent, item: PendingHandler, what: str) -> HandlerResult:
        """Put it off, ever longer; cut the reader off in this county when it fails with one event after the other.

        One event that fails again and again is parked alone: it must not stop the reader for everybody else.
        """
        attempts = item.attempts + 1
        log.warning(
            "a trigger or reaction failed, it is tried again",
            reader=item.name,
            event_id=event.id,
            county=event.county,
            error=what,
        )
        self._metrics.readers.labels(item.name, "failed").inc()
        left = msgspec.structs.replace(item, attempts=attempts, error=what)
        if attempts == 1 and await self._cutoffs.failed(event.county, item.name, what):
            await self._tell_cut_off(event, item.name, what)
        if self._cutoffs.is_off(event.county, item.name):
            return HandlerResult(item, left=left, again_in=self._settings.probe_every, parked=True)
        if attempts >= self._settings.cut_off_after:
            await self._tell_parked(event, item.name, what)
            return HandlerResult(item, left=left, again_in=self._settings.probe_every, parked=True)
        pauses = self._settings.retry_after
        return HandlerResult(item, left=left, again_in=pauses[min(attempts, len(pauses)) - 1])

    async def _tell_parked(self, event: StoredEvent, name: str, what: str) -> None:
        detail = (
            f"{called(self._host, name)}连续失败，这一条已单独搁置，定时重试，其他不受影响。"
            f"技术名称：{name}。错误：{what}"
        )
        await self._alerts.tell(event.county, f"stuck_event:{name}", detail)

    async def _tell_cut_off(self, event: StoredEvent, name: str, what: str) -> None:
        log.error(
            "a trigger or reaction is cut off in a county: mend the plugin",
            reader=name,
            county=event.county,
            error=what,
        )
        detail = (
            f"{called(self._host, name)}连续失败，已在本地区单独停用，其他功能不受影响。"
            f"相关消息已保留，修复后会自动补发。技术名称：{name}。错误：{what}"
        )
        await self._alerts.tell(event.county, f"cut_off:{name}", detail)

    async def _unpark(self) -> int:
        """Wake the events of readers that are on again, until none that was in hand before can be parked any more."""
        waiting = 0
        for reader, before in list(self._on_again.items()):
            waiting += await self._outbox.unpark(*reader)
            if before.isdisjoint(self._in_hand):
                # Two may be here at once: the turn of the loop, and an operator.
                self._on_again.pop(reader, None)
        if waiting:
            self.kick()
        return waiting

    async def rearm(self, county: str | None, name: str) -> int:
        """Let a reader that was cut off run again, and the events that wait for it. Returns how many."""
        # Counted first: as soon as it is on, the turn of the loop lets some of them run, too.
        waiting = await self._outbox.parked(county, name)
        await self._cutoffs.succeeded(county, name)
        self._on_again[county, name] = set(self._in_hand)
        await self._unpark()
        log.info("a trigger or reaction is on again", reader=name, county=county, waiting=waiting)
        return waiting

    # --- booking -----------------------------------------------------------------------------------------------------

    async def _book(self, event: StoredEvent, heard: Sequence[HandlerResult]) -> bool:
        """Write the answers in steps of bounded size; the last one closes the event or gives it back."""
        failed = [each for each in heard if each.left is not None]
        for step in self._steps(event, heard):
            with self._in_transaction(event):
                error = await (self._writing_bulk if step.is_bulk else self._writing).add(step)
            if error is not None:
                raise error
        if failed:
            # Later events of the subject wait, unless this one is parked for long.
            return all(each.parked for each in failed)
        self._metrics.dispatch_time.observe(max(0.0, (self._clock.now() - event.at).total_seconds()))
        return True

    def _steps(self, event: StoredEvent, heard: Sequence[HandlerResult]) -> Iterator[WriteBatch]:
        left = {each.item.name: each.left or each.item for each in heard if each.left or each.posts}
        posts: list[RenderedPush] = []
        for each in heard:
            if each.left is not None:
                continue
            for cursor, post in _chunks(each, self._settings.chunk):
                posts.append(post)
                if sum(len(one.persons) for one in posts) >= self._settings.chunk:
                    left[each.item.name] = msgspec.structs.replace(each.item, cursor=cursor)
                    yield WriteBatch(Progress(event=event, todo=tuple(left.values())), tuple(posts))
                    posts = []
            left.pop(each.item.name, None)
        withdrawals = tuple(itertools.chain.from_iterable(each.withdrawals for each in heard if each.left is None))
        failed = [each for each in heard if each.left is not None]
        last = Progress(
            event=event,
            todo=tuple(left.values()),
            again_in=min((each.again_in for each in failed), default=None),
            parked=bool(failed) and all(each.parked for each in failed),
        )
        yield WriteBatch(last, tuple(posts), withdrawals)


def _bound(to: Holders) -> list[str]:
    """What the position must be bound to: bureau, project, node; empty where none is named, or any will do."""
    return ["" if named == ANY else named or "" for named in (to.bureau, to.project, to.node)]


def _chunks(heard: HandlerResult, size: int) -> Iterator[tuple[str, RenderedPush]]:
    """The posts in parts of at most ``size`` persons, from where the cursor stands, each with the cursor after it."""
    reached, _, last = (heard.item.cursor or "0:").partition(":")
    for index, post in enumerate(heard.posts):
        if index < int(reached):
            continue
        persons = [person for person in post.persons if index > int(reached) or person > last]
        for start in range(0, len(persons), size):
            part = persons[start : start + size]
            yield f"{index}:{part[-1]}", post.to(part)


async def _succeeded(task: asyncio.Task[bool]) -> bool:
    await asyncio.wait([task])
    return not task.cancelled() and task.exception() is None and task.result()
