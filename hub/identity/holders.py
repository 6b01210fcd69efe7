"""Who holds a position now, and else who stands in above: the one answer for pushes, lists and decisions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from hub.identity.people import PEOPLE
from hub.identity.positions import POSITIONS, Holding, fitting, held_by, in_force, not_over, stood_in_for_by
from hub.store.database import Database
from hub.store.mongo import AsyncClientSession
from hub.words.actors import Position
from hub.words.contributions import Holders
from hub.words.regions import RegionTree

# A place has a few dozen holders of one role; this many means that the roles are used wrongly.
MOST_HOLDERS = 2000
# More than anybody picks from.
MOST_COLLEAGUES = 100
_WHO = {"_id": 0, "person": 1, "region": 1, "on_leave": 1, "deputy": 1}


class HolderAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Who is reached. ``vacant``: nobody is there at the place asked for, which is an alert (P17); ``at`` is the place
    whose holders stand in, on the way up to the city; without anybody at all ``persons`` is empty."""

    persons: tuple[str, ...]
    vacant: bool
    at: str


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
    return _nearest(acting, audience, await _kept_away(database, audience, now, session))


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


async def _kept_away(
    database: Database, audience: Holders, now: datetime, session: AsyncClientSession | None
) -> set[str]:
    """Everybody whom the audience leaves out, also those it knows by number or by office."""
    away = set(audience.but_not)
    if audience.but_not_keys:
        by_number = {"id_number.b": {"$in": list(audience.but_not_keys)}}
        away |= {row["_id"] async for row in database[PEOPLE].find(by_number, {"_id": 1}, session=session)}
    if audience.but_not_offices:
        there = [
            {"region": office.region} | ({"bureau": office.bureau} if office.bureau else {})
            for office in audience.but_not_offices
        ]
        holding = database[POSITIONS].find({"$and": [{"$or": there}, in_force(now)]}, _WHO, session=session)
        async for row in holding.limit(MOST_HOLDERS):
            away.add(row["person"])
            if row["on_leave"] and row.get("deputy"):
                away.add(row["deputy"])
    return away


def _nearest(acting: Mapping[str, list[str]], audience: Holders, away: set[str]) -> HolderAnswer:
    """From the place upwards, the first with somebody who may be told."""
    vacant = not acting[audience.place]
    for code in reversed(list(acting)):
        persons = tuple(dict.fromkeys(person for person in acting[code] if person not in away))
        if persons:
            return HolderAnswer(persons=persons, vacant=vacant, at=code)
    return HolderAnswer(persons=(), vacant=vacant, at=audience.place)
