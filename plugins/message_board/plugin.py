"""留言板 Message board: a resident writes to a bureau, its office replies, the resident asks again, rates it, or closes it."""

from datetime import timedelta

from hub.api import Anyone, Belongings, Job, MenuEntry, Node, OpenWork, Permission, counting
from plugins.message_board.actions.ending import forget, lapse, pass_on
from plugins.message_board.business import KEPT, LABEL, MESSAGES
from plugins.message_board.config import MessageBoardConfig
from plugins.message_board.documents import NODE, WITH_OFFICE, messages_of
from plugins.message_board.events import EVENTS
from plugins.message_board.handlers import HANDLE, READ, ROUTES
from plugins.message_board.pages import PAGES
from plugins.message_board.triggers import MESSAGE_TYPES, TRIGGERS

USES = ("complaints", "declaration")

CONFIG = MessageBoardConfig
COLLECTIONS = (KEPT,)
ANSWERS = MESSAGES.answers

PERMISSIONS = (
    Permission(HANDLE, "处理留言", ("handler",)),
    Permission(READ, "查看留言", ("handler", "leader", "discipline")),
)

MENU_ENTRIES = (
    MenuEntry(app="ykt", label="我要留言", path="/new", access=Anyone.CLAIMED, order=60, icon="message-2"),
    MenuEntry(app="ykt", label="我的留言", path="/mine", access=Anyone.CLAIMED, order=61, icon="message-2"),
    MenuEntry(app="ydsh", label="留言处理", path="", access=HANDLE, order=45, icon="message-2"),
    MenuEntry(app="ydjd", label="留言板", path="", access=READ, order=50, icon="message-2"),
    MenuEntry(app="ydjd", label="留言概况", path="/overview", access=READ, order=51, icon="chart-bar"),
)

NODES = (Node(name=NODE, label=LABEL, level="county", role="handler"),)

JOBS = (
    Job(name="lapse", call=lapse, label="留言到期处理", every=timedelta(hours=1)),
    *MESSAGES.jobs,
)

OPEN_WORK = (OpenWork(label="未回复的留言", count=counting(messages_of, {"state": {"$in": list(WITH_OFFICE)}})),)

BELONGINGS = (Belongings(pass_on=pass_on, forget=forget),)
