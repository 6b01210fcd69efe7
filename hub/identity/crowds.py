"""Many people at once: whoever lives, or works, below some places; counted, and found in parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from hub.identity.people import PEOPLE, Person
from hub.identity.positions import POSITIONS, in_force
from hub.store.database import Database
from hub.store.mongo import AsyncClientSession
from hub.words.clock import shanghai
from hub.words.contributions import Crowd
from hub.words.regions import RegionTree

# All who work in a city; more means that positions are used wrongly.
MOST_STAFF = 50_000


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One of a crowd: staff with their name in full, as colleagues know them, residents with theirs masked. ``region`` is where they work
    or live, ``mark`` behind which the next ones are found."""

    person: str
    name: str
    region: str
    mark: tuple[str, ...]


async def counted(
    database: Database, tree: RegionTree, crowds: Sequence[Crowd], now: datetime, session: AsyncClientSession | None
) -> int:
    """How many people these are together, each once."""
    staff: set[str] = set()
    for crowd in (each for each in crowds if each.roles):
        found = await database[POSITIONS].distinct("person", _working(crowd, now), session=session)
        staff.update(found[: MOST_STAFF - len(staff)])
    homes = [code for crowd in crowds if not crowd.roles for code in _homes(tree, crowd.places)]
    if not homes:
        return len(staff)
    living = _living(homes) | ({"_id": {"$nin": list(staff)}} if staff else {})
    return len(staff) + await database[PEOPLE].count_documents(living, session=session)


async def members(
    database: Database,
    tree: RegionTree,
    crowd: Crowd,
    after: tuple[str, ...],
    limit: int,
    now: datetime,
    session: AsyncClientSession | None,
) -> list[Member]:
    """The next of them behind the mark ``after``; somebody who holds several positions may come several times."""
    if crowd.roles:
        return await _staff(database, crowd, after, limit, now, session)
    return await _residents(database, tree, crowd, after, limit, now, session)


async def _staff(
    database: Database,
    crowd: Crowd,
    after: tuple[str, ...],
    limit: int,
    now: datetime,
    session: AsyncClientSession | None,
) -> list[Member]:
    behind = {"_id": {"$gt": after[0]}} if after else {}
    found = database[POSITIONS].find(_working(crowd, now) | behind, {"person": 1, "region": 1}, session=session)
    rows = await found.sort("_id", 1).limit(limit).to_list(limit)
    ids = {"_id": {"$in": [row["person"] for row in rows]}}
    names = {row["_id"]: row["name"] async for row in database[PEOPLE].find(ids, {"name": 1}, session=session)}
    return [
        Member(person=row["person"], name=names.get(row["person"], ""), region=row["region"], mark=(row["_id"],))
        for row in rows
    ]


async def _residents(
    database: Database,
    tree: RegionTree,
    crowd: Crowd,
    after: tuple[str, ...],
    limit: int,
    now: datetime,
    session: AsyncClientSession | None,
) -> list[Member]:
    """Home by home, which is the order of the index: a place of a few thousand homes is not sorted anew for each part."""
    homes = _homes(tree, crowd.places)
    ranges = [_living(homes)]
    if after:
        home, person = after
        ranges = [_living([home]) | {"_id": {"$gt": person}}, _living([code for code in homes if code > home])]
    rows: list[Mapping[str, Any]] = []
    for which in ranges:
        if room := limit - len(rows):
            found = database[PEOPLE].find(which, session=session).sort([("region", 1), ("_id", 1)])
            rows += await found.limit(room).to_list(room)
    people = [database.decode(Person, row) for row in rows]
    today = shanghai(now).date()
    return [
        Member(
            person=each.id, name=each.masked_name(today), region=each.region or "", mark=(each.region or "", each.id)
        )
        for each in people
    ]


def _working(crowd: Crowd, now: datetime) -> dict[str, Any]:
    bureaus = {"bureau": {"$in": [None, *crowd.bureaus]}} if crowd.bureaus else {}
    return {"path": {"$in": list(crowd.places)}, "role": {"$in": list(crowd.roles)}, **bureaus, **in_force(now)}


def _living(homes: Iterable[str]) -> dict[str, Any]:
    """Whoever has said, or proved, who they are and where they live; not those who took that back."""
    return {"region": {"$in": list(homes)}, "assurance": {"$in": ["claimed", "proved"]}, "withdrawn_at": None}


def _homes(tree: RegionTree, places: Sequence[str]) -> list[str]:
    """Every place below these, and they themselves, in the order of their codes."""
    below = set(places)
    return sorted(region.code for region in tree if not below.isdisjoint(region.path))
