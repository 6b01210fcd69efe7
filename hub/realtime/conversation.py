"""What the hub answers to each word of a client: the live protocol, without sockets."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Protocol

import structlog

from hub.realtime.acknowledgements import Acknowledgements
from hub.realtime.commands import Commands
from hub.realtime.frames import (
    INBOX,
    PONG,
    VERSION,
    Ack,
    ClientFrame,
    Cmd,
    Hello,
    Joined,
    Ping,
    Position,
    Reply,
    Reset,
    Resume,
    Sub,
    Unsub,
    Welcome,
    read,
    refusal,
)
from hub.realtime.inboxes import Inboxes
from hub.realtime.metrics import LiveMetrics
from hub.realtime.sessions import Close, LiveSession, LiveSessions
from hub.realtime.settings import LiveSettings
from hub.realtime.streams import History, Stream, catch_up
from hub.realtime.topics import Address, Topics, topic
from hub.store.inbox import stream_of
from hub.store.mongo import PyMongoError
from hub.words.actors import Actor
from hub.words.errors import Forbidden, Malformed, NotFound, NotSignedIn, Refused, TooMany, Unavailable

log = structlog.get_logger("hub.realtime")

# Frames of one second; a person's taps and a client's acknowledgements stay far below.
_MAX_FRAMES = 200
# What costs the database something counts for more: a replay reads and writes out a page of the inbox, a command is a
# transaction, a topic a question to the bus.
_COUNTS_AS: Mapping[type[ClientFrame], int] = {Resume: 40, Cmd: 10, Sub: 5}


class Tickets(Protocol):
    """What is asked of hub.identity.tickets.Tickets."""

    async def redeem(self, ticket: str) -> Actor: ...


_CLOSES = ((TooMany, Close.TOO_MANY), (Unavailable, Close.UNAVAILABLE), (NotSignedIn, Close.NOT_SIGNED_IN))


class UnknownVersion(Refused):
    code = "unknown_version"
    message = "当前版本过旧，请更新后再使用。"


class Conversation:
    """Hears one frame after the other of each session."""

    def __init__(
        self,
        settings: LiveSettings,
        *,
        sessions: LiveSessions,
        inboxes: Inboxes,
        topics: Topics,
        tickets: Tickets,
        commands: Commands,
        acknowledgements: Acknowledgements,
        may_listen: Callable[[Actor, Address], bool],
        metrics: LiveMetrics,
        start: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:
        self._settings = settings
        self._sessions = sessions
        self._inboxes = inboxes
        self._topics = topics
        self._tickets = tickets
        self._commands = commands
        self._acknowledgements = acknowledgements
        self._may_listen = may_listen
        self._metrics = metrics
        self._start = start
        self._answers: dict[type[ClientFrame], Callable[[LiveSession, Any], Awaitable[None]]] = {
            Hello: self._hello,
            Resume: self._resume,
            Ack: self._ack,
            Sub: self._sub,
            Unsub: self._unsub,
            Cmd: self._cmd,
            Ping: self._ping,
        }

    async def hear(self, session: LiveSession, data: str | bytes) -> None:
        """Answer one frame; nothing that a client sends raises."""
        if session not in self._sessions:
            # It was ended, and its peer takes seconds to answer the close frame: what it says meanwhile counts for nothing.
            return
        request_id = secrets.token_hex(8)
        frame: ClientFrame | None = None
        try:
            self._count(session, 1)
            frame = read(data)
            self._count(session, _COUNTS_AS.get(type(frame), 1) - 1)
            self._metrics.heard.labels(type(frame).__name__.lower()).inc()
            if session.actor is None and not isinstance(frame, Hello):
                raise NotSignedIn("请先完成连接验证。")
            await self._answers[type(frame)](session, frame)
        except Refused as error:
            self._refuse(session, frame, error, request_id)
        except PyMongoError as error:
            log.warning("database does not answer a live session", request_id=request_id, error=type(error).__name__)
            self._refuse(session, frame, Unavailable(retry_after=5), request_id)
        except Exception as error:
            log.error("live frame failed", frame=type(frame).__name__, request_id=request_id, exc_info=error)
            self._refuse(session, frame, Unavailable(), request_id)

    def _count(self, session: LiveSession, frames: int) -> None:
        session.recent += frames
        if session.recent > _MAX_FRAMES:
            raise self._sessions.refused("frames")

    def _refuse(self, session: LiveSession, frame: ClientFrame | None, error: Refused, request_id: str) -> None:
        session.send(refusal(error, request_id=request_id, id=frame.id if isinstance(frame, Cmd) else None))
        code = self._closes(session, error)
        if code is not None:
            session.end(code)

    def _closes(self, session: LiveSession, error: Refused) -> Close | None:
        """A refused hello ends the session; later only what does not stop being malformed, or too much."""
        if isinstance(error, Malformed):
            session.malformed += 1
            over = session.actor is None or session.malformed > self._settings.malformed_allowed
            return Close.MALFORMED if over else None
        if session.recent > _MAX_FRAMES:
            return Close.TOO_MANY
        if session.actor is not None and session.id:
            return None
        return next((code for kind, code in _CLOSES if isinstance(error, kind)), Close.MALFORMED)

    # --- the session ------------------------------------------------------------------------------------------------

    async def _hello(self, session: LiveSession, hello: Hello) -> None:
        if session.actor is not None:
            raise Malformed("已经连接，不能重复验证。")
        if hello.v != VERSION:
            raise UnknownVersion
        actor = await self._tickets.redeem(hello.ticket)
        # After every wait the socket may be gone; what is attached to it then would stay for ever.
        if session in self._sessions:
            self._sessions.bind(session, actor, hello.device)
            if actor.person is None or actor.app is None:
                self._welcome(session)
                return
            stream = await self._inboxes.open(stream_of(actor.person, actor.app))
            if session in self._sessions:
                session.inbox = stream
                stream.listeners += 1
                self._welcome(session, stream)
                self._follow(session, INBOX, stream, hello.resume.get(INBOX), self._inboxes.history)

    def _welcome(self, session: LiveSession, inbox: Stream | None = None) -> None:
        session.id = secrets.token_hex(8)
        streams = {INBOX: Position(inbox.epoch, inbox.head)} if inbox is not None else {}
        session.send(Welcome(VERSION, session.id, streams, self._settings.heartbeat.total_seconds()))

    async def _ping(self, session: LiveSession, _: Ping) -> None:
        session.send_bytes(PONG)

    def end(self, session: LiveSession) -> None:
        """The socket is gone: nothing of it stays."""
        if not self._sessions.remove(session):
            return
        session.stop()
        for stream in session.streams():
            self._leave(session, stream)
        session.inbox = session.topics = session.replays = None

    # --- streams ----------------------------------------------------------------------------------------------------

    def _follow(
        self, session: LiveSession, name: str, stream: Stream, known: Position | None, history: History
    ) -> None:
        """Bring a session to the end of a stream, where it stays: at once when nothing is missing."""
        if known is not None and (known.epoch != stream.epoch or known.seq > stream.head):
            self._reset(session, name, stream)
            known = None
        if known is None or known.seq == stream.head:
            stream.fan.join(session.wire)
            return
        replay = catch_up(
            stream,
            session.wire,
            known.seq,
            history=history,
            reset=lambda stream: self._reset(session, name, stream),
            from_where=lambda source: self._metrics.resumes.labels(source).inc(),
        )
        self._replay(session, name, replay)

    def _replay(self, session: LiveSession, name: str, replay: Coroutine[Any, Any, None]) -> None:
        """In the background: a long replay must not keep the session's acknowledgements and pings waiting."""
        task = self._start(self._guarded(session, replay))
        session.replays = {**(session.replays or {}), name: task}
        task.add_done_callback(lambda done: self._replayed(session, name, done))

    async def _guarded(self, session: LiveSession, replay: Coroutine[Any, Any, None]) -> None:
        try:
            await replay
        except PyMongoError as error:
            log.warning("replay stopped, the client comes again", error=type(error).__name__)
            session.end(Close.UNAVAILABLE, Unavailable(retry_after=5))

    def _replayed(self, session: LiveSession, name: str, task: asyncio.Task[None]) -> None:
        if session.replays and session.replays.get(name) is task:
            del session.replays[name]
            session.replays = session.replays or None

    def _reset(self, session: LiveSession, name: str, stream: Stream) -> None:
        self._metrics.resets.inc()
        session.send(Reset(name, stream.epoch, stream.head))

    def _leave(self, session: LiveSession, stream: Stream) -> None:
        stream.leave(session.wire, asyncio.get_running_loop().time())

    async def _resume(self, session: LiveSession, resume: Resume) -> None:
        stream, history = self._stream(session, resume.stream)
        if (running := (session.replays or {}).get(resume.stream)) is not None:
            running.cancel()
        stream.fan.leave(session.wire)
        self._follow(session, resume.stream, stream, Position(resume.epoch, resume.seq), history)

    def _stream(self, session: LiveSession, name: str) -> tuple[Stream, History]:
        if name == INBOX and session.inbox is not None:
            return session.inbox, self._inboxes.history
        stream = (session.topics or {}).get(name)
        if stream is None:
            raise NotFound("没有订阅这个主题。")
        return stream, self._topics.history

    async def _ack(self, session: LiveSession, ack: Ack) -> None:
        stream, _ = self._stream(session, ack.stream)
        if stream is session.inbox:
            # Nobody has what was not sent yet.
            self._acknowledgements.add(stream.name, session.device, min(ack.seq, stream.head))

    async def _sub(self, session: LiveSession, sub: Sub) -> None:
        assert session.actor is not None
        name = topic(sub.topic)
        if not self._may_listen(session.actor, name):
            raise Forbidden
        if session.topics and sub.topic in session.topics:
            return
        if len(session.topics or ()) >= self._settings.max_topics:
            raise TooMany("订阅的主题太多。")
        stream = await self._topics.open(str(name))
        if session not in self._sessions:
            return
        # Asked again after the wait: whoever lost the right meanwhile had no topic yet that could be taken from them.
        if not self._may_listen(session.actor, name):
            raise Forbidden
        session.topics = {**(session.topics or {}), sub.topic: stream}
        stream.listeners += 1
        session.send(Joined(sub.topic, stream.epoch, stream.head))
        self._follow(session, sub.topic, stream, sub.since, self._topics.history)

    def recheck(self, session: LiveSession) -> None:
        """The actor's rights have changed: leave the topics that are no longer theirs."""
        assert session.actor is not None
        for name, stream in list((session.topics or {}).items()):
            if not self._may_listen(session.actor, topic(name)):
                self._drop_topic(session, name, stream)
                session.send(refusal(Forbidden(fields={"topic": name})))

    def _drop_topic(self, session: LiveSession, name: str, stream: Stream) -> None:
        assert session.topics is not None
        del session.topics[name]
        if (replay := (session.replays or {}).get(name)) is not None:
            replay.cancel()
        self._leave(session, stream)

    async def _unsub(self, session: LiveSession, unsub: Unsub) -> None:
        stream, _ = self._stream(session, unsub.topic)
        if stream is not session.inbox:
            self._drop_topic(session, unsub.topic, stream)

    # --- commands ---------------------------------------------------------------------------------------------------

    async def _cmd(self, session: LiveSession, cmd: Cmd) -> None:
        assert session.actor is not None
        request_id = secrets.token_hex(8)
        within = self._settings.command_within
        try:
            answer = await self._commands.run(session.actor, cmd.name, cmd.place, cmd.body, request_id, within)
        except TimeoutError:
            raise Unavailable("操作超时，请刷新后查看结果。") from None
        session.send(Reply(cmd.id, answer))
