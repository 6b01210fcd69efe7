"""The machine's clock beside the database's, which all nodes share.

A node whose clock is wrong gives wrong deadlines, ends sign-ins, and would delete what is not old: it does not start, stops
its jobs and is not ready while it is so. A clock that a test or a demo moves is right by definition.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from hub.clock import Clock, SystemClock
from hub.store.database import Database

MOST_APART = timedelta(seconds=60)


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


def _words(period: timedelta) -> str:
    return f"{period.days} days" if period.days else f"{period.total_seconds():.0f} s"
