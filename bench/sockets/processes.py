"""Servers under measurement: started on core 0, ordered by lines on stdin, their CPU and memory read from /proc."""

from __future__ import annotations

import functools
import os
import selectors
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
# A server that says nothing for so long is broken; the benchmark then ends by itself.
PATIENCE = 180.0


@functools.cache
def cores() -> tuple[int, int]:
    """The server's and the load's, of those that this process may use at its start; one for both where there is no other."""
    mine = sorted(os.sched_getaffinity(0))
    return mine[0], mine[1] if len(mine) > 1 else mine[0]


def load_here() -> None:
    """This process, and what it starts from now on unless pinned, is the load side."""
    _, load = cores()
    os.sched_setaffinity(0, {load})


class Server:
    """A running server process."""

    def __init__(self, command: Sequence[str], folder: Path, core: int) -> None:
        pin = ["taskset", "-c", str(core)] if shutil.which("taskset") else []
        # taskset replaces itself by the command, so the process id is the server's own.
        self._process = subprocess.Popen(
            [*pin, *command], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.pid = self._process.pid
        self.port = int(self.answer().split()[1])

    def order(self, text: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(text + "\n")
        self._process.stdin.flush()

    def answer(self) -> str:
        """The next line it prints."""
        out = self._process.stdout
        assert out is not None
        with selectors.DefaultSelector() as selector:
            selector.register(out, selectors.EVENT_READ)
            if not selector.select(PATIENCE):
                raise TimeoutError("the server under measurement says nothing")
        line = out.readline()
        if not line:
            raise RuntimeError("the server under measurement has ended")
        return line.strip()

    def ask(self, text: str) -> str:
        self.order(text)
        return self.answer()

    def cpu(self) -> float:
        """Seconds of user and system time, all threads. In nanoseconds where the kernel counts them, else in ticks."""
        threads = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        if exact := sum(int(thread.read_text().split()[0]) for thread in threads):
            return exact / 1e9
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> int:
        """Bytes of proportional set size."""
        rows = Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()
        return next(int(row.split()[1]) * 1024 for row in rows if row.startswith("Pss:"))

    def stop(self) -> None:
        """Politely; then by force, but only what was started here."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self.order("quit")
            self._process.wait(10)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()


@contextmanager
def running(command: Sequence[str], folder: Path, core: int | None = None) -> Iterator[Server]:
    server = Server(command, folder, cores()[0] if core is None else core)
    try:
        yield server
    finally:
        server.stop()
