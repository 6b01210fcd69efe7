"""Tasks come and go as other plugins tell: opened, put off, paused, taken up again, closed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from hub.api import (
    CloseTask,
    Context,
    OpenTask,
    PauseTask,
    ResumeTask,
    SettleTask,
    TaskArrived,
    TaskChanged,
    TaskClosed,
    TaskDone,
    TaskHalted,
    TaskReleased,
    shared,
    taken,
)
from hub.worklist.documents import LEFT, TASK, UNDONE, Early, Stay, Task, stays_of, tasks_of

# Of one subject: the newest. What was never asked for is forgotten one day.
MOST_EARLY = 20
# What may change while somebody is wanted.
RENEWED = ("due_at", "title", "number", "link", "avoid", "avoid_keys", "avoid_offices", "hidden", "sensitive")
# What may also change when it is over: what is left of it is who may read it, and take it back.
KEPT_AWAY = ("avoid", "avoid_keys", "avoid_offices", "hidden", "sensitive")


async def open_task(event: OpenTask, ctx: Context) -> None:
    """Put a wanted task on offer, once per subject, node and round."""
    tasks = tasks_of(ctx)
    known: Task | None = await tasks.first({"subject": event.subject, "node": event.node, "round": event.round})
    if known is not None:
        await renew(ctx, known, event)
        return
    wanted = taken(event, *(name for name in event.__struct_fields__ if name in Task.__struct_fields__))
    new = Task(id=ctx.new_id(), arrived_at=ctx.now(), at=event.place, asked_in=ctx.event_id or "", **wanted)
    task = await tasks.insert(with_early(ctx, new, await told_early(ctx, event)))
    if task.state == "open":
        offer(ctx, task)


# --- told before the task was asked for -------------------------------------------------------------------------------


async def told_early(ctx: Context, event: OpenTask) -> Early | None:
    """What became of the task before it was asked for."""
    stay: Stay | None = await stays_of(ctx).first({"_id": event.subject})
    return next((each for each in stay.early if is_about(each, event)), None) if stay else None


def with_early(ctx: Context, task: Task, early: Early | None) -> Task:
    """A new task, with what became of it before."""
    if early is None:
        return task
    due_at = early.due_at if early.due_at and ctx.overtaken_by(early.told_in) else task.due_at
    return msgspec.structs.replace(task, state=early.state, due_at=due_at, paused_in=early.told_in)


async def remember(
    ctx: Context, event: SettleTask | CloseTask | PauseTask | ResumeTask, state: Literal["paused", "ended", "open"]
) -> None:
    """Whose stay it is and who wants somebody for it may be two, of whom the one was faster: its word is kept until the task
    is asked for. Of a task that is known it is too late, or told again."""
    known = {"subject": event.subject, "node": event.node, "round": event.round}
    if await tasks_of(ctx).count(known, at_most=1):
        return
    stay: Stay | None = await stays_of(ctx).first({"_id": event.subject})
    before = stay.early if stay else ()
    if any(is_about(each, event) and is_over(ctx, each, state) for each in before):
        return
    others = [each for each in before if not is_about(each, event)]
    due_at = event.due_at if isinstance(event, ResumeTask) else None
    new = Early(node=event.node, round=event.round, state=state, due_at=due_at, told_in=ctx.event_id or "")
    early = (*others, new)[-MOST_EARLY:]
    if stay is None:
        await stays_of(ctx).insert(Stay(id=event.subject, place=event.place, early=early))
    elif early != before:
        await stays_of(ctx).save(msgspec.structs.replace(stay, early=early))


def is_over(ctx: Context, early: Early, state: str) -> bool:
    """Whether what was told before holds against this state: it is at its end, or what says this comes late."""
    return early.state == "ended" or (state != "ended" and ctx.overtaken_by(early.told_in))


def is_about(early: Early, event: OpenTask | SettleTask | CloseTask | PauseTask | ResumeTask) -> bool:
    return (early.node, early.round) == (event.node, event.round)


# --- told of one that is there ----------------------------------------------------------------------------------------


async def renew(ctx: Context, task: Task, event: OpenTask) -> None:
    """The same task is wanted again: later, since time in which nobody could work on it does not count; kept from others as well;
    called otherwise. Of one that is over no limit runs."""
    if ctx.overtaken_by(task.asked_in):
        return
    left = task.state in LEFT
    # The end of a pause has told a later limit.
    same = {"due_at"} if ctx.overtaken_by(task.paused_in) else set()
    given = taken(event, *(name for name in (RENEWED if left else KEPT_AWAY) if name not in same))
    renewed = msgspec.structs.replace(task, **given)
    if (saved := await heard(ctx, task, renewed, "asked_in")) is None or renewed == task:
        return
    if left:
        ctx.emit(TaskChanged(task=task.id, **shared(TaskChanged, saved)))


async def settle_task(event: SettleTask, ctx: Context) -> None:
    """A task whose result came from its own page is done, by whoever came to it. Told again, nothing changes."""
    task = await find(ctx, event, LEFT)
    if task is None:
        await remember(ctx, event, "ended")
        return
    stay = await stays_of(ctx).first({"_id": event.subject})
    if stay is not None and stay.recalled >= task.round:
        return
    if stay is None:
        await stays_of(ctx).insert(Stay(id=task.subject, place=task.place, touched=task.round))
    else:
        await stays_of(ctx).save(msgspec.structs.replace(stay, touched=max(stay.touched, task.round)))
    done = msgspec.structs.replace(
        unclaimed(task, TASK.transition("settle", task.state)),
        move=event.move,
        opinion=event.opinion,
        done_by=event.person,
        done_name=event.shown,
        done_at=ctx.now(),
    )
    done = await tasks_of(ctx).save(done)
    ctx.emit(TaskDone(**told_of(done, event.person, ctx.now())))


def told_of(task: Task, person: str, at: datetime) -> dict[str, Any]:
    """What the facts about a decision tell."""
    named = ("subject", "node", "offer", "round", "label", "title", "number", "bureau", "project", "link", "place")
    return {**taken(task, *named), "task": task.id, "person": person, "move": task.move or "", "at": at}


async def close_task(event: CloseTask, ctx: Context) -> None:
    """Take a task off everybody's list, without a decision."""
    task = await find(ctx, event, LEFT)
    if task is None:
        await remember(ctx, event, "ended")
        return
    closed = await tasks_of(ctx).save(msgspec.structs.replace(task, state=TASK.transition("end", task.state)))
    ctx.emit(TaskClosed(task=closed.id, **shared(TaskClosed, closed)))


