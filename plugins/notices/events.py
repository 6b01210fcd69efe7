"""What happens to notices."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from hub.api import App, Event, Step


class NoticeEvent(Event, frozen=True, kw_only=True):
    """Of a notice (``subject``) and some of those who get it (≤ 200 ``persons``) in one ``app``."""

    subject: str
    app: App
    persons: tuple[str, ...]


class NoticeTold(NoticeEvent, frozen=True, kw_only=True):
    """They are told of it now. ``bulk``: it goes to so many that all else goes before it."""

    number: str
    title: str
    unit: str
    urgent: bool
    bulk: bool
    at: datetime


class NoticeReminded(NoticeTold, frozen=True, kw_only=True):
    """They have not confirmed it, and are told so on this ``day``."""

    day: date


class NoticeRecalled(NoticeEvent, frozen=True, kw_only=True):
    """It is taken back from them; they were reminded last on the ``day``."""

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


EVENTS = (NoticeTold, NoticeReminded, NoticeRecalled)
