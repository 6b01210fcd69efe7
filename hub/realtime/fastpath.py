"""The way of bytes to many sockets, and all that the hub knows of Tornado's inside.

A server's frames are not masked, so one message is the same bytes for everybody: they are built once. ``write_message``
costs 55–72 µs per socket; ``socket.send`` when nothing waits in the stream costs 13. One send is a system call of 6–10 µs:
only sending less often is cheaper still, so what follows a message within some milliseconds is held and sent as one.

What is used of Tornado: ``WebSocketHandler.ws_connection.stream``, ``IOStream.socket``, ``.write()``, ``.writing()``, and what
that looks at: ``._write_buffer._size``. :func:`wire_for` looks whether they are there, and else falls back to ``write_message``;
tests/realtime/test_fastpath.py fails on a version of Tornado where that happens.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import structlog
from tornado.iostream import IOStream, StreamClosedError
from tornado.websocket import WebSocketClosedError, WebSocketHandler, WebSocketProtocol13

log = structlog.get_logger("hub.realtime")

Item: TypeAlias = tuple[str | None, bytes]
"""A frame, and the key under which a newer one makes it superfluous (None: never)."""

_MIDDLE = struct.Struct(">BBH").pack
# Sockets written to before other work gets a turn: 13 µs each, so about 6 ms.
_AT_ONCE = 500
# So many held frames are sent without waiting for their time.
_MANY = 32
_FOR_EVER = float("inf")


def text_frame(payload: bytes) -> bytes:
    """An unmasked websocket text frame (RFC 6455 §5.2)."""
    size = len(payload)
    if size < 126:
        return b"\x81" + bytes((size,)) + payload
    if size <= 0xFFFF:
        return _MIDDLE(0x81, 126, size) + payload
    return b"\x81\x7f" + size.to_bytes(8) + payload


def payload_of(frame: bytes) -> bytes:
    """What :func:`text_frame` was given."""
    return frame[{126: 4, 127: 10}.get(frame[1], 2) :]


def joined(items: Sequence[Item]) -> bytes:
    return items[0][1] if len(items) == 1 else b"".join([frame for _, frame in items])


class _Queue:
    """What waits for a slow reader: in order, newest per key when it gets too much."""

    __slots__ = ("_items", "_limit", "size")

    def __init__(self, limit: int) -> None:
        self._items: list[Item] = []
        self._limit = limit
        self.size = 0

    def add(self, items: Iterable[Item], besides: int) -> bool:
        """Whether it still fits, together with ``besides`` bytes that wait elsewhere."""
        for item in items:
            self._items.append(item)
            self.size += len(item[1])
        if self.size + besides > self._limit:
            self._collapse()
        return self.size + besides <= self._limit

    def take(self) -> list[Item]:
        items, self._items, self.size = self._items, [], 0
        return items

    def _collapse(self) -> None:
        newest = {key: at for at, (key, _) in enumerate(self._items) if key is not None}
        self._items = [item for at, item in enumerate(self._items) if item[0] is None or newest[item[0]] == at]
        self.size = sum(len(frame) for _, frame in self._items)


class FastWire:
    """Straight to the socket while nothing waits; through the stream, bounded, while the reader is behind."""

    __slots__ = ("_closed", "_full", "_inflight", "_limit", "_queue", "_stream", "_waiters", "busy", "send", "unsent")

    def __init__(self, stream: IOStream, limit: int, full: Callable[[], None]) -> None:
        self._stream = stream
        self._limit = limit
        self._full = full
        # Found once: broadcast() asks for them some million times a minute.
        self.send = stream.socket.send
        self.unsent = stream._write_buffer
        self.busy = False  # something waits here, or the wire is shut
        self._closed = False
        self._inflight = 0
        self._queue: _Queue | None = None
        self._waiters: list[asyncio.Future[None]] | None = None

    @property
    def queued(self) -> int:
        """Bytes that wait in the hub, not in the kernel."""
        return self._inflight + (self._queue.size if self._queue else 0)

    def write(self, items: Sequence[Item], blob: bytes) -> None:
        """Send these frames; ``blob`` is all of them in one."""
        if self.busy:
            self._wait(items)
        else:
            broadcast((self,), items, blob)

    def broken(self) -> None:
        """The peer is gone: closing the stream tells the handler, which tells the session."""
        self.shut()
        self._stream.close()

    def hand_over(self, rest: bytes) -> None:
        """What the socket did not take is for the stream, which knows when it takes more."""
        if len(rest) > self._limit:
            self._overflow()
            return
        try:
            written = self._stream.write(rest)
        except StreamClosedError:
            self.shut()
            return
        if self._stream.writing():
            self.busy = True
            self._inflight = len(rest)
            written.add_done_callback(self._on_written)

    def _wait(self, items: Sequence[Item]) -> None:
        if self._closed:
            return
        if self._queue is None:
            self._queue = _Queue(self._limit)
        if not self._queue.add(items, self._inflight):
            self._overflow()

    def _on_written(self, written: asyncio.Future[None]) -> None:
        if self._closed or written.cancelled() or written.exception() is not None:
            self.shut()
            return
        self.busy, self._inflight = False, 0
        if self._queue is not None and self._queue.size:
            items = self._queue.take()
            self.write(items, joined(items))
        else:
            self._queue = None
        if not self.busy:
            self._wake()

    def _overflow(self) -> None:
        self.shut()
        self._full()

    def shut(self) -> None:
        """Drop what waits and send no more."""
        self._closed = self.busy = True
        self._queue = None
        self._wake()

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, None
        for waiter in waiters or ():
            if not waiter.done():
                waiter.set_result(None)

    async def drained(self) -> None:
        """Until nothing waits any more, or the wire is shut."""
        if self._closed or not self.busy:
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiters = [*(self._waiters or ()), waiter]
        await waiter


class PlainWire:
    """Writes by Tornado's public ``write_message``: slower, right on any version, and on compressed or TLS sockets."""

    __slots__ = ("_closed", "_full", "_handler", "_limit", "_waiters", "queued")

    busy = True  # for broadcast(): never write past this object

    def __init__(self, handler: WebSocketHandler, limit: int, full: Callable[[], None]) -> None:
        self._handler = handler
        self._limit = limit
        self._full = full
        self._closed = False
        self._waiters: list[asyncio.Future[None]] = []
        self.queued = 0

    def write(self, items: Sequence[Item], blob: bytes) -> None:
        if self._closed:
            return
        if self.queued + len(blob) > self._limit:
            self.shut()
            self._full()
            return
        for _, frame in items:
            self._write_one(frame)

    def _write_one(self, frame: bytes) -> None:
        try:
            written = self._handler.write_message(payload_of(frame).decode())
        except WebSocketClosedError:
            self.shut()
            return
        self.queued += len(frame)
        written.add_done_callback(lambda done: self._on_written(done, len(frame)))

    def _on_written(self, done: Any, size: int) -> None:
        self.queued -= size
        if done.cancelled() or done.exception() is not None:
            self.shut()
        elif not self.queued:
            self._wake()

    def shut(self) -> None:
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def drained(self) -> None:
        if self.queued and not self._closed:
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter


