"""P14: whoever is paid, and their agents, hear that the money is there, or that it came back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hub.api import Context, MessageType, Persons, Push, Trigger
from plugins.payments.events import PaymentFact, PaymentFailed, PaymentMade

SAMPLE = {
    "row": "0190a000-0000-7000-8000-000000000000",
    "county": "510904",
    "project": "高龄津贴",
    "who": "王*",
    "number": "510904-2026-P0001-000001",
    "period": "2026-11",
    "at": "2026-11-23T07:01:00Z",
}
LINK = "/{county}/payments/mine/{row}"

MESSAGE_TYPES = (
    MessageType(name="paid", code="P14", kind="result", app="ykt", label="补贴已发放", link=LINK, sample=SAMPLE),
    MessageType(name="failed", code="P14", kind="result", app="ykt", label="补贴发放失败", link=LINK, sample=SAMPLE),
)
MESSAGES: Mapping[type[PaymentFact], str] = {PaymentMade: "payments.paid", PaymentFailed: "payments.failed"}


async def tell_paid(event: PaymentFact, ctx: Context) -> Sequence[Push]:
    """Once per payment and attempt. No amount: it would stand beside a name."""
    if not event.persons:
        return []
    data = {
        "row": event.row,
        "county": ctx.county,
        "project": event.short,
        "who": event.who,
        "number": event.number,
        "period": event.period,
        "at": event.at,
    }
    message = MESSAGES[type(event)]
    key = f"{event.row}:{message}:{event.attempt}"
    return [Push(to=Persons(event.persons), message=message, key=key, data=data)]


TRIGGERS = tuple(Trigger(event=kind, call=tell_paid) for kind in MESSAGES)
