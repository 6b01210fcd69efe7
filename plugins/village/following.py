"""关注: who hears of new publicities in a village, and how they are told (P04)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from hub.api import (
    AnotherLevel,
    Anyone,
    Belongings,
    Conflict,
    Context,
    Listing,
    MessageType,
    NotFound,
    Paging,
    Persons,
    Push,
    Route,
    StepHandler,
    Succession,
    Trigger,
    passing_on,
    taken,
)
from plugins.village.config import VillageConfig
from plugins.village.documents import Entry, Follow, entries_of, follows_of
from plugins.village.events import FollowersTold, TellFollowers

AT_ONCE = 200
MOST_FOLLOWED = 20


class FollowView(msgspec.Struct, frozen=True, kw_only=True):
    """A village that one follows."""

    place: str
    name: str


def follow_view(ctx: Context, follow: Follow) -> FollowView:
    return FollowView(place=follow.place, name=ctx.regions.full_name(follow.place))


MINE = Listing(
    path="/follows",
    read=Anyone.CLAIMED,
    says="我关注的村（社区）",
    of=follows_of,
    line=follow_view,
    query=Paging,
    order=(("created_at", 1),),
)


# --- whose village it is ----------------------------------------------------------------------------------------------------------


def is_village(ctx: Context) -> bool:
    """Whether the place is one where people live; a town without villages acts as its own."""
    village = ctx.regions.at_level(ctx.place.code, "village")
    return village is not None and village.code == ctx.place.code


def may_look(ctx: Context) -> bool:
    """At one's own village, and at others where the county allows it."""
    return is_village(ctx) and (ctx.place.code == ctx.actor.home or ctx.settings(VillageConfig).others)


def check_may_look(ctx: Context) -> None:
    if not is_village(ctx):
        raise AnotherLevel("请先选择您所在的村（社区）。")
    if not may_look(ctx):
        raise NotFound("这里只能看自己所在的村（社区）。")


# --- following --------------------------------------------------------------------------------------------------------------------


async def follow(ctx: Context) -> FollowView:
    """关注这个村（社区）"""
    check_may_look(ctx)
    mine = await follows_of(ctx).find({}, limit=MOST_FOLLOWED)
    if there := next((each for each in mine if each.place == ctx.place.code), None):
        return follow_view(ctx, there)
    if len(mine) == MOST_FOLLOWED:
        raise Conflict(f"最多关注{MOST_FOLLOWED}个村（社区），请先取消几个。")
    new = Follow(id=ctx.new_id(), place=ctx.place.code, person=ctx.actor.person or "")
    ctx.audit("village.follow", new.id, village=new.place)
    return follow_view(ctx, await follows_of(ctx).insert(new))


async def unfollow(ctx: Context) -> None:
    """取消关注；已经不能看的村也可以取消"""
    found = await follows_of(ctx).find({"place": ctx.place.code}, limit=MOST_FOLLOWED)
    if not found:
        raise NotFound("没有关注这个村（社区）。")
    for each in found:
        ctx.audit("village.unfollow", each.id, village=each.place)
    await follows_of(ctx).delete_many(found)


ROUTES = (
    *MINE.routes(),
    Route(method="POST", path="/follows", call=follow, access=Anyone.CLAIMED),
    Route(method="DELETE", path="/follows", call=unfollow, access=Anyone.CLAIMED),
)


# --- told -------------------------------------------------------------------------------------------------------------------------


async def find_followers(step: TellFollowers, ctx: Context) -> None:
    """The next 200 of the village."""
    entry: Entry | None = await entries_of(ctx).first({"_id": step.entry})
    if entry is None:
        return  # The publicity has ended meanwhile.
    behind = {"person": {"$gt": step.after}} if step.after else {}
    wanted = {"county": ctx.county, "place": step.place, **behind}
    found = await follows_of(ctx).find(wanted, sort=(("person", 1),), limit=AT_ONCE)
    persons = tuple(dict.fromkeys(each.person for each in found if each.person not in step.but_not))
    if persons:
        said = taken(entry, "place", "publicity", "number", "project", "short", "label")
        ctx.emit(FollowersTold(phase=step.phase, at=ctx.now(), persons=persons, **said))
    if len(found) == AT_ONCE:
        ctx.enqueue(msgspec.structs.replace(step, after=found[-1].person))


TOLD = ("place", "project", "short", "label", "number", "at")
SAMPLE: Mapping[str, Any] = {
    "place": "510904114204",
    "village": "万古桥村",
    "project": "30005",
    "short": "高龄津贴",
    "label": "村级公示",
    "number": "510904-2026-G0012",
    "at": "2026-11-23T01:00:00Z",
}
SAME: Mapping[str, Any] = {"code": "P04", "app": "ykt", "link": "/{place}/village/projects/{project}", "sample": SAMPLE}
MESSAGE_TYPES = (
    MessageType(name="started", kind="progress", label="关注的村有新公示", **SAME),
    MessageType(name="confirmed", kind="result", label="关注的村公示结果", **SAME),
)


async def tell_followers(event: FollowersTold, ctx: Context) -> Sequence[Push]:
    """Once for each publicity, phase and person. It names nobody."""
    data = {"village": ctx.regions[event.place].name, **taken(event, *TOLD)}
    key = f"{event.publicity}:{event.place}:{event.phase}"
    return [Push(to=Persons(event.persons), message=f"village.{event.phase}", key=key, data=data)]


TRIGGERS = (Trigger(event=FollowersTold, call=tell_followers),)
STEPS = (StepHandler(step=TellFollowers, call=find_followers),)


# --- whose it is ------------------------------------------------------------------------------------------------------------------


def passed(follow: Follow, succession: Succession) -> Follow:
    return msgspec.structs.replace(follow, person=succession.person)


async def forget(ctx: Context, person: str) -> int:
    """What somebody wanted to hear of is nobody's business."""
    found = await follows_of(ctx).find({}, limit=MOST_FOLLOWED)
    await follows_of(ctx).delete_many(found)
    return len(found)


BELONGINGS = (Belongings(pass_on=passing_on((follows_of, passed)), forget=forget),)
