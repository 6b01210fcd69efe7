"""The operations of 关注记录 (L4): what I follow and how it stands, 关注 and 取消关注."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from msgspec.structs import replace

from hub.api import (
    Conflict,
    Context,
    FollowedStep,
    FollowedView,
    Listing,
    NotFound,
    Paged,
    Paging,
    Route,
    ShowFollowed,
    shared,
)
from plugins.follow.documents import Follow, follows_of

USE = "follow.use"
# Of one person.
MOST = 500


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A sort of things that may be followed, by the name that their plugin gives it; ``page`` is where one stands in 移动监督."""

    label: str
    page: str
    icon: str


KINDS: Mapping[str, Kind] = {
    "complaint": Kind(label="投诉", page="complaints/{id}", icon="message-report"),
    "overdue": Kind(label="逾期事项", page="overdue/cases/{id}", icon="clock-exclamation"),
    "message": Kind(label="留言", page="message_board/{id}", icon="message-2"),
    "interception": Kind(label="拦截信息", page="interception/hits/{id}", icon="shield-search"),
}


class FollowQuery(Paging, frozen=True, kw_only=True):
    """Of all, or of those of one kind."""

    kind: Annotated[str, msgspec.Meta(max_length=20)] | None = None


class FollowLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something that I follow: how it stands, what ``moved`` last and when; ``unread``: I have not looked since. It lies at ``place``, in
    the county (or city) ``at``; ``href`` is its own page below the app."""

    kind: str
    subject: str
    title: str
    number: str
    state: str
    over: bool
    place: str
    at: str
    href: str
    moved: str
    moved_at: datetime
    unread: bool


class FollowView(FollowLine, frozen=True, kw_only=True):
    """One of them with its flow, or something that I may follow: ``since`` when I do."""

    since: datetime | None
    steps: tuple[FollowedStep, ...]


def kept(ctx: Context, follow: Follow) -> Follow:
    """As it is kept: how it stands is asked of whoever keeps the thing itself."""
    return follow


LIST: Listing[Follow, FollowQuery, Follow] = Listing(
    path="",
    read=USE,
    says="关注记录: what I follow below this place, what moved last first.",
    of=follows_of,
    own=lambda ctx: {"path": ctx.place.code},
    line=kept,
    query=FollowQuery,
    exact=("kind",),
    order=(("moved_at", -1),),
)


# --- looking ------------------------------------------------------------------------------------------------------------------


async def list_followed(ctx: Context, query: FollowQuery) -> Paged[FollowLine]:
    """关注记录: 我关注的事项，最近有变化的在前"""
    page = await LIST.page(ctx, query)
    there = await seen_of(ctx, page.items)
    lines = [
        FollowLine(**said_of(ctx, follow.kind, there[follow.subject], follow))
        for follow in page.items
        if follow.subject in there
    ]
    return Paged(items=lines, next=page.next)


async def seen_of(ctx: Context, follows: Iterable[Follow]) -> Mapping[str, FollowedView]:
    """How these stand; without what I may see no more. A query for each kind."""
    subjects: dict[str, list[str]] = defaultdict(list)
    for follow in follows:
        subjects[follow.kind].append(follow.subject)
    there: dict[str, FollowedView] = {}
    for kind, ids in subjects.items():
        there |= await ctx.ask(ShowFollowed(kind=kind, subjects=tuple(ids), access=USE)) or {}
    return there


async def show(ctx: Context, kind: str, id: str) -> FollowView:
    """一件事项办到哪一步，我是否关注"""
    seen = await found(ctx, kind, id)
    return view(ctx, kind, seen, await mine(ctx, id))


async def found(ctx: Context, kind: str, id: str) -> FollowedView:
    """One that I may see; else ``NotFound``."""
    there = await ctx.ask(ShowFollowed(kind=kind, subjects=(id,), access=USE)) if kind in KINDS else None
    seen = (there or {}).get(id)
    if seen is None:
        raise NotFound
    return seen


async def mine(ctx: Context, id: str) -> Follow | None:
    return await follows_of(ctx).first({"subject": id})


def view(ctx: Context, kind: str, seen: FollowedView, follow: Follow | None) -> FollowView:
    said = said_of(ctx, kind, seen, follow)
    return FollowView(**said, since=follow.created_at if follow else None, steps=seen.steps)


def said_of(ctx: Context, kind: str, seen: FollowedView, follow: Follow | None) -> dict[str, Any]:
    """The fields of a line; of what I do not follow, by its last step."""
    last = seen.steps[-1]
    return {
        **shared(FollowLine, seen),
        "kind": kind,
        "at": ctx.regions[seen.place].county or seen.place,
        "moved": follow.moved if follow else last.label,
        "moved_at": follow.moved_at if follow else last.at,
        "unread": follow is not None and follow.unread,
    }


# --- 关注, 取消 -----------------------------------------------------------------------------------------------------------------


async def follow(ctx: Context, kind: str, id: str) -> FollowView:
    """关注"""
    seen = await found(ctx, kind, id)
    already = await mine(ctx, id)
    return view(ctx, kind, seen, already or await begin(ctx, kind, seen))


async def begin(ctx: Context, kind: str, seen: FollowedView) -> Follow:
    if await follows_of(ctx).count({}, at_most=MOST) == MOST:
        raise Conflict(f"最多关注{MOST}件，请先取消几件。")
    last = seen.steps[-1]
    new = Follow(
        id=ctx.new_id(),
        place=seen.place,
        person=ctx.actor.person or "",
        kind=kind,
        subject=seen.subject,
        revision=seen.revision,
        moved=last.label,
        moved_at=last.at,
        over_at=last.at if seen.over else None,
    )
    ctx.audit("follow.follow", seen.subject, kind=kind, number=seen.number)
    return await follows_of(ctx).insert(new)


async def unfollow(ctx: Context, kind: str, id: str) -> None:
    """取消关注；没有关注的也一样"""
    follow = await mine(ctx, id)
    if follow is not None:
        ctx.audit("follow.unfollow", id, kind=kind)
        await follows_of(ctx).delete(follow)


async def look(ctx: Context, kind: str, id: str) -> FollowView:
    """看过了"""
    shown = await show(ctx, kind, id)
    await mark(ctx, id)
    return shown


async def mark(ctx: Context, id: str) -> None:
    """What moved in it is no news any more."""
    follow = await mine(ctx, id)
    if follow is not None and follow.unread:
        await follows_of(ctx).save(replace(follow, unread=False))


async def forget(ctx: Context, person: str) -> int:
    """What somebody followed is nobody's business."""
    found = await follows_of(ctx).find({}, limit=200)
    await follows_of(ctx).delete_many(found)
    return len(found)


ONE = "/{kind}/{id}"
RATE = (300, timedelta(hours=1))
ROUTES = (
    Route(method="GET", path="", call=list_followed, access=USE),
    Route(method="GET", path=ONE, call=show, access=USE),
    Route(method="POST", path=ONE, call=follow, access=USE, status=201, reads=ONE, rate=RATE, at_city=True),
    Route(method="DELETE", path=ONE, call=unfollow, access=USE, rate=RATE, at_city=True),
    Route(method="POST", path=f"{ONE}/look", call=look, access=USE, reads=ONE, at_city=True),
)
