"""What comes to messages without their writer: time, a proof of who they are, and their wish to be forgotten."""

from __future__ import annotations

import msgspec

from hub.api import Context, Succession, passing_on
from plugins.message_board.actions.own import back_at_office
from plugins.message_board.business import MESSAGES
from plugins.message_board.documents import Message, messages_of
from plugins.message_board.events import MessageAsked, MessageClosed

AT_ONCE = 200


async def lapse(ctx: Context) -> None:
    """A reply to which nothing was said stands; a complaint that nobody has agreed to is not made, and the office goes on."""
    silent = await overdue(ctx, "replied")
    closed = MESSAGES.fact(MessageClosed, by=lambda saved: "silence")
    await MESSAGES.move_many(ctx, [(message, message) for message in silent], "lapse", tell=(closed,))
    waiting = await overdue(ctx, "proposed")
    again = [(each, msgspec.structs.replace(each, **back_at_office(ctx, each))) for each in waiting]
    asked = MESSAGES.fact(MessageAsked, declined=lambda saved: True)
    await MESSAGES.move_many(ctx, again, "go_on", tell=(asked,))


async def overdue(ctx: Context, state: str) -> list[Message]:
    """Those whose writer had until now; what is more waits for the next time."""
    wanted = {"state": state, "ends_at": {"$lte": ctx.now()}}
    return await messages_of(ctx).find(wanted, sort=(("ends_at", 1), ("_id", 1)), limit=AT_ONCE)


def passed(message: Message, succession: Succession) -> Message:
    """Both keep away from handling it."""
    readers = succession.swap(message.readers)
    return msgspec.structs.replace(message, readers=readers, avoid=tuple(dict.fromkeys((*message.avoid, *readers))))


pass_on = passing_on((messages_of, passed))


async def forget(ctx: Context, person: str) -> int:
    """What was taken back before anybody replied is the person's own; the rest is a file of the administration and stays."""
    wanted = {"readers": person, "state": "closed", "said": []}
    found = await messages_of(ctx).find(wanted, limit=AT_ONCE)
    for message in found:
        await ctx.files.release(message.pictures, message.id)
    await messages_of(ctx).delete_many(found)
    return len(found)
