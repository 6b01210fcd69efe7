"""What happens to tasks: opened, claimed, released, decided, closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from hub.api import Actor, Conflict, Context, Forbidden, Invalid, NotFound, Position, Stale
from plugins.worklist.documents import TASK, UNDONE, Task, tasks_of
from plugins.worklist.events import (
    Decision,
    TaskArrived,
    TaskClaimed,
    TaskClosed,
    TaskDone,
    TaskEnded,
    TaskReleased,
    TaskWanted,
)

# A person must be told why; a pass speaks for itself.
NEEDS_A_REASON = frozenset({"correct", "return", "refuse"})
LONGEST_OPINION = 500
# Of one transaction of the job: a conflict with a handler costs little.
EXPIRED_AT_ONCE = 50


class DecideRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``move``: pass, correct, return, refuse or another of the node's. ``version`` is the task's, as it was shown."""

    move: str
    version: int
    opinion: str = ""
    to: str | None = None


async def open_task(event: TaskWanted, ctx: Context) -> None:
    """Put a wanted task on offer, once per subject, node and round."""
    tasks = tasks_of(ctx)
    known: Task | None = await tasks.first({"subject": event.subject, "node": event.node, "round": event.round})
    if known is not None:
        await postpone(ctx, known, event)
        return
    wanted = {name: getattr(event, name) for name in event.__struct_fields__ if name in Task.__struct_fields__}
    offer(ctx, await tasks.insert(Task(id=ctx.new_id(), arrived_at=ctx.now(), **wanted)))


async def postpone(ctx: Context, task: Task, event: TaskWanted) -> None:
    """The same task is wanted again with another limit: time in which nobody could work on it does not count."""
    if task.state in UNDONE and task.due_at != event.due_at:
        await tasks_of(ctx).save(msgspec.structs.replace(task, due_at=event.due_at))


async def close_task(event: TaskEnded, ctx: Context) -> None:
    """Take a task off everybody's list, without a decision."""
    tasks = tasks_of(ctx)
    task = await tasks.first(
        {"subject": event.subject, "node": event.node, "round": event.round, "state": {"$in": UNDONE}}
    )
    if task is None:
        return
    closed = await tasks.save(msgspec.structs.replace(task, state=TASK.follow("end", task.state)))
    ctx.emit(
        TaskClosed(place=closed.place, task=closed.id, subject=closed.subject, node=closed.node, offer=closed.offer)
    )


async def claim(ctx: Context, id: str) -> Task:
    """Take a task for oneself until the claim runs out. Of two at once one wins; the other sees who."""
    tasks = tasks_of(ctx)
    task = await tasks.get(id)
    check_position(ctx, task)
    check_avoidance(ctx.actor, task)
    if task.state == "claimed" and task.claimed_by == ctx.actor.person:
        return task
    if ran_out(ctx, task):
        task = msgspec.structs.replace(task, state="open", offer=task.offer + 1)
    if task.state == "claimed":
        raise Conflict(f"{task.claimed_name}正在处理这件待办。", state=shown(task))
    claimed = msgspec.structs.replace(
        task,
        state=TASK.follow("claim", task.state, **shown(task)),
        claimed_by=ctx.actor.person,
        claimed_name=shown_name(ctx.actor),
        claimed_until=ctx.now() + ctx.config.claim_for,
    )
    claimed = await tasks.save(claimed)
    ctx.audit("worklist.claim", claimed.id, stand_in=not at_home(ctx.actor, claimed))
    ctx.emit(
        TaskClaimed(
            place=claimed.place,
            task=claimed.id,
            subject=claimed.subject,
            node=claimed.node,
            offer=claimed.offer,
            person=ctx.actor.person or "",
        )
    )
    return claimed


async def release(ctx: Context, id: str) -> Task:
    """Give a claimed task back to all holders."""
    task = await tasks_of(ctx).get(id)
    check_claim(ctx, task, "release")
    ctx.audit("worklist.release", task.id)
    return await put_back(ctx, task, expired=False)


