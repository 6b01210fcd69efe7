"""The worklist's operations: 我的待办, 认领, 办理, 我的已办, 历史审核记录."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from hub.api import Actor, Context, NotFound, Page, Paging, Route
from plugins.worklist import actions
from plugins.worklist.actions import DecideRequest
from plugins.worklist.documents import TASK, UNDONE, Task, tasks_of

BY_DUE = (("due_at", 1),)
NEWEST = (("arrived_at", -1),)


class TodoQuery(Paging, frozen=True, kw_only=True):
    """``overdue``: only those whose limit has passed. ``stand_in``: also those of the places below."""

    project: str | None = None
    node: str | None = None
    overdue: bool = False
    stand_in: bool = False


class DoneQuery(Paging, frozen=True, kw_only=True):
    project: str | None = None


class TaskLine(msgspec.Struct, frozen=True, kw_only=True):
    """A task in a list. ``claimed_by`` is the handler who is at it; ``mine`` whether that is the reader."""

    id: str
    title: str
    number: str
    project: str
    node: str
    node_label: str
    place: str
    arrived_at: datetime
    due_at: datetime
    overdue: bool
    state: str
    state_label: str
    claimed_by: str | None
    claimed_until: datetime | None
    mine: bool
    link: str
    version: int


class DoneLine(msgspec.Struct, frozen=True, kw_only=True):
    """A finished task: what was decided, by whom, when."""

    id: str
    title: str
    number: str
    project: str
    node: str
    node_label: str
    state_label: str
    move: str | None
    opinion: str
    handler: str
    arrived_at: datetime
    done_at: datetime | None


class History(msgspec.Struct, frozen=True, kw_only=True):
    """历史审核记录: earlier business of the same person within the reader's reach. Of sensitive projects that are not
    the reader's own to handle only the number is told (``hidden``).
    """

    lines: list[DoneLine]
    hidden: int


class TaskDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A task, the reader's ways on (``moves``), the rounds of the same business before, and the person's history."""

    task: TaskLine
    moves: list[str]
    subject: str
    earlier_rounds: list[DoneLine]
    history: History
    avoided: bool


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """For the home screen; counted up to 1000."""

    todo: int
    overdue: int
    claimed_by_me: int


async def list_todo(ctx: Context, query: TodoQuery) -> Page[TaskLine]:
    """我的待办: what waits for my positions, the soonest due first."""
    page = await tasks_of(ctx).page(todo_filter(ctx, query), query, sort=BY_DUE)
    return Page(items=[line(ctx, task) for task in page.items], next=page.next)


async def count_todo(ctx: Context) -> Counts:
    """How many tasks wait for my positions, how many are overdue, how many I hold."""
    tasks = tasks_of(ctx)
    return Counts(
        todo=await tasks.count(todo_filter(ctx, TodoQuery())),
        overdue=await tasks.count(todo_filter(ctx, TodoQuery(overdue=True))),
        claimed_by_me=await tasks.count({"state": "claimed", "claimed_by": ctx.actor.person}),
    )


async def list_done(ctx: Context, query: DoneQuery) -> Page[DoneLine]:
    """我的已办: tasks that I finished, the newest first."""
    wanted: dict[str, Any] = {"done_by": ctx.actor.person}
    if query.project:
        wanted["project"] = query.project
    page = await tasks_of(ctx).page(wanted, query, sort=(("done_at", -1),))
    return Page(items=[done_line(task) for task in page.items], next=page.next)


async def show(ctx: Context, id: str) -> TaskDetail:
    """One task, with this person's history beside it."""
    task = await tasks_of(ctx).get(id)
    if task.sensitive and not _handles(ctx.actor, task):
        raise NotFound
    node = ctx.node(task.node)
    return TaskDetail(
        task=line(ctx, task),
        moves=list(node.moves) if node and task.state in UNDONE else [],
        subject=task.subject,
        earlier_rounds=[done_line(other) for other in await _rounds(ctx, task)],
        history=await _history(ctx, task),
        avoided=actions.is_avoided(ctx.actor, task),
    )


