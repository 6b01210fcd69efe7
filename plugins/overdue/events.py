"""Facts of 逾期督办: what is late, what is late no more, and whom a morning's count concerns."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec

from hub.api import Event


class LateTask(msgspec.Struct, frozen=True, kw_only=True):
    """``hidden``: those whom it concerns must not hear that it is there."""

    task: str
    subject: str
    bureau: str
    project: str
    node: str
    sensitive: bool
    hidden: bool


class TasksLate(Event, frozen=True, kw_only=True):
    """The limit of these tasks has passed: at most 200, of one line of the board, which is the place."""

    tasks: tuple[LateTask, ...]


class TaskLateNoMore(Event, frozen=True, kw_only=True):
    """A late task of a line of the board, which is the place: it was done, is wanted no more, is halted, or has another limit."""

    subject: str
    task: str
    bureau: str
    project: str
    node: str
    why: Literal["done", "closed", "halted", "later"]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What one person is told: see ``Notice``."""

    person: str
    leader: bool
    at: str
    late: int
    more: int


class MorningCounted(Event, frozen=True, kw_only=True):
    """What these persons are told on a working day: at most 100. ``soon`` is until when what ends soon ends."""

    day: date
    soon: datetime
    persons: tuple[Told, ...]


EVENTS = (TasksLate, TaskLateNoMore, MorningCounted)
