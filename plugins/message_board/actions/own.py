"""What writers do about their own messages: 追问, 评价, 关闭, and whether it becomes a complaint."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

import msgspec

from hub.api import (
    Asked,
    Button,
    Buttons,
    Conflict,
    Context,
    Invalid,
    Moved,
    NotFound,
    Secret,
    VersionRequest,
    check_here,
    clean,
    day_in_chinese,
    read_words,
    shanghai,
    shown,
)
from plugins.complaints.events import FileComplaint
from plugins.message_board.actions.filing import LONGEST_TEXT, Text, Word, Words
from plugins.message_board.business import MESSAGES
from plugins.message_board.config import MessageBoardConfig
from plugins.message_board.documents import GRADES, Message, Said, messages_of
from plugins.message_board.events import MessageAsked, MessageClosed, MessageComplained, MessageRated


class AskRequest(Words, frozen=True, kw_only=True):
    text: Annotated[Text, Asked("还想问什么", "2000字以内", long=True)]


class RateRequest(Words, frozen=True, kw_only=True):
    grade: Annotated[Literal["5", "4", "3", "2", "1"], Asked("您对回复满意吗", choices=GRADES, look="options")]
    words: Annotated[Text, Asked("您的意见", "不满意的，可以写明哪里不满意", long=True)] = ""


class ComplainRequest(Words, frozen=True, kw_only=True):
    """``notice`` is the version of 投诉须知 that was accepted; ``about`` names a project (``project:30005``) or an office
    (``unit:510904114``, ``unit:510904:民政局``)."""

    notice: Annotated[Word, Asked("投诉须知", look="hidden")]
    about: Annotated[Word, Asked("投诉对象", look="select")]
    type: Annotated[Word, Asked("投诉类型", look="select")]
    text: Annotated[Text, Asked("投诉内容", "已填好您的留言，可以修改，2000字以内", long=True)]
    confidential: Annotated[
        bool, Asked("是否保密", choices={"false": "不保密", "true": "保密，办理投诉的人看不到姓名"}, look="options")
    ]
    publish: Annotated[bool, Asked("处理结果", choices={"true": "可以公开", "false": "不公开"})]


async def mine(ctx: Context, id: str) -> Message:
    """One of my own, from whichever county I ask."""
    found: Message | None = await messages_of(ctx).first({"_id": id, "readers": ctx.actor.person})
    if found is None:
        raise NotFound
    return found


async def ask(ctx: Context, message: Message, form: AskRequest) -> Moved[Message]:
    """追问"""
    said = Said(text=Secret(read_words(form.text, "text", "追问的内容", LONGEST_TEXT)), at=ctx.now())
    asked = msgspec.structs.replace(message, said=(*message.said, said), **back_at_office(ctx, message))
    return Moved(asked, tell=(MESSAGES.fact(MessageAsked, declined=lambda saved: False),))


async def decline(ctx: Context, message: Message, form: VersionRequest) -> Moved[Message]:
    """不转投诉: the office replies to it as a message."""
    declined = msgspec.structs.replace(message, **back_at_office(ctx, message))
    return Moved(declined, tell=(MESSAGES.fact(MessageAsked, declined=lambda saved: True),))


def back_at_office(ctx: Context, message: Message) -> dict[str, Any]:
    """A turn of its own, with a limit of its own."""
    due_at = ctx.calendar.due(ctx.now(), ctx.settings(MessageBoardConfig).reply_within)
    return {"step": message.step + 1, "due_at": due_at, "taken_at": ctx.now()}


async def rate(ctx: Context, message: Message, form: RateRequest) -> Moved[Message]:
    """评价, in five grades."""
    rated = msgspec.structs.replace(message, grade=form.grade, words=Secret(clean(form.words)))
    return Moved(rated, tell=(MESSAGES.fact(MessageRated),))


async def close(ctx: Context, message: Message, form: VersionRequest) -> Moved[Message]:
    """关闭留言: nobody need reply any more."""
    return Moved(message, tell=(MESSAGES.fact(MessageClosed, by=lambda saved: "writer"),))


# --- a complaint of it ----------------------------------------------------------------------------------------------------


async def complain(ctx: Context, message: Message, form: ComplainRequest) -> Moved[Message]:
    """同意转为投诉: filed in the writer's name, by the rules of complaints, in the same transaction. Its pictures go along. With 保密
    nobody finds the writer by the message from now on, which the complaint names."""
    await ctx.files.give_back(message.pictures, message.id)
    filed = await ctx.ask(
        FileComplaint(
            notice=form.notice,
            **about(form.about),
            bureau=message.bureau,
            type=form.type,
            text=form.text,
            pictures=message.pictures,
            confidential=form.confidential,
            publish=form.publish,
            source=f"留言{message.number}",
            history=message.acts,
        )
    )
    if filed is None:
        raise Conflict
    hidden: dict[str, Any] = {"confidential": True, "name": None} if form.confidential else {}
    ended = msgspec.structs.replace(
        message, pictures=(), **hidden, complaint=filed.complaint, complaint_number=filed.number
    )
    return Moved(ended, tell=(MESSAGES.fact(MessageComplained),))


def about(text: str) -> dict[str, Any]:
    """What it accuses, as a complaint says it; ``Invalid`` for what no page offers."""
    sort, _, what = text.partition(":")
    region, _, bureau = what.partition(":")
    if sort == "project" and what:
        return {"against": "project", "project": what}
    if sort == "unit" and region:
        return {"against": "unit", "unit_region": region, "unit_bureau": bureau}
    raise Invalid(fields={"about": "请选择投诉的对象。"})


def whole_story(message: Message) -> str:
    """All that was written, for the first words of the complaint; what is too long for it says where the rest stands."""
    said = (f"{label_of(each)}：{each.text.reveal()}" for each in message.said)
    text = "\n".join((message.subject.reveal(), message.text.reveal(), *said))
    rest = f"……（后面的内容见留言{message.number}）"
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - len(rest)] + rest


def label_of(said: Said) -> str:
    return f"{day_in_chinese(shanghai(said.at).date())}{f'{said.unit}回复' if said.unit else '我追问'}"


def check_complaints(ctx: Context, message: Message) -> None:
    """They may have been turned off since it was proposed."""
    if not ctx.is_on("complaints"):
        raise Conflict("本区县现在不办理投诉举报，请选“不转投诉”，由原单位继续回复。", state=shown(message))


def check_follow_ups(ctx: Context, message: Message) -> None:
    most = ctx.settings(MessageBoardConfig).follow_ups
    if message.follow_ups >= most:
        raise Conflict(f"一件留言最多追问{most}次，还有事请写新的留言。", state=shown(message))


# Offered wherever one's messages are read; made in the message's own county, which stands beside it.
IN_ITS_COUNTY = partial(check_here, elsewhere="请在办理留言的区县操作。")
BUTTONS: Buttons[Message] = (
    Button(name="rate", call=rate, form=RateRequest),
    Button(name="ask", call=ask, form=AskRequest, checks=(check_follow_ups,)),
    Button(name="complain", call=complain, form=ComplainRequest, checks=(check_complaints,)),
    Button(name="decline", call=decline),
    Button(name="close", call=close),
)
