"""Longer work in parts: a morning's count, place by place; looking everything over, page by page."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from hub.api import Step


class Morning(Step, frozen=True, kw_only=True):
    """A county or the city itself (the place) is counted for those who are told on this day: what passed its limit ``since``, or ends
    by ``soon``."""

    subject_field: ClassVar[str] = "place"

    day: date
    since: datetime
    soon: datetime


class CountTasks(Morning, frozen=True, kw_only=True):
    """For those who do the tasks, in these places."""

    places: tuple[str, ...]


class CountRegions(Morning, frozen=True, kw_only=True):
    """For those who lead these regions."""

    places: tuple[str, ...]


class SendCounts(Morning, frozen=True, kw_only=True):
    """All is counted: tell it, so many at a time."""


class LookOver(Step, frozen=True, kw_only=True):
    """Compare the watches of a county or the city itself with the worklist and with the numbers, from this cursor on, and mend them."""

    subject_field: ClassVar[str] = "place"

    cursor: str = ""
