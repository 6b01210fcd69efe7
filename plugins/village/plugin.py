"""Village 村村响: what a village has got of each subsidy, who hangs on its board now, and what is read over its loudspeaker."""

from hub.api import Anyone, MenuEntry, Permission, RelatedLink
from plugins.village import counting, following, looking, loudspeaker
from plugins.village.config import VillageConfig
from plugins.village.documents import COLLECTIONS
from plugins.village.events import EVENTS
from plugins.village.following import BELONGINGS, MESSAGE_TYPES, TRIGGERS
from plugins.village.loudspeaker import ANNOUNCE, PHOTOS, READ
from plugins.village.pages import PAGES, TITLE

USES = ("publicity", "payments")

CONFIG = VillageConfig

PERMISSIONS = (
    Permission(READ, "查看播报稿和播报记录", ("handler", "leader", "discipline")),
    Permission(ANNOUNCE, "登记播报", ("handler",)),
    Permission(PHOTOS, "查看播报的公示栏照片", ("handler", "discipline")),
)

ROUTES = (*looking.ROUTES, *following.ROUTES, *loudspeaker.ROUTES)
REACTIONS = counting.REACTIONS
STEPS = (*counting.STEPS, *following.STEPS)

MENU_ENTRIES = (
    MenuEntry(app="ykt", label=TITLE, path="", access=Anyone.CLAIMED, order=35, icon="building-community"),
    MenuEntry(
        app="ykt",
        label="我关注的村",
        path="/follows",
        access=Anyone.CLAIMED,
        icon="bell",
        mine=True,
        line="有新公示就通知",
    ),
    MenuEntry(app="ydsh", label=TITLE, path="/readings", access=READ, order=45, icon="building-community"),
    MenuEntry(app="ydjd", label=TITLE, path="/readings", access=READ, order=35, icon="building-community"),
)

RELATED_LINKS = (
    RelatedLink(app="ykt", beside="publicity/notices/{id}", label="看我们村的补贴", path="", access=Anyone.CLAIMED),
)
