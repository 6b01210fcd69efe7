"""投诉答复书 and 投诉不予受理告知书: what the complainant was answered, as a letter to sign and seal."""

from __future__ import annotations

from hub.api import Anyone, App, Context, NotFound, Page, PaperView, day_in_chinese, printed_on, unit_of
from plugins.complaints import views
from plugins.complaints.actions.reading import CONFIDENTIAL
from plugins.complaints.documents import Complaint
from plugins.complaints.handlers import OWN, READ, STAFF

STAFF_APPS: tuple[App, ...] = ("ydsh", "ydjd")
TITLE = "打印答复书"
NOTHING_YET = "还没有答复，答复后可以打印。"


class LetterPaper(PaperView, frozen=True, kw_only=True):
    """A sheet for each of the ``replies``, or one that says for which ``reason`` it was not taken up. ``to`` is the complainant, ``about``
    what was complained of; ``answer_by`` until when the last reply can be rated."""

    to: str
    about: str
    filed: str
    closed: str
    replies: tuple[views.ReplyView, ...]
    reason: str
    answer_by: str
    further: str = views.FURTHER


async def own_letter(ctx: Context, id: str) -> LetterPaper:
    """投诉答复书"""
    complaint = await OWN.found(ctx, id)
    shown = views.mine_detail(ctx, complaint, [])
    # Whoever asked for 保密 may leave it lying about.
    to = CONFIDENTIAL if complaint.confidential else complaint.name.reveal()
    return letter(ctx, complaint, to, shown.replies, shown.reason)


async def letter_of(ctx: Context, id: str) -> LetterPaper:
    """投诉答复书"""
    complaint = await STAFF.found(ctx, id)
    shown = views.detail(ctx, complaint, [])
    reason = shown.reason if complaint.state == "refused" else ""
    return letter(ctx, complaint, shown.complainant, shown.replies, reason)


def letter(ctx: Context, complaint: Complaint, to: str, replies: list[views.ReplyView], reason: str) -> LetterPaper:
    if not (replies or reason):
        raise NotFound(NOTHING_YET)
    rated_by = complaint.next_at if complaint.state == "replied" else None
    return LetterPaper(
        title="投诉答复书" if replies else "投诉不予受理告知书",
        office=unit_of(ctx, complaint.seat, complaint.bureau),
        number=complaint.number,
        place=ctx.regions.full_name(complaint.seat),
        printed=printed_on(ctx),
        to=to,
        about=f"{complaint.subject}（{complaint.type_label}）",
        filed=day_in_chinese(complaint.created_at) if complaint.created_at else "",
        closed=day_in_chinese(complaint.closed_at) if complaint.closed_at else "",
        replies=tuple(replies),
        reason=reason,
        answer_by=day_in_chinese(rated_by) if rated_by else "",
    )


PAGES = (
    Page(
        apps=("ykt",),
        path="/mine/{id}/print",
        title=TITLE,
        template="complaints/paper.html",
        load=own_letter,
        access=Anyone.CLAIMED,
    ),
    Page(
        apps=STAFF_APPS,
        path="/{id}/print",
        title=TITLE,
        template="complaints/paper.html",
        load=letter_of,
        access=READ,
    ),
)
