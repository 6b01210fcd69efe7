"""Payments 补贴发放: who is entitled, batches from the 名册 to the bank and back, and everybody's own payments."""

from hub.api import Anyone, Belongings, MenuEntry, Permission
from plugins.payments.actions.passing import known, pass_on
from plugins.payments.config import PaymentsConfig
from plugins.payments.documents import COLLECTIONS, MIGRATIONS
from plugins.payments.events import EVENTS
from plugins.payments.handlers import ROUTES
from plugins.payments.jobs import JOBS, OPEN_WORK
from plugins.payments.nodes import ANSWERS, GUARDS, NODES, REACTIONS, STEPS
from plugins.payments.pages import PAGES
from plugins.payments.triggers import MESSAGE_TYPES, TRIGGERS

NEEDS = ("declaration", "publicity")
USES = ("complaints",)

CONFIG = PaymentsConfig

PERMISSIONS = (
    Permission("payments.read", "查看补贴发放", ("handler", "leader", "discipline")),
    Permission("payments.manage", "办理补贴发放", ("handler",)),
    Permission("payments.export", "导出发放名册", ("handler", "leader", "discipline")),
)

MENU_ENTRIES = (
    MenuEntry(app="ykt", label="补贴发放信息查询", path="/mine", access=Anyone.PROVED, order=40, icon="cash"),
    MenuEntry(app="ydsh", label="补贴发放", path="/batches", access="payments.manage", order=50, icon="building-bank"),
)

BELONGINGS = (Belongings(known=known, pass_on=pass_on),)
