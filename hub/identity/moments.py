"""The present as the database keeps it."""

from __future__ import annotations

from datetime import datetime

from hub.store.database import to_milliseconds
from hub.words.clock import Clock


def now_of(clock: Clock) -> datetime:
    """The clock's time cut to milliseconds, so that a record in memory equals the stored one."""
    return to_milliseconds(clock.now())
