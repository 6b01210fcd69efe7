"""The operations of 政策文件: reading (C10), publishing (S6), hearing of new ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

import msgspec

from hub.api import (
    Anyone,
    Asked,
    Conflict,
    Context,
    Face,
    Listing,
    NotFound,
    Paged,
    Paging,
    Raw,
    Route,
    Upload,
    check_here,
)
from plugins.policy import finding, publishing, views
from plugins.policy.business import FILES, MANAGE, check_ours, ours
from plugins.policy.documents import READABLE, PolicyFile, Subscription, files_of, subscription_id, subscriptions_of

MOST_SUBSCRIBED = 50


class FileQuery(Paging, frozen=True, kw_only=True):
    """Of a project (its code), a bureau; with ``keyword`` in title, 文号 or text."""

    project: Annotated[str, msgspec.Meta(max_length=20)] | None = None
    bureau: Annotated[str, msgspec.Meta(max_length=20)] | None = None
    keyword: Annotated[str, msgspec.Meta(max_length=finding.LONGEST_ASKED)] | None = None


class DeskQuery(Paging, frozen=True, kw_only=True):
    """Those in one state."""

    state: Annotated[str, msgspec.Meta(max_length=20)] | None = None


class SubscribeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A project by its code."""

    project: Annotated[str, Asked("项目"), msgspec.Meta(max_length=20)]


def here(ctx: Context) -> Mapping[str, Any]:
    """A filter: of this county. Whose they are, the store knows; elsewhere they are shown and ended there."""
    return {"county": ctx.county}


PUBLISHED = Listing(
    path="/files",
    read=Anyone.PUBLIC,
    says="政策文件",
    of=files_of,
    own=lambda ctx: {"state": "published"},
    line=views.line,
    query=FileQuery,
    exact=("bureau",),
    wanted=lambda ctx, query: {"projects": query.project} if query.project else {},
    order=(("published_at", -1),),
)
DESK_LIST = Listing(
    path="/desk",
    read=MANAGE,
    says="政策文件：本单位的文件，最新的在前",
    of=files_of,
    own=ours,
    line=views.line,
    query=DeskQuery,
    exact=("state",),
)
MINE = Listing(
    path="/subscriptions",
    read=Anyone.CLAIMED,
    says="我订阅的项目",
    of=subscriptions_of,
    own=here,
    line=views.subscription_view,
    query=Paging,
)


async def at_desk(ctx: Context, id: str) -> PolicyFile:
    """A file of this very place that whoever acts works on."""
    found = await files_of(ctx).first({"$and": [{"_id": id}, ours(ctx)]})
    if found is None:
        raise NotFound
    return found


DESK: Face[PolicyFile, views.DeskView] = Face(
    business=FILES,
    path="/desk",
    find=at_desk,
    show=views.show_at_desk,
    read=MANAGE,
    act=MANAGE,
    may=(check_here, check_ours),
    buttons=publishing.BUTTONS,
)


# --- C10: reading -----------------------------------------------------------------------------------------------------------


async def list_files(ctx: Context, query: FileQuery) -> Paged[views.FileLine]:
    """政策文件：按项目、业务局、关键词查"""
    return (await search(ctx, query))[0]


async def search(ctx: Context, query: FileQuery) -> tuple[Paged[views.FileLine], bool]:
    """A page of what is looked for, and whether there may be more of it than can be listed."""
    ids = await finding.found(ctx, query.keyword, query.bureau, query.project)
    page = await PUBLISHED.page(ctx, query, None if ids is None else {"_id": {"$in": ids}})
    return page, ids is not None and len(ids) == finding.MOST_FOUND


async def readable(ctx: Context, id: str) -> PolicyFile:
    """One that everybody may read."""
    found = await files_of(ctx).first({"_id": id, "state": {"$in": list(READABLE)}})
    if found is None:
        raise NotFound("没有这个文件，或者已经下架。")
    return found


async def show_file(ctx: Context, id: str) -> views.FileView:
    """政策文件"""
    return await views.show(ctx, await readable(ctx, id))


async def download(ctx: Context, id: str) -> Raw:
    """下载政策文件"""
    return await _whole(ctx, await readable(ctx, id))


