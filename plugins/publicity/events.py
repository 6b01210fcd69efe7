"""What happens to publicities, and how another plugin asks for one of its rows.

Persons stand in them as ids, or sealed; never by name.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

import msgspec

from hub.api import Event, Identity, Instruction, Question

# --- what others want done -------------------------------------------------------------------------------------------


class OfferedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line to publish: frozen and masked when the publicity starts. ``persons`` hear of it (P04); ``avoid_keys`` are the blind
    ID numbers of who declared it; ``place`` is the village; ``quantity`` an area or a number of people, as it is to be read:
    ``3.5亩``."""

    subject_row: str
    identity: Identity
    standard: str = ""
    quantity: str = ""
    amount: str = ""
    persons: tuple[str, ...] = ()
    avoid_keys: tuple[str, ...] = ()
    place: str

    def __repr__(self) -> str:
        return f"OfferedRow({self.subject_row!r})"


class PublishRows(Instruction, frozen=True, kw_only=True):
    """Begin a publicity of another plugin's rows (发放公示); the rows follow in ``AddRows``, and with the last of ``rows_total`` it
    starts. ``place`` is the unit that publishes. After ``PublicityEnded`` the same ``subject`` may ask again, in another ``round``: by
    it, rows whose word comes before that of their publicity wait for it.
    """

    formerly: ClassVar[tuple[str, ...]] = ("PublicityWanted",)

    subject: str
    round: int = 0
    kind: Literal["payment"] = "payment"
    project: str
    short: str
    bureau: str
    title: str
    period: str = ""
    days: int
    unit: Literal["workday", "calendar"] = "calendar"
    rows_total: int
    sensitive: bool = False


class AddRows(Instruction, frozen=True, kw_only=True):
    """Take ≤ 200 more rows into such a publicity; the same row again changes nothing. ``round`` as in ``PublishRows``."""

    formerly: ClassVar[tuple[str, ...]] = ("RowsOffered",)

    subject: str
    round: int = 0
    rows: tuple[OfferedRow, ...]


# --- about a row -----------------------------------------------------------------------------------------------------


class RowConfirmed(Event, frozen=True, kw_only=True):
    """A row has passed: with the final confirmation, or later, when its objection proved unfounded. ``subject`` and
    ``subject_row`` are those it was offered with. Cases are told by ``declaration.events.TakeStep`` instead.
    """

    subject: str
    row: str
    subject_row: str


class RowStruck(Event, frozen=True, kw_only=True):
    """剔除: an objection was upheld. Of a 资格公示 ``subject`` is empty and ``subject_row`` the case."""

    subject: str
    row: str
    subject_row: str


# --- about a publicity -----------------------------------------------------------------------------------------------


class PublicityFact(Event, frozen=True, kw_only=True):
    """``place`` is the unit that publishes. ``node`` is publicity_village, _town, _county, or publicity_payment."""

    subject_field: ClassVar[str] = "publicity"

    publicity: str
    kind: Literal["case", "payment"]
    number: str
    title: str
    project: str
    short: str
    bureau: str
    node: str
    sensitive: bool
    ends_at: datetime | None
    at: datetime


class PublicityDue(PublicityFact, frozen=True, kw_only=True):
    """P03: a day before the end, at the end, a day after without confirmation. ``extension`` counts how often the end was
    moved: each end is reminded of anew.
    """

    phase: Literal["before", "end", "after"]
    extension: int


class VillageRows(msgspec.Struct, frozen=True, kw_only=True):
    """How many of these rows are from a village, and the sum of the amounts (yuan, a decimal text) that are shown of them."""

    village: str
    people: int
    total: str


class RowsPublished(PublicityFact, frozen=True, kw_only=True):
    """P04: ≤ 200 more rows are shown (``started``), or have passed (``confirmed``). ``persons`` are those in them,
    ``villages`` where they are from, ``counts`` how many from each. ``subject`` is the batch of a 发放公示, ``label`` what its node is
    called.
    """

    phase: Literal["started", "confirmed"]
    persons: tuple[str, ...]
    villages: tuple[str, ...]
    counts: tuple[VillageRows, ...] = ()
    subject: str = ""
    period: str = ""
    label: str = ""


class PublicityConfirmed(Event, frozen=True, kw_only=True):
    """最终确认: of all rows but those with an open objection. ``subject`` is empty for a 资格公示, whose cases are told one by
    one (``declaration.events.TakeStep``)."""

    subject: str
    publicity: str
    at: datetime | None = None
    kind: Literal["case", "payment"] = "payment"
    number: str = ""
    title: str = ""
    project: str = ""
    short: str = ""
    bureau: str = ""


class PublicityEnded(Event, frozen=True, kw_only=True):
    """终止 before the confirmation, with the reason; nothing of it counts. ``subject`` as in ``PublicityConfirmed``."""

    subject: str
    publicity: str
    reason: str = ""
    kind: Literal["case", "payment"] = "payment"
    number: str = ""
    title: str = ""
    project: str = ""
    short: str = ""
    bureau: str = ""


# --- what others may know --------------------------------------------------------------------------------------------


class ShownRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row as everybody may read it now, or (``mine``) as whoever stands in it may also later: masked and frozen. ``subject_row`` as in
    ``OfferedRow``, of a 资格公示 the case."""

    row: str
    publicity: str
    subject_row: str
    mine: bool
    name: str
    id_tail: str
    standard: str
    quantity: str
    amount: str
    state_label: str


class OpenPublicity(msgspec.Struct, frozen=True, kw_only=True):
    """One whose persons stand on the public page now; ``phone`` is for supervision."""

    publicity: str
    ends_at: datetime
    phone: str


class OnShow(msgspec.Struct, frozen=True, kw_only=True):
    """Those of them that are open, and ``rows`` (≤ 200): the open ones' in the order of their lists, one's own first."""

    open: tuple[OpenPublicity, ...] = ()
    rows: tuple[ShownRow, ...] = ()


class WhatIsShown(Question[OnShow], frozen=True, kw_only=True):
    """Which of these publicities (≤ 200 ids) are open, and, where ``rows`` are wanted, who of this village stands in them: everybody
    while one is open, whoever asks also afterwards. It tells no more than the public page, and to oneself one's own row.
    """

    village: str
    publicities: tuple[str, ...]
    rows: bool = False


EVENTS: tuple[type[Event], ...] = (
    PublishRows,
    AddRows,
    RowConfirmed,
    RowStruck,
    PublicityDue,
    RowsPublished,
    PublicityConfirmed,
    PublicityEnded,
)
