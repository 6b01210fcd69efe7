"""逾期督办 Overdue: what is past its limit, counted by place; leaders order it done, and see what was done after."""

from hub.api import Permission, Reaction, StepHandler, Topic
from plugins.overdue import board, late, looking, morning, wishes
from plugins.overdue.config import OverdueConfig
from plugins.overdue.documents import COLLECTIONS
from plugins.overdue.events import EVENTS, TaskLateNoMore, TasksLate
from plugins.overdue.jobs import JOBS
from plugins.overdue.looking import CHECKUPS
from plugins.overdue.pages import MENU_ENTRIES, PAGES
from plugins.overdue.steps import CountRegions, CountTasks, LookOver, SendCounts
from plugins.overdue.triggers import MESSAGE_TYPES, TRIGGERS
from plugins.overdue.watching import AFTER, follow

__all__ = ["CHECKUPS", "COLLECTIONS", "EVENTS", "JOBS", "MENU_ENTRIES", "MESSAGE_TYPES", "PAGES", "TRIGGERS"]

CONFIG = OverdueConfig
PERMISSIONS = (
    Permission(late.READ, "查看逾期", ("leader", "discipline")),
    Permission(wishes.CHOOSE, "选择逾期提醒方式", ("leader",)),
)
ROUTES = (*board.ROUTES, *late.ROUTES, *wishes.ROUTES)
REACTIONS = tuple(Reaction(event=fact, call=follow) for fact in AFTER)
STEPS = (
    StepHandler(step=CountTasks, call=morning.count_tasks),
    StepHandler(step=CountRegions, call=morning.count_regions),
    StepHandler(step=SendCounts, call=morning.send),
    StepHandler(step=LookOver, call=looking.look_over),
)
TOPICS = (Topic(name="changes", access=late.READ, events=(TasksLate, TaskLateNoMore)),)
# While it was off, others came and went.
ON_COUNTY_OPENED = (looking.begin,)
