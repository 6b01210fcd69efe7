"""Commands as operators type them, each a process of its own, without paying for the same imports each time.

``python -m tests.forked SOCKET`` has imported everything and waits. Whoever connects sends the command's words and environment with
its three standard files; a copy of the process runs ``python -m hub`` with them. The answers are the copy's id and its exit code.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryFile

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "COLUMNS": "200", "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
LONGEST = 64 * 1024


# --- on this side ------------------------------------------------------------------------------------------------------


class Forker:
    """Starts commands; one per session, made by :func:`forker`."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def run(
        self, arguments: Sequence[str], environment: Mapping[str, str], typed: bytes, within: float
    ) -> tuple[int, bytes, bytes]:
        """``python -m hub arguments``, with what is typed: exit code and what it printed."""
        words = json.dumps([arguments, environment]).encode()
        with TemporaryFile() as keyboard, TemporaryFile() as said, TemporaryFile() as complained:
            keyboard.write(typed)
            keyboard.seek(0)
            code = await self._ended(words, [file.fileno() for file in (keyboard, said, complained)], within)
            said.seek(0)
            complained.seek(0)
            return code, said.read(), complained.read()

    async def _ended(self, words: bytes, files: list[int], within: float) -> int:
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line:
            line.setblocking(False)
            await loop.sock_connect(line, self._address)
            socket.send_fds(line, [words], files)
            pid = int(await loop.sock_recv(line, LONGEST))
            try:
                async with asyncio.timeout(within):
                    return int(await loop.sock_recv(line, LONGEST))
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise


@asynccontextmanager
async def forker(folder: Path) -> AsyncIterator[Forker]:
    address = str(folder / "forker.sock")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.forked", address), cwd=ROOT, env=ENVIRONMENT, stdin=pipe, stdout=pipe
    )
    assert process.stdout is not None and await process.stdout.readline(), "it says when it listens"
    yield Forker(address)
    process.terminate()
    await process.wait()


# --- on the other side -------------------------------------------------------------------------------------------------


def _serve(address: str) -> None:
    importlib.import_module("hub.cli")
    for plugin in (ROOT / "plugins").glob("*/plugin.py"):
        importlib.import_module(f"plugins.{plugin.parent.name}.plugin")
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
    for standard, given in enumerate(files):
        os.dup2(given, standard)
        os.close(given)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
    sys.argv = ["hub", *arguments]
    runpy.run_module("hub", run_name="__main__", alter_sys=True)
    sys.exit()


if __name__ == "__main__":
    _serve(sys.argv[1])
