"""P15: whoever follows something hears of it when it moves, in parts, as long as they may see it; what ended long ago goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from hub.api import (
    Context,
    Job,
    MessageType,
    Persons,
    Push,
    Reaction,
    StepHandler,
    TellFollowers,
    Trigger,
    WhoSees,
    shared,
)
from plugins.follow.config import FollowConfig
from plugins.follow.documents import Follow, follows_of
from plugins.follow.events import FollowersMoved, TellMore
from plugins.follow.handlers import KINDS, USE

AT_ONCE = 100
TIDIED = 200
SAMPLE: Mapping[str, Any] = {
    "kind": "complaint",
    "subject": "0190a000-0000-7000-8000-000000000000",
    "place": "510904",
    "sort": "投诉",
    "title": "高龄津贴 · 冒领补贴",
    "number": "510904-2026-C000012",
    "moved": "受理",
    "state": "已受理",
    "at": "2026-11-23T07:01:00Z",
}
MESSAGE_TYPES = (
    MessageType(
        name="moved",
        code="P15",
        kind="progress",
        app="ydjd",
        label="关注变更",
        link="/{place}/follow/{kind}/{subject}",
        bundle=timedelta(minutes=10),
        sample=SAMPLE,
    ),
)


async def tell_first(event: TellFollowers, ctx: Context) -> None:
    """It has moved: those who follow it, from the first."""
    await tell_part(ctx, event, "")


async def tell_more(step: TellMore, ctx: Context) -> None:
    """Those who come next."""
    await tell_part(ctx, step.told, step.after)


async def tell_part(ctx: Context, told: TellFollowers, after: str) -> None:
    """The next 100 behind this person: once each, whatever is told again or too late. Who did it knows."""
    wanted = {"county": ctx.county, "subject": told.subject, "person": {"$gt": after}}
    found = await follows_of(ctx).find(wanted, sort=(("person", 1),), limit=AT_ONCE)
    behind = [each for each in found if each.revision < told.revision]
    await follows_of(ctx).save_many([moved_on(each, told) for each in behind])
    if persons := tuple(each.person for each in behind if each.person != told.by):
        ctx.emit(FollowersMoved(persons=persons, **shared(FollowersMoved, told)))
    if len(found) == AT_ONCE:
        ctx.enqueue(TellMore(place=told.place, subject=told.subject, told=told, after=found[-1].person))


def moved_on(follow: Follow, told: TellFollowers) -> Follow:
    return replace(
        follow,
        revision=told.revision,
        moved=told.moved,
        moved_at=told.at,
        unread=follow.person != told.by,
        over_at=told.at if told.over else None,
    )


async def tell(event: FollowersMoved, ctx: Context) -> Sequence[Push]:
    """Whoever may see it at this moment, by the positions that they hold."""
    asked = WhoSees(kind=event.kind, subject=event.subject, persons=event.persons, access=USE)
    persons = await ctx.ask(asked)
    if not persons:
        return []
    own = {"sort": KINDS[event.kind].label, "place": ctx.county or event.place}
    data = {**{name: getattr(event, name) for name in SAMPLE if name not in own}, **own}
    return [Push(to=Persons(persons), message="follow.moved", key=f"{event.subject}:{event.revision}", data=data)]


async def tidy(ctx: Context) -> None:
    """What ended long ago is followed no more; what is more than 200 goes the next time."""
    ended = ctx.now() - timedelta(days=ctx.settings(FollowConfig).kept)
    wanted = {"county": ctx.county, "over_at": {"$lt": ended}}
    await follows_of(ctx).delete_many(await follows_of(ctx).find(wanted, limit=TIDIED))


REACTIONS = (Reaction(event=TellFollowers, call=tell_first),)
STEPS = (StepHandler(step=TellMore, call=tell_more),)
TRIGGERS = (Trigger(event=FollowersMoved, call=tell),)
JOBS = (Job(name="tidy", call=tidy, label="不再关注办结已久的", every=timedelta(hours=1), at_city=True),)
