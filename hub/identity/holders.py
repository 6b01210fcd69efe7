"""Who holds a position now, and else who stands in above: the one answer for pushes, lists and decisions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from hub.identity.people import PEOPLE
from hub.identity.positions import POSITIONS, Holding, fitting, held_by, in_force, not_over, stood_in_for_by
from hub.store.database import Database
from hub.store.mongo import AsyncClientSession
from hub.words.actors import Position
from hub.words.contributions import ANY, Holders
from hub.words.regions import RegionTree

# A place has a few dozen holders of one role; this many means that the roles are used wrongly.
MOST_HOLDERS = 2000
# More than anybody picks from.
MOST_COLLEAGUES = 100
# Of those who hold something at the places of a county's tasks, all at once.
MOST_AT_ONCE = 20_000
_WHO = {"_id": 0, "person": 1, "region": 1, "on_leave": 1, "deputy": 1}
_BOUND = ("bureau", "project", "node")
_WHAT = _WHO | {"role": 1} | dict.fromkeys(_BOUND, 1)


class HolderAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Who is reached. ``vacant``: nobody is there at the place asked for, which is an alert (P17); ``at`` is the place
    whose holders stand in, on the way up to the city; without anybody at all ``persons`` is empty."""

    persons: tuple[str, ...]
    vacant: bool
    at: str


