"""P14 申报进度: declarants hear how it goes on. P17 运维告警: a case waits for a plugin that is off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.api import Bearers, Context, Event, Holders, MessageClass, MessageType, Persons, Push, Trigger, shanghai
from plugins.declaration.actions.window import KEEPERS, TOWN_DEPTH
from plugins.declaration.documents import APPROVAL
from plugins.declaration.events import (
    CaseAccepted,
    CaseApproved,
    CaseCleared,
    CaseFact,
    CaseHeld,
    CaseIntercepted,
    CaseRecalled,
    CaseRefused,
    CaseReturned,
    CaseSubmitted,
    CaseTerminated,
    CorrectionAsked,
    Counter,
)

SAMPLE = {
    "case": "0190a000-0000-7000-8000-000000000000",
    "county": "510904",
    "number": "510904-2026-000123",
    "project": "高龄津贴",
    "who": "王*",
    "node": "乡镇审核",
    "at": "2026-11-23T07:01:00Z",
}
# Opens the case where it can be acted on: in its own county.
LINK = "/{county}/declaration/cases/{case}"


def _progress(
    name: str,
    label: str,
    kind: str = "progress",
    *,
    discreet: bool = False,
    told_as: MessageClass = MessageClass.SERVICE,
) -> MessageType:
    return MessageType(
        name=name,
        code="P14",
        kind=kind,
        app="ykt",
        label=label,
        link=LINK,
        sample=SAMPLE,
        discreet=discreet,
        message_class=told_as,
    )


MESSAGE_TYPES = (
    _progress("accepted", "申报已受理"),
    # 行政许可法 第三十二条, 第三十八条: what is lacking and a refusal are told, whatever somebody has turned off.
    _progress("correction", "申报需要补正", told_as=MessageClass.LEGAL),
    _progress("returned", "申报被退回"),
    _progress("approved", "申报已批准", kind="result"),
    _progress("refused", "申报未通过", kind="result", told_as=MessageClass.LEGAL),
    # Whose data are looked into is nobody's to find.
    _progress("checking", "申报信息核验中", discreet=True),
    _progress("cleared", "申报继续办理", discreet=True),
    _progress("recalled", "通过结果已撤销"),
    _progress("terminated", "申报已终止", kind="result", told_as=MessageClass.LEGAL),
    MessageType(
        name="entered",
        code="P14",
        kind="progress",
        app="ydsh",
        label="代录的申报有进展",
        link="/{place}/declaration/window/cases/{case}",
        sample={**SAMPLE, "place": "510904114", "result": "需要补正"},
    ),
    MessageType(
        name="named",
        code="P14",
        kind="result",
        app="ykt",
        label="有人以您的名义申报",
        sample={"at": "2026-11-23T07:01:00Z"},
        message_class=MessageClass.LEGAL,
    ),
    MessageType(
        name="held",
        code="P17",
        kind="alert",
        app="ops",
        label="申报等待：环节功能未开启",
        sample={"county": "安居区", "node": "入户调查", "number": "510904-2026-000123", "at": "2026-11-23T07:01:00Z"},
    ),
)

MESSAGES: Mapping[type[Event], str] = {
    CaseAccepted: "declaration.accepted",
    CorrectionAsked: "declaration.correction",
    CaseReturned: "declaration.returned",
    CaseApproved: "declaration.approved",
    CaseRefused: "declaration.refused",
    CaseTerminated: "declaration.terminated",
}
# These may come several times within one stay.
TURNS: Mapping[type[Event], str] = {
    CaseIntercepted: "declaration.checking",
    CaseCleared: "declaration.cleared",
}
# What a window has to phone about, as it reads there.
PHONED: Mapping[type[Event], str] = {
    CorrectionAsked: "需要补正",
    CaseApproved: "已批准",
    CaseRefused: "未通过",
    CaseTerminated: "已终止",
    CaseRecalled: "通过结果已撤销",
}
# Who keeps the switches of a county.
OPERATOR = "ops_system"


async def tell_declarants(event: CaseFact, ctx: Context) -> Sequence[Push]:
    """The applicant (and agent) hears of each turn of the case once; a second 补正 is a new turn."""
    return _told(event, ctx, MESSAGES[type(event)], f"{event.round}")


async def tell_of_checks(event: CaseFact, ctx: Context) -> Sequence[Push]:
    """That data are being checked, and that it goes on; not why, nor by whom."""
    return _told(event, ctx, TURNS[type(event)], f"{event.round}:{event.at:%Y%m%d%H%M%S}")


async def tell_of_recall(event: CaseRecalled, ctx: Context) -> Sequence[Push]:
    """Whoever was told of the pass is told that it does not hold."""
    return _told(event, ctx, "declaration.recalled", f"{event.round}") if event.announced else []


async def tell_named(event: CaseSubmitted, ctx: Context) -> Sequence[Push]:
    """Whoever was declared for hears of it. Who says to have that number may be somebody else: neither project, place nor
    declarant is told; the window shows them after a look at the card."""
    if not event.for_other:
        return []
    bearers = Bearers(keys=(ctx.store.blind(event.identity.id_number),), but_not=event.declarants)
    return [Push(to=bearers, message="declaration.named", key=event.case, data={"at": event.at})]


async def tell_window(event: CaseFact, ctx: Context) -> Sequence[Push]:
    """Nobody's account has what a window entered: whoever sits there now phones."""
    if event.counter is None or not phoned_before(event):
        return []
    to = await keepers_of(ctx, event, event.counter)
    data = {**_said(event, ctx), "place": to.place, "result": PHONED[type(event)]}
    return [
        Push(
            to=to,
            message="declaration.entered",
            key=f"{event.case}:{event.node}:{event.round}:{data['result']}",
            data=data,
        )
    ]


