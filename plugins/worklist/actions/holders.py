"""Whose task it is: the position it is offered to, who must keep away from it, what is on somebody's list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.api import Actor, Context, Duty, Forbidden, NotFound, Office, Position, duties
from plugins.worklist.documents import UNDONE, Task, tasks_of


async def task_of(ctx: Context, id: str) -> Task:
    """A task within reach, unless it is hidden from the one who asks."""
    task: Task | None = await tasks_of(ctx).first({"_id": id, **not_hidden_from(ctx.actor)})
    if task is None:
        raise NotFound
    return task


def handles(actor: Actor, task: Task) -> bool:
    """Whether the actor holds one of the positions that the task is offered to, at its place or above, to stand in there."""
    return duties.does(actor, task, Duty(role=task.role, nodes=(task.node,)))


def at_home(actor: Actor, task: Task) -> bool:
    """Whether the actor holds the task's own position, rather than standing in from above."""
    return duties.does(actor, task, Duty(role=task.role, nodes=(task.node,)), at=task.place)


def open_to(actor: Actor) -> Mapping[str, Any]:
    """A filter: of sensitive projects only the tasks that the actor's own positions are offered."""
    return {"$or": [{"sensitive": False}, *(corner(position, stand_in=True) for position in actor.positions)]}


def check_position(ctx: Context, task: Task) -> None:
    """``Forbidden`` for who may read the task, yet holds its position neither at its place nor above, to stand in
    there.
    """
    if task.county != ctx.county:
        # Seen from the city; what is changed goes by the switches of its own county.
        raise NotFound
    if not handles(ctx.actor, task):
        raise Forbidden("这件待办不属于您的岗位。")


def check_avoidance(actor: Actor, task: Task) -> None:
    """回避: nobody handles their own case, nor under another account of theirs, nor what accuses their office."""
    if is_avoided(actor, task):
        raise Forbidden("您是本件的当事人，按规定应当回避，请由其他经办人员办理。")


def is_avoided(actor: Actor, task: Task) -> bool:
    if actor.person in task.avoid or (actor.id_key is not None and actor.id_key in task.avoid_keys):
        return True
    return any(acts_in(position, office) for position in actor.positions for office in task.avoid_offices)


def acts_in(position: Position, office: Office) -> bool:
    return position.region == office.region and office.bureau in (None, position.bureau)


def not_hidden_from(actor: Actor) -> Mapping[str, Any]:
    """A filter: without the tasks that one must not even see, such as a complaint about oneself."""
    about_me: list[dict[str, Any]] = [{"hidden": True, "avoid": actor.person}]
    if actor.id_key is not None:
        about_me.append({"hidden": True, "avoid_keys": actor.id_key})
    for position in actor.positions:
        ours = {"region": position.region, "bureau": {"$in": [None, position.bureau]}}
        about_me.append({"hidden": True, "avoid_offices": {"$elemMatch": ours}})
    return {"$nor": about_me}


def todo_of(actor: Actor, wanted: Mapping[str, Any], *, stand_in: bool = False) -> Mapping[str, Any]:
    """A filter for what waits for the actor's own positions; with ``stand_in`` for all below them, where one may
    stand in.

    Each clause is complete in itself and has one position and one state, so that the index gives its tasks in due order
    and the server merges them: with ``$in`` for the states it would sort them all in memory.
    """
    corners = [corner(position, stand_in) for position in actor.positions]
    seen = not_hidden_from(actor)
    clauses = [
        {**wanted, **place, "state": state, **seen} for place in corners if agree(place, wanted) for state in UNDONE
    ]
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


def shown_name(actor: Actor) -> str:
    """A handler's name stands open: who decides on public money does it by name."""
    return actor.name.reveal() if actor.name else ""
