"""What happens by itself: reminders before and after a limit, the end of the time for an answer, replies for merged ones."""

from __future__ import annotations

import msgspec

from hub.api import Context, Page, Paging
from plugins.complaints.actions.acts import act, scheduled, tell, with_act
from plugins.complaints.actions.ending import close, let_go
from plugins.complaints.documents import Complaint, Reply, complaints_of
from plugins.complaints.events import AnswerShared, ComplaintDue, ComplaintReplied, MomentCame

AT_ONCE = 200


async def watch(ctx: Context) -> None:
    """Tell which complaints have come to a moment, 200 per transaction; each is then looked at by itself, so that one that
    cannot be written holds up no other. Told again before it was, nothing more comes of it."""
    cursor: str | None = None
    while True:
        wanted = {"next_at": {"$lte": ctx.now()}}
        page: Page[Complaint] = await complaints_of(ctx).page(
            wanted, Paging(limit=AT_ONCE, cursor=cursor), sort=(("next_at", 1),)
        )
        found = [(complaint.place, complaint.id) for complaint in page.items]

        async def say(unit: Context, found: list[tuple[str, str]] = found) -> None:
            for place, id in found:
                unit.emit(MomentCame(place=place, complaint=id))

        if found:
            await ctx.in_transaction(say)
        cursor = page.next
        if cursor is None:
            return


async def come(event: MomentCame, ctx: Context) -> None:
    """Remind once before the limit and once after; close what nobody has answered; let a row go that is still held."""
    complaint: Complaint | None = await complaints_of(ctx).first({"_id": event.complaint})
    if complaint is None or complaint.next_at is None or complaint.next_at > ctx.now():
        return
    if complaint.owed:
        await let_go(ctx, complaint, upheld=bool(complaint.upheld), reason=complaint.owed)
        return
    if complaint.state == "replied":
        await close(ctx, complaint, "silence")
        return
    late = ctx.now() >= complaint.task_due
    urged = msgspec.structs.replace(complaint, urged="late" if late else "near")
    saved = await complaints_of(ctx).save(scheduled(ctx, urged))
    tell(ctx, ComplaintDue, saved, phase="late" if late else "near")


async def share(event: AnswerShared, ctx: Context) -> None:
    """Those whose complaint was merged get the reply too."""
    main: Complaint | None = await complaints_of(ctx).first({"_id": event.complaint})
    if main is None:
        return
    reply = main.replies[event.reply - 1]
    merged: list[Complaint] = await complaints_of(ctx).find({"merged_into": main.id}, sort=(("_id", 1),))
    told = [with_reply(ctx, each, reply) for each in merged if reply.number not in {one.number for one in each.replies}]
    for saved in await complaints_of(ctx).save_many(told):
        tell(ctx, ComplaintReplied, saved, reply=reply.number, upheld=reply.upheld, final=main.round > 1)


def with_reply(ctx: Context, merged: Complaint, reply: Reply) -> Complaint:
    line = act(ctx, merged, "shared", "合并办理的投诉已回复")
    return msgspec.structs.replace(merged, replies=(*merged.replies, reply), acts=with_act(merged.acts, line))
