"""The operations of 留言板: writing and one's own (C12), handling (S11), reading and counting (L8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from hub.api import (
    Anyone,
    Context,
    Face,
    Listing,
    NotFound,
    Paging,
    Raw,
    Route,
    Unmasking,
    charts,
    check_here,
    read_file,
)
from plugins.message_board import views
from plugins.message_board.actions import filing, handling, own
from plugins.message_board.actions.filing import MessageRequest, Word
from plugins.message_board.business import MESSAGES, handles
from plugins.message_board.config import MessageBoardConfig
from plugins.message_board.documents import WITH_OFFICE, Message, messages_of

HANDLE, READ = "message_board.handle", "message_board.read"


class MessageQuery(Paging, frozen=True, kw_only=True):
    """``number`` is a whole one; ``overdue``: those that an office has had too long, the longest first."""

    state: Word | None = None
    kind: Word | None = None
    bureau: Word | None = None
    number: Word | None = None
    overdue: bool = False


def late(ctx: Context, query: MessageQuery) -> Mapping[str, Any]:
    """What is overdue, if that was asked for."""
    return {"state": {"$in": list(WITH_OFFICE)}, "due_at": {"$lt": ctx.now()}} if query.overdue else {}


def at_desk(ctx: Context, message: Message) -> None:
    """``NotFound`` for whoever is not of the office that has it."""
    if not handles(ctx.actor, message):
        raise NotFound


def check_named(ctx: Context, message: Message) -> None:
    """``NotFound``: its writer has not said who they are."""
    if message.name is None:
        raise NotFound


STAFF = Face(
    business=MESSAGES,
    path="",
    show=views.detail,
    read=READ,
    act=HANDLE,
    may=(check_here, at_desk),
    buttons=handling.BUTTONS,
)
OWN: Face[Message, views.MineDetail] = Face(
    business=MESSAGES,
    path="/mine",
    find=own.mine,
    show=views.mine_detail,
    read=Anyone.CLAIMED,
    act=Anyone.CLAIMED,
    here=own.IN_ITS_COUNTY,
    buttons=own.BUTTONS,
)
LIST = Listing(
    path="",
    read=READ,
    says="留言处理: messages within my reach, the newest first; my own are not among them.",
    of=MESSAGES,
    line=views.line,
    query=MessageQuery,
    exact=("state", "kind", "bureau", "number"),
    wanted=late,
    order=lambda query: (("due_at", 1),) if query.overdue else (("created_at", -1),),
)
MY_LIST = Listing(
    path="/mine",
    read=Anyone.CLAIMED,
    says="我的留言: my messages in all counties, the newest first.",
    of=messages_of,
    own=lambda ctx: {"readers": ctx.actor.person},
    line=views.line,
    query=Paging,
)
FULL_NAME = Unmasking(
    business=MESSAGES,
    path="/{id}/unmask",
    name="unmask",
    act=HANDLE,
    may=(check_here, at_desk, check_named),
    show=views.unmasked,
    hourly=60,
    noted=lambda message: {"number": message.number},
)


async def show_form(ctx: Context) -> views.FormView:
    """我要留言: to whom one can write, and in words who will read it."""
    filing.seat_of(ctx)
    return views.FormView(
        bureaus=ctx.settings(MessageBoardConfig).bureaus,
        who_sees=views.who_sees(ctx),
        complain=charts.page_at(ctx, ctx.place.code, "complaints/notice", {}) if ctx.is_on("complaints") else "",
    )


async def file(ctx: Context, body: MessageRequest) -> views.MineDetail:
    """提交留言."""
    return await OWN.answer(ctx, await filing.file(ctx, body))


async def show_my_picture(ctx: Context, id: str, file: str) -> Raw:
    """A picture of one of my messages."""
    message = await own.mine(ctx, id)
    return await read_file(ctx, file, message.pictures, message.id)


async def show_picture(ctx: Context, id: str, file: str) -> Raw:
    """A picture of a message."""
    message = await MESSAGES.seen(ctx, id)
    return await read_file(ctx, file, message.pictures, message.id)


async def overview(ctx: Context) -> views.Overview:
    """How many messages there are by state, place and bureau; how many are overdue; how they were rated."""
    by = {
        "state": ("state",),
        "place": (charts.field_below(ctx),),
        "bureau": ("bureau",),
        "grade": ("grade",),
        "overdue": (),
    }
    of = {"grade": {"grade": {"$gt": ""}}, "overdue": LIST.filter(ctx, MessageQuery(overdue=True))}
    return views.overview_of(ctx, await messages_of(ctx).counts(LIST.seen(ctx), by, of))


HOURLY = timedelta(hours=1)

ROUTES = (
    Route(method="GET", path="/form", call=show_form, access=Anyone.CLAIMED),
    Route(method="POST", path="", call=file, access=Anyone.CLAIMED, status=201, rate=(20, HOURLY), reads="/mine/{id}"),
    *MY_LIST.routes(),
    *OWN.routes(),
    Route(method="GET", path="/mine/{id}/pictures/{file}", call=show_my_picture, access=Anyone.CLAIMED),
    *LIST.routes(),
    Route(method="GET", path="/overview", call=overview, access=READ),
    *STAFF.routes(),
    Route(method="GET", path="/{id}/pictures/{file}", call=show_picture, access=READ),
    FULL_NAME.route(),
)