Wire: TypeAlias = FastWire | PlainWire
"""One socket's way out, bounded: ``full`` is called once when a reader is too slow, and nothing is sent after."""


def is_known(handler: WebSocketHandler) -> bool:
    """Whether this Tornado has the inside that the fast path needs, and the socket is a plain one."""
    connection = handler.ws_connection
    return (
        type(connection) is WebSocketProtocol13
        and getattr(connection, "_compressor", connection) is None
        and getattr(connection, "mask_outgoing", None) is False
        and is_plain(getattr(connection, "stream", None))
    )


def is_plain(stream: Any) -> bool:
    """An open stream over a socket, without TLS, that says how much waits in it."""
    buffer = getattr(stream, "_write_buffer", None)
    return type(stream) is IOStream and type(stream.socket) is socket.socket and type(_size_of(buffer)) is int


def _size_of(buffer: Any) -> Any:
    return getattr(buffer, "_size", None)


def wire_for(handler: WebSocketHandler, limit: int, full: Callable[[], None]) -> Wire:
    """The fastest way out that this socket allows, for at most ``limit`` bytes that wait."""
    connection = handler.ws_connection
    if connection is not None and is_known(handler) and connection.stream is not None:
        return FastWire(connection.stream, limit, full)
    log.warning("fast path is not possible here, sockets are served by write_message")
    return PlainWire(handler, limit, full)


