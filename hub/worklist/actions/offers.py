"""Whose list a task is on as people come and go: its own place's, or that of whoever stands in above."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from hub.api import (
    Context,
    HolderAnswer,
    Paging,
    PositionChanged,
    TaskArrived,
    TaskChanged,
    TaskPassedOn,
)
from hub.worklist.actions.holders import keeps_away, may_handle, on_list_of, who_has
from hub.worklist.actions.tasks import offer, put_back
from hub.worklist.documents import DECIDERS, UNDONE, Task, tasks_of
from hub.worklist.steps import PassOnRest

# Of one transaction: a conflict with a handler costs little.
LOOKED_AT_ONCE = 25
BY_DUE = (("due_at", 1),)


async def place_offer(event: TaskArrived, ctx: Context) -> None:
    """Put a task that is on offer on the list of those who were told of it: after the offer is written, so that whoever
    leaves meanwhile is seen either here or by :func:`pass_on_tasks`."""
    task: Task | None = await tasks_of(ctx).first({"_id": event.task})
    if task is None or task.state != "open" or task.offer != event.offer:
        return
    placed = on_list_of(task, await who_has(ctx, task))
    if placed != task:
        await tasks_of(ctx).save(placed)


async def look_at_changed(event: TaskChanged, ctx: Context) -> None:
    """Who must keep away by now may be all who had it."""
    await look_at_these(ctx, (event.task,))


async def pass_on_tasks(event: PositionChanged | PassOnRest, ctx: Context) -> None:
    """Somebody else does the work of a position: what waits for it is offered to whoever has it now. A few tasks per
    transaction; the rest follows in steps."""
    cursor = event.cursor if isinstance(event, PassOnRest) else None
    page = await tasks_of(ctx).page(
        {"$or": list(waiting_for(event, ctx))}, Paging(limit=LOOKED_AT_ONCE, cursor=cursor), sort=BY_DUE
    )
    for task in page.items:
        await look_again(ctx, task, event.came)
    if page.next is not None:
        same = ("place", "region", "role", "bureau", "project", "node", "came")
        ctx.enqueue(PassOnRest(**{name: getattr(event, name) for name in same}, cursor=page.next))


def waiting_for(event: PositionChanged | PassOnRest, ctx: Context) -> Iterable[Mapping[str, Any]]:
    """Filters for the tasks that a change at a place can move: on its own lists, below it on those of whoever stands in
    above, and those that nobody has. Each is complete, so that the index gives its tasks in due order."""
    bound = {name: value for name in ("bureau", "project", "node") if (value := getattr(event, name)) is not None}
    region = ctx.regions.get(event.region)
    places = region.path if region is not None else (event.region,)
    wheres: list[Mapping[str, Any]] = [*({"at": code} for code in places), {"unfilled": True}]
    for where in wheres:
        for state in UNDONE:
            yield {"path": event.region, "role": event.role, "state": state, **where, **bound}


async def look_at_all(ctx: Context) -> None:
    """Every undone task of the county, in small transactions: for what no fact has told, such as a place that has moved."""
    for role in DECIDERS:
        for state in UNDONE:
            await look_at_some(ctx, {"path": ctx.place.code, "role": role, "state": state})


async def look_at_some(ctx: Context, wanted: Mapping[str, Any]) -> None:
    cursor: str | None = None
    while True:
        page = await tasks_of(ctx).page(wanted, Paging(limit=LOOKED_AT_ONCE, cursor=cursor), sort=BY_DUE)
        await ctx.in_transaction(partial(look_at_these, ids=[task.id for task in page.items]))
        if page.next is None:
            return
        cursor = page.next


async def look_at_these(ctx: Context, ids: Sequence[str]) -> None:
    for task in await tasks_of(ctx).find({"_id": {"$in": list(ids)}, "state": {"$in": UNDONE}}):
        await look_again(ctx, task, None)


async def look_again(ctx: Context, task: Task, came: str | None) -> None:
    """Offer a task anew if others have it now, or if the one who came has it alone; free the claim of one who lost it, or must keep
    away from it."""
    answer = await who_has(ctx, task)
    if task.state == "claimed":
        claimer = task.claimed_by or ""
        holds = may_handle(await ctx.positions_of(claimer), task, answer)
        if not holds or await keeps_away(ctx, task, claimer, answer):
            await put_back(ctx, task, expired=True)
    elif on_list_of(task, answer) != task or (came is not None and answer.persons == (came,)):
        await pass_on(ctx, task, answer)


async def pass_on(ctx: Context, task: Task, answer: HolderAnswer) -> None:
    """The next offer, to whoever has the task now; the last one leaves the phones of those who had it."""
    moved = msgspec.structs.replace(on_list_of(task, answer), offer=task.offer + 1)
    moved = await tasks_of(ctx).save(moved)
    ctx.emit(TaskPassedOn(place=task.place, task=task.id, subject=task.subject, node=task.node, offer=task.offer))
    offer(ctx, moved)
