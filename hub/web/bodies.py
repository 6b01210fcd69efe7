"""How fast a body has to come: whoever sends a byte now and then would hold a slot, or a connection, for as long as they like."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

LOOK_EVERY = timedelta(seconds=1)


class Pace:
    """Calls ``too_slow``, once, when less than ``least`` bytes per second have come after the ``grace``."""

    def __init__(self, least: int, grace: timedelta, too_slow: Callable[[], None]) -> None:
        self._least = least
        self._grace = grace.total_seconds()
        self._too_slow = too_slow
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._timer = self._loop.call_later(self._grace, self._look)
        self.received = 0

    def stop(self) -> None:
        """The body is there, or nobody waits for it any more."""
        self._timer.cancel()

    def _look(self) -> None:
        passed = self._loop.time() - self._began
        if self.received < self._least * passed:
            self._too_slow()
        else:
            self._timer = self._loop.call_later(LOOK_EVERY.total_seconds(), self._look)