async def show_leaf(ctx: Context, id: str, number: int) -> Raw:
    """政策文件的一页"""
    return await _leaf(ctx, await readable(ctx, id), number)


async def _whole(ctx: Context, file: PolicyFile) -> Raw:
    stored, data = await ctx.files.read(file.file, file.id)
    return Raw(data=data, media_type=stored.media_type, filename=views.filename_of(file))


async def _leaf(ctx: Context, file: PolicyFile, number: int) -> Raw:
    if not 1 <= number <= len(file.leaves):
        raise NotFound("没有这一页。")
    _, data = await ctx.files.read(file.leaves[number - 1].file, file.id)
    return Raw(data=data, media_type="image/jpeg")


# --- S6: publishing ---------------------------------------------------------------------------------------------------------


async def upload_file(ctx: Context, upload: Upload) -> views.DeskView:
    """上传政策文件：PDF、Word（.docx）或图片，先存为草稿"""
    return await DESK.answer(ctx, await publishing.take_in(ctx, upload))


async def download_at_desk(ctx: Context, id: str) -> Raw:
    """下载本单位的政策文件"""
    return await _whole(ctx, await at_desk(ctx, id))


async def show_leaf_at_desk(ctx: Context, id: str, number: int) -> Raw:
    """本单位政策文件的一页"""
    return await _leaf(ctx, await at_desk(ctx, id), number)


# --- hearing of new ones ------------------------------------------------------------------------------------------------------


async def subscribe(ctx: Context, body: SubscribeRequest) -> views.SubscriptionView:
    """订阅一个项目的政策文件"""
    mine = await subscriptions_of(ctx).find(here(ctx), limit=MOST_SUBSCRIBED)
    if there := next((each for each in mine if each.project == body.project), None):
        return views.subscription_view(ctx, there)
    if len(mine) == MOST_SUBSCRIBED:
        raise Conflict(f"最多订阅{MOST_SUBSCRIBED}个项目，请先取消几个。")
    project = next((each for each in await publishing.listed(ctx) if each.code == body.project), None)
    if project is None:
        raise NotFound("没有这个项目。")
    new = Subscription(
        id=subscription_id(ctx.county or "", project.code, ctx.actor.person or ""),
        place=ctx.place.code,
        person=ctx.actor.person or "",
        project=project.code,
        name=project.name,
    )
    ctx.audit("policy.subscribe", new.id, project=project.code)
    return views.subscription_view(ctx, await subscriptions_of(ctx).insert(new))


async def unsubscribe(ctx: Context, project: str) -> None:
    """取消订阅"""
    found = await subscriptions_of(ctx).find({"project": project, **here(ctx)}, limit=MOST_SUBSCRIBED)
    if not found:
        raise NotFound("没有订阅这个项目。")
    for each in found:
        ctx.audit("policy.unsubscribe", each.id, project=project)
    await subscriptions_of(ctx).delete_many(found)


HOURLY = timedelta(hours=1)
ROUTES = (
    Route(method="GET", path="/files", call=list_files, access=Anyone.PUBLIC),
    Route(method="GET", path="/files/{id}", call=show_file, access=Anyone.PUBLIC),
    # Each reads the whole file, also for one byte of it.
    Route(method="GET", path="/files/{id}/download", call=download, access=Anyone.PUBLIC, rate=(300, HOURLY)),
    Route(method="GET", path="/files/{id}/pages/{number}", call=show_leaf, access=Anyone.PUBLIC),
    *DESK_LIST.routes(),
    Route(
        method="POST",
        path="/desk",
        call=upload_file,
        access=MANAGE,
        status=201,
        reads="/desk/{id}",
        rate=(60, HOURLY),
        transaction=False,
    ),
    *DESK.routes(),
    Route(method="GET", path="/desk/{id}/download", call=download_at_desk, access=MANAGE, rate=(300, HOURLY)),
    Route(method="GET", path="/desk/{id}/pages/{number}", call=show_leaf_at_desk, access=MANAGE),
    *MINE.routes(),
    Route(method="POST", path="/subscriptions", call=subscribe, access=Anyone.CLAIMED, status=201, rate=(60, HOURLY)),
    Route(method="DELETE", path="/subscriptions/{project}", call=unsubscribe, access=Anyone.CLAIMED),
)
