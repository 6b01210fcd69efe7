"""留言处理 (S11): 回复, 接办, 转办, 退回, 转为投诉."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from hub.api import (
    Asked,
    Button,
    Buttons,
    Conflict,
    Context,
    Invalid,
    Moved,
    Office,
    Reason,
    ReasonRequest,
    Secret,
    VersionRequest,
    read_words,
    shown,
    shown_name,
    unit_of,
)
from plugins.message_board.actions.filing import LONGEST_TEXT, Text, Word, Words
from plugins.message_board.business import MESSAGES
from plugins.message_board.config import MessageBoardConfig
from plugins.message_board.documents import Message, Said
from plugins.message_board.events import ComplaintProposed, MessageReplied, MessageTransferred

MOST_STEPS = 20
THERE = "本件已在该单位，请选别的单位。"
NOWHERE = "请选择本区县，或留言人所在的乡镇（街道）。"


class ReplyRequest(Words, frozen=True, kw_only=True):
    text: Annotated[Text, Asked("回复内容", "留言人会看到，2000字以内", long=True)]


class TransferRequest(VersionRequest, frozen=True, kw_only=True):
    """To a ``bureau`` of the county or of the writer's own town (``region``)."""

    region: Annotated[Word, Asked("转到", look="select")]
    bureau: Annotated[Word, Asked("承办部门", look="select")]
    reason: Annotated[str, Asked("理由", long=True)]


async def reply(ctx: Context, message: Message, form: ReplyRequest) -> Moved[Message]:
    """回复"""
    text = Secret(read_words(form.text, "text", "回复内容", LONGEST_TEXT))
    unit = unit_of(ctx, message.place, message.bureau)
    said = Said(text=text, at=ctx.now(), unit=unit, handler=shown_name(ctx.actor))
    replied = msgspec.structs.replace(message, said=(*message.said, said), ends_at=until_rated(ctx))
    return Moved(replied, tell=(MESSAGES.fact(MessageReplied, replies=lambda saved: saved.replies),))


def until_rated(ctx: Context) -> datetime:
    """Until when its writer may say something to it."""
    return ctx.calendar.due(ctx.now(), ctx.settings(MessageBoardConfig).rate_within)


async def take(ctx: Context, message: Message, form: VersionRequest) -> Moved[Message]:
    """接办"""
    return Moved(msgspec.structs.replace(message, taken_at=ctx.now()))


async def transfer(ctx: Context, message: Message, form: TransferRequest) -> Moved[Message]:
    """转办 to another bureau, to the town or up to the county, with a reason."""
    to = target(ctx, message, form)
    return passed_on(ctx, message, to, (*message.before, Office(message.place, message.bureau)), returned=False)


async def give_back(ctx: Context, message: Message, form: ReasonRequest) -> Moved[Message]:
    """退回 of a wrong dispatch to whoever has passed it on, with a reason."""
    return passed_on(ctx, message, message.before[-1], message.before[:-1], returned=True)


def passed_on(
    ctx: Context, message: Message, to: Office, before: tuple[Office, ...], *, returned: bool
) -> Moved[Message]:
    """The limit goes on: whoever wrote waits no longer for it."""
    passed = msgspec.structs.replace(
        message,
        place=to.region,
        bureau=to.bureau or "",
        before=before,
        step=message.step + 1,
        assigned_at=ctx.now(),
        taken_at=None,
    )
    return Moved(passed, tell=(MESSAGES.fact(MessageTransferred, returned=lambda saved: returned),))


def places_for(ctx: Context, message: Message) -> tuple[str, ...]:
    """Where it may be handled: at the county, and in the town of whoever wrote."""
    town = ctx.regions.at_level(message.home, "town")
    return (message.county or message.place, *((town.code,) if town is not None else ()))


def target(ctx: Context, message: Message, form: TransferRequest) -> Office:
    """``Invalid`` for what is no office that it may go to."""
    if form.region not in places_for(ctx, message):
        raise Invalid(fields={"region": NOWHERE})
    if form.bureau not in ctx.settings(MessageBoardConfig).bureaus:
        raise Invalid(fields={"bureau": "请选择一个部门。"})
    to = Office(form.region, form.bureau)
    if to == Office(message.place, message.bureau):
        raise Invalid(fields={"bureau": THERE})
    return to


async def propose(ctx: Context, message: Message, form: ReasonRequest) -> Moved[Message]:
    """建议转为投诉

    Its writer decides, and accepts 投诉须知 themselves.
    """
    proposed = msgspec.structs.replace(message, proposed=True, ends_at=until_rated(ctx))
    return Moved(proposed, tell=(MESSAGES.fact(ComplaintProposed),))


# --- what may not be done now, though the state allows it: asked by the pages and by the calls --------------------------------------


def check_steps(ctx: Context, message: Message) -> None:
    """Nobody passes it on for ever."""
    if message.step >= MOST_STEPS:
        raise Conflict("这件留言已转办多次，请直接回复。", state=shown(message))


def check_returnable(ctx: Context, message: Message) -> None:
    """A wrong dispatch goes back to whoever has passed it on, within the days that the county has set."""
    if not message.before:
        raise Conflict("本件是居民直接写给您单位的，没有可退回的单位，请转办。", state=shown(message))
    if ctx.now() > ctx.calendar.due(message.assigned_at, ctx.settings(MessageBoardConfig).return_within):
        raise Conflict("已超过退回的期限，请办理或转办。", state=shown(message))


def check_proposable(ctx: Context, message: Message) -> None:
    """Where there are complaints, of what its writer calls one, once."""
    if not ctx.is_on("complaints"):
        raise Conflict("本区县未开通投诉举报，不能转为投诉。", state=shown(message))
    if message.kind != "complain":
        raise Conflict("只有投诉类的留言可以转为投诉。", state=shown(message))
    if message.proposed:
        raise Conflict("已建议过转为投诉，留言人未同意，请直接回复。", state=shown(message))


# What is done most stands first: a page means its first button.
BUTTONS: Buttons[Message] = (
    Button(name="reply", call=reply, form=ReplyRequest),
    Button(name="take", call=take),
    Button(name="transfer", call=transfer, form=TransferRequest, reason=Reason("转办的理由"), checks=(check_steps,)),
    Button(
        name="return",
        call=give_back,
        form=ReasonRequest,
        reason=Reason("退回的理由"),
        checks=(check_steps, check_returnable),
    ),
    Button(
        name="propose",
        call=propose,
        form=ReasonRequest,
        reason=Reason("为什么按投诉办理", open=True),
        checks=(check_proposable,),
    ),
)
