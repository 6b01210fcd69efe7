"""The machine's clock beside the database's, which all nodes share.

A node whose clock is wrong gives wrong deadlines, ends sign-ins, and would delete what is not old: it does not start, stops
its jobs and is not ready while it is so. A clock that a test or a demo moves is right by definition.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog

from hub.store.database import Database
from hub.words.clock import Clock, SystemClock

log = structlog.get_logger("hub.store")

MOST_APART = timedelta(seconds=60)
# Whoever works asks before each piece of work; the database is asked so often.
LOOK_EVERY = timedelta(seconds=1)


async def clock_problem(database: Database, clock: Clock) -> str | None:
    """What is wrong with this machine's clock, in English, for the operator; None when it is well or moved on purpose."""
    if not isinstance(clock, SystemClock) or clock.played:
        return None
    before = clock.now()
    theirs = await database.server_now()
    took = clock.now() - before
    # The answer was given somewhere in between.
    ahead = before + took / 2 - theirs
    if abs(ahead) <= MOST_APART + took / 2:
        return None
    return (
        f"this machine's clock is {_words(abs(ahead))} {'ahead of' if ahead > timedelta() else 'behind'} the database's: set both "
        "by NTP"
    )


async def sweep_time(database: Database, clock: Clock) -> datetime:
    """By what time a sweep calls something old: never later than the database's clock, where the clock is a machine's."""
    now = clock.now()
    return min(now, await database.server_now()) if isinstance(clock, SystemClock) else now


class RightClock:
    """Asked before work that goes by the time: with a wrong clock a node would remind, expire and decide too early."""

    def __init__(self, database: Database, clock: Clock, work: str) -> None:
        self._database = database
        self._clock = clock
        self._work = work
        self._looked_at = float("-inf")
        self._right = True

    async def __call__(self) -> bool:
        """Whether this machine's clock may be gone by; the first time that it may not is logged."""
        now = asyncio.get_running_loop().time()
        if now - self._looked_at >= LOOK_EVERY.total_seconds():
            problem = await clock_problem(self._database, self._clock)
            if problem is not None and self._right:
                log.error("work waits until the clock of this machine is right", work=self._work, problem=problem)
            self._right, self._looked_at = problem is None, now
        return self._right


def _words(period: timedelta) -> str:
    return f"{period.days} days" if period.days else f"{period.total_seconds():.0f} s"
