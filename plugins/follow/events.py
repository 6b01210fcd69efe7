"""What is told to those who follow something, in parts."""

from __future__ import annotations

from datetime import datetime

from hub.api import Event, Step, TellFollowers


class FollowersMoved(Event, frozen=True, kw_only=True):
    """What some follow has moved: they (≤ 100 persons) hear of it if they may see it still. The rest as of ``TellFollowers``."""

    kind: str
    subject: str
    title: str
    number: str
    moved: str
    state: str
    revision: int
    at: datetime
    persons: tuple[str, ...]


class TellMore(Step, frozen=True, kw_only=True):
    """The next of those who follow what has moved, behind the person ``after``."""

    subject: str
    told: TellFollowers
    after: str


EVENTS = (FollowersMoved, TellFollowers)
