"""The time, handed in: nothing in the hub asks the machine for it on its own.

Storage and arithmetic are in UTC, everything a person reads is in Asia/Shanghai.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Whatever can say what time it is."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock, shifted by a fixed offset. ``played``: on purpose, so that it is not wrong (a process of a test)."""

    offset: timedelta = timedelta(0)
    played: bool = False

    def now(self) -> datetime:
        """The machine's time plus the offset."""
        return datetime.now(UTC) + self.offset


class MovingClock:
    """A clock that stands still until it is moved: for tests, and for a year played in an hour."""

    def __init__(self, start: datetime) -> None:
        self._now = _aware(start).astimezone(UTC)

    def now(self) -> datetime:
        """Where the clock was last put."""
        return self._now

    def advance(self, step: timedelta) -> None:
        """Move by `step`, which may be negative."""
        self._now += step

    def set(self, moment: datetime) -> None:
        """Jump to `moment` (aware)."""
        self._now = _aware(moment).astimezone(UTC)


class ShiftedClock:
    """Another clock, put forward on request: a demo's month passes in a minute, the stand-in's quota ends tonight."""

    def __init__(self, base: Clock, offset: timedelta = timedelta(0)) -> None:
        self._base = base
        self.offset = offset

    def now(self) -> datetime:
        """The base clock's time plus the offset."""
        return self._base.now() + self.offset


def shanghai(moment: datetime) -> datetime:
    """The same moment as the wall clocks of the city show it."""
    return _aware(moment).astimezone(SHANGHAI)


def today(clock: Clock) -> date:
    """The day it is now in the city."""
    return shanghai(clock.now()).date()


def in_chinese(moment: datetime) -> str:
    """`2026年11月23日 15:01`: Shanghai time, as screens and WeChat's field type `time` want it."""
    local = shanghai(moment)
    return f"{day_in_chinese(local)} {local:%H:%M}"


def day_in_chinese(day: date) -> str:
    """`2026年11月3日`, of a date, or of a moment's Shanghai date."""
    local = shanghai(day) if isinstance(day, datetime) else day
    return f"{local.year}年{local.month}月{local.day}日"


def _aware(moment: datetime) -> datetime:
    # A naive moment would be read in the machine's own zone: right on one server, eight hours off on the next.
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment
