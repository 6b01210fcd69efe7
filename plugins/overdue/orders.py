"""督办单: a leader tells one person that one task is late and is to be done; what becomes of it, and who reads it."""

from __future__ import annotations

from collections.abc import Collection as Container
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from hub.api import (
    ANY,
    Actor,
    Business,
    Collection,
    Context,
    Document,
    Duty,
    Fact,
    HistoryLine,
    Holders,
    Index,
    Machine,
    Move,
    OneOpen,
    Persons,
    Position,
    Secret,
    Work,
    both,
    duties,
    not_avoided,
    stored,
)
from plugins.overdue.config import OverdueConfig
from plugins.overdue.events import OrderFact

ORDER = Machine(
    states={
        "issued": "已签发",
        "read": "已读",
        "doing": "处理中",
        "returned": "退回再办",
        "fed_back": "已反馈",
        "closed": "已办结",
        "withdrawn": "已撤回",
        "left": "对象不再经办",
    },
    moves={
        "read": Move("我已知悉", ("issued",), "read"),
        "begin": Move("开始处理", ("read",), "doing"),
        "feed": Move("反馈", ("issued", "read", "doing", "returned"), "fed_back"),
        "return": Move("退回再办", ("fed_back",), "returned"),
        "close": Move("办结", ("read", "doing", "returned", "fed_back"), "closed"),
        "withdraw": Move("撤回", ("issued",), "withdrawn"),
        "over": Move("案件已办结", ("issued", "read", "doing", "returned", "fed_back"), "closed"),
        "lapse": Move("对象不再经办", ("issued", "read", "doing", "returned"), "left"),
    },
)
OPEN = ORDER.moves["over"].before
# Those in which the person has something to do, and the clock runs.
WITH_PERSON = ORDER.moves["lapse"].before
ABOVE = (Duty(role="leader"), Duty(role="discipline"))
MOST_WORDS, MOST_PICTURES = 500, 5
Phase = Literal["", "unread", "late"]


class Feedback(msgspec.Struct, frozen=True, kw_only=True):
    """What the person answered, the ``number``-th time."""

    number: int
    text: Secret
    pictures: tuple[str, ...] = ()
    at: datetime


class Order(Work, frozen=True, kw_only=True):
    """One ``person`` is to see to one late ``task``, of which ``row`` to ``sensitive`` are copied; ``place`` is the task's. ``title`` names
    nobody of a sensitive project. ``office`` is where the person has it, in this ``role``: as a leader, where it ``leads``. ``issued_at``
    is where its issuer leads. 回避 as of the task.

    ``since``: when the present wait began, ``warned_at`` when it was warned of, ``warned`` and ``escalated`` of what; all of these and
    ``answer_by`` move on by the working days that do not count: of leave, and since ``halted_at``, when the task was late no more.
    ``next_at`` is when something happens by itself.
    """

    issue: str
    task: str
    row: str
    project: str
    bureau: str
    node: str
    label: str
    title: str
    case: str
    due_at: datetime
    sensitive: bool = False
    person: str
    name: str
    office: str
    role: str
    leads: bool = False
    issuer: str
    issuer_name: str
    issued_at: str
    words: Secret
    answer_by: datetime
    since: datetime
    read_at: datetime | None = None
    feedbacks: tuple[Feedback, ...] = ()
    warned: Phase = ""
    warned_at: datetime | None = None
    escalated: Phase = ""
    halted_at: datetime | None = None
    next_at: datetime | None = None

    def __repr__(self) -> str:
        return f"Order({self.id!r}, {self.state!r})"


class Issue(Document, frozen=True, kw_only=True):
    """What one leader (``person``) has issued at once: of so many ``cases``, in so many ``parts``, of which those that are ``done`` have
    made so many ``orders``. ``held`` is what the leader led in, ``line`` is that of each order's history."""

    person: str
    name: str
    number: str
    held: tuple[Position, ...]
    words: Secret
    answer_by: datetime
    line: HistoryLine
    cases: int
    parts: int = 0
    done: tuple[int, ...] = ()
    orders: int = 0


orders_of = stored("overdue.orders", Order)
issues_of = stored("overdue.issues", Issue)


# --- the clock ----------------------------------------------------------------------------------------------------------


def phase_of(order: Order) -> Phase:
    """What the person may be warned of now: that nothing was read; when that was escalated, that the feedback is late all the same."""
    return "unread" if order.state == "issued" and not order.escalated else "late"


