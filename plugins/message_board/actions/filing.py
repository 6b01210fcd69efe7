"""我要留言: a resident writes to a bureau; where they live says which office of it has the message."""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.api import Asked, Conflict, Context, Forbidden, Invalid, Secret, VersionRequest, clean, read_words
from plugins.message_board.business import MESSAGES, TOO_MANY
from plugins.message_board.config import MessageBoardConfig
from plugins.message_board.documents import FINAL, KINDS, Kind, Message, messages_of
from plugins.message_board.events import MessageFiled

MOST_PICTURES = 10
LONGEST_TITLE = 40
LONGEST_TEXT = 2000
NAMED = {"false": "能看到，只看到隐去部分的姓名", "true": "不能看到，姓名保密"}
AT_HOME = "请切换到您所在村（社区）的区县，再写留言。"

Word = Annotated[str, msgspec.Meta(max_length=64)]
Title = Annotated[str, msgspec.Meta(max_length=LONGEST_TITLE)]
Text = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]


class MessageRequest(msgspec.Struct, frozen=True, kw_only=True):
    """To one ``bureau`` of the county. ``confidential``: the office does not learn who has written."""

    kind: Annotated[Kind, Asked("留言类型", choices=KINDS)]
    bureau: Annotated[Word, Asked("写给哪个部门", look="select")]
    title: Annotated[Title, Asked("标题", f"一句话说清什么事，{LONGEST_TITLE}字以内")]
    text: Annotated[Text, Asked("留言内容", f"写清时间、地点和事情，{LONGEST_TEXT}字以内", long=True)]
    pictures: Annotated[
        tuple[Word, ...],
        Asked("图片", f"最多{MOST_PICTURES}张", look="pictures"),
        msgspec.Meta(max_length=MOST_PICTURES),
    ] = ()
    confidential: Annotated[bool, Asked("办理单位能看到您的姓名吗", choices=NAMED, look="options")]

    def __repr__(self) -> str:
        return "MessageRequest(***)"


class Words(VersionRequest, frozen=True, kw_only=True):
    """What somebody says to a message: in no log."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(***)"


async def file(ctx: Context, request: MessageRequest) -> Message:
    """我要留言"""
    check_form(ctx, request)
    named = {"applicant": "", "name": None} if request.confidential else {"name": ctx.actor.name}
    message = await MESSAGES.file(
        ctx,
        Message,
        "留言",
        tell=(MESSAGES.fact(MessageFiled),),
        place=seat_of(ctx),
        kind=request.kind,
        bureau=request.bureau,
        home=ctx.actor.home,
        slot=await free_slot(ctx),
        subject=Secret(read_words(request.title, "title", "标题", LONGEST_TITLE)),
        text=Secret(read_words(request.text, "text", "留言内容", LONGEST_TEXT)),
        pictures=tuple(dict.fromkeys(request.pictures)),
        confidential=request.confidential,
        assigned_at=ctx.now(),
        due_at=ctx.calendar.due(ctx.now(), ctx.settings(MessageBoardConfig).reply_within),
        **named,
    )
    await ctx.files.claim(message.pictures, message.id)
    return message


def check_form(ctx: Context, request: MessageRequest) -> None:
    """``Invalid`` for a bureau to which nobody can write here, and for words that say nothing."""
    wrong = {} if request.bureau in ctx.settings(MessageBoardConfig).bureaus else {"bureau": "请选择一个部门。"}
    wrong |= {} if clean(request.title) else {"title": "请写标题。"}
    wrong |= {} if clean(request.text) else {"text": "请写留言内容。"}
    if wrong:
        raise Invalid(fields=wrong)


def seat_of(ctx: Context) -> str:
    """The town or county of the writer's own village; ``Forbidden`` where that lies in another county, whose offices are not these."""
    home = ctx.regions.get(ctx.actor.home)
    if home is None or home.county is None or home.county != ctx.county:
        raise Forbidden(AT_HOME)
    town = ctx.regions.at_level(home.code, "town")
    return town.code if town and ctx.settings(MessageBoardConfig).handled_at == "town" else home.county


async def free_slot(ctx: Context) -> int:
    """The first place among the open ones of the one who writes; two that come at once are told apart by the index."""
    most = ctx.settings(MessageBoardConfig).open_at_most
    wanted = {"readers": ctx.actor.person, "state": {"$nin": list(FINAL)}}
    used = {message.slot for message in await messages_of(ctx).find(wanted, limit=most)}
    if len(used) >= most:
        raise Conflict(TOO_MANY)
    return next(slot for slot in range(1, most + 1) if slot not in used)