class Colleague(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of the staff, as colleagues know them: ``name`` in full, and what they act in, deputies included. ``away``: on leave from
    all of it. ``id_key`` is the blind index of their ID number, for 回避."""

    name: str
    id_key: str | None
    positions: tuple[Position, ...]
    away: bool


async def who_holds(
    database: Database,
    tree: RegionTree,
    audience: Holders,
    now: datetime,
    session: AsyncClientSession | None = None,
    *,
    ending: Holding | None = None,
) -> HolderAnswer:
    """Whoever acts in a fitting position at this place; else one level up, and so on: as it is, or as it will be without the one that
    is ``ending``. One query, and one per reason to leave somebody out."""
    region = tree.get(audience.place)
    path = region.path if region is not None else (audience.place,)
    which = fitting(audience, path, now)
    if ending is not None:
        which["$nor"] = [{"_id": ending.id}, stood_in_for_by(ending)]
    found = database[POSITIONS].find(which, _WHO, session=session).limit(MOST_HOLDERS)
    acting: dict[str, list[str]] = {code: [] for code in path}
    async for row in found:
        person = row.get("deputy") if row["on_leave"] else row["person"]
        if person is not None:
            acting[row["region"]].append(person)
    away = await _kept_away(database, (audience,), now, session)
    return _nearest(acting, audience, away(audience))


async def who_hold(
    database: Database,
    tree: RegionTree,
    audiences: Collection[Holders],
    now: datetime,
    session: AsyncClientSession | None = None,
) -> dict[Holders, HolderAnswer]:
    """The same of many audiences at once: three queries, however many they are. ``RuntimeError`` where too many hold something there."""
    paths = {each.place: tree[each.place].path if each.place in tree else (each.place,) for each in audiences}
    which = {
        "role": {"$in": list({each.role for each in audiences})},
        "region": {"$in": list({code for path in paths.values() for code in path})},
        **in_force(now),
    }
    there: dict[tuple[str, str], list[dict[str, Any]]] = {}
    found = await database[POSITIONS].find(which, _WHAT, session=session).to_list(MOST_AT_ONCE + 1)
    if len(found) > MOST_AT_ONCE:
        raise RuntimeError(f"more than {MOST_AT_ONCE} positions at {len(paths)} places")
    for row in found:
        there.setdefault((row["role"], row["region"]), []).append(row)
    away = await _kept_away(database, audiences, now, session)
    return {each: _nearest(_acting(there, each, paths[each.place]), each, away(each)) for each in audiences}


async def colleagues_named(
    database: Database, persons: Collection[str], now: datetime, session: AsyncClientSession | None = None
) -> dict[str, Colleague]:
    """Those of these who hold something now, or stand in for somebody. Two queries."""
    ids = list(persons)
    which = {"$and": [{"$or": [{"person": {"$in": ids}}, {"deputy": {"$in": ids}, "on_leave": True}]}, in_force(now)]}
    rows = await database[POSITIONS].find(which, session=session).to_list(MOST_AT_ONCE)
    held: dict[str, list[Holding]] = {}
    for holding in (database.decode(Holding, row) for row in rows):
        for person in {holding.person, holding.acting or ""} & set(ids):
            held.setdefault(person, []).append(holding)
    known = database[PEOPLE].find({"_id": {"$in": list(held)}}, {"name": 1, "id_number.b": 1}, session=session)
    people = {row["_id"]: row async for row in known}
    return {
        person: Colleague(
            name=people.get(person, {}).get("name", ""),
            id_key=(people.get(person, {}).get("id_number") or {}).get("b"),
            positions=tuple(each.position for each in holdings),
            away=all(each.acting != person for each in holdings),
        )
        for person, holdings in held.items()
    }


async def positions_of(
    database: Database, person: str, now: datetime, session: AsyncClientSession | None = None
) -> tuple[Position, ...]:
    """What somebody acts in: their own positions, and those of colleagues they stand in for."""
    held = await database[POSITIONS].find(held_by(person, now), session=session).to_list(None)
    return tuple(database.decode(Holding, row).position for row in held)


async def held_and_stood_in_for(database: Database, person: str, now: datetime) -> list[Holding]:
    """The same with their days and leave, and what somebody will hold."""
    which = {"$and": [{"$or": [{"person": person}, {"deputy": person, "on_leave": True}]}, not_over(now)]}
    found = await database[POSITIONS].find(which).limit(MOST_HOLDERS).to_list(None)
    return sorted((database.decode(Holding, row) for row in found), key=lambda held: held.id)


async def colleagues(
    database: Database, held: Holding, now: datetime, session: AsyncClientSession | None = None
) -> list[str]:
    """Who else does this work in the same office today, and is there: same role, place and bureau, and bound to no other project or node
    than it is, so that standing in gives nobody a right that they had not."""
    office = {
        "role": held.role,
        "region": held.region,
        "bureau": held.bureau,
        "project": {"$in": [None, held.project]},
        "node": {"$in": [None, held.node]},
    }
    there = {**office, "person": {"$ne": held.person}, "on_leave": False, **in_force(now)}
    rows = database[POSITIONS].find(there, {"person": 1}, session=session)
    found = await rows.limit(MOST_COLLEAGUES).to_list(None)
    return list(dict.fromkeys(row["person"] for row in found))


def _acting(
    there: Mapping[tuple[str, str], Iterable[Mapping[str, Any]]], audience: Holders, path: Iterable[str]
) -> dict[str, list[str]]:
    """Who does the work of an audience's positions, at each place of ``path``."""
    return {
        code: [
            person
            for row in there.get((audience.role, code), ())
            if _takes(row, audience) and (person := row.get("deputy") if row["on_leave"] else row["person"]) is not None
        ]
        for code in path
    }


def _takes(row: Mapping[str, Any], audience: Holders) -> bool:
    """What ``fitting`` asks of the database."""
    return all(getattr(audience, name) == ANY or row.get(name) in (None, getattr(audience, name)) for name in _BOUND)


async def _kept_away(
    database: Database, audiences: Collection[Holders], now: datetime, session: AsyncClientSession | None
) -> Callable[[Holders], set[str]]:
    """Everybody whom each of these leaves out, also those it knows by number or by office."""
    keys = {key for each in audiences for key in each.but_not_keys}
    offices = {office.region for each in audiences for office in each.but_not_offices}
    known: list[dict[str, Any]] = []
    holding: list[dict[str, Any]] = []
    if keys:
        by_number = {"id_number.b": {"$in": list(keys)}}
        known = await database[PEOPLE].find(by_number, {"id_number.b": 1}, session=session).to_list(MOST_AT_ONCE)
    if offices:
        at = {"region": {"$in": list(offices)}, **in_force(now)}
        holding = await database[POSITIONS].find(at, _WHAT, session=session).to_list(MOST_AT_ONCE)

    def away(audience: Holders) -> set[str]:
        numbered = {row["_id"] for row in known if row["id_number"]["b"] in audience.but_not_keys}
        there = [
            row
            for row in holding
            for office in audience.but_not_offices
            if row["region"] == office.region and office.bureau in (None, row.get("bureau"))
        ]
        standing_in = {row["deputy"] for row in there if row["on_leave"] and row.get("deputy")}
        return {*audience.but_not, *numbered, *(row["person"] for row in there), *standing_in}

    return away


def _nearest(acting: Mapping[str, list[str]], audience: Holders, away: set[str]) -> HolderAnswer:
    """From the place upwards, the first with somebody who may be told."""
    vacant = not acting[audience.place]
    for code in reversed(list(acting)):
        persons = tuple(dict.fromkeys(person for person in acting[code] if person not in away))
        if persons:
            return HolderAnswer(persons=persons, vacant=vacant, at=code)
    return HolderAnswer(persons=(), vacant=vacant, at=audience.place)
