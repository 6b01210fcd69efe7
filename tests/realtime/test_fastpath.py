"""The one module that reaches below write_message: what it needs of Tornado, and the bytes it puts on the wire."""

from __future__ import annotations

import asyncio
import inspect
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import tornado
from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream, _StreamBuffer
from tornado.netutil import bind_sockets
from tornado.web import Application
from tornado.websocket import WebSocketHandler, WebSocketProtocol13, websocket_connect

from hub.realtime import fastpath
from hub.realtime.fastpath import Broadcaster, Coalescer, FastWire, PlainWire, Wire, broadcast, text_frame, wire_for
from hub.realtime.settings import LiveSettings
from tests.realtime.nodes import Phone, Town, until
from tests.waiting import PATIENCE, patience

# What hub/realtime/fastpath.py was read and measured against. A new minor version: read its iostream.py and websocket.py.
TESTED = ("6.6",)


def test_this_tornado_was_looked_at() -> None:
    """setup.cfg allows no other minor version either."""
    assert tornado.version.startswith(tuple(f"{minor}." for minor in TESTED))


def test_tornado_has_the_inside_that_the_fast_path_uses() -> None:
    """Names, and what they do with what we give them."""
    source = inspect.getsource(WebSocketProtocol13)

    assert {"stream", "mask_outgoing", "_compressor"} <= set(WebSocketProtocol13.__init__.__code__.co_names) | {
        "stream"
    }
    assert "self.stream = handler._detach_stream()" in source
    assert "self.socket = socket" in inspect.getsource(IOStream.__init__)
    assert "return bool(self._write_buffer)" in inspect.getsource(IOStream.writing)
    assert "self._size += size" in inspect.getsource(_StreamBuffer.append)
    assert "self._size -= size" in inspect.getsource(_StreamBuffer.advance)
    assert "self._write_buffer.append(data)" in inspect.getsource(IOStream.write)


class Bare(WebSocketHandler):
    """Hands its wire to the test."""

    compressed = False

    def initialize(self, opened: asyncio.Queue[Bare]) -> None:
        self.opened = opened
        self.fell_behind = False

    def get_compression_options(self) -> dict[str, Any] | None:
        return {} if self.compressed else None

    def open(self, *args: str, **kwargs: str) -> None:
        self.wire: Wire = wire_for(self, 64 * 1024, self.full)
        self.opened.put_nowait(self)

    def full(self) -> None:
        self.fell_behind = True

    def on_message(self, message: str | bytes) -> None:
        """Nothing is said to it."""


class Compressed(Bare):
    compressed = True


@asynccontextmanager
async def serving(handler: type[Bare] = Bare) -> AsyncIterator[tuple[int, asyncio.Queue[Bare]]]:
    """A server, and the handlers that it opens."""
    opened: asyncio.Queue[Bare] = asyncio.Queue()
    server = HTTPServer(Application([("/", handler, {"opened": opened})]))
    [listening] = bind_sockets(0, "127.0.0.1")
    server.add_sockets([listening])
    yield listening.getsockname()[1], opened
    server.stop()
    await server.close_all_connections()