async def pause_task(event: PauseTask, ctx: Context) -> None:
    """Take a task off everybody's list for the time being, its claimer's too."""
    task = await find(ctx, event, LEFT)
    if task is None:
        await remember(ctx, event, "paused")
        return
    if ctx.overtaken_by(task.paused_in):
        return
    paused = unclaimed(task, TASK.transition("pause", task.state)) if task.state in UNDONE else task
    await heard(ctx, task, paused, "paused_in")
    if paused != task:
        ctx.emit(TaskHalted(task=paused.id, **shared(TaskHalted, paused)))


async def resume_task(event: ResumeTask, ctx: Context) -> None:
    """Offer a paused task anew."""
    task = await find(ctx, event, LEFT)
    if task is None:
        await remember(ctx, event, "open")
        return
    if ctx.overtaken_by(task.paused_in):
        return
    again = resumed(ctx, task, event) if task.state == "paused" else task
    saved = await heard(ctx, task, again, "paused_in")
    if saved is not None and again != task:
        offer(ctx, saved)


def resumed(ctx: Context, task: Task, event: ResumeTask) -> Task:
    """On offer again; the limit is that which was told last."""
    due_at = task.due_at if ctx.overtaken_by(task.asked_in) else event.due_at
    return msgspec.structs.replace(
        task, state=TASK.transition("resume", task.state), offer=task.offer + 1, due_at=due_at
    )


async def heard(ctx: Context, before: Task, after: Task, of: Literal["asked_in", "paused_in"]) -> Task | None:
    """Write the task, with the event that has said so last; None where both are known."""
    after = msgspec.structs.replace(after, **{of: ctx.event_id or getattr(after, of)})
    return await tasks_of(ctx).save(after) if after != before else None


async def find(
    ctx: Context, event: CloseTask | PauseTask | ResumeTask | SettleTask, states: tuple[str, ...]
) -> Task | None:
    """The task that a fact is about, if it is in one of these states: a fact that comes again finds none."""
    named = {"subject": event.subject, "node": event.node, "round": event.round, "state": {"$in": states}}
    return await tasks_of(ctx).first(named)


def unclaimed(task: Task, state: str) -> Task:
    return msgspec.structs.replace(task, state=state, claimed_by=None, claimed_name="", claimed_until=None)


async def put_back(ctx: Context, task: Task, *, expired: bool) -> Task:
    """From its claimer to all holders: the next offer."""
    claimer = task.claimed_by or ""
    free = unclaimed(task, TASK.transition("release", task.state, **shown(task)))
    free = await tasks_of(ctx).save(msgspec.structs.replace(free, offer=task.offer + 1))
    ctx.emit(TaskReleased(task=free.id, person=claimer, expired=expired, **shared(TaskReleased, task)))
    offer(ctx, free, given_back=None if expired else claimer)
    return free


def offer(ctx: Context, task: Task, given_back: str | None = None) -> None:
    """Tell the fact that a task can be claimed."""
    ctx.emit(
        TaskArrived(
            task=task.id,
            avoid=(*task.avoid, *([given_back] if given_back else ())),
            given_back=given_back,
            announced=task.announced and task.offer == 1,
            **shared(TaskArrived, task, but=("avoid", "announced")),
        )
    )


def shown(task: Task) -> dict[str, Any]:
    """The state of a task for whoever came too late."""
    return {
        "state": task.state,
        "label": TASK.label(task.state),
        "claimed_by": task.claimed_name or None,
        "version": task.version,
    }
