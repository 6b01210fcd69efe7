"""P14: whoever is paid, and their agents, hear that the money is there, that it came back, or that there will be no more of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hub.api import Context, Holders, MessageClass, MessageType, Persons, Push, Trigger
from plugins.payments import returns
from plugins.payments.actions import periods
from plugins.payments.config import PaymentsConfig
from plugins.payments.events import (
    BenefitChanged,
    BenefitEnded,
    BenefitResumed,
    BenefitStopped,
    BenefitSuspended,
    PaymentFact,
    PaymentFailed,
    PaymentMade,
    PeriodUnpaid,
)

SAMPLE = {
    "row": "0190a000-0000-7000-8000-000000000000",
    "county": "510904",
    "project": "高龄津贴",
    "who": "王*",
    "number": "510904-2026-P0001-000001",
    "period": "2026-11",
    "at": "2026-11-23T07:01:00Z",
}
WHY = {"reason": returns.UNKNOWN.label, "next_step": returns.UNKNOWN.person}
# What has become of a benefit: the message, and what it is called.
CHANGES: Mapping[type[BenefitChanged], tuple[str, str]] = {
    BenefitSuspended: ("suspended", "补贴暂停发放"),
    BenefitResumed: ("resumed", "补贴恢复发放"),
    BenefitStopped: ("stopped", "补贴停发"),
    BenefitEnded: ("ended", "补贴终止"),
}
LINK = "/{county}/payments/mine/{row}"

MESSAGE_TYPES = (
    MessageType(name="paid", code="P14", kind="result", app="ykt", label="补贴已发放", link=LINK, sample=SAMPLE),
    MessageType(
        name="failed",
        code="P14",
        kind="result",
        app="ykt",
        label="补贴发放失败",
        link=LINK,
        sample={**SAMPLE, **WHY},
        message_class=MessageClass.LEGAL,
    ),
    *(
        MessageType(
            name=name,
            code="P14",
            kind="result",
            app="ykt",
            label=label,
            link="/{county}/payments/mine",
            sample={**{each: SAMPLE[each] for each in ("county", "project", "who", "number", "at")}, "phone": "12345"},
            message_class=MessageClass.LEGAL,
        )
        for name, label in CHANGES.values()
    ),
    MessageType(
        name="unpaid",
        code="P02",
        kind="alert",
        app="ydsh",
        label="应发未发提醒",
        link="/{county}/payments/unpaid",
        sample={
            **{each: SAMPLE[each] for each in ("county", "project", "at")},
            "period": "2026年11月",
            "where": "安居区",
        },
    ),
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
    if isinstance(event, PaymentFailed):
        what = returns.named(event.returned)
        data |= {"reason": what.label, "next_step": what.person}
    message = MESSAGES[type(event)]
    key = f"{event.row}:{message}:{event.attempt}"
    return [Push(to=Persons(event.persons), message=message, key=key, data=data)]


async def tell_stopped(event: BenefitChanged, ctx: Context) -> Sequence[Push]:
    """What has become of it, and whom to ask; not why: others read over a shoulder, and the bureau says it to whoever asks."""
    if not event.told:
        return []
    settings = ctx.settings(PaymentsConfig)
    data = {
        "county": ctx.county,
        "project": event.short,
        "who": event.identity.masked,
        "number": event.number,
        "phone": settings.phones.get(event.bureau, settings.hotline),
        "at": event.at,
    }
    name, _ = CHANGES[type(event)]
    key = f"{event.benefit}:{name}:{event.at:%Y%m%d%H%M%S}"
    return [Push(to=Persons(event.told), message=f"payments.{name}", key=key, data=data)]


async def tell_unpaid(event: PeriodUnpaid, ctx: Context) -> Sequence[Push]:
    """Those who grant it, once."""
    data = {
        "county": event.place,
        "project": event.short,
        "period": periods.in_chinese(event.period),
        "where": ctx.regions.full_name(event.place),
        "at": event.at,
    }
    to = Holders(role="handler", place=event.place, bureau=event.bureau, project=event.project)
    return [Push(to=to, message="payments.unpaid", key=f"{event.project}:{event.period}", data=data)]


TRIGGERS = (
    Trigger(event=PeriodUnpaid, call=tell_unpaid),
    *(Trigger(event=kind, call=tell_paid) for kind in MESSAGES),
    *(Trigger(event=kind, call=tell_stopped) for kind in CHANGES),
)
