"""关注记录 Follow: leaders and 纪委 follow complaints, late cases, messages and hits, and hear of what moves in them."""

from hub.api import Belongings, MenuEntry, Permission, RelatedLink
from plugins.follow.config import FollowConfig
from plugins.follow.documents import COLLECTIONS
from plugins.follow.events import EVENTS
from plugins.follow.handlers import KINDS, ROUTES, USE, forget
from plugins.follow.pages import PAGES
from plugins.follow.telling import JOBS, MESSAGE_TYPES, REACTIONS, STEPS, TRIGGERS

__all__ = ["COLLECTIONS", "EVENTS", "JOBS", "MESSAGE_TYPES", "PAGES", "REACTIONS", "ROUTES", "STEPS", "TRIGGERS"]

CONFIG = FollowConfig

PERMISSIONS = (Permission(USE, "关注事项", ("leader", "discipline")),)

# A leader's home asks as much as a page may already.
MENU_ENTRIES = (MenuEntry(app="ydjd", label="关注记录", path="", access=USE, order=11, icon="star"),)

RELATED_LINKS = tuple(
    RelatedLink(app="ydjd", beside=kind.page, label="关注这件", path=f"/{name}/{{id}}", access=USE)
    for name, kind in KINDS.items()
)

BELONGINGS = (Belongings(forget=forget),)
