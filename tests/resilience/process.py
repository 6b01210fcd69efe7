"""Hubs and commands as operators run them: processes of their own, ended by their own id."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Self

import msgspec

from tests.forked import FORKERS, Forked

ROOT = Path(__file__).parents[2]
# A start takes two seconds on an idle machine; it may be one of many processes.
START_WITHIN = 120.0
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class HubProcess:
    """One ``hub serve``. ``log`` is the file that its log lines go to; ``url`` is known when it listens."""

    process: Forked
    name: str
    log: Path
    url: str = ""
    # By the loop's clock: how long it took to listen.
    took: float = field(default=0.0)

    @classmethod
    async def start(cls, config: Path, name: str, *options: str, **environment: str) -> Self:
        """Run until it listens. ``options`` go to ``hub serve``."""
        log, told, began = config.with_name(f"{name}.log"), config.with_name(f"{name}.out"), time.monotonic()
        with log.open("ab") as words, told.open("wb") as out:
            process = await _run(config, ("serve", "--name", name, *options), out, words, environment)
        hub = cls(process, name, log)
        async with asyncio.timeout(START_WITHIN):
            while not (line := told.read_bytes()).endswith(b"\n"):
                assert process.returncode is None, f"hub {name} ended before it listened:\n{log.read_text()[-4000:]}"
                await asyncio.sleep(0.02)
        hub.url, hub.took = msgspec.json.decode(line)["url"], time.monotonic() - began
        return hub

    async def kill(self) -> None:
        """``kill -9``."""
        self.process.kill()
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
    words = ["--config", str(config), *arguments]
    code, out, complained = await FORKERS[-1].run(words, environment, b"", START_WITHIN)
    return code, (out + complained if code else out).decode()


async def balance(config: Path, **environment: str) -> dict[str, Any]:
    """``hub deliveries balance --json``; fails when the command says that anything is missing."""
    code, printed = await command(config, "deliveries", "balance", "--json", **environment)
    assert code == 0, printed
    answer: dict[str, Any] = msgspec.json.decode(printed)
    return answer


async def _run(
    config: Path, arguments: Sequence[str], out: BinaryIO, words: BinaryIO, environment: Mapping[str, str]
) -> Forked:
    with Path(os.devnull).open("rb") as keyboard:
        files = [each.fileno() for each in (keyboard, out, words)]
        return await FORKERS[-1].start(["--config", str(config), *arguments], environment, files)
