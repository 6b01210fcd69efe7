"""What happens to hits of the interception rules. No event says what a list says of somebody."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from hub.api import Event


class HitFact(Event, frozen=True, kw_only=True):
    """What every fact about a hit tells. ``place`` is the person's 户籍, ``who`` their masked name, ``label`` the rule as staff
    read it; ``avoid`` and ``avoid_keys`` are those who must keep away from it; ``round`` counts how often it was put to
    the bureau.
    """

    subject_field: ClassVar[str] = "hit"

    hit: str
    number: str
    rule: str
    label: str
    severity: Literal["block", "warn"]
    project: str
    short: str
    bureau: str
    sensitive: bool
    who: str
    case: str | None = None
    benefit: str | None = None
    avoid: tuple[str, ...] = ()
    avoid_keys: tuple[str, ...] = ()
    round: int = 1
    at: datetime


class HitFound(HitFact, frozen=True, kw_only=True):
    """命中: a suspicion, until the bureau has confirmed it."""

    due_at: datetime


class HitConfirmed(HitFact, frozen=True, kw_only=True):
    """属实."""


class HitCleared(HitFact, frozen=True, kw_only=True):
    """误报解除: a second person agreed."""


class HitNoted(HitFact, frozen=True, kw_only=True):
    """知悉: a warning that needs nothing more."""


EVENTS: tuple[type[Event], ...] = (
    HitFound,
    HitConfirmed,
    HitCleared,
    HitNoted,
)
