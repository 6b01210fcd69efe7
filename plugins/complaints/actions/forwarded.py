"""What another plugin has been told, and its writer wants to be a complaint: filed in their name, by the same rules."""

from __future__ import annotations

from hub.api import Context, taken
from plugins.complaints.actions import notices
from plugins.complaints.actions.filing import FilingRequest, file
from plugins.complaints.config import ComplaintsConfig
from plugins.complaints.events import ComplaintTerms, FileComplaint, FiledComplaint, TermsOfComplaint


async def terms(ctx: Context, asked: TermsOfComplaint) -> ComplaintTerms:
    """投诉须知 as it is in force, and the 投诉类型."""
    notice = await notices.newest(ctx)
    return ComplaintTerms(
        notice=notices.version_of(notice),
        points=notices.points_of(notice),
        types=ctx.settings(ComplaintsConfig).types,
    )


async def file_forwarded(ctx: Context, asked: FileComplaint) -> FiledComplaint:
    """In the name of the one who acts, who has accepted 投诉须知 by its version. Its history goes before."""
    request = FilingRequest(
        **taken(asked, "notice", "against", "project", "bureau", "unit_region", "unit_bureau"),
        **taken(asked, "type", "text", "pictures", "confidential", "publish"),
    )
    complaint = await file(ctx, request, source=asked.source, history=asked.history)
    return FiledComplaint(complaint=complaint.id, number=complaint.number)
