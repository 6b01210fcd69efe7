"""Watches follow what the worklist tells, and the clock. Every change of what is late is written with its tally and its fact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from msgspec.structs import replace

from hub.api import (
    Context,
    TaskArrived,
    TaskChanged,
    TaskClaimed,
    TaskClosed,
    TaskDone,
    TaskFact,
    TaskHalted,
    WaitingTask,
    shared,
    taken,
)
from plugins.overdue import late
from plugins.overdue.counting import tallied
from plugins.overdue.documents import BY_DUE, Watch, tallies_of, watches_of
from plugins.overdue.escalation import go_along
from plugins.overdue.events import LateTask, TaskLateNoMore, TasksLate

AT_ONCE = 200
# A watch before and after; None where there is none.
Change: TypeAlias = tuple[Watch | None, Watch | None]
WHY: Mapping[str, str] = {"halted": "halted", "waiting": "later"}
SAME = ("subject", "node", "label", "round", "role", "bureau", "project", "arrived_at")
RENEWED = ("title", "number", "link", "avoid_keys", "avoid_offices", "hidden", "sensitive")


async def follow(event: TaskFact, ctx: Context) -> None:
    """What a fact of the worklist changes, once: each knows the offer that it speaks of."""
    told = await ctx.told_since(event.task)
    before = await watches_of(ctx).first({"_id": event.task})
    if event.task in told and (before is not None or isinstance(told[event.task], TaskDone | TaskClosed)):
        return  # It was put off, and is overtaken.
    if before is None or event.offer >= before.offer:
        await keep(ctx, (before, AFTER[type(event)](ctx, before, event)))


async def keep(ctx: Context, *changes: Change) -> None:
    """Write what has changed, at most 200, with what follows from it for the numbers and for orders, and tell it."""
    changed = [(before, after) for before, after in changes if before != after]
    watches = watches_of(ctx)
    await watches.insert_many([after for before, after in changed if before is None and after is not None])
    saved = await watches.save_many([after for before, after in changed if before is not None and after is not None])
    await watches.delete_many([before for before, after in changed if before is not None and after is None])
    await tallies_of(ctx).insert_many(tallied(ctx, changed))
    await go_along(ctx, changed)
    tell(ctx, changed)
    now = {watch.id: watch for watch in saved}
    for before, after in changed:
        if before is not None:
            late.tell_followers(ctx, before, now.get(before.id), by=(after.holder if after else "") or "")


def tell(ctx: Context, changed: list[Change]) -> None:
    came: dict[str, list[LateTask]] = defaultdict(list)
    for before, after in changed:
        was, now = is_late(before), is_late(after)
        if after is not None and now and not was:
            came[after.row].append(LateTask(task=after.id, **shared(LateTask, after)))
        if before is not None and was and not now:
            named = ("subject", "bureau", "project", "node")
            ctx.emit(TaskLateNoMore(place=before.row, task=before.id, why=why(after), **taken(before, *named)))
    for row, tasks in came.items():
        ctx.emit(TasksLate(place=row, tasks=tuple(tasks)))


def why(after: Watch | None) -> Any:
    return WHY.get(after.state, "done" if after.move else "closed") if after else "closed"


def is_late(watch: Watch | None) -> bool:
    return watch is not None and watch.state == "late"


# --- what each fact makes of a watch ------------------------------------------------------------------------------------------


def arrived(ctx: Context, before: Watch | None, event: TaskArrived) -> Watch | None:
    """On offer: new, or free again. Of one that is over, and of an offer that is known, it says nothing new."""
    if before is None:
        return timed(ctx, new(ctx, event))
    if before.state == "over" or event.offer == before.offer:
        return before
    return timed(ctx, renewed(ctx, replace(before, state="waiting", offer=event.offer, holder=None), event))


def changed(ctx: Context, before: Watch | None, event: TaskChanged) -> Watch | None:
    return timed(ctx, renewed(ctx, before, event)) if before else None


def claimed(ctx: Context, before: Watch | None, event: TaskClaimed) -> Watch | None:
    return replace(before, holder=event.person, offer=event.offer) if before else None


def halted(ctx: Context, before: Watch | None, event: TaskHalted) -> Watch | None:
    return replace(before, state="halted", holder=None) if before and before.state != "over" else before


def done(ctx: Context, before: Watch | None, event: TaskDone) -> Watch | None:
    return ended(before, event.at, move=event.move, holder=event.person)


def closed(ctx: Context, before: Watch | None, event: TaskClosed) -> Watch | None:
    return ended(before, ctx.now()) if before and before.state != "over" else before


def ended(before: Watch | None, at: datetime, *, move: str = "", holder: str | None = None) -> Watch | None:
    """It stays where it was late, also for less than a minute, before the clock was looked at."""
    if before is None or before.state == "halted" or (before.state == "waiting" and before.due_at > at):
        return None
    return replace(before, state="over", over_at=before.over_at or at, move=move, holder=holder or before.holder)


AFTER: Mapping[type[TaskFact], Callable[[Context, Watch | None, Any], Watch | None]] = {
    TaskArrived: arrived,
    TaskChanged: changed,
    TaskClaimed: claimed,
    TaskHalted: halted,
    TaskDone: done,
    TaskClosed: closed,
}


def new(ctx: Context, task: TaskArrived) -> Watch:
    days = ctx.calendar.workdays_between(task.arrived_at, task.due_at)
    return Watch(
        id=task.task,
        place=task.place,
        row=ctx.regions[task.place].path[:3][-1],
        limit_at=task.due_at,
        due_at=task.due_at,
        days=days,
        offer=task.offer,
        avoid=avoiding(task),
        **taken(task, *SAME, *RENEWED),
    )


def renewed(ctx: Context, watch: Watch, told: TaskArrived | TaskChanged) -> Watch:
    """As it is called now, kept from whom it is kept now; a limit that was told before stays as it has become."""
    watch = replace(watch, avoid=avoiding(told), **taken(told, *RENEWED))
    if told.due_at == watch.limit_at:
        return watch
    days = ctx.calendar.workdays_between(watch.arrived_at, told.due_at)
    return replace(watch, limit_at=told.due_at, due_at=told.due_at, days=days)


def avoiding(told: TaskArrived | TaskChanged) -> tuple[str, ...]:
    """Whoever gave it back is not told of the next offer, and need not keep away from it."""
    back = told.given_back if isinstance(told, TaskArrived) else None
    return tuple(person for person in told.avoid if person != back)


def as_it_stands(ctx: Context, before: Watch | None, task: WaitingTask) -> Watch:
    """What a watch should be, whatever was heard. Whether the clock has reached what waits is looked at each minute."""
    watch = renewed(ctx, before or new(ctx, task), task)
    state = "halted" if task.paused else "late" if watch.state == "late" else "waiting"
    watch = replace(watch, state=state, offer=task.offer, holder=task.claimed_by, over_at=None, move="")
    return timed(ctx, watch) if state == "late" else limited(ctx, watch)


# --- the clock -----------------------------------------------------------------------------------------------------------------


def timed(ctx: Context, watch: Watch) -> Watch:
    """Late or not, by the clock."""
    if watch.state in ("halted", "over"):
        return watch
    watch = limited(ctx, watch)
    return replace(watch, state="late" if watch.due_at <= ctx.now() else "waiting")


def limited(ctx: Context, watch: Watch) -> Watch:
    """With its limit by the days of rest that are declared now, also of those that were declared for a time alone."""
    rested = watch.days - ctx.calendar.workdays_between(watch.arrived_at, watch.limit_at)
    return replace(watch, due_at=ctx.calendar.add_workdays(watch.limit_at, rested) if rested > 0 else watch.limit_at)


async def look_at_clock(ctx: Context) -> int:
    """What has passed its limit is late: a few of them, the longest first. Returns how many were looked at."""
    due = {**own(ctx), "state": "waiting", "due_at": {"$lte": ctx.now()}}
    found = await watches_of(ctx).find(due, sort=BY_DUE, limit=AT_ONCE)
    await keep(ctx, *((watch, timed(ctx, watch)) for watch in found))
    return len(found)


def own(ctx: Context) -> Mapping[str, Any]:
    """A filter: of this county alone, or of the city itself, whose jobs reach all counties."""
    return {"county": ctx.county}
