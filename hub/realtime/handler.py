"""``/ws``: Tornado's side of a live session."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

import structlog
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine
from tornado.iostream import IOStream
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from hub.realtime.fastpath import wire_for
from hub.realtime.frames import refusal_body
from hub.realtime.live import Live
from hub.realtime.sessions import Close, LiveSession
from hub.words.errors import Forbidden, Malformed, Refused, TooMany

log = structlog.get_logger("hub.realtime")


def _spent_request() -> HTTPServerRequest:
    """What remains of any upgrade."""
    return HTTPServerRequest(start_line=RequestStartLine("GET", "/ws", "HTTP/1.0"), headers=HTTPHeaders())


@dataclass(frozen=True)
class SocketAccess:
    """What the web door knows better: whose pages may open a socket, and who is behind a proxy."""

    live: Live
    allows_origin: Callable[[str | None, str], bool]
    address: Callable[[HTTPServerRequest], str]
    spent: HTTPServerRequest = field(default_factory=_spent_request)


class LiveHandler(WebSocketHandler):
    """One socket. Says nothing about anybody before the hello: it carries no cookie and no query."""

    _session: LiveSession | None = None

    def initialize(self, door: SocketAccess) -> None:
        self._live = door.live
        self._door = door

    def prepare(self) -> None:
        if self.request.headers.get("Upgrade", "").lower() != "websocket":
            self._refuse(426, Malformed("这里只接受 WebSocket 连接。"))
        elif not self._door.allows_origin(self.request.headers.get("Origin"), self.request.host):
            self._refuse(403, Forbidden("请求来源不受信任，请从本平台页面操作。"))

    def _refuse(self, status: int, error: Refused) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        if status == 426:
            self.set_header("Upgrade", "websocket")
        self.finish(refusal_body(error))

    def check_origin(self, origin: str) -> bool:
        # prepare() has decided, with the answer in the hub's own shape.
        return True

    @property
    def max_message_size(self) -> int:
        return self._live.settings.max_frame

    @property
    def ping_interval(self) -> float:
        # LiveSessions.sweep pings: a task per socket would cost more memory than all else that the hub keeps of it.
        return 0

    def open(self, *args: str, **kwargs: str) -> None:
        settings = self._live.settings
        self._tune(settings.send_buffer)
        wire = wire_for(self, settings.max_queued, self._fell_behind)
        address = self._door.address(self.request)
        session = LiveSession(wire, address, self._live.now(), ping=self._ping, end=self._end)
        try:
            self._live.sessions.add(session)
        except TooMany as error:
            session.end(Close.TOO_MANY, error)
            return
        self._session = session
        self._let_go_of_the_request()

    def _tune(self, send_buffer: int) -> None:
        assert self.ws_connection is not None
        self.set_nodelay(True)
        stream = self.ws_connection.stream
        if stream is not None and isinstance(stream.socket, socket.socket):
            stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)

    def _let_go_of_the_request(self) -> None:
        """Headers and connection of the upgrade would stay in memory as long as the socket: 4 KB each, a quarter of it.

        Tornado itself lets go of ``ui`` and the like when a request ends; a socket's ends late.
        """
        # The frame of Tornado's get() still holds the headers, though it never looks at them again.
        self.request.headers.clear()
        self.request = self._door.spent
        self._headers = self._door.spent.headers
        self.ui = None  # type: ignore[assignment]

    def _detach_stream(self) -> IOStream:
        # Tornado puts seven methods into each object that refuse to write HTTP to a socket; nothing here does.
        return self.detach()

    async def on_message(self, message: str | bytes) -> None:
        session = self._session
        if session is not None:
            session.heard_at = self._live.now()
            await self._live.conversation.hear(session, message)

    def on_pong(self, data: bytes) -> None:
        if self._session is not None:
            self._session.heard_at = self._live.now()

    def on_close(self) -> None:
        self._live.metrics.closes.labels(self.close_code or 1006).inc()
        if self._session is not None:
            self._live.conversation.end(self._session)
            self._session = None

    def log_exception(
        self, typ: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None
    ) -> None:
        """Without the request, whose headers and address may be personal. A socket that is cut is no event."""
        if not isinstance(value, asyncio.CancelledError | WebSocketClosedError):
            log.error("live socket failed", exc_info=(typ, value, tb))

    def _ping(self) -> None:
        with contextlib.suppress(WebSocketClosedError):
            self.ping()

    def _fell_behind(self) -> None:
        if self._session is not None:
            self._session.end(Close.BEHIND)

    def _end(self, code: int, reason: str) -> None:
        connection = self.ws_connection
        if self._session is not None:
            # Its place is free at once, not only when the peer has answered the close frame.
            self._live.conversation.end(self._session)
        self.close(code, reason)
        if code == Close.SILENT and connection is not None and connection.stream is not None:
            # Nobody is there to answer the close frame.
            connection.stream.close()
