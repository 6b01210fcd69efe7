"""Where a publicity is looked for: in each village that it has people of, whoever publishes it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hub.api import Context, NotFound
from plugins.publicity.actions.glances import note, views_of
from plugins.publicity.documents import Appearance, Publicity, Row, appearances_of, publicities_of

GUARD = "publicity.look_up"


class LookedUp(msgspec.Struct, kw_only=True):
    """The carrier of this plugin's own guard ``publicity.look_up``: publicities (≤ 200 ids) that appear in a village, which
    reaches neither its town's nor its county's by itself. What is asked for was published to everybody. ``counted``: ``views``
    is wanted, how often each was opened; ``noted``: somebody opens them now.
    """

    ids: tuple[str, ...]
    counted: bool = False
    noted: bool = False
    found: dict[str, Publicity] = msgspec.field(default_factory=dict)
    views: dict[str, int] = msgspec.field(default_factory=dict)


async def appear(ctx: Context, publicity: Publicity, rows: Sequence[Row]) -> None:
    """Note the villages of rows that are shown from now on (≤ 200); those that are known stay as they are."""
    wanted = {appearance_id(publicity.id, row.place): row.place for row in rows}
    known = {each.id for each in await appearances_of(ctx).find({"_id": {"$in": list(wanted)}})}
    fresh = [appearance(publicity, id, place) for id, place in sorted(wanted.items()) if id not in known]
    await appearances_of(ctx).insert_many(fresh)


def is_village(ctx: Context) -> bool:
    """Whether the place of the request is one where people live; a town without villages acts as its own."""
    village = ctx.regions.at_level(ctx.place.code, "village")
    return village is not None and village.code == ctx.place.code


def appearance(publicity: Publicity, id: str, place: str) -> Appearance:
    same = ("kind", "title", "project", "bureau", "started_at")
    return Appearance(id=id, place=place, publicity=publicity.id, **{name: getattr(publicity, name) for name in same})


def appearance_id(publicity: str, village: str) -> str:
    return f"{publicity}:{village}"


async def look_up(ctx: Context, asked: LookedUp) -> None:
    """Guard ``publicity.look_up``, asked with the whole county's reach."""
    found: list[Publicity] = await publicities_of(ctx).find({"_id": {"$in": list(asked.ids)}})
    asked.found = {publicity.id: publicity for publicity in found if publicity.started_at is not None}
    for publicity in asked.found.values():
        if asked.noted:
            await note(ctx, publicity)
        if asked.counted:
            asked.views[publicity.id] = await views_of(ctx, publicity.id)


async def opened(ctx: Context, id: str, *, counted: bool = False, noted: bool = False) -> LookedUp:
    """One publicity, looked up for a village where it appears. Raises ``NotFound`` for one that has nobody of it."""
    if await appearances_of(ctx).first({"_id": appearance_id(id, ctx.place.code)}) is None:
        raise NotFound
    asked = LookedUp(ids=(id,), counted=counted, noted=noted)
    await ctx.guard(GUARD, asked, whole_county=True)
    return asked
