"""Rate limits: token buckets for whoever calls, in bounded memory."""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from datetime import timedelta

from hub.web.settings import Rate
from hub.words.errors import TooMany, Unavailable


class Buckets:
    """One bucket per caller. ``now`` is a monotonic clock in seconds.

    A caller who was not seen for a full period has a full bucket, so forgetting the one who was seen longest ago loses nothing
    unless more than ``remembered`` callers are active at once.
    """

    def __init__(self, now: Callable[[], float], remembered: int) -> None:
        self._now = now
        self._remembered = remembered
        # caller → (tokens left, when that was)
        self._levels: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._levels)

    def take(self, caller: Hashable, rate: Rate) -> None:
        """Take one token, or refuse with the time after which there is one."""
        per_second = rate.calls / rate.period.total_seconds()
        level = self._level(caller, rate, per_second)
        if level < 1:
            self._remember(caller, level)
            raise TooMany(retry_after=math.ceil((1 - level) / per_second))
        self._remember(caller, level - 1)

    def _level(self, caller: Hashable, rate: Rate, per_second: float) -> float:
        known = self._levels.get(caller)
        if known is None:
            return float(rate.calls)
        level, then = known
        return min(float(rate.calls), level + (self._now() - then) * per_second)

    def _remember(self, caller: Hashable, level: float) -> None:
        self._levels[caller] = (level, self._now())
        self._levels.move_to_end(caller)
        if len(self._levels) > self._remembered:
            self._levels.popitem(last=False)


# So many guests of a village may look at once behind one address. What they send is not counted so: nobody signs in a thousand times.
CROWD = 5


def rate_of(calls: int, period: timedelta) -> Rate:
    """A route's own rate, which its record holds as a pair."""
    return Rate(calls, period)


def of_crowd(rate: Rate) -> Rate:
    """What is one person's, for all guests of an address together."""
    return Rate(rate.calls * CROWD, rate.period)


class Slots:
    """So many at once, such as uploads, each of which holds its whole file in memory; ``of_one`` of them for one caller."""

    def __init__(self, most: int, of_one: int) -> None:
        self._most = most
        self._of_one = of_one
        self._callers: Counter[Hashable] = Counter()

    @property
    def taken(self) -> int:
        return self._callers.total()

    def take(self, caller: Hashable) -> None:
        if self._callers.get(caller, 0) >= self._of_one:
            raise TooMany("您有文件正在上传，请等上传完再继续。", retry_after=5)
        if self.taken >= self._most:
            raise Unavailable("上传的人较多，请稍后再试。", retry_after=5)
        self._callers[caller] += 1

    def give_back(self, caller: Hashable) -> None:
        self._callers[caller] -= 1
        if not self._callers[caller]:
            del self._callers[caller]