def phoned_before(event: CaseFact) -> bool:
    """A pass that is taken back concerns only whom the window has phoned about it."""
    return not isinstance(event, CaseRecalled) or event.to == APPROVAL


async def keepers_of(ctx: Context, event: CaseFact, counter: Counter) -> Holders:
    """Whoever keeps the window where it was entered; once nobody does, that of the town where the beneficiary lives. Where there is none
    either, the first one's vacancy is told."""
    town = ctx.regions[event.place].path[TOWN_DEPTH - 1]
    windows = [
        Holders(role=role, place=place, bureau=event.bureau, project=event.project, node="accept")
        for role, place in ((counter.role, counter.place), *((role, town) for role in KEEPERS))
    ]
    for window in windows:
        if not (await ctx.holders(window)).vacant:
            return window
    return windows[0]


def _told(event: CaseFact, ctx: Context, message: str, turn: str) -> Sequence[Push]:
    if not event.declarants:
        return []
    key = f"{event.case}:{event.node}:{message}:{turn}"
    return [Push(to=Persons(event.declarants), message=message, key=key, data=_said(event, ctx))]


def _said(event: CaseFact, ctx: Context) -> dict[str, Any]:
    return {
        "case": event.case,
        "county": ctx.county,
        "number": event.number,
        "project": event.short,
        "who": event.who,
        "node": event.label,
        "at": event.at,
    }


async def tell_operators(event: CaseHeld, ctx: Context) -> Sequence[Push]:
    """One alert per node and hour, however many cases wait there."""
    county = ctx.regions[ctx.county or event.place]
    hour = shanghai(event.at).strftime("%Y%m%d%H")
    data = {"county": county.name, "node": event.label, "number": event.number, "at": event.at}
    return [
        Push(
            to=Holders(role=OPERATOR, place=county.code),
            message="declaration.held",
            key=f"{county.code}:{event.node}:{hour}",
            data=data,
            urgent=True,
        )
    ]


TRIGGERS = (
    *(Trigger(event=kind, call=tell_declarants) for kind in MESSAGES),
    *(Trigger(event=kind, call=tell_of_checks) for kind in TURNS),
    *(Trigger(event=kind, call=tell_window) for kind in PHONED),
    Trigger(event=CaseSubmitted, call=tell_named),
    Trigger(event=CaseRecalled, call=tell_of_recall),
    Trigger(event=CaseHeld, call=tell_operators),
)
