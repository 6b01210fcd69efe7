"""P09: the bureau's position and 纪委 hear of a hit. Masked name and number; which rule, in the words that staff use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from hub.api import Context, Holders, MessageType, Push, Trigger, Withdraw
from plugins.interception.business import NODE
from plugins.interception.events import HitCleared, HitConfirmed, HitFact, HitFound, HitNoted

FOUND = "interception.found"

MESSAGE_TYPES = (
    MessageType(
        name="found",
        code="P09",
        kind="todo",
        app="ydsh",
        label="拦截待确认",
        link="/{place}/interception/hits/{hit}",
        # A list may raise hundreds at once: the first is told at once, the rest as one.
        bundle=timedelta(minutes=10),
        discreet=True,
        sample={
            "hit": "0190a000-0000-7000-8000-000000000000",
            "number": "510904-2026-L000001",
            "rule": "年龄或数量不合政策",
            "project": "高龄津贴",
            "who": "王*",
            "at": "2026-11-23T07:01:00Z",
            "due_at": "2026-11-30T15:59:59Z",
        },
    ),
)


async def tell_found(event: HitFound, ctx: Context) -> Sequence[Push]:
    """The bureau's position at the county, and 纪委; never those it is about."""
    place = ctx.county or event.place
    bureau = Holders(
        role="handler",
        place=place,
        bureau=event.bureau,
        project=event.project,
        node=NODE,
        but_not=event.avoid,
        but_not_keys=event.avoid_keys,
    )
    discipline = Holders(role="discipline", place=place, but_not=event.avoid, but_not_keys=event.avoid_keys)
    data = {
        "hit": event.hit,
        "number": event.number,
        "rule": event.label,
        "project": event.short,
        "who": event.who,
        "at": event.at,
        "due_at": event.due_at,
    }
    return [Push(to=audience, message=FOUND, key=event.hit, data=data) for audience in (bureau, discipline)]


async def withdraw_found(event: HitFact, ctx: Context) -> Sequence[Withdraw]:
    """Once the bureau has decided nobody need look any more."""
    return [Withdraw(message=FOUND, key=event.hit, reason="该件已办理")]


TRIGGERS = (
    Trigger(event=HitFound, call=tell_found),
    *(Trigger(event=decided, call=withdraw_found) for decided in (HitConfirmed, HitCleared, HitNoted)),
)
