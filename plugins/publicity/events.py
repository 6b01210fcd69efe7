"""Facts of publicity, and what payments ask of it: the two agree on them here, before publicity itself is built."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from hub.api import Event, Identity


class OfferedRow(msgspec.Struct, frozen=True, kw_only=True):
    subject_row: str
    identity: Identity
    standard: str = ""
    amount: str = ""
    persons: tuple[str, ...] = ()
    place: str


class PublicityWanted(Event, frozen=True, kw_only=True):
    subject: str
    kind: Literal["payment"] = "payment"
    project: str
    short: str
    bureau: str
    title: str
    days: int
    unit: Literal["workday", "calendar"] = "calendar"
    rows_total: int


class RowsOffered(Event, frozen=True, kw_only=True):
    subject: str
    rows: tuple[OfferedRow, ...]


class RowConfirmed(Event, frozen=True, kw_only=True):
    subject: str
    row: str
    subject_row: str
    round: int | None = None


class RowStruck(Event, frozen=True, kw_only=True):
    subject: str
    row: str
    subject_row: str
    round: int | None = None


class PublicityConfirmed(Event, frozen=True, kw_only=True):
    subject: str
    publicity: str
    at: datetime | None = None


class PublicityEnded(Event, frozen=True, kw_only=True):
    subject: str
    publicity: str
    reason: str = ""


EVENTS = (PublicityWanted, RowsOffered, RowConfirmed, RowStruck, PublicityConfirmed, PublicityEnded)
