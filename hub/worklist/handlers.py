"""The worklist's operations: 我的待办, 认领, 办理, 合并, 我的已办, 撤销通过, 历史审核记录, 经办历史."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import msgspec

from hub.api import SHANGHAI, Context, Group, Invalid, Listing, NotFound, Paging, Route, asked, recusal, shared
from hub.worklist.actions import decisions, holders
from hub.worklist.actions.decisions import DecideRequest, Outcome, RecallRequest, TogetherRequest
from hub.worklist.config import WorklistConfig
from hub.worklist.documents import TASK, UNDONE, Act, Task, Touch, tasks_of, touches_of

BY_DUE = (("due_at", 1),)
NEWEST = (("arrived_at", -1),)
LONGEST_KEYWORD = 50
# Read at once of what there was before.
MOST_EARLIER = 200


class TodoQuery(Paging, frozen=True, kw_only=True):
    """``overdue``: only those whose limit has passed. ``stand_in``: also those of the places below. ``number`` is a whole
    受理编号."""

    project: str | None = None
    node: str | None = None
    number: str | None = None
    overdue: bool = False
    stand_in: bool = False


class GroupQuery(msgspec.Struct, frozen=True, kw_only=True):
    """``stand_in`` as in the list."""

    stand_in: bool = False


class PeriodQuery(Paging, frozen=True, kw_only=True):
    """``number`` is a whole 受理编号, ``keyword`` is looked for in titles; ``since`` and ``until`` are days in Shanghai, both
    included.
    """

    project: str | None = None
    number: str | None = None
    keyword: str | None = None
    since: date | None = None
    until: date | None = None


class DoneQuery(PeriodQuery, frozen=True, kw_only=True):
    """``move``: pass, correct, return, refuse."""

    node: str | None = None
    move: str | None = None


class HistoryQuery(PeriodQuery, frozen=True, kw_only=True):
    """``kind``: task, survey, complaint …"""

    kind: str | None = None


class TaskLine(msgspec.Struct, frozen=True, kw_only=True):
    """A task in a list. ``claimed_by`` is the handler who is at it; ``mine`` whether that is the reader.
    ``standing_in`` 代: it is another place's, whose position nobody can fill."""

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
    standing_in: bool
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
    reason: str
    link: str
    version: int


class GroupLine(msgspec.Struct, frozen=True, kw_only=True):
    """合并: the tasks of one project at one node, as one line: 高龄津贴 · 受理 · 23 件. ``oldest_due`` is the first limit."""

    project: str
    short: str
    node: str
    node_label: str
    count: int
    oldest_due: datetime
    overdue: bool


class Groups(msgspec.Struct, frozen=True, kw_only=True):
    """The most numerous first."""

    lines: list[GroupLine]


class Together(msgspec.Struct, frozen=True, kw_only=True):
    """A result per task, in the order asked."""

    passed: int
    results: list[Outcome]


