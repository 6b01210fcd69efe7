"""Policy 政策文件: published by bureaus, found by project, bureau and words, read on the phone, told to whoever wants to hear of them."""

from msgspec.structs import replace

from hub.api import Anyone, Belongings, Context, MenuEntry, Permission, RelatedLink, Succession, passing_on
from plugins.policy.business import MANAGE
from plugins.policy.config import PolicyConfig
from plugins.policy.documents import COLLECTIONS, Subscription, subscriptions_of
from plugins.policy.events import EVENTS
from plugins.policy.handlers import MOST_SUBSCRIBED, ROUTES
from plugins.policy.pages import PAGES, newest
from plugins.policy.triggers import MESSAGE_TYPES, STEPS, TRIGGERS

USES = ("declaration",)

CONFIG = PolicyConfig

PERMISSIONS = (Permission(MANAGE, "维护政策文件", ("handler",), whole=True),)

MENU_ENTRIES = (
    MenuEntry(app="ykt", label="政策文件", path="/files", access=Anyone.PUBLIC, order=80, icon="files"),
    MenuEntry(
        app="ykt",
        label="政策文件订阅",
        path="/subscriptions",
        access=Anyone.CLAIMED,
        icon="bell",
        mine=True,
        line="我想知道的项目，有新文件就通知",
    ),
    MenuEntry(
        app="ydsh", label="政策文件", path="/files", access=Anyone.SIGNED_IN, order=80, icon="files", news=newest
    ),
)

RELATED_LINKS = (
    RelatedLink(
        app="ykt",
        beside="declaration/projects/{code}",
        label="查看有关的政策文件",
        path="/files?project={code}",
        access=Anyone.PUBLIC,
    ),
)


def passed(subscription: Subscription, succession: Succession) -> Subscription:
    return replace(subscription, person=succession.person)


async def forget(ctx: Context, person: str) -> int:
    """What somebody wanted to hear of is nobody's business."""
    found = await subscriptions_of(ctx).find({}, limit=MOST_SUBSCRIBED)
    await subscriptions_of(ctx).delete_many(found)
    return len(found)


BELONGINGS = (Belongings(pass_on=passing_on((subscriptions_of, passed)), forget=forget),)