async def raw_client(port: int) -> socket.socket:
    """A socket after its upgrade, read by hand."""
    client = socket.create_connection(("127.0.0.1", port))
    client.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(
        client,
        b"GET / HTTP/1.1\r\nHost: hub\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    )
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += await loop.sock_recv(client, 1)
    return client


async def read_exactly(client: socket.socket, size: int) -> bytes:
    got = b""
    async with patience():
        while len(got) < size:
            got += await asyncio.get_running_loop().sock_recv(client, size - len(got))
    return got


def items(*texts: str, key: str | None = None) -> list[fastpath.Item]:
    return [(key, text_frame(text.encode())) for text in texts]


def send(wire: Wire, *texts: str, key: str | None = None) -> None:
    given = items(*texts, key=key)
    broadcast((wire,), given, fastpath.joined(given))


async def test_bytes_on_the_wire_are_those_of_write_message() -> None:
    """For short, middle and long payloads, one by one and joined; the fast wire is really the fast one."""
    texts = ["短", "x" * 126, "y" * 70_000]
    async with serving() as (port, opened):
        fast, plain = await raw_client(port), await raw_client(port)
        fast_side, plain_side = await opened.get(), await opened.get()
        expected = b"".join(text_frame(text.encode()) for text in texts)

        for text in texts:
            await fast_side.wire.drained()
            fast_side.wire._limit = 1 << 20  # type: ignore[union-attr]
            send(fast_side.wire, text)
            await plain_side.write_message(text)

        assert isinstance(fast_side.wire, FastWire)
        assert await read_exactly(fast, len(expected)) == expected
        assert await read_exactly(plain, len(expected)) == expected
        fast.close()
        plain.close()


async def test_what_tornado_has_queued_itself_goes_first() -> None:
    """A pong, say, while the reader is behind: nothing may overtake it in the middle of a frame."""
    async with serving() as (port, opened):
        client = await raw_client(port)
        side = await opened.get()
        assert side.ws_connection is not None and side.ws_connection.stream is not None
        stream = side.ws_connection.stream
        sent = b""
        while not stream.writing():
            sent += text_frame(b"t" * 30_000)
            side.write_message("t" * 30_000)

        send(side.wire, "ours")

        assert await read_exactly(client, len(sent) + 6) == sent + text_frame(b"ours")
        client.close()


async def test_a_websocket_client_understands_it() -> None:
    """Tornado's own, as an independent reader."""
    async with serving() as (port, opened):
        client = await websocket_connect(f"ws://127.0.0.1:{port}/")
        handler = await opened.get()

        send(handler.wire, "一", "二", "三")
        handler.ping(b"between")
        send(handler.wire, "四")

        assert [await client.read_message() for _ in range(4)] == ["一", "二", "三", "四"]
        client.close()


@pytest.mark.parametrize("handler", [Bare, Compressed])
async def test_order_holds_when_the_socket_takes_only_part(handler: type[Bare]) -> None:
    """A reader that stops and goes on: partial sends, the stream's buffer, our queue, all in one order."""
    async with serving(handler) as (port, opened):
        client = await websocket_connect(
            f"ws://127.0.0.1:{port}/", compression_options={} if handler.compressed else None
        )
        side = await opened.get()
        for number in range(3000):
            while side.wire.queued > 30_000:
                assert await client.read_message() is not None
            send(side.wire, f"{number}:" + "x" * 500)
        await side.write_message("end")

        last = ""
        while last != "end":
            last = str(await client.read_message())
        assert isinstance(side.wire, PlainWire if handler.compressed else FastWire)
        assert not side.fell_behind
        client.close()


async def test_every_byte_arrives_in_order_through_a_full_socket() -> None:
    """Thousands of frames to a reader that is always behind."""
    async with serving() as (port, opened):
        client = await raw_client(port)
        side = await opened.get()
        assert side.ws_connection is not None and side.ws_connection.stream is not None
        side.ws_connection.stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        expected, got = b"", b""

        for number in range(2000):
            given = items(f"{number}:" + "x" * 300)
            expected += given[0][1]
            while side.wire.queued + len(given[0][1]) > 60_000:
                got += await asyncio.get_running_loop().sock_recv(client, 20_000)
            broadcast((side.wire,), given, given[0][1])

        got += await read_exactly(client, len(expected) - len(got))
        assert got == expected
        assert not side.fell_behind
        client.close()


async def test_what_waits_is_collapsed_by_key_before_a_reader_is_too_slow() -> None:
    """The newest of each key, and everything without a key."""
    async with serving() as (port, opened):
        client = await raw_client(port)
        side = await opened.get()
        assert side.ws_connection is not None and side.ws_connection.stream is not None
        side.ws_connection.stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        filler = await fill(side.wire)

        send(side.wire, "kept")
        for number in range(1000):
            send(side.wire, f"{number}:" + "x" * 200, key="board")

        assert not side.fell_behind
        assert side.wire.queued <= 64 * 1024
        tail = items("999:" + "x" * 200)[0][1]
        text = await read_until(client, tail)
        assert text.count(text_frame(b"kept")) == 1
        assert len(text) < filler + 64 * 1024
        client.close()


async def test_a_reader_that_is_too_slow_is_told_of_once_and_gets_no_more() -> None:
    """Without keys nothing can be left out."""
    async with serving() as (port, opened):
        client = await raw_client(port)
        side = await opened.get()
        await fill(side.wire)

        for _ in range(400):
            send(side.wire, "x" * 1000)
        waits = side.wire.queued

        assert side.fell_behind
        assert waits <= 64 * 1024
        await asyncio.wait_for(side.wire.drained(), PATIENCE)
        client.close()


async def test_a_peer_that_is_gone_ends_its_own_socket_only() -> None:
    """One of three resets its connection in the middle of a broadcast."""
    async with serving() as (port, opened):
        clients = [await raw_client(port) for _ in range(3)]
        sides = [await opened.get() for _ in range(3)]
        clients[1].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        clients[1].close()
        wires = [side.wire for side in sides]

        for _ in range(3):
            given = items("still here")
            broadcast(wires, given, given[0][1])

        for client in (clients[0], clients[2]):
            assert await read_exactly(client, 12 * 3) == text_frame(b"still here") * 3
            client.close()


async def test_an_unknown_inside_falls_back_to_write_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Tornado whose stream is another class: slower, and right."""
    monkeypatch.setattr(fastpath, "is_plain", lambda stream: False)
    async with serving() as (port, opened):
        client = await websocket_connect(f"ws://127.0.0.1:{port}/")
        side = await opened.get()

        send(side.wire, "一", "二")

        assert isinstance(side.wire, PlainWire)
        assert [await client.read_message() for _ in range(2)] == ["一", "二"]
        client.close()


async def test_the_hub_serves_by_the_fast_path(town: Town) -> None:
    """And not, unnoticed, by the fallback."""
    node = await town.start()

    await Phone.open(node, await town.sign_in("p1"))

    assert [type(session.wire) for session in node.live.sessions] == [FastWire]


async def test_the_hub_is_right_on_the_fallback_too(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages, replay, heartbeat."""
    monkeypatch.setattr(fastpath, "is_plain", lambda stream: False)
    node = await town.start(LiveSettings(sweep_every=timedelta(hours=1)))
    actor = await town.sign_in("p1")
    phone, welcome = await Phone.open(node, actor)
    await node.push("p1", 30)

    back, _ = await Phone.open(node, actor, resume={"inbox": welcome["streams"]["inbox"]})

    assert await phone.hear_many(30) == list(range(1, 31))
    assert await back.hear_many(30) == list(range(1, 31))
    assert {type(session.wire) for session in node.live.sessions} == {PlainWire}


async def test_frames_of_one_turn_and_of_one_moment_go_out_as_one() -> None:
    """A burst costs one send; what follows within the window another one, later."""
    async with serving() as (port, opened):
        client = await raw_client(port)
        side = await opened.get()
        sends: list[int] = []
        assert isinstance(side.wire, FastWire)
        real = side.wire.send
        side.wire.send = lambda blob: sends.append(len(blob)) or real(blob)  # type: ignore[func-returns-value,assignment]
        coalescer = Coalescer(3600)
        fan = Broadcaster(coalescer)
        fan.join(side.wire)

        for number in range(10):
            fan.write(items(str(number)))
        assert await read_exactly(client, 30) == b"".join(text_frame(str(number).encode()) for number in range(10))
        at_once = list(sends)
        for number in range(5):
            fan.write(items(str(number)))
            await asyncio.sleep(0)
        held = list(sends)
        coalescer._flush_later()

        assert await read_exactly(client, 15) == b"".join(text_frame(str(number).encode()) for number in range(5))
        assert (at_once, held, sends) == ([30], [30], [30, 15])
        client.close()


async def fill(wire: Wire) -> int:
    """Until the kernel takes no more; returns how many bytes that took."""
    sent = 0
    while not wire.queued:
        send(wire, "f" * 4000)
        sent += 4004
    await asyncio.sleep(0)
    return sent


async def read_until(client: socket.socket, tail: bytes) -> bytes:
    got = b""
    async with patience():
        while not got.endswith(tail):
            got += await asyncio.get_running_loop().sock_recv(client, 1 << 20)
    return got


async def test_leaving_while_frames_are_held_is_clean() -> None:
    """Who left gets none of them, who came gets only what came after."""
    async with serving() as (port, opened):
        clients = [await raw_client(port) for _ in range(3)]
        stays, leaves, comes = [(await opened.get()).wire for _ in range(3)]
        fan = Broadcaster(Coalescer(0.01))
        fan.join(stays)
        fan.join(leaves)
        fan.write(items("1"))
        fan.flush(0.0)
        fan.write(items("2"))

        fan.leave(leaves)
        fan.join(comes)
        fan.write(items("3"))
        await until(lambda: len(fan.wires) == 2)

        assert await read_exactly(clients[0], 9) == text_frame(b"1") + text_frame(b"2") + text_frame(b"3")
        assert await read_exactly(clients[1], 3) == text_frame(b"1")
        assert await read_exactly(clients[2], 3) == text_frame(b"3")
        for client in clients:
            client.close()


async def test_the_same_holds_on_asyncios_own_loop() -> None:
    """Where uvloop is not installed: sockets and timers are others."""
    chosen = (
        "-q",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        "--loop",
        "asyncio",
        "-k",
        "wire or order or moment or held or gone",
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", *chosen, __file__),
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
    )

    said, _ = await asyncio.wait_for(process.communicate(), PATIENCE)

    assert process.returncode == 0, said.decode()
    assert b"passed" in said
