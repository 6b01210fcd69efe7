"""The servers that are compared, behind one face: how to start them, how their clients greet, how to order messages."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Protocol

from bench.sockets.crowd import Greeting, said
from bench.sockets.processes import Server, cores, running

HERE = Path(__file__).parent
SERVERS = HERE / "servers"
NODE_MODULES = HERE.parent / "node_modules"


@dataclass(frozen=True)
class Surroundings:
    """What the hub needs besides itself: an address of MongoDB, a key file, and for two nodes one of Redis.

    ``python`` runs python-socketio: an interpreter that has the extra `bench`.
    """

    mongo: str
    folder: Path
    python: str = sys.executable
    redis: str | None = None


class Running(Protocol):
    """A server with the crowd's view of it."""

    server: Server

    def greetings(self, persons: range) -> Sequence[Greeting]:
        """One client per person, listening to what everybody hears."""

    def burst(self, count: int) -> None:
        """So many messages to everybody."""

    def persons(self, persons: range) -> None:
        """One message to each of these."""


@dataclass
class Plain:
    """A server that takes its orders on stdin, and greets in Socket.IO's way or not at all."""

    server: Server
    socket_io: bool = False

    def greetings(self, persons: range) -> Sequence[Greeting]:
        if self.socket_io:
            return [_socket_io(person) for person in persons]
        return [Greeting(f"/ws?person={person}") for person in persons]

    def burst(self, count: int) -> None:
        self.server.order(f"burst {count}")

    def persons(self, persons: range) -> None:
        self.server.order(f"persons {persons.start} {persons.stop}")


@dataclass
class Hub(Plain):
    """A node of the hub: each client has a ticket, a session and its inbox stream, and listens to a board besides."""

    board: bool = True

    def greetings(self, persons: range) -> Sequence[Greeting]:
        self.server.ask(f"sign_in {persons.start} {persons.stop}")
        return [self.greeting(ticket) for ticket in self.tickets(persons)]

    def tickets(self, persons: range) -> list[str]:
        found: list[str] = json.loads(self.server.ask(f"tickets {persons.start} {persons.stop}"))
        return found

    def heads(self, persons: range) -> list[tuple[str, int]]:
        found = json.loads(self.server.ask(f"heads {persons.start} {persons.stop}"))
        return [(epoch, seq) for epoch, seq in found]

    def greeting(self, ticket: str, resume: dict[str, object] | None = None, *, board: bool | None = None) -> Greeting:
        hello = said(json.dumps({"t": "hello", "v": 1, "ticket": ticket, "device": "bench", "resume": resume or {}}))
        listen = said('{"t":"sub","topic":"worklist.tasks:510904"}')
        if self.board if board is None else board:
            return Greeting("/ws", [(b"", hello), (b'"t":"welcome"', listen), (b'"t":"joined"', b"")])
        return Greeting("/ws", [(b"", hello), (b'"t":"welcome"', b"")])


@dataclass
class Nchan:
    """nginx with nchan: messages are posted to it over HTTP, which costs it a little."""

    server: Server
    port: int

    def greetings(self, persons: range) -> Sequence[Greeting]:
        return [Greeting(f"/sub/{person}") for person in persons]

    def burst(self, count: int) -> None:
        self._post([f"/pub/all?n={at}" for at in range(count)])

    def persons(self, persons: range) -> None:
        self._post([f"/pub/p{person}" for person in persons])

    def _post(self, paths: Sequence[str]) -> None:
        body = json.dumps({"number": 1, "title": "新的待办", "text": "MARK" + "x" * 180, "at": "2026-11-23T01:00:00Z"})
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        for path in paths:
            connection.request("POST", path, body.encode())
            connection.getresponse().read()
        connection.close()


def socket_io(redis: str | None = None) -> AbstractContextManager[Running]:
    """Socket.IO, alone or with its redis-streams adapter."""
    return _plain(["node", "socketio.js", *([redis] if redis else [])], socket_io=True)


def _socket_io(person: int) -> Greeting:
    join = said("40" + json.dumps({"person": str(person)}))
    return Greeting("/socket.io/?EIO=4&transport=websocket", [(b'0{"sid"', join), (b'40{"sid"', b"")])


