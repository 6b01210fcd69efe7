"""Where a publicity is looked for: in each village that it has people of, whoever publishes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from hub.api import Context, NotFound, Question
from plugins.publicity.actions.view_counts import note, views_of
from plugins.publicity.documents import Appearance, Publicity, Row, appearances_of, publicities_of


class LookedUp(msgspec.Struct, frozen=True, kw_only=True):
    """Publicities that were started, and how often each was opened, where that was asked."""

    found: Mapping[str, Publicity] = {}
    views: Mapping[str, int] = {}


class AppearingHere(Question[LookedUp], frozen=True, kw_only=True):
    """This plugin's own: publicities (≤ 200 ids) that appear in a village, which reaches neither its town's nor its county's by
    itself. What is asked for was published to everybody. ``counted``: their views are wanted; ``noted``: somebody opens them now.
    """

    ids: tuple[str, ...]
    counted: bool = False
    noted: bool = False


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


async def look_up(ctx: Context, asked: AppearingHere) -> LookedUp:
    """Answered with the whole county's reach."""
    known: list[Publicity] = await publicities_of(ctx).find({"_id": {"$in": list(asked.ids)}})
    found = {publicity.id: publicity for publicity in known if publicity.started_at is not None}
    if asked.noted:
        for publicity in found.values():
            await note(ctx, publicity)
    return LookedUp(found=found, views={id: await views_of(ctx, id) for id in found} if asked.counted else {})


async def opened(ctx: Context, id: str, *, counted: bool = False, noted: bool = False) -> LookedUp:
    """One publicity, looked up for a village where it appears. Raises ``NotFound`` for one that has nobody of it."""
    if await appearances_of(ctx).first({"_id": appearance_id(id, ctx.place.code)}) is None:
        raise NotFound
    return await ctx.ask(AppearingHere(ids=(id,), counted=counted, noted=noted)) or LookedUp()
