"""Facts of the worklist: tasks that are on offer, claimed, done; :mod:`hub.business.tasks` has what it is told."""

from __future__ import annotations

from datetime import datetime

from hub.api import (
    CloseTask,
    OpenTask,
    PauseTask,
    RecordActivity,
    Remind,
    RemindNoMore,
    ResumeTask,
    SettleTask,
    TaskArrived,
    TaskChanged,
    TaskFact,
)


class TaskClaimed(TaskFact, frozen=True, kw_only=True):
    """A handler has taken the task; ``person`` is that handler."""

    person: str


class TaskPassedOn(TaskFact, frozen=True, kw_only=True):
    """The offer went to others: up while nobody holds the position, back when somebody does again, or to the one who came.
    ``TaskArrived`` of the next offer follows."""


class TaskReleased(TaskFact, frozen=True, kw_only=True):
    """The handler let the task go, or its claim ran out or was lost with the position (``expired``). ``TaskArrived`` of the
    next offer follows."""

    person: str
    expired: bool


class _TaskAct(TaskFact, frozen=True, kw_only=True):
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


class TaskHalted(TaskFact, frozen=True, kw_only=True):
    """A task was paused: it leaves the lists until ``TaskArrived`` of the next offer; its limit stands still."""


class TaskDone(_TaskAct, frozen=True, kw_only=True):
    """A handler decided: ``move`` is pass, correct, return, refuse or another of the node's moves."""


class TaskRecalled(_TaskAct, frozen=True, kw_only=True):
    """The one who decided took the pass back (撤销通过), before anybody touched what followed."""


class TaskClosed(TaskFact, frozen=True, kw_only=True):
    """The task ended without a decision."""


EVENTS = (
    OpenTask,
    SettleTask,
    CloseTask,
    PauseTask,
    ResumeTask,
    RecordActivity,
    Remind,
    RemindNoMore,
    TaskArrived,
    TaskChanged,
    TaskClaimed,
    TaskReleased,
    TaskPassedOn,
    TaskHalted,
    TaskDone,
    TaskRecalled,
    TaskClosed,
)
