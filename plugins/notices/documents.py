"""What is stored: notices and what may become of them, how far their sending has come, and for each person told a receipt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from hub.api import BY_STATE, NEWEST_FIRST, App, Attachment, Collection, Document, Index, Machine, Move, Work, stored

NOTICE = Machine(
    states={
        "draft": "草稿",
        "scheduled": "定时待发",
        "sending": "发送中",
        "paused": "已暂停",
        "sent": "已发完",
        "recalled": "已撤回",
        "deleted": "已删除",
    },
    moves={
        "send": Move("发送", ("draft",), "sending"),
        "schedule": Move("定时发送", ("draft",), "scheduled"),
        "unschedule": Move("取消定时", ("scheduled",), "draft"),
        "begin": Move("到时发送", ("scheduled",), "sending"),
        "pause": Move("暂停", ("sending",), "paused"),
        "resume": Move("继续发送", ("paused",), "sending"),
        "finish": Move("发完", ("sending",), "sent"),
        "recall": Move("撤回", ("sending", "paused", "sent"), "recalled"),
        "delete": Move("删除", ("draft",), "deleted"),
    },
)
# Those of which somebody may have heard.
OUT = ("sending", "paused", "sent")
ROLES: Mapping[str, str] = {"resident": "群众", "handler": "经办人员", "leader": "领导", "discipline": "纪委"}
APPS: Mapping[str, App] = {"leader": "ydjd", "discipline": "ydjd", "handler": "ydsh", "resident": "ykt"}
"""In which app each hears of it. Somebody who is several of them is told once, in the first of these."""


class Notice(Work, frozen=True, kw_only=True):
    """Of ``unit``, to those of these ``roles`` in ``towns`` (of a city: counties; none: everywhere here), in some of these in ``villages``
    alone; ``bureaus`` narrow handlers. ``asks``: each is to confirm that they have read it. ``people`` were counted when it was sent;
    ``send_at`` is when that is to be, ``sent_at`` when it was."""

    title: str
    text: str
    unit: str
    roles: tuple[str, ...]
    bureaus: tuple[str, ...] = ()
    towns: tuple[str, ...] = ()
    villages: tuple[str, ...] = ()
    urgent: bool
    asks: bool
    files: tuple[Attachment, ...] = ()
    people: int = 0
    send_at: datetime | None = None
    sent_at: datetime | None = None
    reminded_on: date | None = None


class Sending(Document, frozen=True, kw_only=True):
    """How far the notice of the same id has come: so many ``told`` in ``parts``; in which ``round``, at which of its crowds, ``after``
    whom. Apart from the notice, so that what is pressed meanwhile is not too late every time."""

    told: int = 0
    parts: int = 0
    round: int = 0
    at: int = 0
    after: tuple[str, ...] = ()


class Receipt(Document, frozen=True, kw_only=True):
    """That a person was told, in ``app``, and whether they have confirmed it. ``name`` is masked, of residents; ``home`` is where they
    live or work. ``title`` to ``asks`` are the notice's."""

    notice: str
    person: str
    readers: tuple[str, ...]
    app: App
    name: str
    home: str
    title: str
    unit: str
    urgent: bool
    asks: bool
    read: bool = False
    read_at: datetime | None = None
    recalled: bool = False

    def __repr__(self) -> str:
        return f"Receipt({self.id!r})"


COLLECTIONS = (
    Collection(
        name="notices.notices",
        document=Notice,
        scope="published_down",
        indexes=(NEWEST_FIRST, BY_STATE, Index((("state", 1), ("send_at", 1), ("_id", 1)), name="due")),
    ),
    Collection(name="notices.sendings", document=Sending, scope="published_down"),
    Collection(
        name="notices.receipts",
        document=Receipt,
        scope="subtree",
        indexes=(
            Index((("notice", 1), ("read", 1), *NEWEST_FIRST.keys), name="reading"),
            Index((("notice", 1), ("recalled", 1), ("_id", 1)), name="recalling"),
            # Nobody is told twice, whatever runs again.
            Index((("notice", 1), ("person", 1)), unique=True, name="once"),
        ),
    ),
)
notices_of = stored("notices.notices", Notice)
sendings_of = stored("notices.sendings", Sending)
receipts_of = stored("notices.receipts", Receipt)
