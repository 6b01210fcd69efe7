"""P07 督办单: its person is told that it was issued, returned, is overdue; leaders one level up, that it was escalated. P08: its issuer is
told of the feedback, or that the person has left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from hub.api import ANY, Context, Holders, MessageType, Persons, Push, Trigger, Withdraw
from plugins.overdue.events import (
    OrderClosed,
    OrderEscalated,
    OrderFact,
    OrderFedBack,
    OrderIssued,
    OrderLapsed,
    OrderReturned,
    OrderWarned,
    OrderWithdrawn,
)
from plugins.overdue.orders import issuer_of

LINK = "/{place}/overdue/orders/{order}"
SAMPLE: Mapping[str, Any] = {
    "place": "510904",
    "order": "0190a000-0000-7000-8000-000000000000",
    "number": "510904-2026-D000012-3",
    "title": "高龄津贴 · 王*",
    "label": "受理",
    "says": "请办理并反馈",
    "answer_by": "2026-11-26T15:59:59Z",
}
P07: Mapping[str, Any] = {
    "code": "P07",
    "kind": "todo",
    "link": LINK,
    "sample": SAMPLE,
    "bundle": timedelta(minutes=10),
}
MESSAGE_TYPES = (
    MessageType(name="order", app="ydsh", label="督办单", **P07),
    MessageType(name="order_led", app="ydjd", label="督办单（领导）", **P07),
    MessageType(name="order_up", app="ydjd", label="督办升级", **P07),
    MessageType(name="order_answer", code="P08", kind="todo", app="ydjd", label="督办进展", link=LINK, sample=SAMPLE),
)
ISSUED, RETURNED = "请办理并反馈", "反馈被退回，请再办理"
WARNED = {"unread": "还没有读，请尽快查看", "late": "反馈已逾期，请尽快反馈"}
UP = {"unread": "下级未读督办单", "late": "下级逾期未反馈"}


def _push(event: OrderFact, to: Persons | Holders, message: str, says: str, place: str) -> list[Push]:
    """Keyed by order and step; the hub adds the person. Nobody is named; the link leads to it at this place."""
    data = {
        "place": place,
        "order": event.subject,
        "number": event.number,
        "title": event.title,
        "label": event.label,
        "says": says,
        "answer_by": event.answer_by,
    }
    return [Push(to=to, message=message, key=f"{event.subject}:{event.step}", data=data)]


def _to_person(event: OrderFact, says: str) -> list[Push]:
    return _push(event, Persons((event.person,)), _message_of(event), says, event.place)


async def _to_issuer(ctx: Context, event: OrderFact, says: str) -> list[Push]:
    return _push(event, await issuer_of(ctx, event), "overdue.order_answer", says, event.issued_at)


def _message_of(event: OrderFact) -> str:
    return "overdue.order_led" if event.leads else "overdue.order"


async def tell_issued(event: OrderIssued, ctx: Context) -> Sequence[Push]:
    return _to_person(event, ISSUED)


async def tell_returned(event: OrderReturned, ctx: Context) -> Sequence[Push]:
    return _to_person(event, RETURNED)


async def tell_warned(event: OrderWarned, ctx: Context) -> Sequence[Push]:
    return _to_person(event, WARNED[event.phase])


async def tell_leaders(event: OrderEscalated, ctx: Context) -> Sequence[Push]:
    """One level above the office of its person; at the city its own."""
    above = ctx.regions[event.office].path[:-1] or (event.office,)
    leaders = Holders(
        role="leader",
        place=above[-1],
        bureau=event.bureau,
        project=event.project,
        node=ANY,
        but_not=(*event.avoid, event.person),
        but_not_keys=event.avoid_keys,
        but_not_offices=event.avoid_offices,
    )
    return _push(event, leaders, "overdue.order_up", UP[event.phase], above[-1])


async def tell_issuer(event: OrderFedBack, ctx: Context) -> Sequence[Push]:
    return await _to_issuer(ctx, event, "已反馈，请查看")


async def tell_lapsed(event: OrderLapsed, ctx: Context) -> Sequence[Push]:
    return await _to_issuer(ctx, event, "对象已不再经办，请另行督办")


async def withdraw(event: OrderWithdrawn, ctx: Context) -> Sequence[Withdraw]:
    return _no_more(event, "督办单已撤回")


async def withdraw_closed(event: OrderClosed, ctx: Context) -> Sequence[Withdraw]:
    return _no_more(event, "督办单已办结")


def _no_more(event: OrderFact, reason: str) -> list[Withdraw]:
    """What its last step has told, and was not sent yet."""
    last = event.step.partition("-")[2]
    keys = [f"{event.subject}:{step}-{last}" for step in ("issued", "returned", "warned")]
    return [Withdraw(message=_message_of(event), key=key, reason=reason) for key in keys]


TRIGGERS = (
    Trigger(event=OrderIssued, call=tell_issued),
    Trigger(event=OrderReturned, call=tell_returned),
    Trigger(event=OrderWarned, call=tell_warned),
    Trigger(event=OrderEscalated, call=tell_leaders),
    Trigger(event=OrderFedBack, call=tell_issuer),
    Trigger(event=OrderLapsed, call=tell_lapsed),
    Trigger(event=OrderWithdrawn, call=withdraw),
    Trigger(event=OrderClosed, call=withdraw_closed),
)
