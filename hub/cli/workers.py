"""``hub serve --workers N``: N processes behind one port, kept alive by this one, which serves nothing itself.

The supervisor opens the listening sockets and hands them down, so that no connection is lost while a worker is replaced: the
others, and then its successor, take from the same queue. Each worker has a name (``hub-1`` …), and a port of its own for
Prometheus and for looking at it alone. The embedded database, where there is one, is started by the first worker, joined by
the others and stopped by the last that leaves; the first is therefore ready before the others are started.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import click
import msgspec
import structlog
from tornado.netutil import bind_sockets

from hub.settings import HubSettings
from hub.words.endings import cancel_and_wait
from hub.words.errors import SetupError

log = structlog.get_logger("hub")

# A worker that dies again and again is started ever more slowly; one that lived so long is taken for a sound one.
FIRST_PAUSE, LONGEST_PAUSE, SOUND_AFTER = timedelta(seconds=0.5), timedelta(seconds=30), timedelta(minutes=1)
# The others are not replaced by what does not come up.
READY_WITHIN = timedelta(minutes=2)
# So much longer than a worker takes for itself.
GRACE = timedelta(seconds=10)


@dataclass(eq=False)
class Worker:
    """One place among the workers: its name, its sockets, and the process that has it now."""

    node: str
    sockets: Sequence[socket.socket]
    url: str
    process: asyncio.subprocess.Process | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    # How its last process ended.
    code: int = 0
    # Told to make room for its successor.
    is_replaced: bool = False
    # What it printed when it listened.
    said: bytes = b""

    async def run(self, command: Sequence[str]) -> bool:
        """One process from its start to its end, ``ready`` while it listens; whether it came so far."""
        self.ended.clear()
        self.ready.clear()
        descriptors = [each.fileno() for each in self.sockets]
        self.process = process = await asyncio.create_subprocess_exec(
            *command,
            *("--listen-on", ",".join(map(str, descriptors))),
            pass_fds=descriptors,
            # Its other end closes with this process, whatever ends it: then the worker stops, too.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Ctrl-C is for the supervisor, which tells the workers.
            start_new_session=True,
        )
        assert process.stdout is not None
        self.said = await process.stdout.readline()
        if self.said:
            self.ready.set()
        await process.stdout.read()
        self.code = await process.wait()
        self.ready.clear()
        self.ended.set()
        return bool(self.said)

    def tell(self, number: signal.Signals) -> None:
        """Send its process a signal, if it has one."""
        if self.process is not None and self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)


class Supervisor:
    """Starts the workers, starts again what dies, replaces them one after the other, and stops them."""

    def __init__(self, command: Sequence[str], workers: Sequence[Worker], url: str, stop_within: timedelta) -> None:
        self._command = command
        self._workers = workers
        self._url = url
        self._stop_within = stop_within + GRACE
        self._told = asyncio.Event()
        self._rolling: asyncio.Task[None] | None = None

    async def run(self) -> int:
        """Until told to stop; the exit code. That of the first worker when it does not come up: it has said why."""
        self._listen_to_signals()
        first, *others = self._workers
        keeping = [asyncio.create_task(self._keep(first, must_come_up=True), name=first.node)]
        if not await self._comes_up(first):
            code = 0 if self._told.is_set() else first.code
            await self._stop(keeping)
            return code
        keeping += [asyncio.create_task(self._keep(other), name=other.node) for other in others]
        await first_of(*(other.ready.wait() for other in others), needed=len(others), unless=self._told.wait())
        if not self._told.is_set():
            self._say_where()
        await self._told.wait()
        await self._stop(keeping)
        return 0

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._tell_to_stop)
        loop.add_signal_handler(signal.SIGHUP, self._roll)

    def _tell_to_stop(self) -> None:
        """In good order; at the second signal at once."""
        if self._told.is_set():
            self._kill()
        self._told.set()

    def _say_where(self) -> None:
        workers = [{"node": each.node, "url": each.url} for each in self._workers]
        click.echo(msgspec.json.encode({"url": self._url, "node": _base(self._workers), "workers": workers}))

    async def _comes_up(self, worker: Worker) -> bool:
        vain = first_of(worker.ended.wait(), self._told.wait(), needed=1)
        await first_of(worker.ready.wait(), needed=1, unless=vain)
        return worker.ready.is_set() and not self._told.is_set()

    # --- one worker

    async def _keep(self, worker: Worker, *, must_come_up: bool = False) -> None:
        """Run it again and again until the supervisor stops; ``must_come_up``: not when its very first start fails."""
        pause = FIRST_PAUSE
        while not self._told.is_set():
            began = _now()
            came_up = await self._run(worker)
            if self._told.is_set() or (must_come_up and not came_up):
                return
            must_come_up = False
            if worker.is_replaced:
                worker.is_replaced = False
                continue
            if _now() - began > SOUND_AFTER.total_seconds():
                pause = FIRST_PAUSE
            log.warning(
                "a worker ended, starting it again", node=worker.node, code=worker.code, pause=pause.total_seconds()
            )
            await first_of(asyncio.sleep(pause.total_seconds()), needed=1, unless=self._told.wait())
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _run(self, worker: Worker) -> bool:
        return await worker.run([*self._command, "--name", worker.node])

    # --- all of them

    def _roll(self) -> None:
        if self._rolling is None or self._rolling.done():
            self._rolling = asyncio.create_task(self._replace_all(), name="rolling restart")

    async def _replace_all(self) -> None:
        """One after the other: each leaves in good order, and its successor listens before the next one goes."""
        log.info("replacing the workers one after the other", workers=len(self._workers))
        for worker in self._workers:
            worker.is_replaced = True
            worker.tell(signal.SIGTERM)
            await worker.ended.wait()
            if not await self._succeeded(worker):
                log.error("a replaced worker does not come up: the others are left as they are", node=worker.node)
                return
        log.info("all workers are replaced", workers=len(self._workers))

    async def _succeeded(self, worker: Worker) -> bool:
        try:
            async with asyncio.timeout(READY_WITHIN.total_seconds()):
                await worker.ready.wait()
        except TimeoutError:
            return False
        return True

    async def _stop(self, keeping: Iterable[asyncio.Task[None]]) -> None:
        self._told.set()
        if self._rolling is not None:
            self._rolling.cancel()
        for worker in self._workers:
            worker.tell(signal.SIGTERM)
        _, late = await asyncio.wait(list(keeping), timeout=self._stop_within.total_seconds())
        if late:
            self._kill()
            await cancel_and_wait(late)

    def _kill(self) -> None:
        for worker in self._workers:
            worker.tell(signal.SIGKILL)


def workers_of(settings: HubSettings) -> tuple[Sequence[Worker], str]:
    """The places, with their sockets open, and the address that they share. Raises ``SetupError``."""
    server = settings.server
    if settings.redis is None:
        raise SetupError(
            "server.workers: live sessions of several processes find each other through Redis: set redis in config.yaml, "
            "or serve with one worker"
        )
    shared = bound(server.port, server.host)
    base = server.name or f"{socket.gethostname()}-{secrets.token_hex(3)}"
    workers = []
    for number in range(server.workers):
        own = bound(server.own_port + number if server.own_port else 0, server.host)
        workers.append(Worker(f"{base}-{number + 1}", (*shared, *own), _url(server.host, own)))
    return workers, _url(server.host, shared)


def inherited(listen_on: str) -> list[socket.socket]:
    """The sockets that a supervisor has handed down, by their descriptors: ``5,6``."""
    sockets = [socket.socket(fileno=int(descriptor)) for descriptor in listen_on.split(",")]
    for each in sockets:
        each.setblocking(False)
        # What a worker starts itself must not hold the port.
        each.set_inheritable(False)
    return sockets


def share_of(settings: HubSettings) -> HubSettings:
    """One worker's part of what holds for them together: WeChat counts the calls of an account, not of a process."""
    worker = msgspec.structs.replace(settings.push.worker, rate=settings.push.worker.rate / settings.server.workers)
    return msgspec.structs.replace(settings, push=msgspec.structs.replace(settings.push, worker=worker))


