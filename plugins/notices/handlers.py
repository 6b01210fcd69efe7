"""The operations of 重要信息通知: writing, sending and seeing who has read (at the desk); one's own (S13, L10, C16)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

import msgspec

from hub.api import Anyone, Context, Face, Listing, NotFound, Paging, Raw, Route, Upload, check_here, read_attached
from plugins.notices import reading, sending, views, writing
from plugins.notices.business import MANAGE, NOTICES, at_desk, check_sender, counted, ours
from plugins.notices.documents import Notice, notices_of, receipts_of
from plugins.notices.writing import WordsRequest


class DeskQuery(Paging, frozen=True, kw_only=True):
    """Those in one state."""

    state: Annotated[str, msgspec.Meta(max_length=20)] | None = None


class ReceiptQuery(Paging, frozen=True, kw_only=True):
    """Those who have confirmed it, or those who have not."""

    read: bool = False


async def of_notice(ctx: Context, id: str) -> Mapping[str, Any]:
    """The receipts of one that is sent from here."""
    return {"notice": (await at_desk(ctx, id)).id}


DESK_LIST = Listing(
    path="/desk",
    read=MANAGE,
    says="重要信息通知：本级编发的，最新的在前",
    of=notices_of,
    own=ours,
    line=views.line,
    query=DeskQuery,
    exact=("state",),
)
RECEIPTS = Listing(
    path="/desk/{id}/receipts",
    read=MANAGE,
    says="谁已确认，谁还没有",
    of=receipts_of,
    line=views.receipt_line,
    query=ReceiptQuery,
    wanted=lambda ctx, query: {"read": query.read},
    below=of_notice,
)
GOT = Listing(
    path="/inbox",
    read=Anyone.SIGNED_IN,
    says="重要信息通知：发给我的，最新的在前",
    of=receipts_of,
    own=lambda ctx: {"readers": ctx.actor.person},
    line=views.got_line,
    query=Paging,
)
DESK: Face[Notice, views.NoticeView] = Face(
    business=NOTICES,
    path="/desk",
    find=at_desk,
    show=views.show,
    read=MANAGE,
    act=MANAGE,
    may=(check_here, check_sender),
    buttons=(*sending.BUTTONS[:6], *writing.BUTTONS, *sending.BUTTONS[6:]),
    at_city=True,
)


async def write(ctx: Context, body: WordsRequest) -> views.NoticeView:
    """新建通知，先存为草稿"""
    return await DESK.answer(ctx, await writing.write(ctx, body))


async def attach(ctx: Context, id: str, upload: Upload) -> views.NoticeView:
    """添加附件：PDF、Word（.docx）或图片"""
    check_sender(ctx)
    return await DESK.answer(ctx, await writing.attach(ctx, id, upload))


async def count(ctx: Context, id: str) -> views.PeopleView:
    """会收到的人数，发送前核对"""
    return views.PeopleView(people=await counted(ctx, await at_desk(ctx, id)))


async def show_file_at_desk(ctx: Context, id: str, file: str) -> Raw:
    """本级通知的附件"""
    notice = await at_desk(ctx, id)
    return await read_attached(ctx, notice.files, file, notice.id)


async def show_got(ctx: Context, id: str) -> views.GotView:
    """发给我的一条通知"""
    return views.got_view(*await reading.mine(ctx, id))


async def show_file(ctx: Context, id: str, file: str) -> Raw:
    """通知的附件"""
    notice, _ = await reading.mine(ctx, id)
    if notice.state == "recalled":
        raise NotFound("这条通知已撤回。")
    return await read_attached(ctx, notice.files, file, notice.id)


async def confirm(ctx: Context, id: str) -> views.GotLine:
    """我已阅读"""
    return views.got_line(ctx, await reading.confirm(ctx, id))


HOURLY = timedelta(hours=1)
ROUTES = (
    *DESK_LIST.routes(),
    *DESK.routes(),
    *RECEIPTS.routes(),
    Route(
        method="POST",
        path="/desk",
        call=write,
        access=MANAGE,
        status=201,
        rate=(30, HOURLY),
        reads="/desk/{id}",
        at_city=True,
    ),
    Route(
        method="POST",
        path="/desk/{id}/files",
        call=attach,
        access=MANAGE,
        rate=(60, HOURLY),
        transaction=False,
        at_city=True,
    ),
    Route(method="GET", path="/desk/{id}/people", call=count, access=MANAGE),
    Route(method="GET", path="/desk/{id}/files/{file}", call=show_file_at_desk, access=MANAGE),
    *GOT.routes(),
    Route(method="GET", path="/inbox/{id}", call=show_got, access=Anyone.SIGNED_IN),
    Route(method="GET", path="/inbox/{id}/files/{file}", call=show_file, access=Anyone.SIGNED_IN),
    Route(method="POST", path="/inbox/{id}/read", call=confirm, access=Anyone.SIGNED_IN, at_city=True),
)
