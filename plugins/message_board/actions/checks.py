"""What may not be done with a message now, though its state allows it: asked by the pages and by the calls."""

from __future__ import annotations

from hub.api import Conflict, Context, NotFound, shown
from plugins.message_board.business import handles
from plugins.message_board.config import MessageBoardConfig
from plugins.message_board.documents import Message

MOST_STEPS = 20
TURNED_OFTEN = "这件留言已转办多次，请直接回复。"
OFF = "本区县未开通投诉举报，不能转为投诉。"
ONCE = "已建议过转为投诉，留言人未同意，请直接回复。"
NO_COMPLAINT = "只有投诉类的留言可以转为投诉。"


def at_desk(ctx: Context, message: Message) -> None:
    """``NotFound`` for whoever is not of the office that has it."""
    if not handles(ctx.actor, message):
        raise NotFound


def check_named(ctx: Context, message: Message) -> None:
    """``NotFound``: its writer has not said who they are."""
    if message.name is None:
        raise NotFound


def check_steps(ctx: Context, message: Message) -> None:
    """Nobody passes it on for ever."""
    if message.step >= MOST_STEPS:
        raise Conflict(TURNED_OFTEN, state=shown(message))


def check_returnable(ctx: Context, message: Message) -> None:
    """A wrong dispatch goes back to whoever has passed it on, within the days that the county has set."""
    if not message.before:
        raise Conflict("本件是居民直接写给您单位的，没有可退回的单位，请转办。", state=shown(message))
    if ctx.now() > ctx.calendar.due(message.assigned_at, ctx.settings(MessageBoardConfig).return_within):
        raise Conflict("已超过退回的期限，请办理或转办。", state=shown(message))


def check_proposable(ctx: Context, message: Message) -> None:
    """Where there are complaints, of what its writer calls one, once."""
    if not ctx.is_on("complaints"):
        raise Conflict(OFF, state=shown(message))
    if message.kind != "complain":
        raise Conflict(NO_COMPLAINT, state=shown(message))
    if message.proposed:
        raise Conflict(ONCE, state=shown(message))


def check_complaints(ctx: Context, message: Message) -> None:
    """They may have been turned off since it was proposed."""
    if not ctx.is_on("complaints"):
        raise Conflict("本区县现在不办理投诉举报，请选“不转投诉”，由原单位继续回复。", state=shown(message))


def check_follow_ups(ctx: Context, message: Message) -> None:
    most = ctx.settings(MessageBoardConfig).follow_ups
    if message.follow_ups >= most:
        raise Conflict(f"一件留言最多追问{most}次，还有事请写新的留言。", state=shown(message))
