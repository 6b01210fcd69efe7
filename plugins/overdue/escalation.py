"""What becomes of an order by itself: warnings and escalations in their time, and what its task and its person do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from msgspec.structs import replace

from hub.api import (
    Actor,
    Colleague,
    Context,
    Duty,
    Fact,
    Job,
    PositionChanged,
    Reaction,
    TaskArrived,
    TaskChanged,
    TaskClosed,
    TaskDone,
    TaskFact,
    TaskHalted,
    duties,
    recusal,
)
from plugins.overdue import late
from plugins.overdue.documents import Watch, watches_of
from plugins.overdue.events import (
    ORDER_EVENTS,
    OrderClosed,
    OrderEscalated,
    OrderFact,
    OrderFedBack,
    OrderLapsed,
    OrderRead,
    OrderWarned,
)
from plugins.overdue.orders import OPEN, ORDERS, WITH_PERSON, Order, later, orders_of, phase_of, states_of, told

AT_ONCE = 50
# Of one task, or of one person; what is more is looked at when it comes due.
MOST = 200
# What the one who got it has done; all else its issuer does, or nobody.
BY_PERSON = (OrderRead, OrderFedBack)


# --- in its time ----------------------------------------------------------------------------------------------------------


async def watch(ctx: Context) -> None:
    """Whatever has come due, in parts."""
    while await ctx.in_transaction(go_on):
        pass


async def go_on(ctx: Context) -> int:
    """The next that are due: warned first, escalated when that did not help, put off by a day of the person's leave. How many."""
    due = {"next_at": {"$lte": ctx.now()}}
    found: list[Order] = await orders_of(ctx).find(due, sort=(("next_at", 1), ("_id", 1)), limit=AT_ONCE)
    working = await ctx.colleagues({order.person for order in found})
    there = await without_left(ctx, found, working)
    for order in there:
        if working[order.person].away:
            await ORDERS.keep(ctx, order, later(ctx, order, 1))
    at_work = [order for order in there if not working[order.person].away]
    await warn(ctx, [order for order in at_work if order.warned != phase_of(order)])
    await escalate(ctx, [order for order in at_work if order.warned == phase_of(order)])
    return len(found)


async def warn(ctx: Context, orders: list[Order]) -> None:
    """The person has not read it, or is late with the feedback."""
    pairs = [(order, replace(order, warned=phase_of(order), warned_at=ctx.now())) for order in orders]
    await ORDERS.amend_many(ctx, pairs, "warn", "催办", tell=(told(OrderWarned, "warned"),))


async def escalate(ctx: Context, orders: list[Order]) -> None:
    """Nor has the warning helped: the leaders one level up hear of it."""
    pairs = [(order, replace(order, escalated=order.warned)) for order in orders]
    await ORDERS.amend_many(ctx, pairs, "escalate", "升级", tell=(told(OrderEscalated, "escalated"),))


# --- by its person --------------------------------------------------------------------------------------------------------


async def without_left(ctx: Context, orders: list[Order], working: Mapping[str, Colleague]) -> list[Order]:
    """Those whose person still has a post where the task lies; the others end, and their issuer hears of it."""
    gone = [order for order in orders if not has_post(working.get(order.person), order)]
    await ORDERS.move_many(ctx, [(order, order) for order in gone], "lapse", tell=(told(OrderLapsed, "lapsed"),))
    return [order for order in orders if order not in gone]


def has_post(colleague: Colleague | None, order: Order) -> bool:
    """On leave one keeps it; who must keep away from the task by now has none."""
    if colleague is None:
        return False
    known = Actor(kind="staff", person=order.person, id_key=colleague.id_key, positions=colleague.positions)
    held = any(duties.fits(position, order, Duty(role=position.role)) for position in colleague.positions)
    return held and not recusal.is_avoided(known, order)


async def look_at_left(event: PositionChanged, ctx: Context) -> None:
    """Whoever has left a post may have no other that has to do with the orders that they got."""
    if event.left is None:
        return
    wanted = {"person": event.left, "state": {"$in": list(WITH_PERSON)}}
    found: list[Order] = await orders_of(ctx).find(wanted, limit=MOST)
    await without_left(ctx, found, await ctx.colleagues({event.left}) if found else {})


# --- by its task ----------------------------------------------------------------------------------------------------------


async def of_task(ctx: Context, event: TaskFact) -> list[Order]:
    """The open ones."""
    wanted = {"task": event.task, "state": {"$in": list(OPEN)}}
    found: list[Order] = await orders_of(ctx).find(wanted, limit=MOST)
    return found


async def close(ctx: Context, event: TaskFact) -> None:
    """It was done, or is wanted no more: so is the order; what was fed back stays."""
    found = await of_task(ctx, event)
    await ORDERS.move_many(ctx, [(order, order) for order in found], "over", tell=CLOSED)


CLOSED: tuple[Fact[Order], ...] = (told(OrderClosed, "closed"),)


async def close_done(event: TaskDone, ctx: Context) -> None:
    await close(ctx, event)


async def close_ended(event: TaskClosed, ctx: Context) -> None:
    await close(ctx, event)


async def halt(event: TaskHalted, ctx: Context) -> None:
    """Nobody may work on it for the time being: the clock stands still."""
    for order in await of_task(ctx, event):
        if order.halted_at is None:
            await ORDERS.keep(ctx, order, replace(order, halted_at=ctx.now()))


async def take_up(event: TaskArrived, ctx: Context) -> None:
    """It is on offer again: the days of the halt do not count."""
    for order in await of_task(ctx, event):
        if order.halted_at is not None:
            days = ctx.calendar.workdays_between(order.halted_at, ctx.now())
            await ORDERS.keep(ctx, order, replace(later(ctx, order, days), halted_at=None))


async def keep_away(event: TaskChanged, ctx: Context) -> None:
    """Who must keep away from it now keeps away from the order, too: also the one who got it."""
    orders = []
    for order in await of_task(ctx, event):
        after = replace(recusal.widened(order, event), due_at=event.due_at, avoid_offices=event.avoid_offices)
        orders.append(await ORDERS.keep(ctx, order, after))
    working = await ctx.colleagues({order.person for order in orders}) if orders else {}
    await without_left(ctx, [order for order in orders if order.state in WITH_PERSON], working)


async def mark(event: OrderFact, ctx: Context) -> None:
    """The list of cases says how far the orders about each have come."""
    watch: Watch | None = await watches_of(ctx).first({"_id": event.task})
    said = (await states_of(ctx, (event.task,))).get(event.task, "")
    if watch is not None and watch.ordered != said:
        saved = await watches_of(ctx).save(replace(watch, ordered=said))
        late.tell_followers(ctx, watch, saved, by=event.person if isinstance(event, BY_PERSON) else event.issuer)


JOBS = (Job(name="orders", call=watch, label="督办单催办与升级", every=timedelta(minutes=10), transaction=False),)
REACTIONS = (
    Reaction(event=PositionChanged, call=look_at_left),
    Reaction(event=TaskDone, call=close_done),
    Reaction(event=TaskClosed, call=close_ended),
    Reaction(event=TaskHalted, call=halt),
    Reaction(event=TaskArrived, call=take_up),
    Reaction(event=TaskChanged, call=keep_away),
    *(Reaction(event=fact, call=mark) for fact in ORDER_EVENTS if fact not in (OrderWarned, OrderEscalated)),
)
