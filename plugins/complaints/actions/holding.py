"""From when a complaint holds its row: at once where its complainant is proved, else with 受理 by an office.

A claim costs a name and a number; two of them must not keep a whole batch waiting. The complaint itself is always taken.
"""

from __future__ import annotations

import msgspec

from hub.api import Context, Paged, Paging, PersonProved
from plugins.complaints.business import COMPLAINTS
from plugins.complaints.config import ComplaintsConfig
from plugins.complaints.documents import Complaint, complaints_of
from plugins.complaints.events import Holding

AT_ONCE = 200


def at_once(ctx: Context) -> bool:
    """Whether what the one who acts files holds its row from the first moment."""
    return ctx.actor.assurance == "proved" or ctx.settings(ComplaintsConfig).unproved_hold == "filing"


async def hold_row(ctx: Context, complaint: Complaint) -> Complaint:
    """The complaint, holding its row from now on, if whoever keeps it still can: what is confirmed or gone is not held."""
    if complaint.holds or complaint.row is None or complaint.kind == "free":
        return complaint
    holding = Holding(complaint=complaint.id, kind=complaint.kind, row=complaint.row)
    return msgspec.structs.replace(complaint, holds=bool(await ctx.ask(holding)))


async def hold_of_proved(event: PersonProved, ctx: Context) -> None:
    """A complainant was proved: what they have open holds its rows from now on."""
    wanted = {"readers": event.person, "open": True, "holds": False}
    cursor: str | None = None
    while True:
        page: Paged[Complaint] = await complaints_of(ctx).page(wanted, Paging(limit=AT_ONCE, cursor=cursor))
        for complaint in page.items:
            held = await hold_row(ctx, complaint)
            if held.holds:
                await COMPLAINTS.keep(ctx, complaint, held)
        cursor = page.next
        if cursor is None:
            return