def next_moment(ctx: Context, order: Order) -> datetime | None:
    """A warning, then the escalation; nothing while the task is not late or the issuer's answer is waited for."""
    if order.state not in WITH_PERSON or order.halted_at is not None:
        return None
    settings, phase = ctx.settings(OverdueConfig), phase_of(order)
    if order.warned != phase or order.warned_at is None:
        start, limit = (
            (order.since, settings.read_within) if phase == "unread" else (order.answer_by, settings.late_after)
        )
        return ctx.calendar.due(start, limit)
    return None if order.escalated == phase else ctx.calendar.due(order.warned_at, settings.escalate_after)


def later(ctx: Context, order: Order, days: int) -> Order:
    """With all its moments so many working days later."""
    return replace(
        order,
        since=ctx.calendar.add_workdays(order.since, days),
        answer_by=ctx.calendar.add_workdays(order.answer_by, days),
        warned_at=ctx.calendar.add_workdays(order.warned_at, days) if order.warned_at else None,
    )


# --- who ends it ----------------------------------------------------------------------------------------------------------


async def issuer_of(ctx: Context, order: Order | OrderFact) -> Persons | Holders:
    """Who has issued it; while they do not lead there, whoever does so in their place, or stands in above."""
    leaders = Holders(
        role="leader",
        place=order.issued_at,
        bureau=order.bureau,
        project=order.project,
        node=ANY,
        but_not=(*order.avoid, order.person),
        but_not_keys=order.avoid_keys,
        but_not_offices=order.avoid_offices,
    )
    return Persons((order.issuer,)) if order.issuer in (await ctx.holders(leaders)).persons else leaders


# --- who reads it ---------------------------------------------------------------------------------------------------------


def sees(actor: Actor) -> Mapping[str, Any]:
    """One's own, what one has issued, and what lies below a position of leaders and 纪委; nobody what they must keep away from."""
    if actor.kind == "hub":
        return {}
    own: list[Mapping[str, Any]] = [{"person": actor.person}, {"issuer": actor.person}]
    return both({"$or": [*own, *duties.corners(actor, *ABOVE)]}, not_avoided(actor))


ORDERS: Business[Order] = Business(
    collection="overdue.orders",
    kind="order",
    machine=ORDER,
    title=lambda order: order.title,
    about=lambda order: None,
    link=lambda order: f"/{order.place}/overdue/orders/{order.id}",
    derive=lambda ctx, order: replace(order, next_at=next_moment(ctx, order)),
    sees=sees,
    one_open=OneOpen(per=("task",)),
)


def open_as(person: str, task: str) -> str:
    """What no two open orders share: their person, then what ``one_open`` says."""
    return f"{person}:{task}"


def told(kind: type[OrderFact], step: str) -> Fact[Order]:
    """The fact of this kind about an order as it was saved."""
    return ORDERS.fact(
        kind,
        step=lambda order: f"{step}-{len(order.feedbacks)}-{order.warned}",
        phase=lambda order: order.warned,
    )


async def states_of(ctx: Context, tasks: Container[str]) -> Mapping[str, str]:
    """How far the orders about these tasks have come, in a word for each that has any: that of the least advanced one."""
    ranks = {state: at for at, state in enumerate(ORDER.states)}
    groups = await orders_of(ctx).groups(
        both({"task": {"$in": list(tasks)}}, ORDERS.sees(ctx.actor)), ("task", "state"), at_most=len(ranks) * len(tasks)
    )
    least = dict(sorted((group.key for group in groups), key=lambda key: -ranks[key[1]]))
    return {task: said_of(state) for task, state in least.items()}


def said_of(state: str) -> str:
    return f"督办{ORDER.label(state)}"


NEWEST = (("created_at", -1), ("_id", -1))
COLLECTIONS = (
    Collection(
        name="overdue.orders",
        document=Order,
        scope="subtree",
        narrowed_by=("bureau", "project"),
        indexes=(
            *ORDERS.indexes,
            Index(NEWEST, name="newest"),
            Index((("state", 1), *NEWEST), name="state"),
            Index((("person", 1), *NEWEST), name="of_person"),
            Index((("person", 1), ("state", 1), *NEWEST), name="of_person_by_state"),
            Index((("issuer", 1), *NEWEST), name="of_issuer"),
            Index((("issuer", 1), ("state", 1), *NEWEST), name="of_issuer_by_state"),
            Index((("task", 1), *NEWEST), name="of_task"),
            Index((("next_at", 1), ("_id", 1)), name="moments"),
        ),
    ),
    Collection(
        name="overdue.issues", document=Issue, scope="person", indexes=(Index((("person", 1), *NEWEST), name="newest"),)
    ),
)
