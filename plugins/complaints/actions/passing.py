"""What identity asks of complaints: whom they pass to with a proof."""

from __future__ import annotations

import msgspec

from hub.api import Succession, passing_on
from plugins.complaints.documents import Complaint, complaints_of


def passed(complaint: Complaint, succession: Succession) -> Complaint:
    """Both keep away from handling it."""
    [complainant] = succession.swap((complaint.complainant,))
    return msgspec.structs.replace(
        complaint,
        complainant=complainant,
        readers=succession.swap(complaint.readers),
        avoid=tuple(dict.fromkeys((*complaint.avoid, complainant))),
    )


pass_on = passing_on((complaints_of, passed))
