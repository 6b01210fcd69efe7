"""How a complaint comes to its end: the row it held is let go or goes, in the same transaction; what may be shown is shown."""

from __future__ import annotations

from typing import Literal

import msgspec

from hub.api import Context, Moved, taken
from plugins.complaints.business import told
from plugins.complaints.documents import Complaint, Published, published_of
from plugins.complaints.events import ComplaintClosed, Ending

By = Literal["satisfied", "silence", "reply"]


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
    taken = bool(await ctx.ask(ending))
    if taken and not complaint.owed:
        return complaint
    return msgspec.structs.replace(complaint, upheld=upheld, owed="" if taken else reason)


async def close(ctx: Context, complaint: Complaint, by: By) -> Moved[Complaint]:
    """办结 after a reply. Only what was found true in full takes the row away."""
    upheld = complaint.replies[-1].upheld == "yes"
    reason = "投诉属实" if upheld else "投诉不属实或部分属实"
    closed = await let_go(ctx, msgspec.structs.replace(complaint, upheld=upheld), upheld=upheld, reason=reason)
    await show(ctx, closed)
    return Moved(closed, tell=(told(ComplaintClosed, upheld=upheld, by=by),))


async def show(ctx: Context, complaint: Complaint) -> None:
    """To everybody, where the complainant has not declined and the handler has written what may be read."""
    if not complaint.publish or not complaint.summary:
        return
    shown = Published(
        short=complaint.subject,
        upheld=bool(complaint.upheld),
        closed_at=ctx.now(),
        **taken(complaint, "id", "place", "kind", "type_label", "project", "bureau", "seat", "summary"),
    )
    await published_of(ctx).insert(shown)
