"""The operations of 阳光公示: what everybody may read (C7), and the 公示栏 of those who publish (S7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from hub.api import (
    Anyone,
    Button,
    Context,
    Face,
    Group,
    Invalid,
    Listing,
    NotFound,
    Paged,
    Paging,
    Raw,
    Reason,
    ReasonRequest,
    Route,
    VersionRequest,
    WhyRequest,
    asked,
    check_here,
    read_file,
)
from plugins.publicity import views
from plugins.publicity.actions import confirming, lists, renewing, running, tables, view_counts
from plugins.publicity.actions.appearing import AppearingHere, LookedUp, is_village, opened
from plugins.publicity.actions.checks import (
    check_extendable,
    check_not_in_it,
    check_quiet,
    check_renewable,
    check_run_out,
    check_runs,
    check_started_by_hand,
)
from plugins.publicity.actions.confirming import ConfirmRequest
from plugins.publicity.actions.hanging import (
    CHECKS,
    LABELS,
    HungRequest,
    check_photographed,
    hanging,
    photos_of,
)
from plugins.publicity.actions.lists import ReturnRequest
from plugins.publicity.actions.running import ExtendRequest, StartRequest
from plugins.publicity.business import PUBLICITIES, about, mine
from plugins.publicity.documents import (
    PUBLIC_ROWS,
    ROW,
    Appearance,
    Publicity,
    Row,
    appearances_of,
    publicities_of,
    rows_of,
)

LONGEST_KEYWORD = 50
PublicState = Literal["running", "due", "confirmed", "ended", "renewed"]


class NoticeQuery(Paging, frozen=True, kw_only=True):
    """The area is the place of the request, with all below it. ``keyword`` is looked for in titles."""

    bureau: str | None = None
    project: str | None = None
    kind: Literal["case", "payment"] | None = None
    state: PublicState | None = None
    keyword: str | None = None


class NoticeRowQuery(Paging, frozen=True, kw_only=True):
    """``village``: only those from there."""

    village: str | None = None


class BoardQuery(Paging, frozen=True, kw_only=True):
    """``keyword`` is looked for in titles."""

    project: str | None = None
    kind: Literal["case", "payment"] | None = None
    state: Literal["preparing", "running", "due", "confirmed", "ended", "renewed"] | None = None
    keyword: str | None = None


class BoardRowQuery(Paging, frozen=True, kw_only=True):
    state: Literal["waiting", "shown", "objected", "confirmed", "struck", "withdrawn"] | None = None
    village: str | None = None


# --- C7: for everybody ----------------------------------------------------------------------------------------------------


async def list_notices(ctx: Context, query: NoticeQuery) -> Paged[views.NoticeCard]:
    """阳光公示查询: publicities of this area, the newest first; of a village all that have people of it."""
    if is_village(ctx):
        return await list_appearing(ctx, query)
    # What was never started is not public.
    wanted = {"started_at": {"$type": "date"}, **filters_of(query, ("bureau", "project", "kind", "state"))}
    page: Paged[Publicity] = await publicities_of(ctx).page(wanted, query, sort=(("started_at", -1),))
    return Paged(items=[views.notice_card(ctx, each) for each in page.items], next=page.next)


async def list_appearing(ctx: Context, query: NoticeQuery) -> Paged[views.NoticeCard]:
    """Also those of the town and the county. In which state one is now is looked at in the page, which may be shorter for it."""
    wanted = {"place": ctx.place.code, **filters_of(query, ("bureau", "project", "kind"))}
    page: Paged[Appearance] = await appearances_of(ctx).page(wanted, query, sort=(("started_at", -1),))
    here = await ctx.ask(AppearingHere(ids=tuple(each.publicity for each in page.items))) or LookedUp()
    found = [publicity for each in page.items if (publicity := here.found.get(each.publicity))]
    kept = [publicity for publicity in found if query.state in (None, publicity.state)]
    return Paged(items=[views.notice_card(ctx, each) for each in kept], next=page.next)


async def show_notice(ctx: Context, id: str) -> views.NoticeDetail:
    """One publicity: counts and sums stay, persons are shown while it runs."""
    return await opened_notice(ctx, id)


async def opened_notice(ctx: Context, id: str, *, noted: bool = False) -> views.NoticeDetail:
    """``noted``: somebody opens it now, which is counted."""
    if is_village(ctx):
        asked = await ctx.in_transaction(lambda unit: opened(unit, id, counted=True, noted=noted))
        return views.notice_detail(ctx, started(asked.found.get(id)), asked.views[id])
    publicity, count = await public(ctx, id), await view_counts.views_of(ctx, id)
    if noted:
        await ctx.in_transaction(lambda unit: view_counts.note(unit, publicity))
    return views.notice_detail(ctx, publicity, count)


async def list_notice_rows(ctx: Context, id: str, query: NoticeRowQuery) -> Paged[views.NoticeRow]:
    """The persons of a running publicity, masked; at a village its own alone. None before and after."""
    return await rows_in(ctx, id, query, views.is_open(ctx, await public(ctx, id)))


async def rows_in(ctx: Context, id: str, query: NoticeRowQuery, is_open: bool) -> Paged[views.NoticeRow]:
    """The same of one that was looked up before."""
    if not is_open:
        return Paged(items=[])
    wanted = {"publicity": id, "state": {"$in": list(PUBLIC_ROWS)}, **places_of(query.village)}
    page: Paged[Row] = await rows_of(ctx).page(wanted, query, sort=(("serial", 1),))
    return Paged(items=[views.notice_row(ctx, row) for row in page.items], next=page.next)


async def note_view(ctx: Context, id: str) -> None:
    """Count that somebody has opened it."""
    if is_village(ctx):
        started((await opened(ctx, id, noted=True)).found.get(id))
        return
    await view_counts.note(ctx, await public(ctx, id))


async def public(ctx: Context, id: str) -> Publicity:
    """One that is listed here: at a village also its town's and its county's."""
    found: Publicity | None = (
        (await opened(ctx, id)).found.get(id) if is_village(ctx) else await publicities_of(ctx).first({"_id": id})
    )
    return started(found)


def started(publicity: Publicity | None) -> Publicity:
    """What was never started is not public."""
    if publicity is None or publicity.started_at is None:
        raise NotFound
    return publicity


# --- S7: for those who publish --------------------------------------------------------------------------------------------


async def list_board(ctx: Context, query: BoardQuery) -> Paged[views.BoardLine]:
    """公示栏: the publicities of my positions, the newest first."""
    wanted = {"$and": [mine(ctx.actor), filters_of(query, ("project", "kind", "state"))]}
    page: Paged[Publicity] = await publicities_of(ctx).page(wanted, query)
    objected = await objections_of(ctx, [each.id for each in page.items])
    lines = [views.board_line(ctx, each, objected.get(each.id, 0)) for each in page.items]
    return Paged(items=lines, next=page.next)


async def objections_of(ctx: Context, ids: list[str]) -> dict[str, int]:
    """How many rows are 异议中, by publicity; one's own is none of them."""
    if not ids:
        return {}
    wanted = {"publicity": {"$in": ids}, "state": "objected", "$nor": about(ctx.actor)}
    groups: list[Group] = await rows_of(ctx).groups(wanted, by=["publicity"])
    return {group.key[0]: group.count for group in groups}


