"""重要信息通知 Notices: a county or city tells many people something important, sees who has read it, and can pause it and take it back."""

from hub.api import Anyone, MenuEntry, Node, OpenWork, Permission, counting
from plugins.notices.business import MANAGE, NODE, sends
from plugins.notices.config import NoticesConfig
from plugins.notices.documents import COLLECTIONS, notices_of
from plugins.notices.events import EVENTS
from plugins.notices.handlers import ROUTES
from plugins.notices.pages import APPS, PAGES, newest
from plugins.notices.reading import BELONGINGS
from plugins.notices.sending import JOBS, STEPS
from plugins.notices.triggers import MESSAGE_TYPES, TRIGGERS

__all__ = ["BELONGINGS", "COLLECTIONS", "EVENTS", "JOBS", "MESSAGE_TYPES", "PAGES", "ROUTES", "STEPS", "TRIGGERS"]

LABEL = "重要信息通知"
CONFIG = NoticesConfig
PERMISSIONS = (Permission(MANAGE, "编发重要信息通知", ("handler",), whole=True),)
NODES = (Node(name=NODE, label=LABEL, level="county"),)
MENU_ENTRIES = (
    *(
        MenuEntry(
            app=app,
            label=LABEL,
            path="/inbox",
            access=Anyone.SIGNED_IN,
            order=70,
            icon="speakerphone",
            # A home of staff asks enough already; 消息 counts it.
            news=newest if app == "ykt" else None,
        )
        for app in APPS
    ),
    MenuEntry(app="ydsh", label="通知编发", path="/desk", access=MANAGE, order=85, icon="edit", fits=sends),
)
OPEN_WORK = (
    OpenWork(label="没有发完的通知", count=counting(notices_of, {"state": {"$in": ["scheduled", "sending"]}})),
)
