"""What happens in a village's 村村响."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from hub.api import Event, Step, WorkFact


class FollowersTold(Event, frozen=True, kw_only=True):
    """Some of those who follow a village (its place, ≤ 200 persons) hear that a publicity with people of it began, or was confirmed."""

    subject_field: ClassVar[str] = "publicity"

    publicity: str
    phase: Literal["started", "confirmed"]
    number: str
    project: str
    short: str
    label: str
    at: datetime
    persons: tuple[str, ...]


class ReadAloud(WorkFact, frozen=True, kw_only=True):
    """What hangs in a village was read over its loudspeaker, or (``state``) was not: it had been noted by mistake. For whoever counts it,
    nobody hears it yet."""


class TellFollowers(Step, frozen=True, kw_only=True):
    """The next of those who follow the village (its place), behind the person ``after``; ``but_not`` stand in it and know."""

    subject_field: ClassVar[str] = "entry"

    entry: str
    phase: Literal["started", "confirmed"]
    but_not: tuple[str, ...] = ()
    after: str = ""


class ForgetEntries(Step, frozen=True, kw_only=True):
    """What a publicity has counted is to go, in all its villages: it was ended, and nothing of it counts."""

    subject_field: ClassVar[str] = "publicity"

    publicity: str


EVENTS = (FollowersTold, ReadAloud)
