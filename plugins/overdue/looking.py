"""Looking everything over: watches against the worklist, orders and numbers against watches. For what was missed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from msgspec.structs import replace

from hub.api import Checkup, Context, Paged, Paging, WaitingTasks
from plugins.overdue.board import MOST_CELLS
from plugins.overdue.counting import tally
from plugins.overdue.documents import Tally, tallies_of, watches_of
from plugins.overdue.escalation import mend, not_along
from plugins.overdue.steps import LookOver
from plugins.overdue.watching import AT_ONCE, Change, as_it_stands, ended, keep, own

# What waits there; what is watched here, by state; what is ordered; what was counted, row by row.
AFTER = {"tasks": "waiting", "waiting": "late", "late": "halted", "halted": "orders", "orders": "rows"}
CELL = ("bureau", "project", "sensitive")
Found = list[str]


async def recount(ctx: Context, repair: bool) -> Sequence[str]:
    """All of it, page by page."""
    found: Found = []
    cursor: str | None = ""
    while cursor is not None:
        lines, cursor = await ctx.in_transaction(partial(look, cursor=cursor, repair=repair))
        found += lines
    return found


async def look_over(step: LookOver, ctx: Context) -> None:
    """One page, mended; the next follows."""
    lines, following = await look(ctx, step.cursor, repair=True)
    if lines:
        ctx.audit("overdue.mended", ctx.place.code, found=len(lines))
    if following is not None:
        ctx.enqueue(replace(step, cursor=following))


async def begin(ctx: Context) -> None:
    ctx.enqueue(LookOver(place=ctx.place.code))


async def look(ctx: Context, cursor: str, repair: bool) -> tuple[Found, str | None]:
    """One page: what differs, and where the next begins. ``cursor`` is the part and what it is at."""
    part, _, inner = (cursor or "tasks:").partition(":")
    if part == "rows":
        rows = [ctx.place.code, *(each.code for each in ctx.regions.children(ctx.place.code) if ctx.county)]
        later = rows[rows.index(inner or rows[0]) + 1 :]
        return await miscounted(ctx, inner or rows[0], repair), f"rows:{later[0]}" if later else None
    paging = Paging(limit=AT_ONCE, cursor=inner or None)
    found, following = await (misordered if part == "orders" else miswatched)(ctx, part, paging, repair)
    return found, f"{part}:{following}" if following else f"{AFTER[part]}:"


async def miswatched(ctx: Context, part: str, paging: Paging, repair: bool) -> tuple[Found, str | None]:
    changes, following = await (unheard(ctx, paging) if part == "tasks" else outlived(ctx, part, paging))
    if repair:
        await keep(ctx, *changes)
    ids = [watch.id for before, after in changes if (watch := before or after)]
    return [f"task {id} is not watched as it stands" for id in ids], following


async def misordered(ctx: Context, part: str, paging: Paging, repair: bool) -> tuple[Found, str | None]:
    changes, following = await not_along(ctx, paging)
    if repair:
        await mend(ctx, changes)
    return [f"order {order.id} is not as its task stands" for order, _ in changes], following


async def unheard(ctx: Context, paging: Paging) -> tuple[list[Change], str | None]:
    """Tasks that wait and are not watched, or not as they stand."""
    page = await ctx.ask(WaitingTasks(paging=paging)) or Paged(items=[])
    found = await watches_of(ctx).find({"_id": {"$in": [task.task for task in page.items]}})
    there = {watch.id: watch for watch in found}
    changes = [(there.get(task.task), as_it_stands(ctx, there.get(task.task), task)) for task in page.items]
    return [(before, after) for before, after in changes if before != after], page.next


async def outlived(ctx: Context, state: str, paging: Paging) -> tuple[list[Change], str | None]:
    """Watches in this state of tasks that wait no more."""
    page = await watches_of(ctx).page({**own(ctx), "state": state}, paging, sort=(("due_at", 1),))
    answer = await ctx.ask(WaitingTasks(ids=tuple(watch.id for watch in page.items)))
    waiting = {task.task for task in answer.items} if answer else {watch.id for watch in page.items}
    return [(watch, ended(watch, ctx.now())) for watch in page.items if watch.id not in waiting], page.next


async def miscounted(ctx: Context, row: str, repair: bool) -> Found:
    """Cells of a line of the board whose tallies do not add up to what is late there; the difference mends them."""
    late = {"row": row, "state": "late"}
    counted = await watches_of(ctx).groups(late, (*CELL, "node"), ("title", "label"), at_most=MOST_CELLS)
    told = await tallies_of(ctx).sums(
        {"place": row}, (*CELL, "nodes.node"), "nodes.change", ("short", "nodes.label"), "nodes", at_most=MOST_CELLS
    )
    there, named = {each.key: each.count for each in counted}, {each.key: each.least for each in (*told, *counted)}
    known = {each.key: each.count for each in told}
    wrong = {key: there.get(key, 0) - known.get(key, 0) for key in named}
    wrong = {key: change for key, change in wrong.items() if change}
    if repair:
        mended = [tally_of(ctx, row, key, named[key], change) for key, change in wrong.items()]
        await tallies_of(ctx).insert_many(mended)
    return [
        f"{row}: of {key[1]} at {key[3]} {there.get(key, 0)} are late, {known.get(key, 0)} counted" for key in wrong
    ]


def tally_of(ctx: Context, row: str, key: tuple[Any, ...], named: tuple[Any, ...], change: int) -> Tally:
    (bureau, project, sensitive, node), (title, label) = key, named
    short = title.partition(" · ")[0]
    return tally(ctx.new_id(), (row, bureau, project, sensitive), short, {node: change}, {node: label})


CHECKUPS = (
    Checkup(
        name="recount",
        says="Compare what is late with the worklist, and the numbers of the board with a full count.",
        call=recount,
    ),
)