def broadcast(wires: Iterable[Wire], items: Sequence[Item], blob: bytes) -> None:
    """Write the same frames to each of these sockets. The loop is what one-by-one fan-out costs: every line counts."""
    size = len(blob)
    for wire in wires:
        if wire.busy:  # a PlainWire always is
            wire.write(items, blob)
            continue
        if wire.unsent._size:  # type: ignore[union-attr]  # Tornado has a pong of its own in the stream
            wire.hand_over(blob)  # type: ignore[union-attr]
            continue
        try:
            sent = wire.send(blob)  # type: ignore[union-attr]
        except BlockingIOError:
            sent = 0
        except OSError:
            wire.broken()  # type: ignore[union-attr]
            continue
        if sent != size:
            wire.hand_over(blob[sent:])  # type: ignore[union-attr]


class Coalescer:
    """When held frames are sent: at the end of this turn of the loop, or ``window`` seconds after the last ones.

    So a message after a quiet time is on its way at once, messages of one turn go out as one, and under load what comes
    within the window does. One callback and one timer serve all fans of a node.
    """

    def __init__(self, window: float) -> None:
        self.window = window
        self._loop = asyncio.get_running_loop()
        self.time = self._loop.time
        self._turn = 0.0
        self._soon: list[Broadcaster] = []
        self._later: list[Broadcaster] = []

    def hold(self, fan: Broadcaster, quiet_until: float) -> None:
        """Flush the fan soon; or later, when it has just sent something or is still at it."""
        if not self._soon:
            # The time of this turn: asking for every message would cost as much as looking up its stream.
            self._turn = self._loop.time()
        if self._turn < quiet_until:
            self.later(fan)
            return
        if not self._soon:
            self._loop.call_soon(self._flush_soon)
        self._soon.append(fan)

    def later(self, fan: Broadcaster) -> None:
        if not self._later:
            self._loop.call_later(self.window, self._flush_later)
        self._later.append(fan)

    def _flush_soon(self) -> None:
        held, self._soon = self._soon, []
        self._flush(held)

    def _flush_later(self) -> None:
        held, self._later = self._later, []
        self._flush(held)

    def _flush(self, held: list[Broadcaster]) -> None:
        quiet_until = self._loop.time() + self.window
        for fan in held:
            fan.flush(quiet_until)


class Broadcaster:
    """The sockets that are at the end of one stream, and the frames held for all of them."""

    __slots__ = ("_coalescer", "_held", "_late", "_pouring", "_quiet_until", "wires")

    def __init__(self, coalescer: Coalescer) -> None:
        self._coalescer = coalescer
        self._held: Sequence[Item] | None = None
        self._late: dict[Wire, int] | None = None
        self._quiet_until = 0.0
        self._pouring = False
        self.wires: set[Wire] = set()

    def join(self, wire: Wire) -> None:
        """From the next frame on; what is held now, the wire has already."""
        if self._held:
            self._late = {**(self._late or {}), wire: len(self._held)}
        else:
            self.wires.add(wire)

    def leave(self, wire: Wire) -> None:
        self.wires.discard(wire)
        if self._late:
            self._late.pop(wire, None)

    def write(self, items: Sequence[Item]) -> None:
        """Send these frames to all, soon. The sequence is kept as it is: do not change it afterwards."""
        if not self.wires and not self._late:
            return
        if self._held is None:
            self._held = items
            self._coalescer.hold(self, _FOR_EVER if self._pouring else self._quiet_until)
            return
        self._held = [*self._held, *items]
        if len(self._held) > _MANY and not self._pouring:
            self.flush(self._coalescer.time() + self._coalescer.window)

    def flush(self, quiet_until: float) -> None:
        """Send what is held, to late comers only what came after them; what comes before that time is held longer."""
        if self._held is None:
            return  # it was sent before its time
        if self._pouring:
            # The frames before are still on their way to some.
            self._coalescer.later(self)
            return
        items, late = self._held, self._late
        self._held, self._late = None, None
        self._quiet_until = quiet_until
        for wire, skip in (late or {}).items():
            if items[skip:]:
                wire.write(items[skip:], joined(items[skip:]))
        # A copy: a reader that turns out to be too slow leaves at once.
        wires, blob = tuple(self.wires), joined(items)
        self.wires.update(late or ())
        if len(wires) <= _AT_ONCE:
            broadcast(wires, items, blob)
        else:
            self._pouring = True
            self._pour_on(wires, 0, items, blob)

    def _pour_on(self, wires: tuple[Wire, ...], at: int, items: Sequence[Item], blob: bytes) -> None:
        broadcast(wires[at : at + _AT_ONCE], items, blob)
        if at + _AT_ONCE < len(wires):
            asyncio.get_running_loop().call_soon(self._pour_on, wires, at + _AT_ONCE, items, blob)
            return
        self._pouring = False
