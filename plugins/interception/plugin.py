"""Interception 拦截信息确认 and 纪委监督: who may not get what they ask for, confirmed by the bureau, watched by 纪委."""

from hub.api import MenuEntry, Permission
from plugins.interception.business import of_discipline
from plugins.interception.config import InterceptionConfig
from plugins.interception.documents import COLLECTIONS
from plugins.interception.events import EVENTS
from plugins.interception.handlers import ROUTES
from plugins.interception.jobs import JOBS, OPEN_WORK
from plugins.interception.nodes import ANSWERS, GUARDS, NODES, REACTIONS, STEPS
from plugins.interception.pages import PAGES
from plugins.interception.pages.watching import charted, numbers
from plugins.interception.triggers import MESSAGE_TYPES, TRIGGERS

NEEDS = ("declaration",)
USES = ("payments", "survey")

CONFIG = InterceptionConfig

PERMISSIONS = (
    Permission("interception.read", "查看拦截信息", ("handler", "leader", "discipline")),
    Permission("interception.confirm", "确认拦截信息", ("handler",)),
    Permission("interception.second", "确认误报解除", ("handler", "leader")),
    Permission("interception.evidence", "查看比对依据", ("handler", "discipline")),
    Permission("interception.review", "复核拦截信息", ("discipline",)),
    Permission("interception.import", "导入比对名单", ("handler", "discipline")),
    Permission("interception.export", "导出拦截信息", ("handler", "leader", "discipline")),
)

MENU_ENTRIES = (
    MenuEntry(
        app="ydsh", label="拦截信息确认", path="/hits", access="interception.confirm", order=60, icon="shield-check"
    ),
    MenuEntry(
        app="ydsh", label="纪委监督", path="/entries", access="interception.read", order=70, icon="shield-search"
    ),
    MenuEntry(
        app="ydjd",
        label="纪委监督",
        path="",
        access="interception.read",
        order=5,
        icon="shield-search",
        news=charted,
        fits=of_discipline,
    ),
    MenuEntry(
        app="ydjd",
        label="纪委监督",
        path="",
        access="interception.read",
        order=60,
        icon="shield-search",
        news=numbers,
        fits=lambda actor: not of_discipline(actor),
    ),
)
