"""Keeping to a pace: so many calls per second, one at a time per phone, and none at all while nobody answers.

All of it runs on the machine's own seconds (``now``): it protects the other side from us, whatever the hub's clock says.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta


class Bucket:
    """A token bucket: ``rate`` per second, at most half a second's worth at once."""

    def __init__(self, rate: float, now: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._now = now
        self.size = max(1, int(rate / 2))
        self._free_at = 0.0

    async def take(self, count: int) -> None:
        """Wait until ``count`` calls (at most ``size``) may be made at once. Callers are served in their order."""
        if (pause := self.reserve(count)) > 0:
            await asyncio.sleep(pause)

    def reserve(self, count: int) -> float:
        """Take ``count`` calls; seconds until they may be made."""
        now = self._now()
        # The bucket is full when nothing was taken for half a second.
        self._free_at = max(self._free_at, now - self.size / self._rate) + count / self._rate
        return max(0.0, self._free_at - now)


class Lanes:
    """One lane per phone: WeChat refuses concurrent messages to one openid (43108)."""

    def __init__(self) -> None:
        # An entry lives as long as somebody is in its lane or waits for it.
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def of(self, openid: str) -> AsyncIterator[None]:
        """Alone in this lane."""
        lock, users = self._locks.get(openid, (asyncio.Lock(), 0))
        self._locks[openid] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks[openid]
            if users == 1:
                del self._locks[openid]
            else:
                self._locks[openid] = (lock, users - 1)


class Breaker:
    """Opens after so many calls in a row that nobody answered; then a single try after ever longer pauses."""

    def __init__(
        self,
        after: int,
        pause: timedelta,
        longest: timedelta,
        opened: Callable[[], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now = now
        self._after = after
        self._pause = pause.total_seconds()
        self._longest = longest.total_seconds()
        self._opened = opened
        self._failures = 0
        self._openings = 0
        self._open_until = 0.0

    @property
    def tries(self) -> int | None:
        """How many calls may be made now: any number (None), one, or none (0)."""
        if self._openings == 0:
            return None
        return 0 if self._now() < self._open_until else 1

    @property
    def openings(self) -> int:
        """How many times in a row it has opened."""
        return self._openings

    @property
    def pause(self) -> float:
        """Seconds until the next try."""
        return max(0.0, self._open_until - self._now())

    def answered(self) -> None:
        """The other side is there, whatever it said."""
        self._failures = self._openings = 0

    def unanswered(self) -> None:
        """Nobody was reached."""
        self._failures += 1
        # While it is open, calls that were under way before may still fail: they count for nothing.
        if self._failures >= self._after and self._now() >= self._open_until:
            self._open_until = self._now() + min(self._pause * 2**self._openings, self._longest)
            self._openings += 1
            self._opened()
