"""Working days, time limits and quiet hours, all by Shanghai's calendar; every moment given back is in UTC.

Working days follow the State Council's yearly notice (holidays, and the weekends worked to make up for them), as the
package `chinesecalendar` carries it: 2004 to 2026. An administrator's table goes before it. Where neither knows, Monday to
Friday are worked but for the holidays whose day the law itself fixes.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal

import chinese_calendar
import msgspec

from hub.words.clock import SHANGHAI, shanghai
from hub.words.ranges import Range

DayKind = Literal["work", "rest"]
Pause = tuple[datetime, datetime]
# Why a day is worked or not: the administrators' table, the State Council's notice, a holiday fixed by law, or the day of the week.
DaySource = Literal["table", "notice", "law", "week"]

ONE_DAY = timedelta(days=1)
LAST_SECOND = time(23, 59, 59)
# 全国年节及纪念日放假办法, article 2, of the days whose date does not move with the moon: 元旦, 劳动节, 国庆节 as (month, day); 清明节 is
# a solar term. Since 2025 the law gives 1 and 2 May; no year had offices open on the 3rd, a limit must not end there.
FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 2), (5, 3), (10, 1), (10, 2), (10, 3)})
QINGMING = "清明"
# 春节 alone rests on five weekdays.
RESTS_OF_A_NOTICE = 5


# Ten years: due days are counted one by one.
MOST_DAYS = 3660


class Limit(msgspec.Struct, frozen=True):
    """How long something may take, in whole days: `Limit(5)` is five working days."""

    days: Annotated[int, Range(0, MOST_DAYS)]
    unit: Literal["workday", "calendar"] = "workday"


class Calendar:
    """Which days are worked, and what follows from it.

    `overrides` is the administrators' table. `unknown_year` is called once for each year that had to be guessed
    (Monday to Friday without :func:`is_fixed_holiday`), so that somebody fills that table in.
    """

    def __init__(self, overrides: Mapping[date, DayKind], unknown_year: Callable[[int], None]) -> None:
        # Overrides and what the package has answered: it needs 20 µs for a day, and has 23 years of them.
        self._worked = {day: kind == "work" for day, kind in overrides.items()}
        self._overridden = frozenset(overrides)
        self._unknown_year = unknown_year
        self._years_told = years_told(overrides)
        self._warned: set[int] = set()

    def is_workday(self, day: date) -> bool:
        """Whether offices are open on `day`."""
        worked = self._worked.get(day)
        return self._look_up(day) if worked is None else worked

    def source(self, day: date) -> DaySource:
        """What says whether `day` is worked."""
        if day in self._overridden:
            return "table"
        if _in_package(day):
            return "notice"
        return "law" if is_fixed_holiday(day) else "week"

    def knows(self, year: int) -> bool:
        """Whether the State Council's notice of that year is there, in the package or in the table."""
        return year in self._years_told or _in_package(date(year, 1, 1))

    def add_workdays(self, moment: datetime, days: int) -> datetime:
        """The same time of day `days` working days later, or earlier when negative."""
        local = shanghai(moment)
        step = ONE_DAY if days > 0 else -ONE_DAY
        day, left = local.date(), abs(days)
        while left:
            day += step
            if self.is_workday(day):
                left -= 1
        return _in_utc(day, local.time())

    def workdays_between(self, start: datetime, end: datetime) -> int:
        """Working days after the day of `start`, up to and including the day of `end`; negative when `end` is earlier.

        Of a task that was due at `start` and is looked at at `end`, these are the days it is overdue.
        """
        first, last = shanghai(start).date(), shanghai(end).date()
        if last < first:
            return -self.workdays_between(end, start)
        return sum(self.is_workday(first + n * ONE_DAY) for n in range(1, (last - first).days + 1))

    def due(self, start: datetime, limit: Limit, pauses: Sequence[Pause] = ()) -> datetime:
        """The last moment that is in time for what began at `start`: 23:59:59 in Shanghai, given in UTC.

        The day of `start` is not counted and the last one ends at midnight (Civil Code art. 201 and 203); limits
        of administrative work run in working days without public holidays (Administrative License Law art. 82).
        Our own decisions: one second is kept back, so that the day shown is the day meant; a limit in calendar days
        is not moved off a holiday, since it is publicity that runs so and a village reads on Sundays too; a day that
        a pause touches does not count at all, so nobody loses half a day to an outage.
        A pause is `(start, end)`, its end not included; for one that still lasts give the present moment as its end.
        """
        day, left = shanghai(start).date(), limit.days
        paused = _days_of(pauses)
        while left > 0:
            day += ONE_DAY
            if self._counts(day, limit) and day not in paused:
                left -= 1
        return _in_utc(day, LAST_SECOND)

    def _counts(self, day: date, limit: Limit) -> bool:
        return limit.unit == "calendar" or self.is_workday(day)

    def _look_up(self, day: date) -> bool:
        try:
            worked = self._worked[day] = bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            self._warn_about(day.year)
            return day.weekday() < 5 and not is_fixed_holiday(day)
        return worked

    def _warn_about(self, year: int) -> None:
        if year not in self._years_told | self._warned:
            self._warned.add(year)
            self._unknown_year(year)


def years_told(table: Mapping[date, DayKind]) -> frozenset[int]:
    """The years whose notice the table has: so many weekdays rest in no year but by its holidays. A single day that was changed, such as
    for a flood, tells nothing of the others."""
    rests = Counter(day.year for day, kind in table.items() if kind == "rest" and day.weekday() < 5)
    return frozenset(year for year, number in rests.items() if number >= RESTS_OF_A_NOTICE)


def _in_package(day: date) -> bool:
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return False
    return True


def is_fixed_holiday(day: date) -> bool:
    """Whether the law itself makes `day` a holiday in every year. 春节, 端午 and 中秋 go by the moon and are not among them."""
    return (day.month, day.day) in FIXED_HOLIDAYS or (day.month == 4 and _is_qingming(day))


def _is_qingming(day: date) -> bool:
    """By the package's solar terms, which end with 2100."""
    return day.year <= 2100 and any(name == QINGMING for _, name in chinese_calendar.get_solar_terms(day, day))


def in_quiet_hours(moment: datetime, start: time, end: time) -> bool:
    """Whether `moment` falls between `start` and `end` (not included) of a Shanghai day or night.

    `start` after `end` means over midnight; both the same means never.
    """
    now = shanghai(moment).time()
    if start <= end:
        return start <= now < end
    return now >= start or now < end


def next_open(moment: datetime, start: time, end: time) -> datetime:
    """`moment` itself outside the quiet hours, else the moment at which they end."""
    if not in_quiet_hours(moment, start, end):
        return moment
    local = shanghai(moment)
    day = local.date() if local.time() < end else local.date() + ONE_DAY
    return _in_utc(day, end)


def _in_utc(day: date, at: time) -> datetime:
    return datetime.combine(day, at, SHANGHAI).astimezone(UTC)


def _days_of(pauses: Sequence[Pause]) -> set[date]:
    """Every Shanghai day that one of the pauses touches."""
    days: set[date] = set()
    for start, end in pauses:
        day, last = shanghai(start).date(), shanghai(end - timedelta.resolution).date()
        while start < end and day <= last:
            days.add(day)
            day += ONE_DAY
    return days