def available(around: Surroundings) -> list[str]:
    """The names of the peers that this machine has, the hub first."""
    node = shutil.which("node") is not None
    has = {
        "hub": True,
        "hub on asyncio": True,
        "tornado write_message": True,
        "ws": node and (NODE_MODULES / "ws").exists(),
        "socket.io": node and (NODE_MODULES / "socket.io").exists(),
        "python-socketio": _has_module(around.python, "socketio", "uvicorn"),
        "nchan": nchan_module() is not None,
    }
    return [name for name, there in has.items() if there]


def started(name: str, around: Surroundings, *, board: bool = True) -> AbstractContextManager[Running]:
    """Start this peer; it ends with the block. ``board``: whether the hub's clients listen to a topic besides."""
    if name.startswith("hub"):
        return hub(around, loop="asyncio" if name.endswith("asyncio") else "uvloop", board=board)
    if name == "nchan":
        return nchan(around)
    command = {
        "tornado write_message": [sys.executable, "tornado_plain.py"],
        "ws": ["node", "ws.js"],
        "socket.io": ["node", "socketio.js"],
        "python-socketio": [around.python, "python_socketio.py"],
    }[name]
    return _plain(command, socket_io=name.endswith(("socket.io", "socketio")))


@contextmanager
def _plain(command: Sequence[str], *, socket_io: bool) -> Iterator[Plain]:
    with running(command, SERVERS) as server:
        yield Plain(server, socket_io)


@contextmanager
def hub(
    around: Surroundings,
    *,
    loop: str = "uvloop",
    node: str = "bench",
    database: str | None = None,
    board: bool = True,
    linger: float = 120,
) -> Iterator[Hub]:
    """A node on a database of its own, unless one is named."""
    command = [
        *(sys.executable, "hub_node.py", "--mongo", around.mongo, "--loop", loop, "--node", node),
        *("--database", database or f"bench_{os.urandom(6).hex()}", "--keys", str(around.folder / "keys.json")),
        *("--linger", str(linger)),
        *(("--redis", around.redis) if around.redis else ()),
    ]
    with running(command, SERVERS) as server:
        yield Hub(server, board=board)


# --- nchan ----------------------------------------------------------------------------------------------------------------

_CONF = """
{module}
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log crit;
events {{ worker_connections 20000; }}
http {{
  access_log off; nchan_message_buffer_length 20;
  server {{
    listen 127.0.0.1:{port} backlog=4096; keepalive_requests 1000000;
    location ~ ^/sub/(\\d+)$ {{ nchan_subscriber websocket; nchan_channel_id all p$1; nchan_subscriber_first_message newest; }}
    location ~ ^/pub/(\\w+)$ {{ nchan_publisher; nchan_channel_id $1; }}
  }}
}}
"""


def nchan_module() -> Path | None:
    """Debian's package libnginx-mod-nchan, where it is installed."""
    module = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
    return module if module.exists() and shutil.which("nginx") else None


class _Nginx(Server):
    """Takes no orders, and says nothing when it is ready."""

    def __init__(self, folder: Path, port: int) -> None:
        pin = ["taskset", "-c", str(cores()[0])] if shutil.which("taskset") else []
        self._process = subprocess.Popen([*pin, "nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")])
        self.pid = self._process.pid
        self.port = port

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)


@contextmanager
def nchan(around: Surroundings) -> Iterator[Nchan]:
    with tempfile.TemporaryDirectory(dir=around.folder) as name:
        folder, port = Path(name), free_port()
        (folder / "nginx.conf").write_text(
            _CONF.format(module=f"load_module {nchan_module()};", folder=folder, port=port)
        )
        server = _Nginx(folder, port)
        try:
            until_it_listens(port)
            yield Nchan(server, port)
        finally:
            server.stop()


def free_port() -> int:
    """One that is free now."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def until_it_listens(port: int) -> None:
    """Wait for a server that does not say when it is ready."""
    import socket
    import time

    ends = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.05)


def _has_module(python: str, *modules: str) -> bool:
    asked = [python, "-c", "import " + ", ".join(modules)]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0
