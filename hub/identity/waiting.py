"""What waits for a position, as administrators ask before they give or end one. Whoever keeps tasks answers."""

from __future__ import annotations

from datetime import datetime

import msgspec

from hub.words.contributions import Question


class PostWork(msgspec.Struct, frozen=True, kw_only=True):
    """Work of one post that its own place cannot do now: ``count`` pieces since ``oldest``. ``label`` is what the work is called."""

    role: str
    place: str
    bureau: str | None
    node: str | None
    label: str
    count: int
    oldest: datetime


class UnattendedWork(Question[tuple[PostWork, ...]], frozen=True, kw_only=True):
    """What waits below a place whose own post has nobody: it went up, or nobody has it. The most first."""

    place: str


class HeldWork(msgspec.Struct, frozen=True, kw_only=True):
    """What is on the list of a position: ``waiting`` for anybody there, and ``claimed`` by its holder; since ``oldest``."""

    waiting: int = 0
    claimed: int = 0
    oldest: datetime | None = None


class WorkHeld(Question[HeldWork], frozen=True, kw_only=True):
    """What this person has to do in a position like this."""

    person: str
    role: str
    region: str
    bureau: str | None = None
    project: str | None = None
    node: str | None = None


class ClaimedWork(Question[int], frozen=True, kw_only=True):
    """How many pieces of work somebody has claimed and not done, in whichever position."""

    person: str
