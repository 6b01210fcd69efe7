"""What is late, as whoever asks may see it: a filter, and the list of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from hub.api import Context, Duty, Listing, Paging, asked, both, duties, recusal, shared
from plugins.overdue.documents import Watch, watches_of

READ = "overdue.read"
DISCIPLINE, LEADER = Duty(role="discipline"), Duty(role="leader")


class LateQuery(Paging, frozen=True, kw_only=True):
    """``row`` is a line of the board: a town, or a county or the city for what is done there itself. ``over``: those that ended
    late, in the place of those that still wait."""

    row: str | None = None
    project: str | None = None
    node: str | None = None
    over: bool = False


class LateLine(msgspec.Struct, frozen=True, kw_only=True):
    """A task that is late since ``due_at``, by so many working days; or that was, until ``over_at``."""

    id: str
    title: str
    number: str
    project: str
    node: str
    label: str
    place: str
    due_at: datetime
    days: int
    claimed: bool
    state: str
    over_at: datetime | None
    link: str


def in_view(ctx: Context) -> Mapping[str, Any]:
    """A filter: without what is hidden from the one who asks, and without persons of sensitive projects who are not their own:
    discipline inspection's, or a task that leaders do themselves."""
    own = {"role": LEADER.role, **duties.seen(ctx.actor, LEADER)}
    persons = {"$or": [duties.seen(ctx.actor, DISCIPLINE), own]} if ctx.actor.kind != "hub" else {}
    return both({"$nor": recusal.avoided(ctx.actor, hidden=True)}, persons)


def late_of(ctx: Context, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """A filter for the late ones in view; ``wanted`` narrows it by ``row``, ``project``, ``node``, ``place``, ``_id`` …"""
    return both({"state": "late", **wanted}, in_view(ctx))


def line(ctx: Context, watch: Watch) -> LateLine:
    return LateLine(
        place=ctx.regions.full_name(watch.place),
        days=ctx.calendar.workdays_between(watch.due_at, watch.over_at or ctx.now()),
        claimed=watch.holder is not None,
        **shared(LateLine, watch, but=("place",)),
    )


def wanted_of(ctx: Context, query: LateQuery) -> Mapping[str, Any]:
    state = "over" if query.over else "late"
    return both({"state": state, **asked(query, ("row", "project", "node"))}, in_view(ctx))


LATE: Listing[Watch, LateQuery, LateLine] = Listing(
    path="/cases",
    read=READ,
    says="Tasks that are late, the longest first.",
    of=watches_of,
    line=line,
    query=LateQuery,
    wanted=wanted_of,
    order=(("due_at", 1),),
)