async def release_expired(ctx: Context) -> None:
    """Give back what was claimed and left lying, in small transactions."""
    while await ctx.in_transaction(release_some):
        pass


async def release_some(ctx: Context) -> int:
    """A few of them, the oldest first; returns how many."""
    left = {"state": "claimed", "claimed_until": {"$lte": ctx.now()}}
    tasks = await tasks_of(ctx).find(left, sort=(("claimed_until", 1),), limit=EXPIRED_AT_ONCE)
    for task in tasks:
        await put_back(ctx, task, expired=True)
    return len(tasks)


async def decide(ctx: Context, id: str, request: DecideRequest) -> Task:
    """Do the claimer's decision: the task is done and the node's move made in one transaction."""
    tasks = tasks_of(ctx)
    task = await tasks.get(id)
    check_claim(ctx, task, "decide")
    check_avoidance(ctx.actor, task)
    if task.version != request.version:
        raise Stale(state=shown(task))
    move = move_of(ctx, task, request)
    done = msgspec.structs.replace(
        task,
        state=TASK.follow("decide", task.state),
        move=request.move,
        opinion=request.opinion,
        done_by=ctx.actor.person,
        done_name=shown_name(ctx.actor),
        done_at=ctx.now(),
    )
    done = await tasks.save(done)
    await move(ctx, task.subject, decision_of(done, request))
    ctx.audit("worklist.decide", done.id, why=request.move, of=done.subject, node=done.node)
    ctx.emit(
        TaskDone(
            place=done.place,
            task=done.id,
            subject=done.subject,
            node=done.node,
            offer=done.offer,
            person=ctx.actor.person or "",
            move=request.move,
            round=done.round,
            label=done.label,
            title=done.title,
            number=done.number,
            bureau=done.bureau,
            project=done.project,
            link=done.link,
            at=ctx.now(),
        )
    )
    return done


def decision_of(done: Task, request: DecideRequest) -> Decision:
    return Decision(
        move=request.move,
        opinion=request.opinion,
        round=done.round,
        person=done.done_by,
        shown=done.done_name,
        to=request.to,
    )


def move_of(ctx: Context, task: Task, request: DecideRequest) -> Any:
    """The node's function for the move asked for, its reason given."""
    node = ctx.node(task.node)
    if node is None:
        raise Conflict("该环节在本区县已暂停办理，请稍后再试。", state=shown(task))
    move = node.moves.get(request.move)
    if move is None:
        raise Invalid(fields={"move": f"“{task.label}”环节没有这种处理方式。"})
    if request.move in NEEDS_A_REASON and not request.opinion.strip():
        raise Invalid(fields={"opinion": "请填写理由，申请人会看到。"})
    if len(request.opinion) > LONGEST_OPINION:
        raise Invalid(fields={"opinion": f"意见不超过{LONGEST_OPINION}字。"})
    return move


def offer(ctx: Context, task: Task, but_not: tuple[str, ...] = ()) -> None:
    """Tell the fact that a task can be claimed."""
    ctx.emit(
        TaskArrived(
            place=task.place,
            task=task.id,
            subject=task.subject,
            node=task.node,
            offer=task.offer,
            label=task.label,
            role=task.role,
            bureau=task.bureau,
            project=task.project,
            title=task.title,
            number=task.number,
            arrived_at=task.arrived_at,
            due_at=task.due_at,
            avoid=task.avoid + but_not,
            urgent=task.urgent,
        )
    )


async def put_back(ctx: Context, task: Task, *, expired: bool) -> Task:
    """From its claimer to all holders: the next offer."""
    claimer = task.claimed_by or ""
    free = msgspec.structs.replace(
        task,
        state=TASK.follow("release", task.state, **shown(task)),
        offer=task.offer + 1,
        claimed_by=None,
        claimed_name="",
        claimed_until=None,
    )
    free = await tasks_of(ctx).save(free)
    ctx.emit(
        TaskReleased(
            place=free.place,
            task=free.id,
            subject=free.subject,
            node=free.node,
            offer=task.offer,
            person=claimer,
            expired=expired,
        )
    )
    offer(ctx, free, but_not=() if expired else (claimer,))
    return free


