"""What one is paid for once: a year, half, quarter or month, as the text that a batch names, with its first and last day."""

from __future__ import annotations

import calendar
import re
from datetime import date
from typing import Literal

import msgspec

# How often a project pays: once for all, or once in each.
Cycle = Literal["once", "year", "half", "quarter", "month"]
# Months of each, the longest first.
MONTHS = {"year": 12, "half": 6, "quarter": 3, "month": 1}
CYCLES = {"once": "一次性", "year": "按年", "half": "按半年", "quarter": "按季度", "month": "按月"}
EXAMPLES = {"year": "2026", "half": "2026-H2", "quarter": "2026-Q4", "month": "2026-12"}
# How many of each are offered that are over: what was not paid in time is paid within a year or two.
OVER = {"year": 2, "half": 2, "quarter": 4, "month": 12}
LETTERS = {"H": "half", "Q": "quarter", "": "month"}
WRITTEN = re.compile(r"(20[0-9]{2})(?:-(H[12]|Q[1-4]|0[1-9]|1[0-2]))?", re.ASCII)


class Period(msgspec.Struct, frozen=True):
    """From the first of the month ``start`` (months since the year 0) for a ``unit`` of 12, 6, 3 or 1 months."""

    unit: str
    start: int

    @property
    def first(self) -> date:
        return date(self.start // 12, self.start % 12 + 1, 1)

    @property
    def last(self) -> date:
        year, month = divmod(self.start + MONTHS[self.unit] - 1, 12)
        return date(year, month + 1, calendar.monthrange(year, month + 1)[1])

    @property
    def text(self) -> str:
        """As it is written: ``2026``, ``2026-H2``, ``2026-Q4``, ``2026-12``."""
        year, month = divmod(self.start, 12)
        serial = month // MONTHS[self.unit] + 1
        shown = {"year": "", "half": f"-H{serial}", "quarter": f"-Q{serial}", "month": f"-{serial:02d}"}
        return f"{year}{shown[self.unit]}"

    @property
    def next(self) -> Period:
        return Period(self.unit, self.start + MONTHS[self.unit])

    def overlaps(self, other: Period) -> bool:
        return self.first <= other.last and other.first <= self.last


def read(text: str) -> Period | None:
    """The period that a text names; None for anything else."""
    found = WRITTEN.fullmatch(text)
    if found is None:
        return None
    year, part = int(found[1]), found[2] or ""
    if not part:
        return Period("year", year * 12)
    unit = LETTERS[part[0] if part[0].isalpha() else ""]
    return Period(unit, year * 12 + (int(part.lstrip("HQ")) - 1) * MONTHS[unit])


def in_chinese(text: str) -> str:
    """As people say it: 2026年, 2026年下半年, 2026年第4季度, 2026年12月."""
    period = read(text)
    if period is None:
        return text
    year, month = divmod(period.start, 12)
    part = {
        "year": "",
        "half": "下半年" if month else "上半年",
        "quarter": f"第{month // 3 + 1}季度",
        "month": f"{month + 1}月",
    }
    return f"{year}年{part[period.unit]}"


def at(day: date, unit: str) -> Period:
    """The one of that unit that a day lies in."""
    month = day.month - 1
    return Period(unit, day.year * 12 + month - month % MONTHS[unit])


def offered(day: date) -> list[Period]:
    """Which a new batch may pay on that day, of each unit the newest first: the next one, the present one, and those lately over."""
    return [
        Period(unit, at(day, unit).start + later * long)
        for unit, long in MONTHS.items()
        for later in range(1, -OVER[unit] - 1, -1)
    ]


def crossing(period: Period) -> list[str]:
    """The texts of all other periods that share a day with it: at most 19, so that they can be asked for."""
    year = period.start // 12
    months = [Period(unit, year * 12 + month) for unit, long in MONTHS.items() for month in range(0, 12, long)]
    return [other.text for other in months if other != period and other.overlaps(period)]
