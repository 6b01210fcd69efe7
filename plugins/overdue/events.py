"""Facts of 逾期督办: what is late, what is late no more, and whom a morning's count concerns."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec

from hub.api import Event, Office, WorkFact


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


# --- 督办单 ----------------------------------------------------------------------------------------------------------------


class OrderFact(WorkFact, frozen=True, kw_only=True):
    """What every fact of an order tells. ``person`` got it, as a leader where it ``leads``, from ``issuer``, who leads ``issued_at``, about
    ``task``; ``bureau`` and ``project`` are those of the task. Whoever follows it keeps the avoided away too. ``step`` tells two facts of
    one order apart; ``phase`` is what its person was last warned of: unread, late."""

    task: str
    person: str
    leads: bool
    issuer: str
    issued_at: str
    office: str
    bureau: str
    project: str
    label: str
    answer_by: datetime
    step: str
    phase: str = ""
    avoid: tuple[str, ...] = ()
    avoid_keys: tuple[str, ...] = ()
    avoid_offices: tuple[Office, ...] = ()


class OrderIssued(OrderFact, frozen=True, kw_only=True):
    """签发."""


class OrderRead(OrderFact, frozen=True, kw_only=True):
    """已读."""


class OrderFedBack(OrderFact, frozen=True, kw_only=True):
    """反馈."""


class OrderReturned(OrderFact, frozen=True, kw_only=True):
    """退回再办."""


class OrderClosed(OrderFact, frozen=True, kw_only=True):
    """办结, by the issuer or with its task."""


class OrderWithdrawn(OrderFact, frozen=True, kw_only=True):
    """撤回."""


class OrderWarned(OrderFact, frozen=True, kw_only=True):
    """It was not read, or the feedback is late: the person is warned."""


class OrderEscalated(OrderFact, frozen=True, kw_only=True):
    """That went on: the leaders one level above the person's office are told."""


class OrderLapsed(OrderFact, frozen=True, kw_only=True):
    """The person has left the post, or must keep away by now; the issuer may order somebody else."""


ORDER_EVENTS: tuple[type[OrderFact], ...] = (
    OrderIssued,
    OrderRead,
    OrderFedBack,
    OrderReturned,
    OrderClosed,
    OrderWithdrawn,
    OrderWarned,
    OrderEscalated,
    OrderLapsed,
)
