"""The operations of 投诉举报: complaining (C8), one's own (C13), handling (S5), reading (L2), what everybody may read."""

from __future__ import annotations

from datetime import timedelta

from hub.api import Anyone, Context, Face, Page, Paging, Raw, Route, check_here
from plugins.complaints import views
from plugins.complaints.actions import filing, handling, notices, own, reading
from plugins.complaints.actions.checks import at_desk
from plugins.complaints.actions.filing import FilingRequest
from plugins.complaints.actions.notices import NoticeRequest
from plugins.complaints.actions.reading import ComplaintQuery, ExportRequest, UnmaskRequest
from plugins.complaints.business import COMPLAINTS, sees_persons
from plugins.complaints.documents import COMPLAINT, Complaint, Notice, Published, complaints_of, published_of

HANDLE, READ, EXPORT, NOTICE = "complaints.handle", "complaints.read", "complaints.export", "complaints.notice"

STAFF = Face(
    business=COMPLAINTS,
    path="",
    find=COMPLAINTS.seen,
    show=views.detail,
    read=READ,
    act=HANDLE,
    may=(check_here, at_desk),
    buttons=handling.BUTTONS,
)
OWN = Face(
    business=COMPLAINTS,
    path="/mine",
    find=own.mine,
    show=views.mine_detail,
    read=Anyone.CLAIMED,
    act=Anyone.CLAIMED,
    here=own.IN_ITS_COUNTY,
    buttons=own.BUTTONS,
)

# --- 投诉须知 --------------------------------------------------------------------------------------------------------


async def show_notice(ctx: Context) -> views.NoticeView:
    """投诉须知 as it is in force."""
    return notice_view(await notices.newest(ctx))


async def publish_notice(ctx: Context, body: NoticeRequest) -> views.NoticeView:
    """Put a new version of 投诉须知 in force."""
    return notice_view(await notices.publish(ctx, body))


async def show_form(ctx: Context) -> views.FormView:
    """投诉举报: 投诉须知, the 投诉类型, and in words who will see what."""
    return views.FormView(
        notice=notice_view(await notices.newest(ctx)),
        types=[views.TypeView(code=code, label=label) for code, label in ctx.config.types.items()],
        who_sees=views.who_sees(ctx),
        text_at_most=filing.LONGEST_TEXT,
        pictures_at_most=filing.MOST_PICTURES,
    )


def notice_view(notice: Notice | None) -> views.NoticeView:
    return views.NoticeView(version=notices.version_of(notice), points=list(notices.points_of(notice)))


# --- C8, C13: one's own ----------------------------------------------------------------------------------------------


async def file(ctx: Context, body: FilingRequest) -> views.MineDetail:
    """提交投诉."""
    return await OWN.answer(ctx, await filing.file(ctx, body))


async def list_mine(ctx: Context, query: Paging) -> Page[views.MineLine]:
    """投诉举报进度: my complaints in all counties, the newest first."""
    page: Page[Complaint] = await complaints_of(ctx).page({"complainant": ctx.actor.person}, query)
    return Page(items=[views.mine_line(ctx, each) for each in page.items], next=page.next)


async def show_my_picture(ctx: Context, id: str, file: str) -> Raw:
    """A picture of one of my complaints."""
    return await reading.picture(ctx, await own.mine(ctx, id), file)


# --- S5, L2: staff ---------------------------------------------------------------------------------------------------


async def list_complaints(ctx: Context, query: ComplaintQuery) -> Page[views.ComplaintLine]:
    """投诉处理: complaints within my reach, the newest first; those about me or my office are not among them."""
    page = await reading.listed(ctx, query)
    return Page(items=[views.line(ctx, each) for each in page.items], next=page.next)


async def overview(ctx: Context) -> views.Overview:
    """How many complaints there are, by state, place, bureau and type."""
    everything, types = ComplaintQuery(), ctx.config.types
    late = await complaints_of(ctx).count(reading.wanted_of(ctx, ComplaintQuery(overdue=True)))
    [overdue] = views.cells(ctx, [late])
    return views.Overview(
        states=views.count_lines(ctx, await reading.groups(ctx, everything, "state"), COMPLAINT.label),
        places=views.count_lines(ctx, await reading.groups(ctx, everything, "seat"), ctx.regions.full_name),
        bureaus=views.count_lines(ctx, await reading.groups(ctx, everything, "bureau"), str),
        types=views.count_lines(ctx, await reading.groups(ctx, everything, "type"), lambda code: types.get(code, code)),
        overdue=overdue.count,
        overdue_text=overdue.text,
    )


async def show_picture(ctx: Context, id: str, file: str) -> Raw:
    """A picture of a complaint."""
    complaint = await COMPLAINTS.seen(ctx, id)
    if not sees_persons(ctx.actor, complaint):
        file = ""
    return await reading.picture(ctx, complaint, file)


async def unmask(ctx: Context, id: str, body: UnmaskRequest) -> views.Unmasked:
    """查看全名: with a reason, logged; 保密 is kept."""
    return views.unmasked(await reading.unmask(ctx, id, body))


async def export(ctx: Context, body: ExportRequest) -> Raw:
    """导出: the list as XLSX, masked, with a reason, logged."""
    return await reading.export(ctx, body)


# --- everybody -------------------------------------------------------------------------------------------------------


async def list_published(ctx: Context, query: Paging) -> Page[views.PublishedView]:
    """处理结果公开: closed complaints whose complainant has not declined; no persons."""
    page: Page[Published] = await published_of(ctx).page({}, query, sort=(("closed_at", -1),))
    return Page(items=[views.published_view(ctx, each) for each in page.items], next=page.next)


HOURLY = timedelta(hours=1)

ROUTES = (
    Route(method="GET", path="/notice", call=show_notice, access=Anyone.PUBLIC),
    Route(method="PUT", path="/notice", call=publish_notice, access=NOTICE, reads="/notice"),
    Route(method="GET", path="/published", call=list_published, access=Anyone.PUBLIC),
    Route(method="GET", path="/form", call=show_form, access=Anyone.CLAIMED),
    Route(method="POST", path="", call=file, access=Anyone.CLAIMED, status=201, rate=(20, HOURLY), reads="/mine/{id}"),
    Route(method="GET", path="/mine", call=list_mine, access=Anyone.CLAIMED),
    *OWN.routes(),
    Route(method="GET", path="/mine/{id}/pictures/{file}", call=show_my_picture, access=Anyone.CLAIMED),
    Route(method="GET", path="", call=list_complaints, access=READ),
    Route(method="GET", path="/overview", call=overview, access=READ),
    Route(method="POST", path="/export", call=export, access=EXPORT, rate=(30, HOURLY), transaction=False),
    *STAFF.routes(),
    Route(method="GET", path="/{id}/pictures/{file}", call=show_picture, access=READ),
    Route(method="POST", path="/{id}/unmask", call=unmask, access=HANDLE, rate=(60, HOURLY)),
)
