"""How a leader wants to hear of what is late: at once, once a day, not at all; for each region that they lead."""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.api import Asked, Context, Invalid, Route
from plugins.overdue.documents import Mode, Wish, wishes_of

CHOOSE = "overdue.choose"
MODES = {"at_once": "一逾期就提醒", "digest": "每个工作日早上汇总一次", "none": "不提醒"}


class WishLine(msgspec.Struct, frozen=True, kw_only=True):
    """One region, and what was chosen for it."""

    region: str
    name: str
    mode: Mode


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """The regions that one leads, of this county and above it."""

    regions: tuple[WishLine, ...]


class WishRequest(msgspec.Struct, frozen=True, kw_only=True):
    region: Annotated[str, Asked("哪个地区")]
    mode: Annotated[Mode, Asked("怎么提醒", choices=MODES)]


async def show_wishes(ctx: Context) -> Wishes:
    """How I want to hear of what is late."""
    places = (ctx.regions[region] for region in dict.fromkeys(reach.region for reach in ctx.scope.reaches))
    led = [place for place in places if ctx.county in (None, place.county) or place.code in ctx.place.path]
    ids = [wish_id(ctx.actor.person, place.code) for place in led]
    chosen = {wish.place: wish.mode for wish in await wishes_of(ctx).find({"_id": {"$in": ids}})}
    return Wishes(
        regions=tuple(
            WishLine(region=place.code, name=ctx.regions.full_name(place.code), mode=chosen.get(place.code, "digest"))
            for place in led
        )
    )


async def choose(ctx: Context, body: WishRequest) -> Wishes:
    """选择逾期提醒方式"""
    if body.region not in {line.region for line in (await show_wishes(ctx)).regions}:
        raise Invalid(fields={"region": "请选您任职的地区。"})
    id, person = wish_id(ctx.actor.person, body.region), ctx.actor.person or ""
    before = await wishes_of(ctx).first({"_id": id})
    if before is None:
        await wishes_of(ctx).insert(Wish(id=id, place=body.region, person=person, mode=body.mode))
    elif before.mode != body.mode:
        await wishes_of(ctx).save(msgspec.structs.replace(before, mode=body.mode))
    ctx.audit("overdue.choose", body.region, mode=body.mode)
    return await show_wishes(ctx)


def wish_id(person: str | None, region: str) -> str:
    return f"{region}|{person}"


ROUTES = (
    Route(method="GET", path="/wishes", call=show_wishes, access=CHOOSE),
    Route(method="PUT", path="/wishes", call=choose, access=CHOOSE, at_city=True, reads="/wishes"),
)
