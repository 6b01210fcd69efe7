"""The live door of a node: takes what was committed, and brings it to the sockets of this node and of the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

import msgspec
import structlog
from prometheus_client import CollectorRegistry

from hub.realtime.acknowledgements import Acknowledgements
from hub.realtime.bus import Bus, BusMessage
from hub.realtime.canary import Canary
from hub.realtime.commands import Commands
from hub.realtime.conversation import Conversation
from hub.realtime.fastpath import Coalescer
from hub.realtime.frames import Move
from hub.realtime.inboxes import Inboxes, Pair, frame_of
from hub.realtime.metrics import LiveMetrics
from hub.realtime.sessions import Close, LiveSession, LiveSessions
from hub.realtime.settings import LiveSettings
from hub.realtime.streams import Rings
from hub.realtime.tasks import Tasks
from hub.realtime.topics import Address, Topics
from hub.store.canaries import Canaries
from hub.store.inbox import Head, InboxEntry
from hub.store.mongo import PyMongoError
from hub.words.actors import Actor
from hub.words.chance import CHANCE
from hub.words.clock import Clock
from hub.words.errors import NotSignedIn, Refused

log = structlog.get_logger("hub.realtime")

# Sessions told to move before other work gets a turn.
_AT_ONCE = 100
_LOGINS_PER_QUERY = 1000
# How long a client that was told to move may still need after its time.
_GRACE = timedelta(seconds=2)
# How long its ticket is good after the last one's moment: until the node's heir listens.
_TO_ARRIVE = timedelta(seconds=60)


class Inbox(Protocol):
    """What is asked of hub.store.inbox.Inbox."""

    async def begin(self, stream: str) -> Head: ...
    async def heads(self, streams: Sequence[str]) -> Mapping[str, Head]: ...
    async def since(self, stream: str, seq: int, limit: int) -> list[InboxEntry]: ...
    async def acknowledge_all(self, marks: Mapping[tuple[str, str], int]) -> None: ...


class Tickets(Protocol):
    """What is asked of hub.identity.tickets.Tickets."""

    def issue(self, actor: Actor, life: timedelta | None = None) -> str: ...
    async def redeem(self, ticket: str) -> Actor: ...


class Logins(Protocol):
    """What is asked of hub.identity.sessions.Sessions: who is signed in, and of whom this is no longer so."""

    changed: list[Callable[[str], None]]

    async def actor_of(self, session_id: str) -> Actor | None: ...
    async def outdated(self, known: Mapping[str, int]) -> Collection[str]: ...


class Live:
    """Built inside the running loop; ``start`` before the first socket, ``drain`` and ``stop`` at the end.

    ``may_listen`` decides about topics.
    """

    def __init__(
        self,
        settings: LiveSettings,
        *,
        node: str,
        inbox: Inbox,
        tickets: Tickets,
        logins: Logins,
        commands: Commands,
        bus: Bus,
        canaries: Canaries,
        clock: Clock,
        may_listen: Callable[[Actor, Address], bool],
        registry: CollectorRegistry,
        now: Callable[[], float] | None = None,
    ) -> None:
        self.settings = settings
        self.metrics = LiveMetrics(registry)
        loop = asyncio.get_running_loop()
        self.now = now or loop.time
        # The own sockets come when the bus has had its turn: to serve a thousand takes 10 ms, and the other nodes would wait.
        self._after_bus = loop.call_soon
        self._bus = bus
        self._tickets = tickets
        self._logins = logins
        self._tasks = Tasks()
        self._changed: dict[str, None] = {}
        self._following = False
        self._published = 0  # since the last sweep: a metric's own lock costs as much as finding the stream
        self._coalescer = Coalescer(settings.coalesce.total_seconds())
        self._rings = Rings(settings.rings_total)
        self.sessions = LiveSessions(settings, self.metrics, self.now)
        self._inboxes = Inboxes(
            settings, inbox, bus, rings=self._rings, coalescer=self._coalescer, start=self._tasks.start
        )
        self._topics = Topics(settings, bus, rings=self._rings, coalescer=self._coalescer)
        self._acknowledgements = Acknowledgements(inbox)
        self.conversation = Conversation(
            settings,
            sessions=self.sessions,
            inboxes=self._inboxes,
            topics=self._topics,
            tickets=tickets,
            commands=commands,
            acknowledgements=self._acknowledgements,
            may_listen=may_listen,
            metrics=self.metrics,
            start=self._tasks.start,
        )
        self.canary = Canary(
            settings, node=node, canaries=canaries, bus=bus, clock=clock, metrics=self.metrics, now=self.now
        )

    # --- life -------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        await self._bus.start(self)
        self.canary.start()
        self._logins.changed.append(self._login_changed)
        settings = self.settings
        self._tasks.every(settings.sweep_every.total_seconds, self._sweep)
        self._tasks.every(settings.acknowledge_every.total_seconds, self._acknowledgements.flush)
        self._tasks.every(self._reconcile_pause, self._inboxes.reconcile)
        self._tasks.every(settings.revoked_every.total_seconds, self._look_at_logins)
        self._tasks.every(settings.canary_every.total_seconds, self.canary.sing)

    async def stop(self) -> None:
        """Close what is still open. What devices acknowledged is written first."""
        for session in self.sessions:
            session.end(Close.MOVED)
        self._logins.changed.remove(self._login_changed)
        await self._tasks.stop()
        await self._acknowledgements.flush()
        await self.canary.stop()
        await self._bus.stop()

    async def drain(self) -> None:
        """Before a stop: every session gets a ticket and a moment of its own to go to another node, or to this one's heir.

        Where there are other nodes it stays connected until it has moved. A node that is alone closes at once: its heir
        takes the sessions at their moments.
        """
        self.sessions.moving = True
        over = self.settings.move_over
        waiting = list(self.sessions)
        CHANCE.shuffle(waiting)
        for at, session in enumerate(waiting):
            self._tell_to_move(session, over * at / len(waiting))
            if at % _AT_ONCE == _AT_ONCE - 1:
                await asyncio.sleep(0)
        if self._bus.reaches_others:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.sessions.empty.wait(), (over + _GRACE).total_seconds())
        for session in self.sessions:
            session.end(Close.MOVED)

    def _tell_to_move(self, session: LiveSession, after: timedelta) -> None:
        if session.actor is None:
            session.end(Close.MOVED)
            return
        try:
            ticket = self._tickets.issue(session.actor, self.settings.move_over + _TO_ARRIVE)
        except Refused:
            session.end(Close.NOT_SIGNED_IN)
            return
        session.send(Move(round(after.total_seconds() * 1000), ticket))

    # --- messages ---------------------------------------------------------------------------------------------------

    def publish(self, entries: Sequence[InboxEntry]) -> None:
        """Bring committed entries to whoever listens, on any node. Never waits: what is missed comes from MongoDB."""
        if not self._bus.reaches_others:
            entries = [entry for entry in entries if self._inboxes.wants(entry.stream)]
        if not entries:
            return
        self._published += len(entries)
        frames = [(entry.stream, entry.seq, frame_of(entry)) for entry in entries]
        if self._bus.reaches_others:
            self._bus.publish([BusMessage("inbox", stream, frame, seq) for stream, seq, frame in frames])
            self._after_bus(self._deliver, frames)
        else:
            self._deliver(frames)

    def announce(self, topic: Address, body: object, key: str | None = None) -> None:
        """Tell a topic's listeners. With ``key``, a slow reader gets only the newest of that key."""
        self.metrics.announcements.inc()
        name, data = str(topic), msgspec.json.encode(body)
        self._bus.publish([BusMessage("topic", name, data, key=key)])
        self._after_bus(self._topics.offer, name, key, data)

    def received(self, notices: Sequence[BusMessage]) -> None:
        """From the bus: what other nodes published, and the own canary."""
        for notice in notices:
            if notice.kind == "topic":
                self._topics.offer(notice.name, notice.key, notice.data)
            elif notice.kind == "canary":
                self.canary.on_bus(notice)
        self._deliver([(notice.name, notice.seq, notice.data) for notice in notices if notice.kind == "inbox"])

    def _deliver(self, frames: Sequence[tuple[str, int, bytes]]) -> None:
        """To the sockets of this node; those of one stream together."""
        if len(frames) == 1:
            stream, seq, frame = frames[0]
            self._inboxes.offer(stream, [(seq, (None, frame))])
            return
        by_stream: dict[str, list[Pair]] = {}
        for stream, seq, frame in frames:
            by_stream.setdefault(stream, []).append((seq, (None, frame)))
        for stream, pairs in by_stream.items():
            self._inboxes.offer(stream, pairs)

    def lost(self, touches: Callable[[str], bool]) -> None:
        """From the bus: messages may be missing."""
        self._tasks.start(self._inboxes.reconcile(touches))
        for name in filter(touches, self._topics.names()):
            self._topics.restart(name)

    # --- what comes round -------------------------------------------------------------------------------------------

    async def _sweep(self) -> None:
        self.sessions.sweep()
        # Streams run by the loop's own time, which no test moves.
        now = asyncio.get_running_loop().time()
        self._inboxes.sweep(now)
        self._topics.sweep(now)
        self.metrics.entries.inc(self._published)
        self._published = 0
        self.metrics.streams.set(len(self._inboxes))
        self.metrics.ring_bytes.set(self._rings.used)
        self.metrics.bus_healthy.set(self._bus.healthy)

    def _reconcile_pause(self) -> float:
        # Without the bus the other nodes' messages come only this way.
        return self.settings.reconcile_every.total_seconds() if self._bus.healthy else 1.0

    # --- rights -----------------------------------------------------------------------------------------------------

    def _login_changed(self, login: str) -> None:
        self._changed[login] = None
        if not self._following:
            self._following = True
            self._tasks.start(self._follow_changes())

    async def _follow_changes(self) -> None:
        try:
            while self._changed:
                # Taken off before it is read: what changes meanwhile is read again.
                login, _ = self._changed.popitem()
                await self._follow_change(login)
        except PyMongoError as error:
            # The next look at all of them comes back to it.
            log.warning("changes of rights could not be read, they are looked for again", error=type(error).__name__)
        finally:
            self._following = False

    async def _follow_change(self, login: str) -> None:
        if self.sessions.of_login(login):
            actor = await self._logins.actor_of(login)
            self._apply(self.sessions.of_login(login), actor)

    def _apply(self, sessions: Iterable[LiveSession], actor: Actor | None) -> None:
        for session in sessions:
            if actor is None:
                session.end(Close.NOT_SIGNED_IN, NotSignedIn())
            elif session in self.sessions:
                self.sessions.rebind(session, actor)
                self.conversation.recheck(session)

    async def _look_at_logins(self) -> None:
        """What the change stream has not told, or told while a socket was still being opened: also a sign-in that has simply
        run out."""
        known = list(self.sessions.logins().items())
        for at in range(0, len(known), _LOGINS_PER_QUERY):
            for login in await self._logins.outdated(dict(known[at : at + _LOGINS_PER_QUERY])):
                self._login_changed(login)
