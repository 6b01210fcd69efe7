"""Publicity 阳光公示: what a village may see before anybody is granted or paid, and the 公示栏 of those who publish it."""

from hub.api import Anyone, MenuEntry, Permission
from plugins.publicity.config import PublicityConfig
from plugins.publicity.documents import COLLECTIONS
from plugins.publicity.events import EVENTS
from plugins.publicity.handlers import ROUTES
from plugins.publicity.jobs import JOBS, OPEN_WORK
from plugins.publicity.nodes import ANSWERS, GUARDS, NODES, REACTIONS, STEPS
from plugins.publicity.pages import PAGES
from plugins.publicity.triggers import MESSAGE_TYPES, TRIGGERS

NEEDS = ("declaration",)
USES = ("complaints",)

CONFIG = PublicityConfig

PERMISSIONS = (
    Permission("publicity.read", "查看公示栏", ("handler", "leader", "discipline")),
    Permission("publicity.manage", "办理公示", ("handler",)),
    Permission("publicity.export", "导出公示名单", ("handler", "leader", "discipline")),
)

MENU_ENTRIES = (
    MenuEntry(app="ykt", label="阳光公示查询", path="/notices", access=Anyone.PUBLIC, order=30, icon="speakerphone"),
    MenuEntry(app="ydsh", label="公示栏", path="/board", access="publicity.read", order=40, icon="speakerphone"),
    MenuEntry(app="ydjd", label="公示栏", path="/board", access="publicity.read", order=30, icon="speakerphone"),
)
