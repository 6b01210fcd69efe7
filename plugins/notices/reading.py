"""What somebody got, and 我已阅读. What becomes of it when they are somebody else by now, or nobody."""

from __future__ import annotations

from msgspec.structs import replace

from hub.api import Belongings, Conflict, Context, NotFound, Succession
from plugins.notices.documents import Notice, Receipt, notices_of, receipts_of

AT_ONCE = 200


async def mine(ctx: Context, id: str) -> tuple[Notice, Receipt]:
    """One that was told to whoever asks; ``NotFound`` for any other."""
    receipt = await receipts_of(ctx).first({"notice": id, "person": ctx.actor.person})
    notice = await notices_of(ctx).first({"_id": id}) if receipt else None
    if receipt is None or notice is None:
        raise NotFound("没有这条通知，或者不是发给您的。")
    return notice, receipt


async def confirm(ctx: Context, id: str) -> Receipt:
    """我已阅读, once: what was confirmed stays so."""
    notice, receipt = await mine(ctx, id)
    if notice.state == "recalled":
        raise Conflict("这条通知已撤回，不用确认。")
    if receipt.read:
        return receipt
    return await receipts_of(ctx).save(replace(receipt, read=True, read_at=ctx.now()))


async def pass_on(ctx: Context, succession: Succession) -> int:
    """What both records were told, the one that stands has already."""
    found = await receipts_of(ctx).find({"readers": succession.before}, limit=AT_ONCE)
    both = {"person": succession.person, "notice": {"$in": [each.notice for each in found]}}
    there = {each.notice for each in await receipts_of(ctx).find(both, limit=AT_ONCE)}
    own = {"person": succession.person, "readers": (succession.person,)}
    await receipts_of(ctx).save_many([replace(each, **own) for each in found if each.notice not in there])
    await receipts_of(ctx).delete_many([each for each in found if each.notice in there])
    return len(found)


async def forget(ctx: Context, person: str) -> int:
    """Who got what is nobody's business."""
    found = await receipts_of(ctx).find({"readers": person}, limit=AT_ONCE)
    await receipts_of(ctx).delete_many(found)
    return len(found)


BELONGINGS = (Belongings(pass_on=pass_on, forget=forget),)