async def show_board(ctx: Context, publicity: Publicity, moves: list[str]) -> views.BoardDetail:
    """One publicity with its counts, steps, and what may be done now."""
    counts = await count_rows(ctx, publicity.id)
    return views.board_detail(ctx, publicity, counts, await view_counts.views_of(ctx, publicity.id), moves)


async def count_rows(ctx: Context, id: str) -> views.Counts:
    """By state as the reader sees it."""
    groups: list[Group] = await rows_of(ctx).groups({"publicity": id}, by=["state"])
    counted = dict.fromkeys(ROW.states, 0) | {group.key[0]: group.count for group in groups}
    mine = {"publicity": id, "state": "objected", "$or": about(ctx.actor)}
    own = await rows_of(ctx).count(mine) if counted["objected"] else 0
    return views.Counts(**counted | {"shown": counted["shown"] + own, "objected": counted["objected"] - own})


async def of_board(ctx: Context, id: str) -> Mapping[str, Any]:
    publicity = await PUBLICITIES.seen(ctx, id)
    return {"publicity": publicity.id}


def seen_as(ctx: Context, state: str | None) -> dict[str, Any]:
    """A filter for rows in a state as they are shown: what a reader is not to know, no filter tells them either."""
    mine = about(ctx.actor)
    if state == "shown":
        return {"$or": [{"state": "shown"}, {"state": "objected", "$or": mine}]}
    if state == "objected":
        return {"state": "objected", "$nor": mine}
    return {"state": state} if state else {}


async def return_row(ctx: Context, id: str, row: str, body: ReturnRequest) -> views.BoardRow:
    """退回 one case before the publicity starts."""
    return views.row_line(ctx, await lists.send_back(ctx, id, row, body))


