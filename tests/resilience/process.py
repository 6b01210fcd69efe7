"""Hubs and commands as operators run them: processes of their own, ended by their own id."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import msgspec

ROOT = Path(__file__).parents[2]
# A start takes two seconds on an idle machine; it may be one of many processes.
START_WITHIN = 120.0
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class HubProcess:
    """One ``hub serve``. ``log`` is the file that its log lines go to; ``url`` is known when it listens."""

    process: asyncio.subprocess.Process
    name: str
    log: Path
    url: str = ""
    # By the loop's clock: how long it took to listen.
    took: float = field(default=0.0)

    @classmethod
    async def start(cls, config: Path, name: str, *options: str, **environment: str) -> Self:
        """Run until it listens. ``options`` go to ``hub serve``."""
        log, began = config.with_name(f"{name}.log"), time.monotonic()
        with log.open("ab") as words:
            process = await _run(
                config, "serve", "--name", name, *options, stderr=words, stdout=asyncio.subprocess.PIPE, **environment
            )
        hub = cls(process, name, log)
        assert process.stdout is not None
        async with asyncio.timeout(START_WITHIN):
            line = await process.stdout.readline()
        assert line, f"hub {name} ended before it listened:\n{log.read_text()[-4000:]}"
        hub.url, hub.took = msgspec.json.decode(line)["url"], time.monotonic() - began
        return hub

    async def kill(self) -> None:
        """``kill -9``."""
        os.kill(self.process.pid, signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> None:
        """In good order; does nothing when it has ended already."""
        if self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()

    @property
    def processor_seconds(self) -> float:
        """How much of a processor it has used since it was started."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def complaints(self) -> list[str]:
        """What its log says that nobody has foreseen: errors with a traceback, and failures of its own parts."""
        lines = [msgspec.json.decode(line) for line in self.log.read_bytes().splitlines() if line.startswith(b"{")]
        return [str(line)[:2000] for line in lines if line.get("exception") or "please report" in line["event"]]


async def command(config: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    """Run one command of the command line to its end; its exit code and what it printed."""
    pipe = asyncio.subprocess.PIPE
    process = await _run(config, *arguments, stdout=pipe, stderr=pipe, **environment)
    async with asyncio.timeout(START_WITHIN):
        out, err = await process.communicate()
    return process.returncode or 0, (out + err if process.returncode else out).decode()


async def balance(config: Path, **environment: str) -> dict[str, Any]:
    """``hub deliveries balance --json``; fails when the command says that anything is missing."""
    code, printed = await command(config, "deliveries", "balance", "--json", **environment)
    assert code == 0, printed
    answer: dict[str, Any] = msgspec.json.decode(printed)
    return answer


async def _run(
    config: Path, *arguments: str, stdout: Any, stderr: Any, **environment: str
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hub", "--config", str(config), *arguments),
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
    )
