"""What the worklist has still to do by itself, each in a transaction of its own."""

from __future__ import annotations

from typing import ClassVar

from hub.api import Step


class PassOnRest(Step, frozen=True, kw_only=True):
    """Somebody came or left, and the tasks behind ``cursor`` are still to be looked at. ``place`` and the rest as in
    ``PositionChanged``."""

    subject_field: ClassVar[str] = "region"
    formerly: ClassVar[tuple[str, ...]] = ("RestPassedOn",)

    region: str
    role: str
    bureau: str | None
    project: str | None
    node: str | None
    came: str | None
    cursor: str