def stop_with_the_supervisor() -> None:
    """Standard input is a pipe whose other end the supervisor holds: its end is a SIGTERM to this worker."""
    loop = asyncio.get_running_loop()

    def look() -> None:
        loop.remove_reader(sys.stdin.fileno())
        signal.raise_signal(signal.SIGTERM)

    loop.add_reader(sys.stdin.fileno(), look)


def bound(port: int, host: str) -> list[socket.socket]:
    try:
        return bind_sockets(port, host, reuse_port=False)
    except OSError as error:
        raise SetupError(
            f"cannot listen on {host}:{port} ({error.strerror}): set server.port and server.own_port to others, 0 for any free one"
        ) from None


def _url(host: str, sockets: Sequence[socket.socket]) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{sockets[0].getsockname()[1]}"


def _base(workers: Sequence[Worker]) -> str:
    return workers[0].node.rpartition("-")[0]


async def first_of(*waits: Any, needed: int, unless: Any = None) -> None:
    """Return when so many of these have come, or the one that makes the wait vain; what has not is given up."""
    tasks = [asyncio.ensure_future(each) for each in waits]
    vain = [asyncio.ensure_future(unless)] if unless is not None else []
    try:
        while sum(task.done() for task in tasks) < needed and not any(task.done() for task in vain):
            pending = [task for task in (*tasks, *vain) if not task.done()]
            await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await cancel_and_wait((*tasks, *vain))


def _now() -> float:
    return asyncio.get_running_loop().time()
