"""The live sessions of this node: who is there, how many may be, and who has gone without a word."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from enum import IntEnum

from hub.realtime.fastpath import Wire, joined
from hub.realtime.frames import ServerFrame, refusal, written
from hub.realtime.metrics import LiveMetrics
from hub.realtime.settings import LiveSettings
from hub.realtime.streams import Stream
from hub.words.actors import Actor
from hub.words.chance import CHANCE
from hub.words.errors import NotSignedIn, Refused, TooMany


class Close(IntEnum):
    """Why the hub closed a socket; docs/live-protocol.md says what a client does with each."""

    MOVED = 4001
    MALFORMED = 4400
    NOT_SIGNED_IN = 4401
    NO_HELLO = 4408
    SILENT = 4410
    BEHIND = 4413
    TOO_MANY = 4429
    UNAVAILABLE = 4503


class LiveSession:
    """One websocket. ``actor`` is None until its hello was accepted."""

    __slots__ = (
        "_end",
        "actor",
        "address",
        "device",
        "heard_at",
        "id",
        "inbox",
        "malformed",
        "opened_at",
        "ping",
        "pinged_at",
        "recent",
        "replays",
        "topics",
        "wire",
    )

    def __init__(
        self, wire: Wire, address: str, now: float, *, ping: Callable[[], None], end: Callable[[int, str], None]
    ) -> None:
        self.wire = wire
        self.address = address
        self.ping = ping
        self._end = end
        self.id = ""
        self.actor: Actor | None = None
        self.device = ""
        self.opened_at = self.heard_at = self.pinged_at = now
        self.malformed = 0
        self.recent = 0  # frames since the last sweep, each for what it costs
        self.inbox: Stream | None = None
        self.topics: dict[str, Stream] | None = None
        self.replays: dict[str, asyncio.Task[None]] | None = None

    def send(self, frame: ServerFrame) -> None:
        self.send_bytes(written(frame))

    def send_bytes(self, frame: bytes) -> None:
        items = [(None, frame)]
        self.wire.write(items, joined(items))

    def streams(self) -> list[Stream]:
        return [*([self.inbox] if self.inbox else []), *(self.topics or {}).values()]

    def end(self, code: Close, error: Refused | None = None) -> None:
        """Say why, and close; what has not been sent is dropped, the client resumes."""
        if error is not None:
            self.send(refusal(error))
        self.stop()
        self._end(code, code.name.lower())

    def stop(self) -> None:
        """Send no more."""
        self.wire.shut()
        for replay in (self.replays or {}).values():
            replay.cancel()


class LiveSessions:
    """All sockets of this node, counted against the limits."""

    def __init__(self, settings: LiveSettings, metrics: LiveMetrics, now: Callable[[], float]) -> None:
        self._settings = settings
        self._metrics = metrics
        self._now = now
        self._all: dict[LiveSession, None] = {}
        self._by_login: dict[str, tuple[LiveSession, ...]] = {}  # nearly always of one; a set takes five times the room
        self._of_address: Counter[str] = Counter()
        self._of_person: Counter[str] = Counter()
        self._of_county: Counter[str] = Counter()
        self.moving = False
        self.empty = asyncio.Event()
        self.empty.set()

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, session: LiveSession) -> bool:
        return session in self._all

    def __iter__(self) -> Iterator[LiveSession]:
        return iter(list(self._all))

    def add(self, session: LiveSession) -> None:
        """Let a new socket in, or raise TooMany with the time after which it may come again."""
        if self.moving:
            raise self.refused("moving")
        if len(self._all) >= self._settings.max_sessions:
            raise self.refused("node")
        if self._of_address[session.address] >= self._settings.max_sessions_of_address:
            raise self.refused("address")
        self._all[session] = None
        self.empty.clear()
        self._of_address[session.address] += 1
        self._metrics.sockets.inc()

    def bind(self, session: LiveSession, actor: Actor, device: str) -> None:
        """The socket belongs to somebody now, or TooMany."""
        county = county_of(actor)
        if actor.person and self._of_person[actor.person] >= self._settings.max_sessions_of_person:
            raise self.refused("person")
        if county and self._of_county[county] >= self._settings.max_sessions_of_county:
            raise self.refused("county")
        session.actor, session.device = actor, device
        for counter, name in ((self._of_person, actor.person), (self._of_county, county)):
            if name:
                counter[name] += 1
        if actor.session:
            self._by_login[actor.session] = (*self._by_login.get(actor.session, ()), session)
        self._metrics.sessions.labels(actor.app).inc()

    def rebind(self, session: LiveSession, actor: Actor) -> None:
        """Give a session its person's new rights."""
        assert session.actor is not None
        _less(self._of_county, county_of(session.actor))
        if county := county_of(actor):
            self._of_county[county] += 1
        session.actor = actor

    def remove(self, session: LiveSession) -> bool:
        """Forget a socket; False when it was forgotten before."""
        if session not in self._all:
            return False
        del self._all[session]
        if not self._all:
            self.empty.set()
        _less(self._of_address, session.address)
        self._metrics.sockets.dec()
        if session.actor is not None:
            self._unbind(session, session.actor)
        return True

    def _unbind(self, session: LiveSession, actor: Actor) -> None:
        _less(self._of_person, actor.person)
        _less(self._of_county, county_of(actor))
        self._metrics.sessions.labels(actor.app).dec()
        login = actor.session or ""
        others = tuple(other for other in self._by_login.pop(login, ()) if other is not session)
        if others:
            self._by_login[login] = others

    def of_login(self, login: str) -> list[LiveSession]:
        """The sockets that were opened under one sign-in."""
        return list(self._by_login.get(login, ()))

    def logins(self) -> dict[str, int]:
        """Every sign-in that has sockets here, and the lowest count of changed rights that one of them knows."""
        return {
            login: min(session.actor.rights for session in sessions if session.actor)
            for login, sessions in self._by_login.items()
        }

    def is_present(self, person: str) -> bool:
        """Whether the person has a living socket on this node; a dead one passes for living at most 30 s."""
        return self._of_person[person] > 0

    def refused(self, limit: str) -> TooMany:
        """Says when to come again: at random, so that those who are sent away together do not come back together."""
        self._metrics.refused.labels(limit).inc()
        low, high = self._settings.retry_from.total_seconds(), self._settings.retry_to.total_seconds()
        return TooMany("当前在线人数较多，请稍后自动重试。", retry_after=round(CHANCE.uniform(low, high), 1))

    def sweep(self) -> None:
        """Ping the quiet ones; close those who never said hello, and those who do not answer."""
        now, settings = self._now(), self._settings
        no_hello = now - settings.hello_within.total_seconds()
        silent = now - settings.silent_for.total_seconds()
        quiet = now - settings.ping_every.total_seconds()
        for session in self:
            session.recent = 0
            if session.actor is None and session.opened_at < no_hello:
                session.end(Close.NO_HELLO, NotSignedIn("连接超时，请重新连接。"))
            elif session.heard_at < silent:
                session.end(Close.SILENT)
            elif session.heard_at < quiet and session.pinged_at < quiet:
                session.pinged_at = now
                session.ping()


def county_of(actor: Actor) -> str | None:
    """The county that a member of staff works for; residents belong to none here."""
    return next((position.county for position in actor.positions if position.county), None)


def _less(counter: Counter[str], name: str | None) -> None:
    if name is None:
        return
    counter[name] -= 1
    # A Counter keeps zeros: addresses would pile up for ever.
    if counter[name] <= 0:
        del counter[name]
