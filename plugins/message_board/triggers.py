"""P13: whoever handles messages hears of a new one, its writer of a reply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.api import (
    REMINDER_SAMPLE,
    WORK_SAMPLE,
    Context,
    Holders,
    MessageType,
    Push,
    Trigger,
    Withdraw,
    telling,
)
from plugins.message_board.documents import KINDS, NODE
from plugins.message_board.events import (
    ComplaintProposed,
    MessageAsked,
    MessageClosed,
    MessageFact,
    MessageFiled,
    MessageReplied,
    MessageTransferred,
)

ARRIVED = "message_board.arrived"
THEIRS, OURS = "/{place}/message_board/mine/{subject}", "/{place}/message_board/{subject}"
NEW = {**WORK_SAMPLE, "what": "新留言", "sort": "咨询", "bureau": "民政局", "due_at": "2026-11-30T15:59:59Z"}


def _person(name: str, kind: str, label: str) -> MessageType:
    """That somebody has written to an office may be a secret."""
    return MessageType(
        name=name, code="P13", kind=kind, app="ykt", label=label, link=THEIRS, discreet=True, sample=WORK_SAMPLE
    )


def _office(name: str, label: str, sample: Mapping[str, Any]) -> MessageType:
    return MessageType(name=name, code="P13", kind="todo", app="ydsh", label=label, link=OURS, sample=sample)


MESSAGE_TYPES = (
    _office("arrived", "留言新到", NEW),
    _office("overdue", "留言逾期", REMINDER_SAMPLE),
    _person("replied", "result", "留言已回复"),
    _person("proposed", "progress", "留言建议转为投诉"),
)


def to_office(event: MessageFact, what: str) -> Push:
    """To whoever handles it there, but those who must keep away. No names, and nothing that was written."""
    holders = Holders(
        role="handler",
        place=event.place,
        bureau=event.bureau,
        node=NODE,
        but_not=event.avoid,
        but_not_keys=event.avoid_keys,
        but_not_offices=event.avoid_offices,
    )
    said = {name: getattr(event, name) for name in ("subject", "number", "bureau", "due_at")}
    data = {**said, "what": what, "sort": KINDS[event.kind]}
    return Push(to=holders, message=ARRIVED, key=f"{event.subject}:{event.step}", data=data)


def taken_back(event: MessageFact, step: int, reason: str) -> Withdraw:
    """Whoever was told of that turn need not look at it any more."""
    return Withdraw(message=ARRIVED, key=f"{event.subject}:{step}", reason=reason)


async def tell_office(event: MessageFiled, ctx: Context) -> Sequence[Push]:
    """A new message."""
    return [to_office(event, "新留言")]


async def tell_next_office(event: MessageTransferred, ctx: Context) -> Sequence[Push | Withdraw]:
    """转办 or 退回: whoever has it now hears of it, the others need not any more."""
    what = "退回的留言" if event.returned else "转办的留言"
    return [to_office(event, what), taken_back(event, event.step - 1, "已转其他单位办理")]


async def tell_office_again(event: MessageAsked, ctx: Context) -> Sequence[Push]:
    """追问, or no complaint is made of it."""
    return [to_office(event, "不转投诉的留言" if event.declined else "追问")]


async def withdraw_from_office(event: MessageClosed, ctx: Context) -> Sequence[Withdraw]:
    """Nobody need look at it any more."""
    return [taken_back(event, event.step, "留言人已关闭留言")]


TRIGGERS = (
    Trigger(event=MessageFiled, call=tell_office),
    Trigger(event=MessageTransferred, call=tell_next_office),
    Trigger(event=MessageAsked, call=tell_office_again),
    Trigger(event=MessageClosed, call=withdraw_from_office),
    telling(MessageReplied, "message_board.replied"),
    telling(ComplaintProposed, "message_board.proposed"),
)
