"""What becomes of an order by itself: warnings and escalations in their time, and what its task and its person do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TypeAlias

from msgspec.structs import replace

from hub.api import (
    Actor,
    Colleague,
    Context,
    Duty,
    Job,
    Paging,
    PositionChanged,
    Reaction,
    duties,
    recusal,
    taken,
)
from plugins.overdue import late
from plugins.overdue.documents import Watch, watches_of
from plugins.overdue.events import (
    ORDER_EVENTS,
    OrderClosed,
    OrderEscalated,
    OrderFact,
    OrderFedBack,
    OrderIssued,
    OrderLapsed,
    OrderRead,
    OrderWarned,
)
from plugins.overdue.orders import OPEN, ORDERS, WITH_PERSON, Order, later, orders_of, phase_of, states_of, told

AT_ONCE = 50
# Of one person; what is more is looked at when it comes due.
MOST = 200
# What the one who got it has done; all else its issuer does, or nobody.
BY_PERSON = (OrderRead, OrderFedBack)
# An order, and what its task makes of it: None where it ends.
Change: TypeAlias = tuple[Order, Order | None]


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
    """Those whose person still has a post that does the task, or leads there; the others end, and their issuer hears of it."""
    gone = [order for order in orders if not has_post(working.get(order.person), order)]
    await ORDERS.move_many(ctx, [(order, order) for order in gone], "lapse", tell=(told(OrderLapsed, "lapsed"),))
    return [order for order in orders if order not in gone]


def has_post(colleague: Colleague | None, order: Order) -> bool:
    """On leave one keeps it; who must keep away from the task by now has none."""
    if colleague is None:
        return False
    known = Actor(kind="staff", person=order.person, id_key=colleague.id_key, positions=colleague.positions)
    return duties.does(known, order, Duty(role=order.role)) and not recusal.is_avoided(known, order)


async def look_at_left(event: PositionChanged, ctx: Context) -> None:
    """Whoever has left a post may have no other that has to do with the orders that they got."""
    if event.left is None:
        return
    wanted = {"person": event.left, "state": {"$in": list(WITH_PERSON)}}
    found: list[Order] = await orders_of(ctx).find(wanted, limit=MOST)
    await without_left(ctx, found, await ctx.colleagues({event.left}) if found else {})


# --- by its task ----------------------------------------------------------------------------------------------------------


async def go_along(ctx: Context, changes: Iterable[tuple[Watch | None, Watch | None]]) -> None:
    """What becomes of watches becomes of the open orders about them, in the same transaction."""
    ordered = {before.id: after for before, after in changes if before is not None and before.ordered}
    about = {"task": {"$in": list(ordered)}, "state": {"$in": list(OPEN)}}
    cursor: str | None = ""
    while ordered and cursor is not None:
        page = await orders_of(ctx).page(about, Paging(limit=AT_ONCE, cursor=cursor or None))
        await mend(ctx, unlike(ctx, page.items, ordered))
        cursor = page.next


async def not_along(ctx: Context, paging: Paging) -> tuple[list[Change], str | None]:
    """Open orders that are not what their task makes of them."""
    page = await orders_of(ctx).page({"county": ctx.county, "state": {"$in": list(OPEN)}}, paging)
    found = await watches_of(ctx).find({"_id": {"$in": list({order.task for order in page.items})}})
    return unlike(ctx, page.items, {watch.id: watch for watch in found}), page.next


def unlike(ctx: Context, orders: Iterable[Order], watches: Mapping[str, Watch | None]) -> list[Change]:
    changes = [(order, as_its_task(ctx, order, watches.get(order.task))) for order in orders]
    return [(order, after) for order, after in changes if after != order]


def as_its_task(ctx: Context, order: Order, watch: Watch | None) -> Order | None:
    """What an open order should be, whatever was heard, by the calendar of today. Its clock stands still while the task is halted or late
    no more, and goes on when it is late again; None where the task was done, or is wanted no more."""
    if watch is None or watch.state == "over":
        return None
    after = replace(order, **taken(watch, "due_at", "avoid", "avoid_keys", "avoid_offices"))
    if watch.state != "late":
        after = replace(after, halted_at=order.halted_at or ctx.now())
    elif order.halted_at is not None:
        after = replace(later(ctx, after, ctx.calendar.workdays_between(order.halted_at, ctx.now())), halted_at=None)
    return ORDERS.derived(ctx, after)


async def mend(ctx: Context, changes: Sequence[Change]) -> None:
    """What was fed back stays when it ends; who must keep away from the task now keeps away from the order, also the one who got it."""
    over = [(order, order) for order, after in changes if after is None]
    await ORDERS.move_many(ctx, over, "over", tell=(told(OrderClosed, "closed"),))
    going_on = await orders_of(ctx).save_many([after for _, after in changes if after is not None])
    with_person = [order for order in going_on if order.state in WITH_PERSON]
    working = await ctx.colleagues({order.person for order in with_person}) if with_person else {}
    await without_left(ctx, with_person, working)


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
    *(
        Reaction(event=fact, call=mark)
        for fact in ORDER_EVENTS
        if fact not in (OrderIssued, OrderWarned, OrderEscalated)
    ),
)