async def claim(ctx: Context, id: str) -> TaskLine:
    """认领: take a task; others see who is at it."""
    return line(ctx, await actions.claim(ctx, id))


async def release(ctx: Context, id: str) -> TaskLine:
    """退还: give a claimed task back."""
    return line(ctx, await actions.release(ctx, id))


async def decide(ctx: Context, id: str, body: DecideRequest) -> DoneLine:
    """受理, 通过, 补正, 退回 or 驳回 a task that I have claimed."""
    return done_line(await actions.decide(ctx, id, body))


def line(ctx: Context, task: Task) -> TaskLine:
    return TaskLine(
        id=task.id,
        title=task.title,
        number=task.number,
        project=task.project,
        node=task.node,
        node_label=task.label,
        place=ctx.regions[task.place].name,
        arrived_at=task.arrived_at,
        due_at=task.due_at,
        overdue=task.state in UNDONE and task.due_at < ctx.now(),
        state=task.state,
        state_label=f"{task.claimed_name}处理中" if task.state == "claimed" else TASK.label(task.state),
        claimed_by=task.claimed_name or None,
        claimed_until=task.claimed_until,
        mine=task.claimed_by is not None and task.claimed_by == ctx.actor.person,
        link=task.link,
        version=task.version,
    )


def done_line(task: Task) -> DoneLine:
    return DoneLine(
        id=task.id,
        title=task.title,
        number=task.number,
        project=task.project,
        node=task.node,
        node_label=task.label,
        state_label=TASK.label(task.state),
        move=task.move,
        opinion=task.opinion,
        handler=task.done_name,
        arrived_at=task.arrived_at,
        done_at=task.done_at,
    )


def todo_filter(ctx: Context, query: TodoQuery) -> Mapping[str, Any]:
    wanted: dict[str, Any] = {name: value for name in ("project", "node") if (value := getattr(query, name))}
    if query.overdue:
        wanted["due_at"] = {"$lt": ctx.now()}
    return actions.todo_of(ctx.actor, wanted, stand_in=query.stand_in)


async def _rounds(ctx: Context, task: Task) -> Sequence[Task]:
    """What was decided on the same business before."""
    before = {"subject": task.subject, "_id": {"$ne": task.id}, "state": "done"}
    found: list[Task] = await tasks_of(ctx).find(before, sort=NEWEST, limit=ctx.config.history_at_most)
    return found


async def _history(ctx: Context, task: Task) -> History:
    if task.subject_key is None:
        return History(lines=[], hidden=0)
    same_person = {"subject_key": task.subject_key, "subject": {"$ne": task.subject}}
    found: list[Task] = await tasks_of(ctx).find(same_person, sort=NEWEST, limit=ctx.config.history_at_most)
    open_to_me = [other for other in found if not other.sensitive or _handles(ctx.actor, other)]
    return History(lines=[done_line(other) for other in open_to_me], hidden=len(found) - len(open_to_me))


def _handles(actor: Actor, task: Task) -> bool:
    return any(actions.fits(position, task) for position in actor.positions)


ROUTES = (
    Route(method="GET", path="/tasks", call=list_todo, access="worklist.decide"),
    Route(method="GET", path="/tasks/count", call=count_todo, access="worklist.decide"),
    Route(method="GET", path="/tasks/{id}", call=show, access="worklist.decide"),
    Route(method="POST", path="/tasks/{id}/claim", call=claim, access="worklist.decide"),
    Route(method="POST", path="/tasks/{id}/release", call=release, access="worklist.decide"),
    Route(method="POST", path="/tasks/{id}/decide", call=decide, access="worklist.decide"),
    Route(method="GET", path="/done", call=list_done, access="worklist.decide"),
)
