"""The operations of 投诉举报: complaining (C8), one's own (C13), handling (S5), reading (L2), what everybody may read."""

from __future__ import annotations

from datetime import timedelta

from hub.api import Anyone, Context, Export, Face, Listing, Paging, Raw, Route, Unmasking, charts, check_here, read_file
from plugins.complaints import views
from plugins.complaints.actions import filing, handling, notices, own, reading
from plugins.complaints.actions.checks import at_desk
from plugins.complaints.actions.filing import FilingRequest
from plugins.complaints.actions.notices import NoticeRequest
from plugins.complaints.actions.reading import ComplaintQuery, ExportRequest
from plugins.complaints.business import COMPLAINTS, sees_persons
from plugins.complaints.config import ComplaintsConfig
from plugins.complaints.documents import Notice, complaints_of, published_of

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
LIST = Listing(
    path="",
    read=READ,
    says="投诉处理: complaints within my reach, the newest first; those about me or my office are not among them.",
    of=COMPLAINTS,
    line=views.line,
    query=ComplaintQuery,
    exact=reading.FILTERS,
    wanted=reading.late,
    order=reading.order_of,
    export=Export(
        says="导出: the list as XLSX, masked, with a reason, logged.",
        act=EXPORT,
        request=ExportRequest,
        columns=reading.COLUMNS,
        query=lambda request: request.filter,
        check=reading.in_county,
    ),
)
MY_LIST = Listing(
    path="/mine",
    read=Anyone.CLAIMED,
    says="投诉举报进度: my complaints in all counties, the newest first.",
    of=complaints_of,
    own=lambda ctx: {"complainant": ctx.actor.person},
    line=views.mine_line,
    query=Paging,
)
PUBLISHED = Listing(
    path="/published",
    read=Anyone.PUBLIC,
    says="处理结果公开: closed complaints whose complainant has not declined; no persons.",
    of=published_of,
    line=views.published_view,
    query=Paging,
    order=(("closed_at", -1),),
)
FULL_NAME = Unmasking(
    business=COMPLAINTS,
    path="/{id}/unmask",
    name="unmask",
    act=HANDLE,
    may=(check_here, at_desk),
    show=views.unmasked,
    hourly=60,
    noted=lambda complaint: {"number": complaint.number},
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
        types=[views.TypeView(code=code, label=label) for code, label in ctx.settings(ComplaintsConfig).types.items()],
        who_sees=views.who_sees(ctx),
        text_at_most=filing.LONGEST_TEXT,
        pictures_at_most=filing.MOST_PICTURES,
    )


def notice_view(notice: Notice | None) -> views.NoticeView:
    return views.NoticeView(version=notices.version_of(notice), points=list(notices.points_of(notice)))


# What the list shows where a number alone is told.
COUNTED = {
    "open": ComplaintQuery(open=True),
    "conduct": ComplaintQuery(open=True, against="staff"),
    "overdue": ComplaintQuery(overdue=True),
}

# --- C8, C13: one's own ----------------------------------------------------------------------------------------------


async def file(ctx: Context, body: FilingRequest) -> views.MineDetail:
    """提交投诉."""
    return await OWN.answer(ctx, await filing.file(ctx, body))


async def show_my_picture(ctx: Context, id: str, file: str) -> Raw:
    """A picture of one of my complaints."""
    complaint = await own.mine(ctx, id)
    return await read_file(ctx, file, complaint.pictures, complaint.id)


async def overview(ctx: Context) -> views.Overview:
    """How many complaints there are by state; how many have not ended, by place, bureau and type, and how many are overdue."""
    of = {name: LIST.filter(ctx, query) for name, query in COUNTED.items()}
    unended = {"place": (charts.field_below(ctx),), "bureau": ("bureau",), "type": ("type",)}
    by = {"state": ("state",), **unended, **dict.fromkeys(of, ())}
    groups = await complaints_of(ctx).counts(LIST.seen(ctx), by, {**of, **dict.fromkeys(unended, of["open"])})
    return views.overview_of(ctx, groups)


async def show_picture(ctx: Context, id: str, file: str) -> Raw:
    """A picture of a complaint."""
    complaint = await COMPLAINTS.seen(ctx, id)
    seen = complaint.pictures if sees_persons(ctx.actor, complaint) else ()
    return await read_file(ctx, file, seen, complaint.id)


HOURLY = timedelta(hours=1)

ROUTES = (
    Route(method="GET", path="/notice", call=show_notice, access=Anyone.PUBLIC),
    Route(method="PUT", path="/notice", call=publish_notice, access=NOTICE, reads="/notice"),
    *PUBLISHED.routes(),
    Route(method="GET", path="/form", call=show_form, access=Anyone.CLAIMED),
    Route(method="POST", path="", call=file, access=Anyone.CLAIMED, status=201, rate=(20, HOURLY), reads="/mine/{id}"),
    *MY_LIST.routes(),
    *OWN.routes(),
    Route(method="GET", path="/mine/{id}/pictures/{file}", call=show_my_picture, access=Anyone.CLAIMED),
    *LIST.routes(),
    Route(method="GET", path="/overview", call=overview, access=READ),
    *STAFF.routes(),
    Route(method="GET", path="/{id}/pictures/{file}", call=show_picture, access=READ),
    FULL_NAME.route(),
)
