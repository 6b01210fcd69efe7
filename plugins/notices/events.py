"""What happens to notices."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from hub.api import App, Event, Step


class NoticeTold(Event, frozen=True, kw_only=True):
    """Some of those who get a notice (``subject``; ≤ 200 ``persons``) are told of it in one ``app``; with a ``day``, once more, since they
    have not confirmed it by then. ``bulk``: it goes to so many that all else goes before it."""

    subject: str
    app: App
    persons: tuple[str, ...]
    number: str
    title: str
    unit: str
    urgent: bool
    bulk: bool
    at: datetime
    day: date | None = None


class NoticeRecalled(Event, frozen=True, kw_only=True):
    """It is taken back from these; they were told once more on the ``day``."""

    subject: str
    app: App
    persons: tuple[str, ...]
    day: date | None


class TellPart(Step, frozen=True, kw_only=True):
    """The next who are to be told; ``part`` counts them, so that one that is told of twice is done once."""

    subject_field: ClassVar[str] = "notice"

    notice: str
    part: int


class RecallPart(Step, frozen=True, kw_only=True):
    """The next from whom it is taken back."""

    subject_field: ClassVar[str] = "notice"

    notice: str


class RemindPart(Step, frozen=True, kw_only=True):
    """The next who have not confirmed it, behind the receipt ``after``."""

    subject_field: ClassVar[str] = "notice"

    notice: str
    day: date
    after: str = ""


EVENTS = (NoticeTold, NoticeRecalled)
