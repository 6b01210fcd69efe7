"""Chromium for tests. One that has crashed or hangs costs its own module's tests, and never the end of the run."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Browser

# It speaks to nobody but the test.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=Translate,OptimizationHints,MediaRouter",
)
# Of one that is well it takes a moment.
ENDS_WITHIN = 30.0
# What the driver's own process is called with.
DRIVER = b"playwright/driver"


def program() -> str:
    """The browser without its windows, where the system has it: pages are read by the same engine with two thirds of the work."""
    found = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert found, "these tests need Chromium: `apt-get install -y chromium`"
    return found


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    from playwright.async_api import async_playwright

    playwright = await async_playwright().start()
    try:
        running = await playwright.chromium.launch(executable_path=program(), args=QUIET)
        yield running
        await _in_time(running.close())
    finally:
        await _in_time(playwright.stop())


async def _in_time(ending: Awaitable[None]) -> None:
    """Else its driver is killed, and the browser ends with it."""
    try:
        await asyncio.wait_for(ending, ENDS_WITHIN)
    except TimeoutError:
        for pid in _drivers():
            os.kill(pid, signal.SIGKILL)


def _drivers() -> list[int]:
    """The drivers that this process has started."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # It ended while we looked.
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and DRIVER in (process / "cmdline").read_bytes():
                found.append(int(process.name))
    return found
