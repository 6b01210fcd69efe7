"""What identity asks of complaints: whom they pass to with a proof."""

from __future__ import annotations

import msgspec

from hub.api import Context, Succession
from plugins.complaints.documents import Complaint, complaints_of


async def pass_on(ctx: Context, succession: Succession) -> int:
    """Complaints of a record that turned out to be another's; both keep away from handling them."""
    complaints: list[Complaint] = await complaints_of(ctx).find({})
    await complaints_of(ctx).save_many([passed(complaint, succession) for complaint in complaints])
    return len(complaints)


def passed(complaint: Complaint, succession: Succession) -> Complaint:
    [complainant] = succession.swap((complaint.complainant,))
    return msgspec.structs.replace(
        complaint,
        complainant=complainant,
        readers=succession.swap(complaint.readers),
        avoid=tuple(dict.fromkeys((*complaint.avoid, complainant))),
    )
