"""How often an account may call an API in a day, and a person in a minute."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.wechat.errors import quota_returns_at
from hub.wechat.simulator.refusal import Refusal

_CLEARS_PER_MONTH = 10


@dataclass(slots=True)
class _Use:
    used: int
    ends_at: datetime


class Quotas:
    """The daily counts of one account; they start again at midnight in Shanghai."""

    def __init__(self, limits: dict[str, int]) -> None:
        self.limits = limits
        self._uses: dict[str, _Use] = {}
        self._clears: list[datetime] = []

    def check(self, path: str, now: datetime) -> None:
        """45009 when the day's calls are used up."""
        limit = self.limits.get(path)
        if limit is not None and self.used(path, now) >= limit:
            raise Refusal(45009)

    def count(self, path: str, now: datetime) -> None:
        """One more call was accepted."""
        self.used(path, now)
        self._uses[path].used += 1

    def used(self, path: str, now: datetime) -> int:
        """The calls accepted today."""
        use = self._uses.get(path)
        if use is None or now >= use.ends_at:
            use = self._uses[path] = _Use(0, quota_returns_at(now))
        return use.used

    def clear(self, now: datetime) -> None:
        """`clear_quota`: ten times a month."""
        self._clears = [at for at in self._clears if now - at < timedelta(days=30)]
        if len(self._clears) >= _CLEARS_PER_MONTH:
            raise Refusal(48006)
        self._clears.append(now)
        self._uses.clear()


class PerMinute:
    """At most ``limit`` calls a minute for each key; keys that were quiet for a minute are forgotten."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._calls: dict[str, deque[datetime]] = {}
        self._swept_at: datetime | None = None

    def admit(self, key: str, now: datetime) -> None:
        """45011 for one call too many."""
        self._sweep(now)
        calls = self._calls.setdefault(key, deque())
        while calls and now - calls[0] >= timedelta(minutes=1):
            calls.popleft()
        if len(calls) >= self._limit:
            raise Refusal(45011)
        calls.append(now)

    def _sweep(self, now: datetime) -> None:
        if self._swept_at is None or now - self._swept_at >= timedelta(minutes=1):
            self._swept_at = now
            self._calls = {key: calls for key, calls in self._calls.items() if now - calls[-1] < timedelta(minutes=1)}
