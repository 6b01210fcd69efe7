"""What happens by itself: reminders before and after a limit, the end of the time for an answer, replies for merged ones."""

from __future__ import annotations

from typing import Literal

import msgspec

from hub.api import Context, Paged, Paging
from plugins.complaints.actions.ending import close, let_go
from plugins.complaints.business import COMPLAINTS, told
from plugins.complaints.documents import Complaint, complaints_of
from plugins.complaints.events import ComplaintDue, ComplaintReplied
from plugins.complaints.steps import MeetMoment, ShareAnswer

AT_ONCE = 200


async def watch(ctx: Context) -> None:
    """Tell which complaints have come to a moment, 200 per transaction; each is then looked at by itself, so that one that
    cannot be written holds up no other. Told again before it was, nothing more comes of it."""
    cursor: str | None = None
    while True:
        wanted = {"next_at": {"$lte": ctx.now()}}
        page: Paged[Complaint] = await complaints_of(ctx).page(
            wanted, Paging(limit=AT_ONCE, cursor=cursor), sort=(("next_at", 1),)
        )
        found = [(complaint.place, complaint.id) for complaint in page.items]

        async def say(unit: Context, found: list[tuple[str, str]] = found) -> None:
            for place, id in found:
                unit.enqueue(MeetMoment(place=place, complaint=id))

        if found:
            await ctx.in_transaction(say)
        cursor = page.next
        if cursor is None:
            return


async def come(step: MeetMoment, ctx: Context) -> None:
    """Remind once before the limit and once after; close what nobody has answered; let a row go that is still held."""
    complaint: Complaint | None = await complaints_of(ctx).first({"_id": step.complaint})
    if complaint is None or complaint.next_at is None or complaint.next_at > ctx.now():
        return
    if complaint.owed:
        let = await let_go(ctx, complaint, upheld=bool(complaint.upheld), reason=complaint.owed)
        await COMPLAINTS.keep(ctx, complaint, let)
        return
    if complaint.state == "replied":
        closed = await close(ctx, complaint, "silence")
        await COMPLAINTS.move(ctx, complaint, "lapse", closed.after, tell=closed.tell)
        return
    late = ctx.now() >= complaint.task_due
    phase: Literal["near", "late"] = "late" if late else "near"
    urged = msgspec.structs.replace(complaint, urged=phase)
    await COMPLAINTS.keep(ctx, complaint, urged, tell=(told(ComplaintDue, phase=phase),))


async def share(step: ShareAnswer, ctx: Context) -> None:
    """Those whose complaint was merged get the reply too."""
    main: Complaint | None = await complaints_of(ctx).first({"_id": step.complaint})
    if main is None:
        return
    reply = main.replies[step.reply - 1]
    merged: list[Complaint] = await complaints_of(ctx).find({"merged_into": main.id}, sort=(("_id", 1),))
    without = [each for each in merged if reply.number not in {one.number for one in each.replies}]
    pairs = [(each, msgspec.structs.replace(each, replies=(*each.replies, reply))) for each in without]
    said = told(ComplaintReplied, reply=reply.number, upheld=reply.upheld, final=main.round > 1)
    await COMPLAINTS.amend_many(ctx, pairs, "shared", "合并办理的投诉已回复", tell=(said,))
