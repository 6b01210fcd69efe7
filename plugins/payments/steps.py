"""What payments have still to do by themselves, in parts, each in a transaction of its own."""

from __future__ import annotations

from typing import ClassVar

from hub.api import Step


class _Part(Step, frozen=True, kw_only=True):
    subject: str
    part: int


class KnowReader(Step, frozen=True, kw_only=True):
    """A proved resident asks where payments do not know them yet, such as where they were off when the proof was made."""

    subject_field: ClassVar[str] = "id_key"
    formerly: ClassVar[tuple[str, ...]] = ("ReaderSeen",)

    person: str
    id_key: str
    before: tuple[str, ...] = ()


class ReadIntakePart(_Part, frozen=True, kw_only=True):
    """The next part of an uploaded table is to be read."""

    formerly: ClassVar[tuple[str, ...]] = ("IntakePartDue",)


class CollectPart(_Part, frozen=True, kw_only=True):
    """The next benefits are to be put on a batch's 名册."""

    formerly: ClassVar[tuple[str, ...]] = ("CollectPartDue",)


class OfferPart(_Part, frozen=True, kw_only=True):
    """The next rows are to be given to the 发放公示."""

    formerly: ClassVar[tuple[str, ...]] = ("OfferPartDue",)


class PayPart(_Part, frozen=True, kw_only=True):
    """The next rows are to be given to the bank; ``part`` is the run."""

    formerly: ClassVar[tuple[str, ...]] = ("PayPartDue",)


class ReleasePart(_Part, frozen=True, kw_only=True):
    """The next rows of a cancelled batch are to be freed for another."""

    formerly: ClassVar[tuple[str, ...]] = ("ReleasePartDue",)
