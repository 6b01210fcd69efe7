"""岗位: who holds which position, from when until when, and the filters that find them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

import msgspec

from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.words.actors import Position
from hub.words.contributions import ANY, Event, Holders, Index, Migration

POSITIONS = "positions"
# Text greater than "" is any text; the planner proves that an equality lies in it, which it cannot for $type.
COLLECTIONS = (
    CoreCollection(
        POSITIONS,
        (
            Index((("role", 1), ("region", 1), ("bureau", 1)), name="holders"),
            Index((("region", 1), ("bureau", 1)), name="positions_at"),
            Index((("person", 1),), name="positions_of_person"),
            Index((("deputy", 1),), partial={"deputy": {"$gt": ""}}, name="positions_of_deputy"),
            Index((("path", 1), ("_id", 1)), name="positions_below"),
            Index((("since", 1),), partial={"to_begin": True}, name="positions_to_begin"),
            Index((("until", 1),), partial={"to_end": True}, name="positions_to_end"),
        ),
    ),
)


async def tell_of_days_to_come(database: Database) -> None:
    """Positions from before ``to_begin`` and ``to_end``: days of theirs that are still to come are told of as well."""
    now = await database.server_now()
    for flag, day in (("to_begin", "since"), ("to_end", "until")):
        later = {day: {"$gt": now}, flag: {"$exists": False}}
        await database[POSITIONS].update_many(later, {"$set": {flag: True}})


MIGRATIONS = (Migration(name="positions_tell_of_their_days", run=tell_of_days_to_come),)


class PositionChanged(Event, frozen=True, kw_only=True):
    """Somebody else does the work of a position from now on: it was given or ended, its holder went on leave or came back.

    ``left`` and ``came`` are the persons who did and do it; of a position that nobody does any more only the first is there.
    Told at its own region, and a city's position in each of its counties: what waits for it may lie in any of them.
    """

    subject_field: ClassVar[str] = "region"

    region: str
    role: str
    bureau: str | None = None
    project: str | None = None
    node: str | None = None
    left: str | None = None
    came: str | None = None


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody holds a position, from when until when. While ``on_leave`` the ``deputy`` (AB 岗) stands in; ``leave_by`` is who said
    so: the holder, or an administrator.

    ``to_begin`` and ``to_end``: the day was still to come when it was set; a job tells of it then.
    """

    id: str = msgspec.field(name="_id")
    role: str
    region: str
    path: tuple[str, ...]
    bureau: str | None = None
    project: str | None = None
    node: str | None = None
    person: str
    since: datetime
    until: datetime | None = None
    on_leave: bool = False
    deputy: str | None = None
    leave_by: str | None = None
    to_begin: bool = False
    to_end: bool = False

    @property
    def position(self) -> Position:
        """The position itself, whoever holds it."""
        return Position(
            id=self.id,
            role=self.role,
            region=self.region,
            path=self.path,
            bureau=self.bureau,
            project=self.project,
            node=self.node,
        )

    @property
    def acting(self) -> str | None:
        """Who does the work today: the holder, the deputy of one on leave, or nobody."""
        return self.deputy if self.on_leave else self.person


def fitting(audience: Holders, path: Iterable[str], now: datetime) -> dict[str, Any]:
    """The filter for an audience's positions at any place of ``path``: what a position is not bound to, it takes."""
    return {
        "role": audience.role,
        "region": {"$in": list(path)},
        **_bound("bureau", audience.bureau),
        **_bound("project", audience.project),
        **_bound("node", audience.node),
        **in_force(now),
    }


def held_by(person: str, now: datetime) -> dict[str, Any]:
    """The filter for the positions that somebody acts in: their own, and those of colleagues they stand in for.

    On leave one keeps the rights: a handler may look in from home, and only the offers go to the deputy.
    """
    return {"$and": [{"$or": [{"person": person}, {"deputy": person, "on_leave": True}]}, in_force(now)]}


def stood_in_for_by(held: Holding) -> dict[str, Any]:
    """The filter for positions of colleagues that somebody stands in for since they hold this one: whom a colleague has chosen for doing
    the same work stands in no more when they do it no more."""
    office = {"role": held.role, "region": held.region, "bureau": held.bureau}
    return {**office, "deputy": held.person, "$expr": {"$eq": ["$leave_by", "$person"]}}


def in_force(now: datetime) -> dict[str, Any]:
    """The filter for positions that are held at this moment."""
    return {"since": {"$lte": now}, "$or": [{"until": None}, {"until": {"$gt": now}}]}


def not_over(now: datetime) -> dict[str, Any]:
    """The filter for positions that are held now, or will be."""
    return {"$or": [{"until": None}, {"until": {"$gt": now}}]}


def _bound(field: str, named: str | None) -> dict[str, Any]:
    """Free, or bound to the one that is named; no condition at all for any."""
    return {} if named == ANY else {field: {"$in": [None] if named is None else [None, named]}}
