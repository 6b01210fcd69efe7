"""The load: raw sockets, upgraded by hand, read with epoll, a marker counted in what comes. No websocket library."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Sequence

MARK = b"MARK"
PATIENCE = 120.0
# Connections that are being opened at the same time.
AT_ONCE = 64
# An empty protocol ping, whose bytes occur in no JSON text; who does not answer is taken for dead.
_PING, _PONG = b"\x89\x00", b"\x8a\x80" + bytes(4)
_UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class Greeting:
    """What one client says after its upgrade, and what it must hear before it says the next, or is ready."""

    def __init__(self, path: str, steps: Sequence[tuple[bytes, bytes]] = ()) -> None:
        """``steps``: (to hear, to say then); an empty one is passed over."""
        self.request = _UPGRADE.format(path=path).encode()
        self.steps = [(b"\r\n\r\n", b""), *steps]


def said(text: str) -> bytes:
    """A client's text frame: masked, as it must be, with a mask of zeros."""
    payload = text.encode()
    size = len(payload)
    head = bytes([0x81, 0x80 | size]) if size < 126 else bytes([0x81, 0xFE, size >> 8, size & 255])
    return head + bytes(4) + payload


class _Client:
    __slots__ = ("buffer", "count", "crowd", "greeting", "last", "needs", "socket", "step")

    def __init__(self, crowd: Crowd, port: int, greeting: Greeting, needs: int) -> None:
        self.crowd = crowd
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect_ex(("127.0.0.1", port))
        self.greeting: Greeting | None = greeting
        self.step = -1
        self.buffer = self.last = b""
        self.count = 0
        self.needs = needs  # messages after the greeting that belong to being connected


class Ears:
    """The one epoll of all crowds: while one is waited for, the others' pings are answered too."""

    def __init__(self) -> None:
        self.epoll = select.epoll()
        self.clients: dict[int, _Client] = {}


class Crowd:
    """Many clients of one server."""

    def __init__(self, ears: Ears) -> None:
        self._ears = ears
        self._epoll = ears.epoll
        self._clients: dict[int, _Client] = {}
        self._heard = 0

    def __len__(self) -> int:
        return len(self._clients)

    def connect(self, port: int, greetings: Sequence[Greeting], needs: int = 0) -> None:
        """Open a client for each greeting, ``AT_ONCE`` at a time, until all are ready and had ``needs`` messages."""
        waiting = list(reversed(greetings))
        opening: set[int] = set()
        ends = time.monotonic() + PATIENCE
        while waiting or opening:
            while waiting and len(opening) < AT_ONCE:
                opening.add(self._dial(port, waiting.pop(), needs))
            for number, events in self._epoll.poll(1.0):
                client = self._ears.clients[number]
                if client.greeting is None:
                    self._read(client)
                elif self._greet(client, events):
                    self._epoll.modify(number, select.EPOLLIN)
                if client.greeting is None and client.count >= client.needs:
                    opening.discard(number)
            if time.monotonic() > ends:
                raise TimeoutError(f"{len(opening)} of {len(greetings)} clients were not let in")

    def _dial(self, port: int, greeting: Greeting, needs: int) -> int:
        client = _Client(self, port, greeting, needs)
        number = client.socket.fileno()
        self._clients[number] = self._ears.clients[number] = client
        self._epoll.register(number, select.EPOLLOUT)
        return number

    def _greet(self, client: _Client, events: int) -> bool:
        """One step further; whether the client only reads from now on (or still greets, by reading)."""
        assert client.greeting is not None
        if client.step < 0:
            client.socket.sendall(client.greeting.request)
            client.step = 0
            return True
        chunk = client.socket.recv(65536)
        if not chunk:
            raise ConnectionError(f"refused after {client.buffer[-300:]!r}")
        client.buffer += chunk
        while client.step < len(client.greeting.steps):
            hear, say = client.greeting.steps[client.step]
            at = client.buffer.find(hear)
            if at < 0:
                return False
            client.buffer = client.buffer[at + len(hear) :]
            if say:
                client.socket.sendall(say)
            client.step += 1
        rest, client.buffer, client.greeting = client.buffer, b"", None
        self._count(client, rest)
        return False

    def _read(self, client: _Client) -> None:
        try:
            chunk = client.socket.recv(262144)
        except BlockingIOError:
            return
        if not chunk:
            raise ConnectionError(f"the server has closed a connection after {client.last[-300:]!r}")
        client.last = chunk
        self._count(client, client.buffer + chunk)

    def _count(self, client: _Client, data: bytes) -> None:
        if _PING in data:
            client.socket.send(_PONG)
        # A marker cut in two by the end of a read is found with the next one, and none is found twice.
        found = data.count(MARK)
        client.count += found
        client.crowd._heard += found
        client.buffer = data[-len(MARK) + 1 :]

    def until(self, messages: int) -> float:
        """Read until all clients together have so many more; seconds that took."""
        began = time.perf_counter()
        ends = time.monotonic() + PATIENCE
        target = messages
        while self._heard < target:
            for number, _ in self._epoll.poll(1.0):
                self._read(self._ears.clients[number])
            if time.monotonic() > ends:
                raise TimeoutError(f"{self._heard} of {target} messages came")
        self._heard -= target
        return time.perf_counter() - began

    def forget(self) -> None:
        """Begin to count anew."""
        self._heard = 0

    def close(self, pause: Callable[[], None] = lambda: None) -> None:
        for number, client in self._clients.items():
            self._epoll.unregister(number)
            del self._ears.clients[number]
            client.socket.close()
        self._clients.clear()
        pause()
