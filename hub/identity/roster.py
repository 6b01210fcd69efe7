"""Members of staff and their posts as an administrator looks them up: who has this name, which posts nobody does, who may stand in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from hub.identity.accounts import ACCOUNTS, Account
from hub.identity.people import PEOPLE
from hub.identity.positions import POSITIONS, Holding, in_force
from hub.store.database import Database
from hub.store.mongo import AsyncClientSession

# A post that nobody has taken over for so long was given up.
VACANT_FOR = timedelta(days=365)
# A county has several hundred posts.
MOST_POSTS = 20_000
# More than anybody picks from.
MOST_STAND_INS = 100


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """A position apart from who holds it. ``acting``: somebody does its work now. Of one that nobody does: ``away`` is a holding
    whose holder is on leave, ``ended_at`` when the last one ended."""

    role: str
    region: str
    bureau: str | None
    project: str | None
    node: str | None
    acting: bool
    away: str | None
    ended_at: datetime | None

    def covers(self, other: Post) -> bool:
        """Whether who acts in this one does the work of the other, too."""
        same = (self.role, self.region) == (other.role, other.region)
        return self.acting and same and all(_takes(self, other, name) for name in ("bureau", "project", "node"))


def _takes(post: Post, other: Post, name: str) -> bool:
    return getattr(post, name) in (None, getattr(other, name))


async def vacant(database: Database, place: str, now: datetime) -> list[Post]:
    """Posts below a place that somebody has held within a year and nobody does now. One query."""
    posts = await _posts(database, place, now)
    acting: dict[tuple[str, str], list[Post]] = {}
    for each in posts:
        if each.acting:
            acting.setdefault((each.role, each.region), []).append(each)
    return [
        each
        for each in posts
        if not each.acting and not any(other.covers(each) for other in acting.get((each.role, each.region), ()))
    ]


async def unattended_without(database: Database, held: Sequence[Holding], now: datetime) -> list[Holding]:
    """Which of these positions of one person nobody does once they are gone; what is above them then. One query."""
    if not held:
        return []
    posts = [{"role": each.role, "region": each.region} for each in held]
    others = {"$and": [{"$or": posts}, in_force(now)], "person": {"$nin": sorted({each.person for each in held})}}
    rows = await database[POSITIONS].find(others).limit(MOST_POSTS).to_list(None)
    there = [other for row in rows if (other := database.decode(Holding, row)).acting not in (None, held[0].person)]
    return [each for each in held if not any(_does_too(other, each) for other in there)]


def _does_too(other: Holding, held: Holding) -> bool:
    same = (other.role, other.region) == (held.role, held.region)
    return same and all(getattr(other, name) in (None, getattr(held, name)) for name in ("bureau", "project", "node"))


async def _posts(database: Database, place: str, now: datetime) -> list[Post]:
    names = ("role", "region", "bureau", "project", "node")
    over = {"$lte": [{"$ifNull": ["$until", now + timedelta(days=1)]}, now]}
    there = {"$and": [{"$lte": ["$since", now]}, {"$not": [over]}]}
    away = {"$and": [there, "$on_leave", {"$eq": [{"$ifNull": ["$deputy", None]}, None]}]}
    steps: list[dict[str, Any]] = [
        {"$match": {"path": place, "$or": [{"until": None}, {"until": {"$gt": now - VACANT_FOR}}]}},
        {
            "$group": {
                "_id": {name: {"$ifNull": [f"${name}", None]} for name in names},
                "acting": {"$max": {"$and": [there, {"$not": [away]}]}},
                "away": {"$max": {"$cond": [away, "$_id", None]}},
                "ended_at": {"$max": {"$cond": [over, "$until", None]}},
            }
        },
        {"$limit": MOST_POSTS},
    ]
    rows = await (await database[POSITIONS].aggregate(steps)).to_list(MOST_POSTS)
    return [msgspec.convert({**row.pop("_id"), **row}, Post) for row in rows]


async def accounts_called(database: Database, name: str, at_most: int) -> list[Account]:
    """The accounts of people of exactly this name."""
    steps: list[dict[str, Any]] = [
        {"$match": {"name": name}},
        {"$lookup": {"from": ACCOUNTS, "localField": "_id", "foreignField": "person", "as": "account"}},
        {"$unwind": "$account"},
        {"$replaceRoot": {"newRoot": "$account"}},
        {"$limit": at_most},
    ]
    rows = await (await database[PEOPLE].aggregate(steps)).to_list(at_most)
    return [database.decode(Account, row) for row in rows]


async def ever_held(database: Database, persons: Iterable[str]) -> dict[str, list[Holding]]:
    """What these persons hold, will hold and have held, by person. One query."""
    found = database[POSITIONS].find({"person": {"$in": sorted(set(persons))}}).limit(MOST_POSTS)
    held: dict[str, list[Holding]] = {}
    async for row in found:
        holding = database.decode(Holding, row)
        held.setdefault(holding.person, []).append(holding)
    return held


async def held_or_stood_in_for(
    database: Database, person: str, session: AsyncClientSession | None = None
) -> list[Holding]:
    """The same of one person, and what they stand in for."""
    which = {"$or": [{"person": person}, {"deputy": person, "on_leave": True}]}
    found = await database[POSITIONS].find(which, session=session).limit(MOST_POSTS).to_list(None)
    return sorted((database.decode(Holding, row) for row in found), key=lambda held: held.id)


def not_ended(held: Iterable[Holding], now: datetime) -> list[Holding]:
    """Those that are not over."""
    return [each for each in held if each.until is None or each.until > now]


def binding(held: Sequence[Holding], now: datetime) -> list[Holding]:
    """By which of somebody's positions an administrator reaches them: all that are not over, else all that ended last, since whoever
    leaves their job has several end at once."""
    last = max((each.until for each in held if each.until is not None), default=None)
    return not_ended(held, now) or [each for each in held if each.until == last]


async def stand_ins(database: Database, held: Holding, now: datetime) -> dict[str, Holding]:
    """Who is there today and could stand in: at the same place, or in the same role above it. The nearest first, by person."""
    above = {"region": {"$in": list(held.path[1:-1])}, "role": held.role}
    near = {"$or": [{"region": held.region}, above]}
    wanted = {"$and": [near, in_force(now)], "on_leave": False, "person": {"$ne": held.person}}
    found = await database[POSITIONS].find(wanted).limit(MOST_STAND_INS).to_list(None)
    holdings = sorted((database.decode(Holding, row) for row in found), key=lambda each: _distance(held, each))
    nearest: dict[str, Holding] = {}
    for each in holdings:
        nearest.setdefault(each.person, each)
    return nearest


def _distance(held: Holding, other: Holding) -> tuple[bool, bool]:
    return other.region != held.region, other.role != held.role
