"""C14 村村响 for residents: what their village has got, what hangs there now, and how one's own goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from hub.api import Anyone, Context, Paged, Paging, Route, shanghai, shared
from plugins.publicity.events import OnShow, OpenPublicity, ShownRow, WhatIsShown
from plugins.village import numbers
from plugins.village.documents import Entry, entries_of, follows_of, receipts_of
from plugins.village.following import MOST_FOLLOWED, check_may_look
from plugins.village.numbers import ProjectNumbers

Year = Annotated[int, msgspec.Meta(ge=2000, le=2999)]
# At once in one village: what is more hangs longer than any list does.
MOST_SHOWN = 50
STATES: Mapping[str, str] = {"shown": "公示期满，等待确认", "confirmed": "公示已确认"}
OPEN, PAID = "公示中", "已发放"


class VillageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """This year, where none is said."""

    year: Year | None = None


class ProjectQuery(Paging, frozen=True, kw_only=True):
    """This year, where none is said."""

    year: Year | None = None


class ShownLine(msgspec.Struct, frozen=True, kw_only=True):
    """A publicity that is open; ``people`` of this village stand in it."""

    publicity: str
    project: str
    short: str
    label: str
    people: str
    total: str
    ends_at: datetime
    phone: str


class VillageView(msgspec.Struct, frozen=True, kw_only=True):
    """A village in a year: what is open now, and what it has got of each project. ``follows``: the villages that whoever asks follows."""

    place: str
    name: str
    year: int
    open: list[ShownLine]
    projects: list[ProjectNumbers]
    follows: list[str]


class PersonRow(ShownRow, frozen=True, kw_only=True):
    """One person, masked, in a list that is open, or oneself; ``since``: when the row came to its state, the last of which is paid."""

    since: datetime


class EntryView(msgspec.Struct, frozen=True, kw_only=True):
    """A list with people of this village. ``people`` and ``total`` are those that were put up, as they may be shown; ``paid`` how many
    rows of a batch were paid. ``rows``: everybody's while it is open, one's own also afterwards."""

    publicity: str
    kind: str
    number: str
    short: str
    label: str
    period: str
    stage: str
    since: datetime
    ends_at: datetime | None
    people: str
    total: str
    paid: int
    rows: list[PersonRow]


async def show_village(ctx: Context, query: VillageQuery) -> VillageView:
    """村村响：本村（社区）正在公示什么，当年各项补贴的人次和金额"""
    check_may_look(ctx)
    place, year = ctx.place, query.year or this_year(ctx)
    follows = await follows_of(ctx).find({}, limit=MOST_FOLLOWED)
    return VillageView(
        place=place.code,
        name=place.name,
        year=year,
        open=await open_lines(ctx),
        projects=await numbers.projects_of(ctx, place.code, year),
        follows=[each.place for each in follows],
    )


async def open_lines(ctx: Context) -> list[ShownLine]:
    """What hangs in this village now, the newest first."""
    wanted, newest = {"place": ctx.place.code, "state": "shown"}, (("started_at", -1), ("_id", -1))
    entries = await entries_of(ctx).find(wanted, sort=newest, limit=MOST_SHOWN)
    shown = {each.publicity: each for each in (await on_show(ctx, entries)).open}
    return [shown_line(ctx, entry, shown[entry.publicity]) for entry in entries if entry.publicity in shown]


async def on_show(ctx: Context, entries: Sequence[Entry], *, rows: bool = False) -> OnShow:
    """Asked of publicity, which alone keeps persons; nothing where it is off."""
    if not entries:
        return OnShow()
    asked = WhatIsShown(village=ctx.place.code, publicities=tuple(each.publicity for each in entries), rows=rows)
    return await ctx.ask(asked) or OnShow()


def shown_line(ctx: Context, entry: Entry, shown: OpenPublicity) -> ShownLine:
    return ShownLine(
        people=numbers.people_of(ctx, entry),
        total=numbers.total_of(ctx, entry),
        ends_at=shown.ends_at,
        phone=shown.phone,
        **shared(ShownLine, entry, but=("people",)),
    )


async def show_project(ctx: Context, project: str, query: ProjectQuery) -> Paged[EntryView]:
    """一个项目在本村（社区）的公示和发放，最新的在前"""
    check_may_look(ctx)
    wanted = {"place": ctx.place.code, "year": query.year or this_year(ctx), "project": project}
    page: Paged[Entry] = await entries_of(ctx).page(wanted, query, sort=(("started_at", -1),))
    shown = await on_show(ctx, page.items, rows=True)
    paid, mine = await payments_of(ctx, page.items, [row.subject_row for row in shown.rows if row.mine])
    views = [entry_view(ctx, entry, shown, paid.get(entry.batch, 0), mine) for entry in page.items]
    return Paged(items=views, next=page.next)


async def payments_of(
    ctx: Context, entries: Sequence[Entry], mine: Sequence[str]
) -> tuple[Mapping[str, int], Mapping[str, datetime]]:
    """How many rows were paid here of each batch; and of my own ones, when."""
    batches = {"place": ctx.place.code, "batch": {"$in": [entry.batch for entry in entries if entry.batch]}}
    by = {"paid": ("batch",), "mine": ("_id", "paid_at")}
    counts = await receipts_of(ctx).counts(batches, by, {"mine": {"_id": {"$in": list(mine)}}})
    return {group.key[0]: group.count for group in counts["paid"]}, dict(group.key for group in counts["mine"])


def entry_view(ctx: Context, entry: Entry, shown: OnShow, paid: int, mine: Mapping[str, datetime]) -> EntryView:
    ends_at = next((each.ends_at for each in shown.open if each.publicity == entry.publicity), None)
    rows = [row for row in shown.rows if row.publicity == entry.publicity]
    return EntryView(
        stage=OPEN if ends_at else f"{PAID}{paid}人" if paid else STATES[entry.state],
        since=entry.started_at if ends_at else entry.confirmed_at or entry.started_at,
        ends_at=ends_at,
        people=numbers.people_of(ctx, entry),
        total=numbers.total_of(ctx, entry),
        paid=paid,
        rows=[person_row(entry, row, mine.get(row.subject_row)) for row in rows],
        **shared(EntryView, entry, but=("people",)),
    )


def person_row(entry: Entry, row: ShownRow, paid_at: datetime | None) -> PersonRow:
    since, state = paid_at or entry.confirmed_at or entry.started_at, PAID if paid_at else row.state_label
    return PersonRow(since=since, **msgspec.structs.asdict(msgspec.structs.replace(row, state_label=state)))


def this_year(ctx: Context) -> int:
    return shanghai(ctx.now()).year


ROUTES = (
    Route(method="GET", path="", call=show_village, access=Anyone.CLAIMED),
    Route(method="GET", path="/projects/{project}", call=show_project, access=Anyone.CLAIMED),
)
