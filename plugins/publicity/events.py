"""What happens to publicities, and how another plugin asks for one of its rows."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from hub.api import Event, Identity


class OfferedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line to publish: frozen and masked when the publicity starts. ``persons`` hear of it (P04); ``place`` is the village."""

    subject_row: str
    identity: Identity
    standard: str = ""
    amount: str = ""
    persons: tuple[str, ...] = ()
    place: str


class PublicityWanted(Event, frozen=True, kw_only=True):
    """Told by a plugin that needs a publicity of rows of its own (发放公示); the rows follow in ``RowsOffered``, and with the
    last of ``rows_total`` it starts. ``place`` is the unit that publishes. After ``PublicityEnded`` the same ``subject`` may ask
    again.
    """

    subject: str
    kind: Literal["payment"] = "payment"
    project: str
    short: str
    bureau: str
    title: str
    days: int
    unit: Literal["workday", "calendar"] = "calendar"
    rows_total: int
    sensitive: bool = False


class RowsOffered(Event, frozen=True, kw_only=True):
    """≤ 200 more rows of a wanted publicity; the same row again changes nothing."""

    subject: str
    rows: tuple[OfferedRow, ...]


class RowConfirmed(Event, frozen=True, kw_only=True):
    """A row has passed: with the final confirmation, or later, when its objection proved unfounded. ``subject`` and
    ``subject_row`` are those it was offered with.
    """

    subject: str
    row: str
    subject_row: str


class RowStruck(Event, frozen=True, kw_only=True):
    """剔除: an objection was upheld."""

    subject: str
    row: str
    subject_row: str


class PublicityConfirmed(Event, frozen=True, kw_only=True):
    """最终确认: of all rows but those with an open objection. ``subject`` is empty for a 资格公示, whose cases are told one by
    one (``declaration.events.StepDecided``)."""

    subject: str
    publicity: str
    at: datetime | None = None


class PublicityEnded(Event, frozen=True, kw_only=True):
    """终止 before the confirmation, with the reason; nothing of it counts."""

    subject: str
    publicity: str
    reason: str = ""


EVENTS: tuple[type[Event], ...] = (
    PublicityWanted,
    RowsOffered,
    RowConfirmed,
    RowStruck,
    PublicityConfirmed,
    PublicityEnded,
)