async def show_row(ctx: Context, id: str, row: str) -> views.BoardRow:
    """One row of a publicity of my positions."""
    publicity = await PUBLICITIES.seen(ctx, id)
    found: Row | None = await rows_of(ctx).first({"_id": row, "publicity": publicity.id})
    if found is None:
        raise NotFound
    return views.row_line(ctx, found)


async def show_photo(ctx: Context, id: str, file: str) -> Raw:
    """A photo of the paper on the village board, for who reads about those who stand on it."""
    publicity = await PUBLICITIES.seen(ctx, id)
    if not views.sees_photos(ctx, publicity):
        raise NotFound("没有找到该文件。")
    return await read_file(ctx, file, photos_of(publicity), publicity.id)


async def export(ctx: Context, id: str, body: WhyRequest) -> Raw:
    """导出: the rows as XLSX, masked; logged with the reason."""
    return await tables.export(ctx, id, body)


# --- small words -----------------------------------------------------------------------------------------------------


def filters_of(query: NoticeQuery | BoardQuery, names: tuple[str, ...]) -> dict[str, Any]:
    wanted = asked(query, names)
    if query.keyword:
        wanted["title"] = {"$regex": re.escape(checked(query.keyword))}
    return wanted


def checked(keyword: str) -> str:
    if len(keyword) > LONGEST_KEYWORD or "\0" in keyword:
        raise Invalid(fields={"keyword": f"关键词不超过{LONGEST_KEYWORD}字。"})
    return keyword


def places_of(village: str | None) -> dict[str, Any]:
    return {"place": village} if village else {}


READ, MANAGE, EXPORT = "publicity.read", views.MANAGE, "publicity.export"
WHY = Reason("理由")

BOARD: Face[Publicity, views.BoardDetail] = Face(
    business=PUBLICITIES,
    path="/board",
    find=PUBLICITIES.seen,
    show=show_board,
    read=READ,
    act=MANAGE,
    may=(check_here, check_runs),
    buttons=(
        Button(name="start", call=running.start, form=StartRequest, checks=(check_started_by_hand,)),
        Button(
            name="confirm",
            call=confirming.confirm,
            form=ConfirmRequest,
            checks=(check_quiet, check_run_out, check_photographed, check_not_in_it),
        ),
        Button(
            name="put_up",
            path="put-up",
            call=hanging("put_up"),
            form=HungRequest,
            rows=(),
            checks=CHECKS["put_up"],
            label=LABELS["put_up"],
            settles=False,
        ),
        Button(
            name="at_end",
            path="at-end",
            call=hanging("at_end"),
            form=HungRequest,
            rows=(),
            checks=CHECKS["at_end"],
            label=LABELS["at_end"],
            settles=False,
        ),
        Button(
            name="extend",
            call=running.extend,
            form=ExtendRequest,
            reason=WHY,
            checks=(check_extendable,),
            settles=False,
        ),
        Button(name="end", call=running.end, form=ReasonRequest, reason=WHY, settles=False),
        Button(
            name="renew",
            path="republish",
            call=renewing.republish,
            form=VersionRequest,
            checks=(check_renewable,),
        ),
    ),
)

BOARD_ROWS = Listing(
    path="/board/{id}/rows",
    read=READ,
    says="Who stands in it, masked, with the state of each.",
    of=rows_of,
    below=of_board,
    line=views.row_line,
    query=BoardRowQuery,
    wanted=lambda ctx, query: {**places_of(query.village), **seen_as(ctx, query.state)},
    order=(("serial", 1),),
)

ROUTES = (
    Route(method="GET", path="/notices", call=list_notices, access=Anyone.PUBLIC),
    Route(method="GET", path="/notices/{id}", call=show_notice, access=Anyone.PUBLIC),
    Route(method="GET", path="/notices/{id}/rows", call=list_notice_rows, access=Anyone.PUBLIC),
    Route(method="POST", path="/notices/{id}/views", call=note_view, access=Anyone.PUBLIC),
    Route(method="GET", path="/board", call=list_board, access=READ),
    *BOARD.routes(),
    *BOARD_ROWS.routes(),
    Route(method="GET", path="/board/{id}/photos/{file}", call=show_photo, access=READ),
    Route(method="POST", path="/board/{id}/rows/{row}/return", call=return_row, access=MANAGE),
    Route(
        method="POST",
        path="/board/{id}/export",
        call=export,
        access=EXPORT,
        rate=(30, timedelta(hours=1)),
        transaction=False,
    ),
)
