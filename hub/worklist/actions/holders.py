"""Whose task it is: the position it is offered to, who must keep away from it, what is on somebody's list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from hub.api import (
    Actor,
    Conflict,
    Context,
    Duty,
    Forbidden,
    HolderAnswer,
    Node,
    NotFound,
    Position,
    audience_of,
    duties,
    recusal,
)
from hub.worklist.actions.tasks import shown
from hub.worklist.documents import UNDONE, Task, tasks_of


async def task_of(ctx: Context, id: str) -> Task:
    """A task within reach, unless it is hidden from the one who asks."""
    task: Task | None = await tasks_of(ctx).first({"_id": id, **not_hidden_from(ctx.actor)})
    if task is None:
        raise NotFound
    return task


def duty_of(task: Task) -> Duty:
    """What the task is offered to."""
    return Duty(role=task.role, nodes=(task.node,))


def handles(actor: Actor, task: Task) -> bool:
    """Whether the actor holds one of the positions that the task is offered to, at its place or above, to stand in there."""
    return duties.does(actor, task, duty_of(task))


def at_home(actor: Actor, task: Task) -> bool:
    """Whether the actor holds the task's own position, rather than standing in from above."""
    return duties.does(actor, task, duty_of(task), at=task.place)


def open_to(actor: Actor) -> Mapping[str, Any]:
    """A filter: of sensitive projects only the tasks that the actor's own positions are offered."""
    return {"$or": [{"sensitive": False}, *(corner(position, below=True) for position in actor.positions)]}


def check_reach(ctx: Context, task: Task) -> None:
    """``Forbidden`` for who may read the task, yet holds its position neither at its place nor above."""
    if task.county != ctx.county:
        # Seen from the city; what is changed goes by the switches of its own county.
        raise NotFound
    if not handles(ctx.actor, task):
        raise Forbidden("这件待办不属于您的岗位。")


async def check_position(ctx: Context, task: Task) -> None:
    """``Forbidden`` unless the actor's is the position that has the task now: its own, or, while nobody can do it there,
    the nearest above."""
    check_reach(ctx, task)
    if not may_handle(ctx.actor.positions, task, await who_has(ctx, task)):
        raise Forbidden("这件待办由本岗位人员办理；岗位无人时才由上级代办。")


def may_handle(positions: Iterable[Position], task: Task, answer: HolderAnswer) -> bool:
    """Whether one of the positions has the task, given who holds it now. On leave one keeps the rights, and what has gone
    up past oneself may still be done."""
    nearest = task.path.index(answer.at) if answer.persons and answer.at in task.path else 0
    return any(
        duties.fits(position, task, duty_of(task))
        and (position.region == task.place or task.path.index(position.region) >= nearest)
        for position in positions
    )


async def who_has(ctx: Context, task: Task) -> HolderAnswer:
    """Who holds the task's position now, else who stands in above."""
    return await ctx.holders(audience_of(task))


async def keeps_away(ctx: Context, task: Task, person: str, answer: HolderAnswer) -> bool:
    """Whether it is because they must keep away that somebody is not among those who have the task."""
    everybody = msgspec.structs.replace(audience_of(task), but_not=(), but_not_keys=(), but_not_offices=())
    return person not in answer.persons and person in (await ctx.holders(everybody)).persons


def on_list_of(task: Task, answer: HolderAnswer) -> Task:
    """The task on the lists of the place that has it now; where nobody has it, on those of its own place."""
    at = answer.at if answer.persons else task.place
    return msgspec.structs.replace(task, at=at, unfilled=not answer.persons)


def not_hidden_from(actor: Actor) -> Mapping[str, Any]:
    """A filter: without the tasks that one must not even see, such as a complaint about oneself."""
    return {"$nor": hidden_from(actor)}


def hidden_from(actor: Actor) -> list[dict[str, Any]]:
    """Filters for those tasks."""
    return recusal.avoided(actor, hidden=True)


def todo_of(ctx: Context, wanted: Mapping[str, Any], *, stand_in: bool = False) -> Mapping[str, Any]:
    """A filter for what waits for the actor's positions, their own and what they stand in for; with ``stand_in`` for all
    below them, whoever has it. What waits at a node that nobody handles now is on no list.

    Each clause is complete in itself and has one position and one state, so that the index gives its tasks in due order
    and the server merges them: with ``$in`` for the states it would sort them all in memory.
    """
    return waiting(ctx, wanted, [corner(position, stand_in) for position in ctx.actor.positions])


def stood_in_for(ctx: Context) -> Mapping[str, Any]:
    """A filter for what of it is another place's."""
    corners = [corner(position, below=False) for position in ctx.actor.positions]
    return waiting(ctx, {}, [each | {"place": {"$ne": each["at"]}} for each in corners])


def claimed_by(ctx: Context) -> Mapping[str, Any]:
    """A filter for what the actor has claimed."""
    return {"state": "claimed", "claimed_by": ctx.actor.person, "$nor": [*hidden_from(ctx.actor), *at_rest(ctx)]}


def waiting(ctx: Context, wanted: Mapping[str, Any], corners: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """A filter for undone tasks in these corners."""
    unseen = {"$nor": [*hidden_from(ctx.actor), *at_rest(ctx)]}
    clauses = [
        {**wanted, **corner, "state": state, **unseen}
        for corner in corners
        if agree(corner, wanted)
        for state in UNDONE
    ]
    # A system that calls has no positions of a person, and no list of its own.
    return {"$or": clauses} if clauses else {"_id": {"$in": []}}


def at_rest(ctx: Context) -> list[dict[str, Any]]:
    """Filters for the tasks at nodes whose plugin is off in their county, or gone: nobody can do anything about them."""
    return [{"county": county, "node": {"$nin": list(nodes)}} for county, nodes in ctx.nodes_on().items()]


def node_of(ctx: Context, task: Task) -> Node:
    """The task's node; ``Conflict`` while its plugin is off in this county."""
    node = ctx.node(task.node)
    if node is None:
        raise Conflict("该环节在本区县已暂停办理，恢复后可继续办理。", state=shown(task))
    return node


def agree(corner: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(corner.get(field, value) == value for field, value in wanted.items())


def corner(position: Position, below: bool) -> dict[str, Any]:
    """The tasks that one position has, its own and those it stands in for; or all ``below`` it."""
    at = {} if below else {"at": position.region}
    bound = {name: getattr(position, name) for name in ("county", "bureau", "project", "node")}
    known = {name: value for name, value in bound.items() if value is not None}
    return {"path": position.region, "role": position.role, **at, **known}
