"""What happens to complaints, and what is asked of whoever keeps the row that one is about."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

import msgspec

from hub.api import Event, HistoryLine, Identity, Office, Question

# --- facts -------------------------------------------------------------------------------------------------------------


class ComplaintFact(Event, frozen=True, kw_only=True):
    """What every fact about a complaint tells. ``place`` is where it is kept: the county, or the town that handles it; ``seat``
    where it is handled, which may be the city. ``step`` counts the offices it went to, ``round`` is 2 after 不满意. ``short``
    is what it is about in pushes: the project's short name, or the sort of complaint. ``persons`` are told how it goes on:
    the complainant alone, never named. 回避: ``avoid``, ``avoid_keys`` and ``avoid_offices`` must hear nothing of it.
    """

    subject_field: ClassVar[str] = "complaint"

    complaint: str
    number: str
    kind: Literal["publicity", "payment", "free"]
    kind_label: str
    type: str
    type_label: str
    project: str
    short: str
    bureau: str
    seat: str
    state: str
    step: int
    round: int
    persons: tuple[str, ...]
    avoid: tuple[str, ...]
    avoid_keys: tuple[str, ...]
    avoid_offices: tuple[Office, ...]
    due_at: datetime
    at: datetime


class ComplaintFiled(ComplaintFact, frozen=True, kw_only=True):
    """投诉: somebody has complained; a row that it is about is held from now on."""


class ComplaintAccepted(ComplaintFact, frozen=True, kw_only=True):
    """受理: told to the complainant once, however often it is passed on afterwards."""


class ComplaintRefused(ComplaintFact, frozen=True, kw_only=True):
    """不予受理, with a reason that the complainant reads in it."""


class ComplaintTransferred(ComplaintFact, frozen=True, kw_only=True):
    """转办, or 退回 of a wrong dispatch (``returned``): ``bureau`` and ``seat`` are the new ones."""

    returned: bool


class ComplaintReplied(ComplaintFact, frozen=True, kw_only=True):
    """回复: ``reply`` is its number. ``final``: the second, with which it has ended."""

    reply: int
    upheld: Literal["yes", "no", "partly"]
    final: bool


class ComplaintAnswered(ComplaintFact, frozen=True, kw_only=True):
    """满意 or 不满意; not satisfied with the first reply, it is handled once more (``again``)."""

    satisfied: bool
    again: bool


class ComplaintClosed(ComplaintFact, frozen=True, kw_only=True):
    """办结. ``upheld``: the row it was about goes. ``by``: the complainant was satisfied, said nothing in time, or has had the
    second ``reply``."""

    upheld: bool
    by: Literal["satisfied", "silence", "reply"]


class ComplaintMerged(ComplaintFact, frozen=True, kw_only=True):
    """重复合并: it goes on with the complaint ``into``, whose replies it gets."""

    into: str


class ComplaintWithdrawn(ComplaintFact, frozen=True, kw_only=True):
    """撤诉."""


class ComplaintExtended(ComplaintFact, frozen=True, kw_only=True):
    """延期, once: ``until`` is the new limit."""

    until: datetime


class ComplaintDue(ComplaintFact, frozen=True, kw_only=True):
    """Its limit is one working day away (``near``) or has passed (``late``)."""

    phase: Literal["near", "late"]


# --- asked of whoever keeps a row ----------------------------------------------------------------------------------------


class AccusedRow(msgspec.Struct, frozen=True, kw_only=True):
    """Whose row it is. ``avoid_persons`` and ``avoid_keys`` (blind ID numbers) are those who may neither see nor handle the
    complaint: the one it is about and those who declared for them.
    """

    place: str
    number: str
    project: str
    short: str
    bureau: str
    sensitive: bool
    accused_masked: str
    accused: Identity
    avoid_persons: tuple[str, ...] = ()
    avoid_keys: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"AccusedRow({self.number!r})"


class Filing(Question[AccusedRow], frozen=True, kw_only=True):
    """Somebody complains about ``row``, which they must be able to see. Whoever keeps rows of this ``kind`` holds it (where the
    complaint ``holds``) until the ``Ending`` of the same ``complaint``, and says whose it is; or refuses.
    """

    complaint: str
    kind: Literal["publicity", "payment"]
    row: str
    holds: bool = True


class Holding(Question[bool], frozen=True, kw_only=True):
    """A complaint that was filed without holding its ``row`` holds it from now on, since an office has accepted it or its
    complainant was proved. Whether it is held now: what is confirmed or gone already is not.
    """

    complaint: str
    kind: Literal["publicity", "payment"]
    row: str


class Ending(Question[bool], frozen=True, kw_only=True):
    """A complaint about ``row`` has come to its end. ``upheld``: what it says is true, so the row goes; else the row goes on, once
    no other complaint holds it. Whoever keeps rows of this ``kind`` says that it has heard; while nobody does, complaints ask
    again. ``holds``: the complaint held the row until now.
    """

    complaint: str
    kind: Literal["publicity", "payment"]
    row: str
    upheld: bool
    reason: str = ""
    holds: bool = True


# --- asked by whoever was told what is a complaint -------------------------------------------------------------------------


class ComplaintTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What whoever complains accepts and chooses from: 投诉须知 by its version (``notice``), the 投诉类型 by code."""

    notice: str
    points: tuple[str, ...]
    types: dict[str, str]


class TermsOfComplaint(Question[ComplaintTerms], frozen=True, kw_only=True):
    """What a complaint asks of its complainant, for a form of another plugin. None where complaints are off."""


class FiledComplaint(msgspec.Struct, frozen=True, kw_only=True):
    """The complaint as its complainant finds it."""

    complaint: str
    number: str


class FileComplaint(Question[FiledComplaint], frozen=True, kw_only=True):
    """File a complaint in the name of the resident who acts, as if they had filled in the form: about a ``project`` or a ``unit``.
    ``notice`` is the version of 投诉须知 that they have accepted themselves. ``pictures`` are files of theirs that belong to nothing
    (``give_back``). ``bureau`` has it where what is accused says none. ``source`` says where it comes from, and ``history`` what was done
    there. Refused as the form would be.
    """

    notice: str
    against: Literal["project", "unit"]
    project: str = ""
    bureau: str = ""
    unit_region: str = ""
    unit_bureau: str = ""
    type: str
    text: str
    pictures: tuple[str, ...] = ()
    confidential: bool
    publish: bool
    source: str
    history: tuple[HistoryLine, ...] = ()

    def __repr__(self) -> str:
        return f"FileComplaint({self.source!r})"


EVENTS: tuple[type[Event], ...] = (
    ComplaintFiled,
    ComplaintAccepted,
    ComplaintRefused,
    ComplaintTransferred,
    ComplaintReplied,
    ComplaintAnswered,
    ComplaintClosed,
    ComplaintMerged,
    ComplaintWithdrawn,
    ComplaintExtended,
    ComplaintDue,
)
