"""Where a publicity is looked for: in each village that it has people of, whoever publishes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from hub.api import Context, NotFound, Question, shared
from plugins.publicity import views
from plugins.publicity.actions.view_counts import note, views_of
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
from plugins.publicity.events import OnShow, OpenPublicity, ShownRow, WhatIsShown

MOST_SHOWN = 200


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


# --- for other plugins -----------------------------------------------------------------------------------------------


async def look_at_village(ctx: Context, asked: WhatIsShown) -> OnShow:
    """Answered with the whole county's reach: whoever publishes may sit above the village."""
    known: list[Publicity] = await publicities_of(ctx).find({"_id": {"$in": list(asked.publicities)}})
    shown = tuple(
        OpenPublicity(publicity=each.id, ends_at=each.ends_at, phone=each.phone)
        for each in known
        if each.ends_at is not None and views.is_open(ctx, each)
    )
    if not asked.rows:
        return OnShow(open=shown)
    started = [each.id for each in known if each.started_at is not None]
    theirs = await rows_in_village(ctx, asked.village, {"publicity": {"$in": started}, "$or": own(ctx)})
    public = {"publicity": {"$in": [each.publicity for each in shown]}, "state": {"$in": list(PUBLIC_ROWS)}}
    others = await rows_in_village(ctx, asked.village, public)
    mine = {row.id for row in theirs}
    rows = [*theirs, *(row for row in others if row.id not in mine)]
    return OnShow(open=shown, rows=tuple(shown_row(ctx, row, row.id in mine) for row in rows[:MOST_SHOWN]))


async def rows_in_village(ctx: Context, village: str, wanted: Mapping[str, object]) -> list[Row]:
    found: list[Row] = await rows_of(ctx).find(
        {"place": village, **wanted}, sort=(("publicity", 1), ("serial", 1), ("_id", 1)), limit=MOST_SHOWN
    )
    return found


def own(ctx: Context) -> list[Mapping[str, object]]:
    """Filters for the rows that whoever asks hears of, or was proved to be."""
    me = ctx.actor
    proved = [{"identity.id_number.b": me.id_key}] if me.assurance == "proved" and me.id_key else []
    return [{"persons": me.person or ""}, *proved]


def shown_row(ctx: Context, row: Row, mine: bool) -> ShownRow:
    """That somebody objects is nobody's business here, least of all of whoever stands in it."""
    state = "shown" if row.state == "objected" else row.state
    face = views.notice_row(ctx, row)
    return ShownRow(
        row=row.id,
        publicity=row.publicity,
        subject_row=row.about,
        mine=mine,
        state_label=ROW.label(state),
        **shared(ShownRow, face),
    )
