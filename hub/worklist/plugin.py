"""Worklist 待办: tasks that wait for the holders of a position, claimed, decided, and looked up again."""

from hub.api import (
    Answer,
    CloseTask,
    MenuEntry,
    OpenTask,
    PauseTask,
    Permission,
    PositionChanged,
    Reaction,
    RecordActivity,
    ResumeTask,
    SettleTask,
    StepHandler,
    TaskArrived,
    TaskChanged,
    TaskClaimed,
    TaskClosed,
    TaskDone,
    TaskHalted,
    TaskPassedOn,
    TaskRecalled,
    TaskReleased,
    Topic,
    WaitingTasks,
)
from hub.identity.waiting import ClaimedWork, UnattendedWork, WorkHeld
from hub.worklist.actions.counts import claimed_work, unattended, work_held
from hub.worklist.actions.offers import look_at_changed, pass_on_tasks, place_offer
from hub.worklist.actions.tasks import close_task, open_task, pause_task, resume_task, settle_task
from hub.worklist.actions.touches import note_decision, note_recall, note_touch
from hub.worklist.actions.waiting import waiting_tasks
from hub.worklist.config import WorklistConfig
from hub.worklist.documents import COLLECTIONS, DECIDERS, MIGRATIONS
from hub.worklist.events import EVENTS
from hub.worklist.handlers import ROUTES
from hub.worklist.jobs import JOBS, OPEN_WORK
from hub.worklist.pages import PAGES, news, numbers
from hub.worklist.steps import PassOnRest
from hub.worklist.triggers import MESSAGE_TYPES, TRIGGERS

core = True

CONFIG = WorklistConfig

PERMISSIONS = (
    Permission("worklist.decide", "办理待办", DECIDERS),
    Permission("worklist.history", "查看本人经办历史", (*DECIDERS, "discipline")),
)

MENU_ENTRIES = (
    MenuEntry(
        app="ydsh",
        label="我的待办",
        path="/tasks",
        access="worklist.decide",
        order=10,
        icon="checklist",
        tab=True,
        news=news,
    ),
    MenuEntry(app="ydsh", label="经办历史", path="/history", access="worklist.history", order=20, icon="history"),
    MenuEntry(app="ydsh", label="我的已办", path="/done", access="worklist.decide", order=60, icon="circle-check"),
    MenuEntry(
        app="ydjd", label="我的待办", path="/tasks", access="worklist.decide", order=30, icon="checklist", news=numbers
    ),
)

TOPICS = (
    Topic(
        name="tasks",
        access="worklist.decide",
        events=(TaskArrived, TaskPassedOn, TaskClaimed, TaskReleased, TaskDone, TaskClosed, TaskHalted),
    ),
)

# For administrators, who give and end positions and read no business.
ANSWERS = (
    Answer(question=UnattendedWork, call=unattended, reach="county"),
    Answer(question=WorkHeld, call=work_held, reach="county"),
    Answer(question=ClaimedWork, call=claimed_work, reach="county"),
    # For a plugin that follows the facts, and may have missed some while it was off.
    Answer(question=WaitingTasks, call=waiting_tasks, reach="county"),
)

STEPS = (StepHandler(step=PassOnRest, call=pass_on_tasks),)

REACTIONS = (
    Reaction(event=OpenTask, call=open_task),
    Reaction(event=SettleTask, call=settle_task),
    Reaction(event=CloseTask, call=close_task),
    Reaction(event=PauseTask, call=pause_task),
    Reaction(event=ResumeTask, call=resume_task),
    Reaction(event=TaskArrived, call=place_offer),
    Reaction(event=TaskChanged, call=look_at_changed),
    Reaction(event=PositionChanged, call=pass_on_tasks),
    Reaction(event=TaskDone, call=note_decision),
    Reaction(event=TaskRecalled, call=note_recall),
    Reaction(event=RecordActivity, call=note_touch),
)
