"""What waits, for a plugin that keeps its own account of it: all that is not over, a page at a time."""

from __future__ import annotations

from itertools import product

from hub.api import Context, Paged, Paging, WaitingTask, WaitingTasks, shared
from hub.worklist.documents import DECIDERS, LEFT, Task, tasks_of

BY_DUE = (("due_at", 1),)
# One after the other, so that an index has each in order.
PARTS = tuple(product(DECIDERS, LEFT))


async def waiting_tasks(ctx: Context, question: WaitingTasks) -> Paged[WaitingTask]:
    """Those of this very county, or of the city itself; which part a cursor is in stands before it."""
    if question.ids is not None:
        wanted = {"_id": {"$in": list(question.ids)}, "state": {"$in": LEFT}}
        return Paged(items=[as_it_stands(task) for task in await tasks_of(ctx).find(wanted)])
    part, _, cursor = (question.paging.cursor or "0:").partition(":")
    role, state = PARTS[int(part)]
    wanted = {"county": ctx.county, "role": role, "state": state}
    page = await tasks_of(ctx).page(wanted, Paging(limit=question.paging.limit, cursor=cursor or None), sort=BY_DUE)
    following = f"{part}:{page.next}" if page.next else f"{int(part) + 1}:"
    more = page.next is not None or int(part) + 1 < len(PARTS)
    return Paged(items=[as_it_stands(task) for task in page.items], next=following if more else None)


def as_it_stands(task: Task) -> WaitingTask:
    return WaitingTask(task=task.id, paused=task.state == "paused", **shared(WaitingTask, task))
