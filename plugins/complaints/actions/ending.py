"""How a complaint comes to its end: the row it held is let go or goes, in the same transaction; what may be shown is shown."""

from __future__ import annotations

from typing import Any, Literal

from hub.api import Context
from plugins.complaints.actions.acts import move_on, tell
from plugins.complaints.documents import Complaint, Published, published_of
from plugins.complaints.events import ComplaintClosed, Ending

By = Literal["satisfied", "silence", "reply"]
MOVES: dict[By, str] = {"satisfied": "satisfied", "silence": "lapse", "reply": "conclude"}


async def let_go(ctx: Context, complaint: Complaint, *, upheld: bool, reason: str) -> None:
    """Once per complaint, with its last move: whoever keeps the row hears that this complaint holds it no longer."""
    if complaint.row is None or complaint.kind == "free":
        return
    ending = Ending(complaint=complaint.id, kind=complaint.kind, row=complaint.row, upheld=upheld, reason=reason)
    # Neither a complainant nor another bureau's handler sees the row itself.
    await ctx.guard("complaints.end", ending, whole_county=True)


async def close(ctx: Context, complaint: Complaint, by: By, **changes: Any) -> Complaint:
    """办结 after a reply. Only what was found true in full takes the row away."""
    last = changes.get("replies", complaint.replies)[-1]
    upheld = last.upheld == "yes"
    closed = await move_on(ctx, complaint, MOVES[by], upheld=upheld, **changes)
    await let_go(ctx, closed, upheld=upheld, reason="投诉属实" if upheld else "投诉不属实或部分属实")
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
