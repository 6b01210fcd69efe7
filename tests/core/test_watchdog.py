"""Who keeps the event loop from turning is named, with file and line."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import asynccontextmanager

import structlog
from prometheus_client import CollectorRegistry

from hub import watchdog
from hub.watchdog import Blocked, Watchdog, teller
from tests.waiting import until

SECRET = "王建国510921"


class Sights:
    """What the watchdog has told."""

    def __init__(self) -> None:
        self.seen = threading.Event()
        self.told: list[Blocked] = []
        self.ahead = 0.0

    def now(self) -> float:
        return time.monotonic() + self.ahead

    def owner(self, file: str) -> str | None:
        """Asked while the loop stands still: then the one who waits for it goes on."""
        if file != __file__:
            return None
        self.seen.set()
        return "visits"

    @asynccontextmanager
    async def watching(self):
        async with Watchdog(self.owner, self.told.append, self.now).watching():
            yield

    def hold(self, seconds: float) -> None:
        """Keep the loop until it is seen, and for so much longer by the clock; until that is told."""
        self.seen.wait(60)
        self.ahead += seconds
        heard = time.monotonic() + 60
        while not self.told and time.monotonic() < heard:
            time.sleep(0.001)

    async def hears(self) -> Blocked:
        async def told() -> bool:
            return bool(self.told)

        await until(told)
        return self.told[0]


def block(sights: Sights, secret: str) -> None:
    sights.seen.wait(60)


async def test_the_plugin_and_the_line_are_named():
    """Not what stood in the variables there."""
    sights = Sights()

    async with sights.watching():
        await asyncio.sleep(0)
        block(sights, SECRET)
        blocked = await sights.hears()

    assert (blocked.plugin, blocked.where) == (
        "visits",
        f"tests/core/test_watchdog.py:{block.__code__.co_firstlineno + 1}",
    )
    assert "threading.py:" in blocked.inside
    assert blocked.seconds > watchdog.LIMIT
    assert SECRET not in repr(sights.told)


async def test_a_loop_that_stands_for_long_is_told_while_it_stands():
    """It may never turn again, and then nobody else tells."""
    sights = Sights()

    async with sights.watching():
        await asyncio.sleep(0)
        sights.hold(watchdog.STUCK + 1)
        first, *_ = sights.told

    assert (first.plugin, first.still) == ("visits", True)
    assert first.seconds > watchdog.STUCK


async def test_a_pause_of_the_whole_process_blames_nobody():
    """It was stopped, or had no processor: seen by the thread that comes late itself."""
    sights = Sights()

    async with sights.watching():
        sights.ahead += 10
        blocked = await sights.hears()

    assert (blocked.plugin, blocked.where) == (watchdog.UNSEEN, "")
    assert blocked.seconds > 9


async def test_a_loop_that_turns_is_left_alone():
    """However much work there is, as long as everybody gets a turn."""
    sights = Sights()

    async with sights.watching():
        for _ in range(1000):
            await asyncio.sleep(0)

    assert "visits" not in {blocked.plugin for blocked in sights.told}


def test_it_is_told_in_the_log_and_in_the_metrics():
    registry = CollectorRegistry()

    with structlog.testing.capture_logs() as lines:
        teller(registry)(Blocked("visits", "visits/plugin.py:7", "json/decoder.py:355", 1.5))

    [line] = lines
    assert (line["event"], line["plugin"], line["where"]) == (
        "the event loop was blocked",
        "visits",
        "visits/plugin.py:7",
    )
    assert registry.get_sample_value("hub_loop_blocked_seconds_total", {"plugin": "visits"}) == 1.5
