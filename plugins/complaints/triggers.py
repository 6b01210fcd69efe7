"""P05: those who handle a complaint hear that it has come or is due, the accused never. P06: the complainant hears how it goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.api import Context, Holders, MessageClass, MessageType, Persons, Push, Trigger, Withdraw
from plugins.complaints.documents import NODE
from plugins.complaints.events import (
    ComplaintAccepted,
    ComplaintAnswered,
    ComplaintClosed,
    ComplaintDue,
    ComplaintExtended,
    ComplaintFact,
    ComplaintFiled,
    ComplaintMerged,
    ComplaintRefused,
    ComplaintReplied,
    ComplaintTransferred,
    ComplaintWithdrawn,
)

SAMPLE: Mapping[str, Any] = {
    "complaint": "0190a000-0000-7000-8000-000000000000",
    "county": "510904",
    "number": "510904-2026-T000123",
    "project": "高龄津贴",
    "kind": "公示投诉",
    "type": "优亲厚友",
    "at": "2026-11-23T07:01:00Z",
    "due_at": "2026-12-08T15:59:59Z",
}


def _office(name: str, label: str, **more: Any) -> MessageType:
    link = "/pages/complaint?id={complaint}&place={county}"
    return MessageType(
        name=name, code="P05", kind="todo", app="ydsh", label=label, link=link, sample={**SAMPLE, **more}
    )


def _person(name: str, label: str, kind: str = "progress", **more: Any) -> MessageType:
    return MessageType(
        name=name,
        code="P06",
        kind=kind,
        app="ykt",
        label=label,
        link="/pages/my-complaint?id={complaint}&place={county}",
        # The law asks that the complainant be told: it cannot be muted.
        message_class=MessageClass.LEGAL,
        # 保密 is theirs to ask for, and whoever gets one of these is a complainant.
        discreet=True,
        sample={**SAMPLE, **more},
    )


MESSAGE_TYPES = (
    _office("arrived", "投诉新到"),
    _office("assigned", "投诉转办"),
    _office("again", "投诉再次处理"),
    _office("urged", "投诉催办", late=False),
    _person("accepted", "投诉已受理"),
    _person("refused", "投诉不予受理", "result"),
    _person("replied", "投诉已回复", "result", final=False),
    _person("extended", "投诉延期办理", until="2027-02-07T15:59:59Z"),
    _person("merged", "投诉合并办理"),
    _person("closed", "投诉已办结", "result"),
)


def data_of(event: ComplaintFact, ctx: Context, **more: Any) -> dict[str, Any]:
    """No names: what sort, which project, the number."""
    return {
        "complaint": event.complaint,
        "county": ctx.county,
        "number": event.number,
        "project": event.short,
        "kind": event.kind_label,
        "type": event.type_label,
        "at": event.at,
        "due_at": event.due_at,
        **more,
    }


def holders_of(event: ComplaintFact) -> Holders:
    """Whoever handles complaints there, but those who must keep away."""
    return Holders(
        role="handler",
        place=event.seat,
        bureau=event.bureau,
        project=event.project,
        node=NODE,
        but_not=event.avoid,
        but_not_keys=event.avoid_keys,
        but_not_offices=event.avoid_offices,
    )


def office_key(event: ComplaintFact) -> str:
    return f"{event.complaint}:{event.step}"


def _to_office(event: ComplaintFact, ctx: Context, message: str, key: str = "", **more: Any) -> Sequence[Push]:
    data = data_of(event, ctx, **more)
    return [Push(to=holders_of(event), message=message, key=key or office_key(event), data=data)]


def _to_person(event: ComplaintFact, ctx: Context, message: str, step: str, **more: Any) -> Sequence[Push]:
    data = data_of(event, ctx, **more)
    return [Push(to=Persons(event.persons), message=message, key=f"{event.complaint}:{step}", data=data)]


# --- P05 -------------------------------------------------------------------------------------------------------------


async def tell_office(event: ComplaintFiled, ctx: Context) -> Sequence[Push]:
    """A new complaint."""
    return _to_office(event, ctx, "complaints.arrived")


async def tell_next_office(event: ComplaintTransferred, ctx: Context) -> Sequence[Push | Withdraw]:
    """转办 or 退回: whoever has it now hears of it, the others need not any more."""
    before = f"{event.complaint}:{event.step - 1}"
    return [*_to_office(event, ctx, "complaints.assigned"), *_taken_back(before, "已转其他单位办理")]


async def tell_office_again(event: ComplaintAnswered, ctx: Context) -> Sequence[Push]:
    """不满意: it is to be handled once more."""
    return _to_office(event, ctx, "complaints.again") if event.again else []


async def urge(event: ComplaintDue, ctx: Context) -> Sequence[Push]:
    """催办, once per limit before it and once after."""
    key = f"{office_key(event)}:{event.phase}:{event.due_at:%Y%m%d}"
    return _to_office(event, ctx, "complaints.urged", key, late=event.phase == "late")


async def withdraw_from_office(event: ComplaintWithdrawn, ctx: Context) -> Sequence[Withdraw]:
    """Nobody need look at it any more."""
    return _taken_back(office_key(event), "投诉人已撤诉")


def _taken_back(key: str, reason: str) -> list[Withdraw]:
    messages = ("complaints.arrived", "complaints.assigned", "complaints.again")
    return [Withdraw(message=message, key=key, reason=reason) for message in messages]


# --- P06 -------------------------------------------------------------------------------------------------------------


async def tell_accepted(event: ComplaintAccepted, ctx: Context) -> Sequence[Push]:
    return _to_person(event, ctx, "complaints.accepted", "accepted")


async def tell_refused(event: ComplaintRefused, ctx: Context) -> Sequence[Push]:
    """Why is read in the complaint itself."""
    return _to_person(event, ctx, "complaints.refused", "refused")


async def tell_replied(event: ComplaintReplied, ctx: Context) -> Sequence[Push]:
    """Each reply; what it says is read in the complaint itself."""
    return _to_person(event, ctx, "complaints.replied", f"reply-{event.reply}", final=event.final)


async def tell_extended(event: ComplaintExtended, ctx: Context) -> Sequence[Push]:
    return _to_person(event, ctx, "complaints.extended", "extended", until=event.until)


async def tell_merged(event: ComplaintMerged, ctx: Context) -> Sequence[Push]:
    return _to_person(event, ctx, "complaints.merged", "merged")


async def tell_closed(event: ComplaintClosed, ctx: Context) -> Sequence[Push]:
    """The second reply says itself that it is the end."""
    return [] if event.by == "reply" else _to_person(event, ctx, "complaints.closed", "closed")


TRIGGERS = (
    Trigger(event=ComplaintFiled, call=tell_office),
    Trigger(event=ComplaintTransferred, call=tell_next_office),
    Trigger(event=ComplaintAnswered, call=tell_office_again),
    Trigger(event=ComplaintDue, call=urge),
    Trigger(event=ComplaintWithdrawn, call=withdraw_from_office),
    Trigger(event=ComplaintAccepted, call=tell_accepted),
    Trigger(event=ComplaintRefused, call=tell_refused),
    Trigger(event=ComplaintReplied, call=tell_replied),
    Trigger(event=ComplaintExtended, call=tell_extended),
    Trigger(event=ComplaintMerged, call=tell_merged),
    Trigger(event=ComplaintClosed, call=tell_closed),
)