# --- whose task it is ------------------------------------------------------------------------------------------------


def fits(position: Position, task: Task) -> bool:
    """Whether a position is one of those that the task is offered to, wherever it stands."""
    return position.role == task.role and all(
        (bound := getattr(position, field)) is None or bound == getattr(task, field)
        for field in ("bureau", "project", "node")
    )


def at_home(actor: Actor, task: Task) -> bool:
    """Whether the actor holds the task's own position, rather than standing in from above."""
    return any(fits(position, task) and position.region == task.place for position in actor.positions)


def check_position(ctx: Context, task: Task) -> None:
    """``Forbidden`` for who may read the task, yet holds its position neither at its place nor above, to stand in
    there.
    """
    if task.county != ctx.county:
        # Seen from the city; what is changed goes by the switches of its own county.
        raise NotFound
    if not any(fits(position, task) and position.region in task.path for position in ctx.actor.positions):
        raise Forbidden("这件待办不属于您的岗位。")


def check_avoidance(actor: Actor, task: Task) -> None:
    """回避: nobody handles their own case, nor under another account of theirs."""
    if is_avoided(actor, task):
        raise Forbidden("您是本件的当事人，按规定应当回避，请由其他经办人员办理。")


def is_avoided(actor: Actor, task: Task) -> bool:
    return actor.person in task.avoid or (actor.id_key is not None and actor.id_key in task.avoid_keys)


def check_claim(ctx: Context, task: Task, move: str) -> None:
    """``Conflict`` unless the actor holds the claim on the task."""
    if task.state == "open":
        raise Conflict("请先认领这件待办。", state=shown(task))
    TASK.follow(move, task.state, **shown(task))
    if task.claimed_by != ctx.actor.person:
        raise Conflict(f"{task.claimed_name}正在处理这件待办。", state=shown(task))


def ran_out(ctx: Context, task: Task) -> bool:
    return task.state == "claimed" and task.claimed_until is not None and task.claimed_until <= ctx.now()


def todo_of(actor: Actor, wanted: Mapping[str, Any], *, stand_in: bool = False) -> Mapping[str, Any]:
    """A filter for what waits for the actor's own positions; with ``stand_in`` for all below them, where one may
    stand in.

    Each clause is complete in itself and has one position and one state, so that the index gives its tasks in due order
    and the server merges them: with ``$in`` for the states it would sort them all in memory.
    """
    corners = [corner(position, stand_in) for position in actor.positions]
    clauses = [{**wanted, **place, "state": state} for place in corners if agree(place, wanted) for state in UNDONE]
    # A system that calls has no positions of a person, and no list of its own.
    return {"$or": clauses} if clauses else {"_id": {"$in": []}}


def agree(corner: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(corner.get(field, value) == value for field, value in wanted.items())


def corner(position: Position, stand_in: bool) -> dict[str, Any]:
    """The tasks that one position is offered."""
    place = {} if stand_in else {"place": position.region}
    bound = {name: getattr(position, name) for name in ("county", "bureau", "project", "node")}
    known = {name: value for name, value in bound.items() if value is not None}
    return {"path": position.region, "role": position.role, **place, **known}


def shown(task: Task) -> dict[str, Any]:
    """The state of a task for whoever came too late."""
    return {
        "state": task.state,
        "label": TASK.label(task.state),
        "claimed_by": task.claimed_name or None,
        "version": task.version,
    }


def shown_name(actor: Actor) -> str:
    """A handler's name stands open: who decides on public money does it by name."""
    return actor.name.reveal() if actor.name else ""