class TouchLine(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of business that I touched, and what I did last."""

    id: str
    subject: str
    title: str
    number: str
    project: str
    bureau: str
    kinds: tuple[str, ...]
    last: str
    last_at: datetime
    link: str


class TouchDetail(msgspec.Struct, frozen=True, kw_only=True):
    """All that I did in it, the oldest first; ``link`` opens the business itself, where one still may."""

    business: TouchLine
    acts: tuple[Act, ...]


class History(msgspec.Struct, frozen=True, kw_only=True):
    """历史审核记录: earlier business of the same person within the reader's reach. Of sensitive projects only what is the reader's
    own to handle: of one person even a number tells that they are in it.
    """

    lines: list[DoneLine]


class TaskDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A task, the reader's ways on (``moves``), the rounds of the same business before, and the person's history."""

    task: TaskLine
    moves: list[str]
    subject: str
    earlier_rounds: list[DoneLine]
    history: History
    avoided: bool


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """For the home screen; counted up to 1000. ``standing_in`` 代: of ``todo``, what is another place's."""

    todo: int
    standing_in: int
    overdue: int
    claimed_by_me: int


async def count_todo(ctx: Context) -> Counts:
    """How many tasks wait for my positions, how many are overdue, how many I hold."""
    tasks, (todo, overdue) = tasks_of(ctx), await count_waiting(ctx)
    return Counts(
        todo=todo,
        standing_in=await tasks.count(holders.stood_in_for(ctx)),
        overdue=overdue,
        claimed_by_me=await tasks.count(holders.claimed_by(ctx)),
    )


async def count_waiting(ctx: Context) -> tuple[int, int]:
    """How many tasks wait for my positions, and how many of them are overdue."""
    tasks = tasks_of(ctx)
    todo = await tasks.count(todo_filter(ctx, TodoQuery()))
    return todo, await tasks.count(todo_filter(ctx, TodoQuery(overdue=True))) if todo else 0


async def list_groups(ctx: Context, query: GroupQuery) -> Groups:
    """合并: what waits for my positions, by project and node."""
    wanted = todo_filter(ctx, TodoQuery(stand_in=query.stand_in))
    found = await tasks_of(ctx).groups(wanted, ("project", "node"), least=("due_at", "title", "label"))
    return Groups(lines=[group_line(ctx, group) for group in found])


async def decide_together(ctx: Context, body: TogetherRequest) -> Together:
    """合并: 受理 or 通过 up to 50 tasks of one project and node, each by itself; never 驳回."""
    results = await decisions.decide_together(ctx, body)
    return Together(passed=sum(result.done for result in results), results=results)


async def recall(ctx: Context, id: str, body: RecallRequest) -> DoneLine:
    """撤销通过: take my own pass back while the next node is untouched."""
    return done_line(ctx, await decisions.recall(ctx, id, body))


async def show_history(ctx: Context, id: str) -> TouchDetail:
    """One piece of business that I touched: each of my acts, and where it is found."""
    touch: Touch = await touches_of(ctx).get(id)
    return TouchDetail(business=touch_line(ctx, touch), acts=touch.acts)


async def show(ctx: Context, id: str) -> TaskDetail:
    """One task, with this person's history beside it."""
    task = await holders.task_of(ctx, id)
    if task.sensitive and not holders.handles(ctx.actor, task):
        raise NotFound
    earlier, most = await _earlier(ctx, task), ctx.settings(WorklistConfig).history_at_most
    return TaskDetail(
        task=line(ctx, task),
        moves=await decisions.moves_of(ctx, task),
        subject=task.subject,
        earlier_rounds=[done_line(ctx, other) for other in earlier if other.subject == task.subject][:most],
        history=History(lines=[done_line(ctx, other) for other in earlier if other.subject != task.subject][:most]),
        avoided=recusal.is_avoided(ctx.actor, task),
    )


async def claim(ctx: Context, id: str) -> TaskLine:
    """认领: take a task; others see who is at it."""
    return line(ctx, await decisions.claim(ctx, id))


async def release(ctx: Context, id: str) -> TaskLine:
    """退还: give a claimed task back."""
    return line(ctx, await decisions.release(ctx, id))


async def decide(ctx: Context, id: str, body: DecideRequest) -> DoneLine:
    """受理, 通过, 补正, 退回 or 驳回 a task that I have claimed."""
    return done_line(ctx, await decisions.decide(ctx, id, body))


def line(ctx: Context, task: Task) -> TaskLine:
    return TaskLine(
        node_label=task.label,
        place=ctx.regions[task.place].name,
        overdue=task.state in UNDONE and task.due_at < ctx.now(),
        state_label=f"{task.claimed_name}处理中" if task.state == "claimed" else TASK.label(task.state),
        claimed_by=task.claimed_name or None,
        mine=task.claimed_by is not None and task.claimed_by == ctx.actor.person,
        standing_in=not holders.at_home(ctx.actor, task),
        **shared(TaskLine, task, but=("place", "claimed_by")),
    )


def done_line(ctx: Context, task: Task) -> DoneLine:
    state = TASK.label(task.state)
    return DoneLine(node_label=task.label, state_label=state, handler=task.done_name, **shared(DoneLine, task))


def group_line(ctx: Context, group: Group) -> GroupLine:
    due, title, label = group.least
    return GroupLine(
        project=group.key[0],
        # A title is the project's short name and the masked name.
        short=title.partition(" · ")[0],
        node=group.key[1],
        node_label=label,
        count=group.count,
        oldest_due=due,
        overdue=due < ctx.now(),
    )


def touch_line(ctx: Context, touch: Touch) -> TouchLine:
    return TouchLine(last=touch.acts[-1].label, **shared(TouchLine, touch))


# --- filters ---------------------------------------------------------------------------------------------------------


def searched(query: PeriodQuery, moment: str) -> dict[str, Any]:
    """The keyword in the title, and the days between which ``moment`` lies."""
    found: dict[str, Any] = {}
    if query.keyword:
        if len(query.keyword) > LONGEST_KEYWORD:
            raise Invalid(fields={"keyword": f"关键词不超过{LONGEST_KEYWORD}字。"})
        found["title"] = {"$regex": re.escape(query.keyword)}
    bounds = {}
    if query.since:
        bounds["$gte"] = datetime.combine(query.since, time(), SHANGHAI)
    if query.until:
        bounds["$lt"] = datetime.combine(query.until + timedelta(days=1), time(), SHANGHAI)
    return found | ({moment: bounds} if bounds else {})


def todo_filter(ctx: Context, query: TodoQuery) -> Mapping[str, Any]:
    wanted = asked(query, ("project", "node", "number"))
    if query.overdue:
        wanted["due_at"] = {"$lt": ctx.now()}
    return holders.todo_of(ctx, wanted, stand_in=query.stand_in)


async def _earlier(ctx: Context, task: Task) -> Sequence[Task]:
    """What was decided on the same business before, and what else there is of the same person; the newest so many of both."""
    rounds = {"subject": task.subject, "_id": {"$ne": task.id}, "state": {"$in": ("done", "recalled")}}
    of_person = {"subject_key": task.subject_key, "subject": {"$ne": task.subject}, **holders.open_to(ctx.actor)}
    either = {"$or": [rounds, of_person] if task.subject_key else [rounds]}
    hidden = holders.not_hidden_from(ctx.actor)
    found: list[Task] = await tasks_of(ctx).find({**either, **hidden}, sort=NEWEST, limit=MOST_EARLIER)
    return found


TODO = Listing(
    path="/tasks",
    read="worklist.decide",
    says="我的待办: what waits for my positions, the soonest due first.",
    of=tasks_of,
    line=line,
    query=TodoQuery,
    wanted=todo_filter,
    order=BY_DUE,
)
DONE = Listing(
    path="/done",
    read="worklist.decide",
    says="我的已办: tasks that I finished, the newest first.",
    of=tasks_of,
    own=lambda ctx: {"done_by": ctx.actor.person, **holders.not_hidden_from(ctx.actor)},
    line=done_line,
    query=DoneQuery,
    exact=("project", "number", "node", "move"),
    wanted=lambda ctx, query: searched(query, "done_at"),
    order=(("done_at", -1),),
)
HISTORY = Listing(
    path="/history",
    read="worklist.history",
    says="经办历史: every piece of business that I touched, the latest first.",
    of=touches_of,
    line=touch_line,
    query=HistoryQuery,
    exact=("project", "number"),
    wanted=lambda ctx, query: {**({"kinds": query.kind} if query.kind else {}), **searched(query, "last_at")},
    order=(("last_at", -1),),
)

ROUTES = (
    *TODO.routes(),
    Route(method="GET", path="/tasks/count", call=count_todo, access="worklist.decide"),
    Route(method="GET", path="/tasks/groups", call=list_groups, access="worklist.decide"),
    Route(method="POST", path="/tasks/together", call=decide_together, access="worklist.decide", transaction=False),
    Route(method="GET", path="/tasks/{id}", call=show, access="worklist.decide"),
    Route(method="POST", path="/tasks/{id}/claim", call=claim, access="worklist.decide"),
    Route(method="POST", path="/tasks/{id}/release", call=release, access="worklist.decide"),
    Route(method="POST", path="/tasks/{id}/decide", call=decide, access="worklist.decide"),
    Route(method="POST", path="/tasks/{id}/recall", call=recall, access="worklist.decide"),
    *DONE.routes(),
    *HISTORY.routes(),
    Route(method="GET", path="/history/{id}", call=show_history, access="worklist.history"),
)
