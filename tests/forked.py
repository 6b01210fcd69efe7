"""Commands as operators type them, each a process of its own, without paying for the same imports each time.

``python -m tests.forked SOCKET`` has imported everything and waits. Whoever connects sends the command's words and environment with
its three standard files; a copy of the process runs ``python -m hub`` with them. The answers are the copy's id and its exit code.
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryFile

from hub.reading.templates import Templates
from hub.rules.finding import CORE, find
from hub.rules.gathering import gather
from hub.rules.host import Host
from hub.testing.hashing import hash_cheaply
from hub.web.pages.drawing import Drawing

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "COLUMNS": "200", "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
LONGEST = 64 * 1024


# --- on this side ------------------------------------------------------------------------------------------------------


class Forked:
    """A command that runs. ``returncode`` is None until it has ended; what it says goes to the files it was given."""

    def __init__(self, pid: int, line: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = asyncio.create_task(self._end(line))

    async def wait(self) -> int:
        return await asyncio.shield(self._ended)

    def send_signal(self, number: int) -> None:
        """To this very process: it is not waited for before its end is known here."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def _end(self, line: socket.socket) -> int:
        with line:
            self.returncode = int(await asyncio.get_running_loop().sock_recv(line, LONGEST))
        return self.returncode


class Forker:
    """Starts commands; one per session, made by :func:`forker`."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def start(self, arguments: Sequence[str], environment: Mapping[str, str], files: Sequence[int]) -> Forked:
        """``python -m hub arguments``; ``files`` are the descriptors of its keyboard, of what it says and complains."""
        loop = asyncio.get_running_loop()
        line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        line.setblocking(False)
        await loop.sock_connect(line, self._address)
        socket.send_fds(line, [json.dumps([arguments, environment]).encode()], list(files))
        return Forked(int(await loop.sock_recv(line, LONGEST)), line)

    async def run(
        self, arguments: Sequence[str], environment: Mapping[str, str], typed: bytes, within: float
    ) -> tuple[int, bytes, bytes]:
        """The same to its end, with what is typed: exit code and what it printed. One that does not end is ended."""
        with TemporaryFile() as keyboard, TemporaryFile() as said, TemporaryFile() as complained:
            keyboard.write(typed)
            keyboard.seek(0)
            process = await self.start(arguments, environment, [each.fileno() for each in (keyboard, said, complained)])
            try:
                async with asyncio.timeout(within):
                    code = await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
                raise
            said.seek(0)
            complained.seek(0)
            return code, said.read(), complained.read()


# The one of this session, while it runs.
FORKERS: list[Forker] = []


@asynccontextmanager
async def forker(folder: Path) -> AsyncIterator[Forker]:
    address = str(folder / "forker.sock")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.forked", address), cwd=ROOT, env=ENVIRONMENT, stdin=pipe, stdout=pipe
    )
    assert process.stdout is not None and await process.stdout.readline(), "it says when it listens"
    FORKERS.append(Forker(address))
    yield FORKERS[-1]
    FORKERS.clear()
    process.terminate()
    await process.wait()


# --- on the other side -------------------------------------------------------------------------------------------------


def _serve(address: str) -> None:
    importlib.import_module("hub.cli")
    _compile_templates()
    hash_cheaply()
    # A copy that looked through all this for garbage would copy every page of it.
    gc.collect()
    gc.freeze()
    # Nobody here asks how the waiting copies end.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        door.bind(address)
        door.listen(64)
        print("listening", flush=True)
        # Whoever started this holds the other end of standard input: when that is gone, so is everybody who could ask.
        while 0 not in select.select([door, 0], [], [])[0]:
            line, _ = door.accept()
            if os.fork() == 0:
                door.close()
                _wait_for_a_copy(line)
            line.close()


def _compile_templates() -> None:
    """Those of messages and pages of every plugin there is: what is compiled in this process, its copies find compiled."""
    names = [folder.parent.name for folder in (ROOT / "plugins").glob("*/plugin.py")]
    host = Host(gather(find([*CORE, *names])))
    Templates(ROOT / "templates", host.templates).problems(host.message_types, ())
    Drawing(ROOT / "templates", host.templates).compile()


def _wait_for_a_copy(line: socket.socket) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    words, files, _, _ = socket.recv_fds(line, LONGEST, 3)
    pid = os.fork()
    if pid == 0:
        line.close()
        _become_a_command(*json.loads(words), files)
    line.send(str(pid).encode())
    _, status = os.waitpid(pid, 0)
    line.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _become_a_command(arguments: list[str], environment: dict[str, str], files: list[int]) -> None:
    os.environ.update(environment)
    # Of an interpreter that has started already.
    sys.path[:0] = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    for standard, given in enumerate(files):
        os.dup2(given, standard)
        os.close(given)
    encoding = environment.get("PYTHONIOENCODING", "utf-8")
    sys.stdin = os.fdopen(0, encoding=encoding, closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding=encoding, closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding=encoding, errors="backslashreplace", closefd=False)
    sys.argv = ["hub", *arguments]
    try:
        runpy.run_module("hub", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        _end(ended)
    sys.exit()


def _end(ended: SystemExit) -> None:
    """As an interpreter ends, but for taking apart object by object all that it was copied with."""
    if ended.code is not None and not isinstance(ended.code, int):
        raise ended
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(ended.code or 0)


if __name__ == "__main__":
    _serve(sys.argv[1])
