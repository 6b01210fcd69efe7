"""What is late, as whoever asks may see it: filters, the list, one of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from hub.api import Context, Duty, Listing, NotFound, Paging, Route, asked, both, duties, recusal, shared
from plugins.overdue.documents import Watch, watches_of

READ = "overdue.read"
DISCIPLINE, LEADER = Duty(role="discipline"), Duty(role="leader")
# The moves that nodes have in common, as colleagues say them; another is done all the same.
MOVES: Mapping[str, str] = {"pass": "已通过", "correct": "已要求补正", "return": "已退回", "refuse": "已驳回"}


class LateQuery(Paging, frozen=True, kw_only=True):
    """``row`` is a line of the board: a town, or a county or the city for what is done there itself. ``over``: those that ended
    late, in the place of those that still wait."""

    row: str | None = None
    project: str | None = None
    node: str | None = None
    over: bool = False


class LateLine(msgspec.Struct, frozen=True, kw_only=True):
    """A task that is late since ``due_at``, by so many working days; or that was, until ``over_at``. It is done at ``place``, whose
    county or city is ``at``. ``ordered`` is the state of the 督办单 about it, for whoever need not keep away; ``may_order``: the one who
    asks may issue one."""

    id: str
    title: str
    number: str
    project: str
    node: str
    label: str
    place: str
    at: str
    arrived_at: datetime
    due_at: datetime
    days: int
    claimed: bool
    state: str
    over_at: datetime | None
    outcome: str
    ordered: str
    may_order: bool


def in_view(ctx: Context) -> Mapping[str, Any]:
    """A filter: without what is hidden from the one who asks, and without persons of sensitive projects who are not their own:
    discipline inspection's, or a task that leaders do themselves."""
    own = {"role": LEADER.role, **duties.seen(ctx.actor, LEADER)}
    persons = {"$or": [duties.seen(ctx.actor, DISCIPLINE), own]} if ctx.actor.kind != "hub" else {}
    return both(not_hidden(ctx), persons)


def not_hidden(ctx: Context) -> Mapping[str, Any]:
    return {"$nor": recusal.avoided(ctx.actor, hidden=True)}


def late_of(ctx: Context, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """A filter for the late ones that the one who asks may see and do something about: not those they must keep away from. ``wanted``
    narrows it by ``row``, ``project``, ``node``, ``place``, ``_id`` …"""
    return both({"state": "late", **wanted}, in_view(ctx), recusal.not_avoided(ctx.actor))


def line(ctx: Context, watch: Watch) -> LateLine:
    kept_away = recusal.is_avoided(ctx.actor, watch)
    return LateLine(
        place=ctx.regions.full_name(watch.place),
        at=watch.county or watch.place,
        # Counted as the limit is: what has passed it today is late by a day.
        days=max(1, ctx.calendar.workdays_between(watch.due_at, watch.over_at or ctx.now())),
        claimed=watch.holder is not None and watch.over_at is None,
        outcome=MOVES.get(watch.move, "已办结" if watch.move else "已撤销") if watch.over_at else "",
        ordered="" if kept_away else watch.ordered,
        may_order=watch.state == "late" and ctx.has("overdue.supervise") and not kept_away,
        **shared(LateLine, watch, but=("place", "days", "ordered")),
    )


def wanted_of(ctx: Context, query: LateQuery) -> Mapping[str, Any]:
    state = "over" if query.over else "late"
    return {"state": state, **asked(query, ("row", "project", "node"))}


async def show(ctx: Context, id: str) -> LateLine:
    """One task that is late, or was."""
    wanted = {"_id": id, "state": {"$in": ["late", "over"]}}
    watch = await watches_of(ctx).first(both(wanted, in_view(ctx)))
    if watch is None:
        raise NotFound
    return line(ctx, watch)


LATE: Listing[Watch, LateQuery, LateLine] = Listing(
    path="/cases",
    read=READ,
    says="Tasks that are late, the longest first; or that ended late, the latest first.",
    of=watches_of,
    own=in_view,
    line=line,
    query=LateQuery,
    wanted=wanted_of,
    order=lambda query: (("over_at", -1),) if query.over else (("due_at", 1),),
)
ROUTES = (*LATE.routes(), Route(method="GET", path="/cases/{id}", call=show, access=READ))
