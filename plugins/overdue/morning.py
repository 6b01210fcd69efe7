"""P02 on the morning of a working day: one count for each person of what they have, for each leader one of each region."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from msgspec.structs import replace

from hub.api import ANY, Context, Holders, both, shanghai, shared, taken
from plugins.overdue.config import OverdueConfig
from plugins.overdue.documents import (
    OFFER,
    Notice,
    Round,
    notices_of,
    offered,
    rounds_of,
    watches_of,
    wishes_of,
)
from plugins.overdue.events import MorningCounted, Told
from plugins.overdue.late import LEADER
from plugins.overdue.steps import CountRegions, CountTasks, Morning, SendCounts
from plugins.overdue.watching import own
from plugins.overdue.wishes import wish_id

PLACES_AT_ONCE, REGIONS_AT_ONCE, TOLD_AT_ONCE = 30, 5, 100
# Places of a county; positions with something to do in a few places.
MOST_PLACES, MOST_POSITIONS = 5000, 5000
# On the first morning all is new.
EVER = datetime(2000, 1, 1, tzinfo=UTC)
POSITION, NEXT = OFFER[:5], (("day", 1), ("_id", 1))
# To whom, as a leader or not, and where it leads; how many are late, and how many more.
Key: TypeAlias = tuple[str, bool, str]
Counts: TypeAlias = dict[Key, list[int]]


async def begin(ctx: Context) -> None:
    """Once on a working day, when it is time: first those who do the tasks, then those who lead."""
    day, at = shanghai(ctx.now()).date(), shanghai(ctx.now()).time()
    settings, last = ctx.settings(OverdueConfig), await rounds_of(ctx).first({"_id": ctx.place.code})
    if at < settings.morning or not ctx.calendar.is_workday(day) or (last and last.day == day):
        return
    if last is None:
        await rounds_of(ctx).insert(Round(id=ctx.place.code, place=ctx.place.code, day=day, until=ctx.now()))
    else:
        await rounds_of(ctx).save(replace(last, day=day, until=ctx.now()))
    # A clock that ran ahead once has told of days that are still to come.
    soon, since = ctx.calendar.due(ctx.now(), settings.soon), last.until if last and last.until <= ctx.now() else EVER
    step = CountTasks(place=ctx.place.code, day=day, since=since, soon=soon, places=())
    found = await watches_of(ctx).groups(wanted(ctx, step), ("place",), at_most=MOST_PLACES)
    ctx.enqueue(replace(step, places=tuple(sorted(group.key[0] for group in found))))
    await forget(ctx, since)


async def forget(ctx: Context, since: datetime) -> None:
    """What a morning before the last was to tell, and nobody carried out."""
    old = {**own(ctx), "day": {"$lt": shanghai(since).date().isoformat()}}
    await notices_of(ctx).delete_many(await notices_of(ctx).find(old, sort=NEXT, limit=TOLD_AT_ONCE))


def wanted(ctx: Context, step: Morning) -> Mapping[str, Any]:
    """A filter: what ends soon, and what passed its limit since the last time. Of what is hidden from some not even a number is told;
    whoever keeps it urges its handlers itself."""
    late = {"state": "late", "due_at": {"$gt": step.since}}
    return {**own(ctx), "hidden": False, "$or": [{"state": "waiting", "due_at": {"$lte": step.soon}}, late]}


# --- those who do the tasks ---------------------------------------------------------------------------------------------------


async def count_tasks(step: CountTasks, ctx: Context) -> None:
    """In a few places: position by position, not task by task, but for those that somebody there must keep away from."""
    these, rest = step.places[:PLACES_AT_ONCE], step.places[PLACES_AT_ONCE:]
    there = {**wanted(ctx, step), "place": {"$in": list(these)}}
    counts: Counts = defaultdict(lambda: [0, 0])
    staff = await add_up(ctx, there, POSITION, counts)
    working = await ctx.colleagues(staff)
    keys = [each.id_key for each in working.values() if each.id_key is not None]
    apart = [{"avoid": {"$in": list(staff)}}, {"avoid_keys": {"$in": keys}}, {"avoid_offices": {"$ne": []}}]
    concerning = both(there, {"$or": apart})
    await add_up(ctx, concerning, POSITION, counts, sign=-1)
    await add_up(ctx, concerning, OFFER, counts)
    await note(ctx, step, {key: count for key, count in counts.items() if any(count)})
    ctx.enqueue(replace(step, places=rest) if rest else regions_of(ctx, step))


async def add_up(ctx: Context, there: Mapping[str, Any], by: Sequence[str], counts: Counts, sign: int = 1) -> set[str]:
    """Count these for whoever has each ``by`` its offer, or by the position alone, whoever must keep away. All these persons."""
    groups = await watches_of(ctx).groups(there, ("holder", "state", *by), at_most=MOST_POSITIONS)
    offers = [offered(*group.key[2:]) for group in groups]
    answers = await ctx.holders_of_each(set(offers))
    for group, offer in zip(groups, offers, strict=True):
        holder, state, *_ = group.key
        for person in (holder,) if holder else answers[offer].persons:
            counts[person, False, ctx.place.code][state == "waiting"] += sign * group.count
    return {person for person, *_ in counts}


def regions_of(ctx: Context, step: Morning) -> CountRegions:
    """The city by itself; a county with its towns."""
    below = [each.code for each in ctx.regions.children(ctx.place.code)] if ctx.county else []
    return CountRegions(places=(ctx.place.code, *below), **taken(step, "place", "day", "since", "soon"))


# --- those who lead ------------------------------------------------------------------------------------------------------------


async def count_regions(step: CountRegions, ctx: Context) -> None:
    """For the leaders of a few regions, who have chosen nothing else: what their position reaches, without what not all of them see."""
    these, rest = step.places[:REGIONS_AT_ONCE], step.places[REGIONS_AT_ONCE:]
    counts: Counts = defaultdict(lambda: [0, 0])
    for region in these:
        late, of = {"state": "late", "path": region, "sensitive": False, "hidden": False}, ("bureau", "project")
        new = {"due_at": {"$gt": step.since}}
        found = await watches_of(ctx).counts(late, {"late": of, "more": of}, {"more": new}, at_most=MOST_POSITIONS)
        leaders = {group.key: leading(region, *group.key) for group in found["late"]}
        answers = await ctx.holders_of_each(leaders.values())
        for index, name in enumerate(("late", "more")):
            for group in found[name]:
                answer = answers[leaders[group.key]]
                # Nobody above stands in for reading a number.
                for person in answer.persons if answer.at == region else ():
                    counts[person, True, region][index] += group.count
    await note(ctx, step, await wished(ctx, counts))
    same = taken(step, "place", "day", "since", "soon")
    ctx.enqueue(replace(step, places=rest) if rest else SendCounts(**same))


def leading(region: str, bureau: str, project: str) -> Holders:
    return Holders(role=LEADER.role, place=region, bureau=bureau, project=project, node=ANY)


async def wished(ctx: Context, counts: Mapping[Key, list[int]]) -> Mapping[Key, list[int]]:
    """Without those who hear of each at once, or of none."""
    ids = [wish_id(person, region) for person, _, region in counts]
    other = {
        wish.id
        for part in parts(ids)
        for wish in await wishes_of(ctx).find({"_id": {"$in": part}, "mode": {"$ne": "digest"}})
    }
    return {key: count for key, count in counts.items() if wish_id(key[0], key[2]) not in other}


def parts(ids: list[str]) -> list[list[str]]:
    """So many of them as are found at once."""
    return [ids[start : start + 200] for start in range(0, len(ids), 200)]


# --- adding up, and telling -------------------------------------------------------------------------------------------------------


async def note(ctx: Context, step: Morning, counts: Mapping[Key, Sequence[int]]) -> None:
    """Add to what was counted for these people on this day before: whoever has two positions is told once."""
    ids = {f"{step.day}|{at}|{person}|{leader:d}": (person, leader, at) for person, leader, at in counts}
    there = {
        id: each
        for part in parts(list(ids))
        for each in await notices_of(ctx).find({"_id": {"$in": part}})
        for id in [each.id]
    }
    added = []
    for id, (person, leader, at) in ids.items():
        before = there.get(id) or Notice(
            id=id, place=ctx.place.code, day=step.day, person=person, leader=leader, at=at, late=0, more=0
        )
        late, more = counts[person, leader, at]
        added.append(replace(before, late=before.late + late, more=before.more + more))
    await notices_of(ctx).save_many([each for each in added if each.id in there])
    await notices_of(ctx).insert_many([each for each in added if each.id not in there])


async def send(step: SendCounts, ctx: Context) -> None:
    """Tell a few of them, until nobody is left of this day: another may be under way."""
    notices = await notices_of(ctx).find({**own(ctx), "day": step.day.isoformat()}, sort=NEXT, limit=TOLD_AT_ONCE)
    if not notices:
        return
    persons = tuple(Told(**shared(Told, notice)) for notice in notices)
    ctx.emit(MorningCounted(place=ctx.place.code, day=step.day, soon=step.soon, persons=persons))
    await notices_of(ctx).delete_many(notices)
    ctx.enqueue(step)
