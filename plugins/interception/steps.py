"""What interception has still to do by itself, each in a transaction of its own."""

from __future__ import annotations

from typing import ClassVar

from hub.api import Step


class JoinHit(Step, frozen=True, kw_only=True):
    """An open hit was found again: at another form, or at what came of it. ``place`` is the county."""

    subject_field: ClassVar[str] = "hit"
    formerly: ClassVar[tuple[str, ...]] = ("HitJoined",)

    hit: str
    attempt: str | None = None
    case: str | None = None
    case_number: str = ""
    benefit: str | None = None
    avoid: tuple[str, ...] = ()
    avoid_keys: tuple[str, ...] = ()


class ReadListPart(Step, frozen=True, kw_only=True):
    """The next part of a check list is to be read. Interception's own work, each part in a transaction of its own."""

    formerly: ClassVar[tuple[str, ...]] = ("ListPartDue",)

    subject: str
    part: int
