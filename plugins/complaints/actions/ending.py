"""How a complaint comes to its end: the row it held is let go or goes, in the same transaction; what may be shown is shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

import msgspec

from hub.api import Context
from plugins.complaints.actions.acts import move_on, tell
from plugins.complaints.documents import Complaint, Published, complaints_of, published_of
from plugins.complaints.events import ComplaintClosed, Ending

By = Literal["satisfied", "silence", "reply"]
ASK_AGAIN = timedelta(hours=1)
MOVES: dict[By, str] = {"satisfied": "satisfied", "silence": "lapse", "reply": "conclude"}


async def let_go(ctx: Context, complaint: Complaint, *, upheld: bool, reason: str) -> Complaint:
    """With the complaint's last move: whoever keeps the row hears that this complaint holds it no longer.

    Where that plugin is off the complaint ends all the same, for its limits are those of law; the row stays held meanwhile,
    and ``watch`` comes back to it until the plugin is on again.
    """
    if complaint.row is None or complaint.kind == "free":
        return complaint
    ending = Ending(
        complaint=complaint.id,
        kind=complaint.kind,
        row=complaint.row,
        upheld=upheld,
        reason=reason,
        holds=complaint.holds,
    )
    # Neither a complainant nor another bureau's handler sees the row itself.
    await ctx.guard("complaints.end", ending, whole_county=True)
    if ending.taken and not complaint.owed:
        return complaint
    owed = msgspec.structs.replace(
        complaint,
        upheld=upheld,
        owed="" if ending.taken else reason,
        next_at=None if ending.taken else ctx.now() + ASK_AGAIN,
    )
    saved: Complaint = await complaints_of(ctx).save(owed)
    return saved


async def close(ctx: Context, complaint: Complaint, by: By, **changes: Any) -> Complaint:
    """办结 after a reply. Only what was found true in full takes the row away."""
    last = changes.get("replies", complaint.replies)[-1]
    upheld = last.upheld == "yes"
    closed = await move_on(ctx, complaint, MOVES[by], upheld=upheld, **changes)
    closed = await let_go(ctx, closed, upheld=upheld, reason="投诉属实" if upheld else "投诉不属实或部分属实")
    await show(ctx, closed)
    tell(ctx, ComplaintClosed, closed, upheld=upheld, by=by)
    return closed


async def show(ctx: Context, complaint: Complaint) -> None:
    """To everybody, where the complainant has not declined and the handler has written what may be read."""
    if not complaint.publish or not complaint.summary:
        return
    shown = Published(
        id=complaint.id,
        place=complaint.place,
        kind=complaint.kind,
        type_label=complaint.type_label,
        project=complaint.project,
        short=complaint.subject,
        bureau=complaint.bureau,
        upheld=bool(complaint.upheld),
        summary=complaint.summary,
        closed_at=ctx.now(),
    )
    await published_of(ctx).insert(shown)
