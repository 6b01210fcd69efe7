"""What comes with time: a reminder before the end, 到期 with the task to confirm, a reminder when nobody does."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import msgspec

from hub.api import Context, Fact
from plugins.publicity.actions.running import ONE_DAY
from plugins.publicity.business import PUBLICITIES, asking, told
from plugins.publicity.config import PublicityConfig
from plugins.publicity.documents import Publicity, publicities_of
from plugins.publicity.events import PublicityDue

AT_ONCE = 50
RIGHT_AFTER = timedelta(seconds=1)


async def watch(ctx: Context) -> None:
    """All whose moment has come, each in a transaction of its own."""
    while found := await due_now(ctx):
        for publicity in found:
            await ctx.in_transaction(partial(look, id=publicity.id))


async def due_now(ctx: Context) -> list[Publicity]:
    """Some of them, those that have waited longest first; looked at, each has its next moment later."""
    wanted = {"look_at": {"$lte": ctx.now()}}
    found: list[Publicity] = await publicities_of(ctx).find(wanted, sort=(("look_at", 1),), limit=AT_ONCE)
    return found


async def look(ctx: Context, id: str) -> None:
    """What is due for one publicity now. After a standstill the reminder before the end is not sent when that is past."""
    publicity: Publicity | None = await publicities_of(ctx).first({"_id": id, "look_at": {"$lte": ctx.now()}})
    if publicity is None or publicity.ends_at is None:
        return
    if publicity.state != "due" and ctx.now() > publicity.ends_at:
        await expire(ctx, publicity)
        return
    # The last second of the last day still belongs to it.
    next_at, phase = (None, "after") if publicity.state == "due" else (publicity.ends_at + RIGHT_AFTER, "before")
    after = msgspec.structs.replace(publicity, look_at=next_at, phase=phase)
    await PUBLICITIES.keep(ctx, publicity, after, tell=(reminder(after),))


async def expire(ctx: Context, publicity: Publicity) -> None:
    """到期待确认: from now on its handlers may confirm, and are asked to."""
    look_at = max(ctx.now(), (publicity.ends_at or ctx.now())) + ONE_DAY
    asked = asking(ctx, publicity, ctx.settings(PublicityConfig).confirm_limit)
    after = msgspec.structs.replace(asked, look_at=look_at, phase="end")
    await PUBLICITIES.move(ctx, publicity, "expire", after, tell=(reminder(after),))


def reminder(publicity: Publicity) -> Fact[Publicity]:
    """P03, by the phase that was just reached."""
    return told(PublicityDue, phase=publicity.phase, extension=publicity.extensions)
