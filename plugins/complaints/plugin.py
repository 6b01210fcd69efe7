"""Complaints 投诉举报: filed by residents, handled by offices that are not accused, replied to, answered, closed."""

from hub.api import Anyone, Belongings, MenuEntry, Permission
from plugins.complaints.actions.passing import pass_on
from plugins.complaints.config import ComplaintsConfig
from plugins.complaints.documents import COLLECTIONS, MIGRATIONS
from plugins.complaints.events import EVENTS
from plugins.complaints.handlers import ROUTES
from plugins.complaints.jobs import JOBS, OPEN_WORK
from plugins.complaints.nodes import ANSWERS, NODES, REACTIONS, STEPS
from plugins.complaints.pages import PAGES, numbers
from plugins.complaints.standing import own_news
from plugins.complaints.triggers import MESSAGE_TYPES, TRIGGERS

USES = ("declaration", "survey")

CONFIG = ComplaintsConfig

PERMISSIONS = (
    Permission("complaints.handle", "处理投诉", ("handler",)),
    Permission("complaints.read", "查看投诉", ("handler", "leader", "discipline")),
    Permission("complaints.export", "导出投诉", ("handler", "leader", "discipline")),
    Permission("complaints.notice", "维护投诉须知", ("leader",)),
)

MENU_ENTRIES = (
    MenuEntry(app="ykt", label="投诉举报", path="/notice", access=Anyone.CLAIMED, order=50, icon="message-report"),
    MenuEntry(
        app="ykt",
        label="投诉举报进度查询",
        path="/mine",
        access=Anyone.CLAIMED,
        order=55,
        icon="list-search",
        news=own_news,
    ),
    MenuEntry(app="ydsh", label="投诉处理", path="", access="complaints.handle", order=40, icon="message-report"),
    MenuEntry(
        app="ydjd", label="投诉处理", path="", access="complaints.read", order=10, icon="message-report", news=numbers
    ),
    MenuEntry(app="ydjd", label="投诉概况", path="/overview", access="complaints.read", order=12, icon="chart-bar"),
    MenuEntry(
        app="ydjd", label="投诉须知维护", path="/notice/edit", access="complaints.notice", order=14, icon="file-text"
    ),
)

BELONGINGS = (Belongings(pass_on=pass_on),)
