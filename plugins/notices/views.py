"""How notices are shown: to whoever writes them, to whoever got them; and who has read them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from hub.api import Attachment, Context, UnitLineView, shared, taken
from plugins.notices.business import where
from plugins.notices.documents import APPS, NOTICE, ROLES, Notice, Receipt, receipts_of, sendings_of
from plugins.notices.sending import suggested

BY_APP = {app: "、".join(ROLES[role] for role in ROLES if APPS[role] == app) for app in APPS.values()}
COUNTED_TO = 10_000_000


class NoticeLine(msgspec.Struct, frozen=True, kw_only=True):
    """One of the list of whoever writes them."""

    id: str
    number: str
    title: str
    state: str
    state_label: str
    urgent: bool
    people: int
    send_at: datetime | None
    sent_at: datetime | None


class NoticeView(NoticeLine, frozen=True, kw_only=True):
    """One, with how far it has come: ``told`` of ``people``; of these ``confirmed``, where it ``asks``. ``where`` and ``whom`` say to
    whom it goes; ``suggested`` is when it might be sent."""

    version: int
    text: str
    unit: str
    asks: bool
    whom: str
    where: str
    bureaus: tuple[str, ...]
    files: tuple[Attachment, ...]
    told: int
    confirmed: int
    suggested: datetime
    flow: list[UnitLineView]
    moves: list[str]


class PeopleView(msgspec.Struct, frozen=True, kw_only=True):
    """So many would get it now."""

    people: int


class ReceiptLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was told: residents by their masked names."""

    name: str
    role: str
    home: str
    read_at: datetime | None


class GotLine(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that one got; ``id`` is the notice's, ``place`` where its page stands. ``waits``: one is still to confirm it."""

    id: str
    place: str
    title: str
    unit: str
    urgent: bool
    waits: bool
    recalled: bool
    at: datetime | None


class GotView(GotLine, frozen=True, kw_only=True):
    """The same whole; without its text and files where it was taken back."""

    number: str
    text: str
    read_at: datetime | None
    files: tuple[Attachment, ...]


def line(ctx: Context, notice: Notice) -> NoticeLine:
    return NoticeLine(state_label=NOTICE.label(notice.state), **shared(NoticeLine, notice))


async def show(ctx: Context, notice: Notice, moves: list[str]) -> NoticeView:
    """重要信息通知：编发"""
    sending = await sendings_of(ctx).first({"_id": notice.id}) if notice.sent_at else None
    asked = {"notice": notice.id, "read": True}
    return NoticeView(
        state_label=NOTICE.label(notice.state),
        whom="、".join(label for role, label in ROLES.items() if role in notice.roles),
        where=where(ctx, notice),
        told=sending.told if sending else 0,
        confirmed=await receipts_of(ctx).count(asked, at_most=COUNTED_TO) if sending and notice.asks else 0,
        suggested=suggested(ctx),
        flow=[UnitLineView(**shared(UnitLineView, each)) for each in notice.acts],
        moves=moves,
        **shared(NoticeView, notice),
    )


def receipt_line(ctx: Context, receipt: Receipt) -> ReceiptLine:
    home = ctx.regions.full_name(receipt.home) if receipt.home in ctx.regions else ""
    return ReceiptLine(name=receipt.name, role=BY_APP[receipt.app], home=home, read_at=receipt.read_at)


def got_line(ctx: Context, receipt: Receipt) -> GotLine:
    return GotLine(**got(receipt))


def got_view(notice: Notice, receipt: Receipt) -> GotView:
    if notice.state == "recalled":
        kept: dict[str, Any] = {"text": "", "files": (), "recalled": True, "waits": False}
    else:
        kept = taken(notice, "text", "files")
    return GotView(**{**got(receipt), **kept}, number=notice.number, read_at=receipt.read_at)


def got(receipt: Receipt) -> dict[str, Any]:
    waits = receipt.asks and not receipt.read and not receipt.recalled
    own = taken(receipt, "place", "title", "unit", "urgent", "recalled")
    return {"id": receipt.notice, "waits": waits, "at": receipt.created_at, **own}
