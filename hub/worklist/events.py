"""What the worklist is told and tells, all of it in :mod:`hub.business.tasks`."""

from __future__ import annotations

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
    TaskClaimed,
    TaskClosed,
    TaskDone,
    TaskHalted,
    TaskPassedOn,
    TaskRecalled,
    TaskReleased,
)

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
