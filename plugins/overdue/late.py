"""What is late, as whoever asks may see it: filters, the list, one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from hub.api import (
    Actor,
    Context,
    Duty,
    FollowedStep,
    Following,
    Listing,
    NotFound,
    Paging,
    Route,
    asked,
    both,
    duties,
    recusal,
    shared,
)
from plugins.overdue.documents import Watch, watches_of

READ = "overdue.read"
DISCIPLINE, LEADER = Duty(role="discipline"), Duty(role="leader")
# What is shown: a task that is late, or that ended late.
OUT_OF_TIME: Mapping[str, Any] = {"state": {"$in": ["late", "over"]}}
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


def sees(actor: Actor) -> Mapping[str, Any]:
    """A filter: without what is hidden from the one who asks, and without persons of sensitive projects who are not their own:
    discipline inspection's, or a task that leaders do themselves."""
    own = {"role": LEADER.role, **duties.seen(actor, LEADER)}
    persons = {"$or": [duties.seen(actor, DISCIPLINE), own]} if actor.kind != "hub" else {}
    return both(not_hidden(actor), persons)


def not_hidden(actor: Actor) -> Mapping[str, Any]:
    return {"$nor": recusal.avoided(actor, hidden=True)}


def late_of(ctx: Context, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """A filter for the late ones that the one who asks may see and do something about: not those they must keep away from. ``wanted``
    narrows it by ``row``, ``project``, ``node``, ``place``, ``_id`` …"""
    return both({"state": "late", **wanted}, sees(ctx.actor), recusal.not_avoided(ctx.actor))


def outcome_of(watch: Watch) -> str:
    """How it ended, if it has."""
    return MOVES.get(watch.move, "已办结" if watch.move else "已撤销") if watch.over_at else ""


def stand_of(watch: Watch) -> str:
    """In a word."""
    return outcome_of(watch) or watch.ordered or ("办理中" if watch.holder else "无人认领")


def line(ctx: Context, watch: Watch) -> LateLine:
    kept_away = recusal.is_avoided(ctx.actor, watch)
    return LateLine(
        place=ctx.regions.full_name(watch.place),
        at=watch.county or watch.place,
        # Counted as the limit is: what has passed it today is late by a day.
        days=max(1, ctx.calendar.workdays_between(watch.due_at, watch.over_at or ctx.now())),
        claimed=watch.holder is not None and watch.over_at is None,
        outcome=outcome_of(watch),
        ordered="" if kept_away else watch.ordered,
        may_order=watch.state == "late" and ctx.has("overdue.supervise") and not kept_away,
        **shared(LateLine, watch, but=("place", "days", "ordered")),
    )


def wanted_of(ctx: Context, query: LateQuery) -> Mapping[str, Any]:
    state = "over" if query.over else "late"
    return {"state": state, **asked(query, ("row", "project", "node"))}


async def show(ctx: Context, id: str) -> LateLine:
    """One task that is late, or was."""
    watch = await watches_of(ctx).first(both({"_id": id}, OUT_OF_TIME, sees(ctx.actor)))
    if watch is None:
        raise NotFound
    return line(ctx, watch)


def called(watch: Watch) -> str:
    return f"{watch.title} · {watch.label}"


def steps_of(watch: Watch) -> Sequence[FollowedStep]:
    over = (FollowedStep(label=outcome_of(watch), at=watch.over_at),) if watch.over_at else ()
    return (
        FollowedStep(label="到达", at=watch.arrived_at),
        FollowedStep(label="超过期限", at=watch.due_at),
        *over,
    )


FOLLOWING: Following[Watch] = Following(
    kind="overdue",
    collection="overdue.watches",
    read=READ,
    page="/cases/{id}",
    # How it stands says whether it was ordered, which is not for whoever must keep away.
    sees=lambda actor: both(OUT_OF_TIME, sees(actor), recusal.not_avoided(actor)),
    title=called,
    heading=called,
    number=lambda watch: watch.number,
    state=stand_of,
    over=lambda watch: watch.state == "over",
    steps=steps_of,
)


def tell_followers(ctx: Context, before: Watch, after: Watch | None, by: str = "") -> None:
    """Of one that is late how it stands now, where that is another word than before; that it is over of one that was halted, having been
    late perhaps, and has gone."""
    if after is None:
        if before.state == "halted":
            gone = replace(before, state="over", over_at=ctx.now(), version=before.version + 1)
            FOLLOWING.tell(ctx, gone, "已撤销", "")
    elif after.state in ("late", "over") and stand_of(after) != stand_of(before):
        FOLLOWING.tell(ctx, after, stand_of(after), by)


LATE: Listing[Watch, LateQuery, LateLine] = Listing(
    path="/cases",
    read=READ,
    says="Tasks that are late, the longest first; or that ended late, the latest first.",
    of=watches_of,
    own=lambda ctx: sees(ctx.actor),
    line=line,
    query=LateQuery,
    wanted=wanted_of,
    order=lambda query: (("over_at", -1),) if query.over else (("due_at", 1),),
)
ROUTES = (*LATE.routes(), Route(method="GET", path="/cases/{id}", call=show, access=READ))
