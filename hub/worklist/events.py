"""Facts of the worklist: tasks that are on offer, claimed, done; :mod:`hub.business.tasks` has what it is told."""

from __future__ import annotations

from datetime import datetime

from hub.api import (
    BusinessTouched,
    Event,
    Office,
    TaskEnded,
    TaskPaused,
    TaskResumed,
    TaskSettled,
    TaskWanted,
)


class _TaskFact(Event, frozen=True, kw_only=True):
    task: str
    subject: str
    node: str
    offer: int


class TaskArrived(_TaskFact, frozen=True, kw_only=True):
    """A task is on offer to the holders of its position: new (``offer`` 1), or free again."""

    label: str
    role: str
    bureau: str
    project: str
    title: str
    number: str
    arrived_at: datetime
    due_at: datetime
    avoid: tuple[str, ...] = ()
    avoid_keys: tuple[str, ...] = ()
    avoid_offices: tuple[Office, ...] = ()
    urgent: bool = False
    announced: bool = False


class TaskClaimed(_TaskFact, frozen=True, kw_only=True):
    """A handler has taken the task; ``person`` is that handler."""

    person: str


class TaskPassedOn(_TaskFact, frozen=True, kw_only=True):
    """The offer went to others: up while nobody holds the position, back when somebody does again, or to the one who came.
    ``TaskArrived`` of the next offer follows."""


class TaskReleased(_TaskFact, frozen=True, kw_only=True):
    """The handler let the task go, or its claim ran out or was lost with the position (``expired``). ``TaskArrived`` of the
    next offer follows."""

    person: str
    expired: bool


class _TaskAct(_TaskFact, frozen=True, kw_only=True):
    person: str
    move: str
    round: int
    label: str
    title: str
    number: str
    bureau: str
    project: str
    link: str
    at: datetime


class TaskHalted(_TaskFact, frozen=True, kw_only=True):
    """A task was paused: it leaves the lists until ``TaskArrived`` of the next offer; its limit stands still."""


class TaskDone(_TaskAct, frozen=True, kw_only=True):
    """A handler decided: ``move`` is pass, correct, return, refuse or another of the node's moves."""


class TaskRecalled(_TaskAct, frozen=True, kw_only=True):
    """The one who decided took the pass back (撤销通过), before anybody touched what followed."""


class TaskClosed(_TaskFact, frozen=True, kw_only=True):
    """The task ended without a decision."""


EVENTS = (
    TaskWanted,
    TaskSettled,
    TaskEnded,
    TaskPaused,
    TaskResumed,
    BusinessTouched,
    TaskArrived,
    TaskClaimed,
    TaskReleased,
    TaskPassedOn,
    TaskHalted,
    TaskDone,
    TaskRecalled,
    TaskClosed,
)
