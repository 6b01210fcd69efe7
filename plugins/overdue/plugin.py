"""逾期督办 Overdue: what is past its limit, counted by place; leaders order it done, and see what was done after."""

from hub.api import Permission, Reaction, StepHandler, Topic
from plugins.overdue import (
    board,
    documents,
    escalation,
    issuing,
    jobs,
    late,
    looking,
    morning,
    orderpages,
    orders,
    ordertriggers,
    pages,
    triggers,
    wishes,
)
from plugins.overdue.config import OverdueConfig
from plugins.overdue.events import EVENTS as FACTS
from plugins.overdue.events import ORDER_EVENTS, TaskLateNoMore, TasksLate
from plugins.overdue.looking import CHECKUPS
from plugins.overdue.steps import CountRegions, CountTasks, LookOver, SendCounts
from plugins.overdue.watching import AFTER, follow

__all__ = ["CHECKUPS"]

CONFIG = OverdueConfig
ANSWERS = late.FOLLOWING.answers
COLLECTIONS = (*documents.COLLECTIONS, *orders.COLLECTIONS)
EVENTS = (*FACTS, *ORDER_EVENTS)
PERMISSIONS = (
    Permission(late.READ, "查看逾期", ("leader", "discipline")),
    Permission(wishes.CHOOSE, "选择逾期提醒方式", ("leader",)),
    *orderpages.PERMISSIONS,
)
ROUTES = (*board.ROUTES, *late.ROUTES, *wishes.ROUTES, *orderpages.ROUTES)
PAGES = (*pages.PAGES, *orderpages.PAGES)
MENU_ENTRIES = (*pages.MENU_ENTRIES, *orderpages.MENU_ENTRIES)
MESSAGE_TYPES = (*triggers.MESSAGE_TYPES, *ordertriggers.MESSAGE_TYPES)
TRIGGERS = (*triggers.TRIGGERS, *ordertriggers.TRIGGERS)
REACTIONS = (*(Reaction(event=fact, call=follow) for fact in AFTER), *escalation.REACTIONS)
STEPS = (
    StepHandler(step=CountTasks, call=morning.count_tasks),
    StepHandler(step=CountRegions, call=morning.count_regions),
    StepHandler(step=SendCounts, call=morning.send),
    StepHandler(step=LookOver, call=looking.look_over),
    *issuing.STEPS,
)
JOBS = (*jobs.JOBS, *escalation.JOBS)
TOPICS = (Topic(name="changes", access=late.READ, events=(TasksLate, TaskLateNoMore)), *orderpages.TOPICS)
# While it was off, others came and went.
ON_COUNTY_OPENED = (looking.begin,)
