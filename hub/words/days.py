"""Days that people write into tables: one reader for all of them.

A day has its year in four digits: `27-12-31` and `12/31/27` may be meant in three ways, and a person who is held until 2027
must not pass for one who was held until the year 27.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from hub.words.text import clean

EARLIEST = date(1900, 1, 1)
AHEAD = 50  # years; the longest sentences and contracts that a list speaks of

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "format": "日期应为“年-月-日”，年份写四位，如 2027-12-31。",
        "missing": "没有这一天，请核对日期。",
        "range": f"日期应在1900年至今后{AHEAD}年之间。",
        "future": "日期不能晚于今天。",
    }
)
_FULL_WIDTH_SIGNS = str.maketrans("－／．：", "-/.:")
# What spreadsheets and databases put behind a day.
_TIME = r"(?:[T ]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?"
_SHAPES = (
    re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})" + _TIME),
    re.compile(r"([0-9]{4})(年)([0-9]{1,2})月([0-9]{1,2})日?" + _TIME),
    re.compile(r"([0-9]{4})()([0-9]{2})([0-9]{2})"),
)


class BadDay(ValueError):
    """What was written is no day that can be meant. `reason` is one of `REASONS`, `text` says it to the person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.text = REASONS[reason]


def read(text: str, today: date, *, past: bool = False) -> date:
    """Such as 2026-3-1, 2026/03/01, 2026年3月1日 or 20260301; a time of day behind it is dropped.

    Raises `BadDay` for anything else, and for a day before 1900, more than 50 years after `today`, or, with `past`, after it.
    """
    plain = clean(text).translate(_FULL_WIDTH_SIGNS)
    found = next((match for shape in _SHAPES if (match := shape.fullmatch(plain))), None)
    if found is None:
        raise BadDay("format")
    try:
        day = date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        raise BadDay("missing") from None
    if not EARLIEST <= day <= date(today.year + AHEAD, 12, 31):
        raise BadDay("range")
    if past and day > today:
        raise BadDay("future")
    return day
