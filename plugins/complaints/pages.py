"""The pages of 投诉举报: 须知, the form, 我的投诉 for residents; the list, the detail and every move for handlers; 概况 for leaders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec

from hub.api import (
    Anyone,
    App,
    Ask,
    Choice,
    Context,
    DetailPages,
    DetailView,
    Figure,
    Form,
    ListPage,
    News,
    Page,
    Reveal,
    RowView,
    charts,
    day_in_chinese,
    duties,
    shanghai,
)
from plugins.complaints import handlers, papers, views
from plugins.complaints.actions import handling
from plugins.complaints.actions.filing import NEEDED, NEEDED_UNLISTED
from plugins.complaints.business import COMPLAINTS, WATCHING
from plugins.complaints.documents import Complaint, complaints_of
from plugins.complaints.handlers import FULL_NAME, LIST, MY_LIST, NOTICE, OWN, PUBLISHED, READ, STAFF
from plugins.declaration.events import ListedProjects

STAFF_APPS: tuple[App, ...] = ("ydsh", "ydjd")
OVERVIEW = "complaints/overview"
CONDUCT = {"against": "staff", "open": "true"}
# Of one matter; whoever has more of them names the other by its number.
MOST_OFFERED = 50
TONES = {
    "filed": "wait",
    "accepted": "info",
    "investigating": "info",
    "replied": "wait",
    "closed": "ok",
    "refused": "mute",
    "merged": "mute",
    "withdrawn": "mute",
}


# --- C8: 须知 and the form ----------------------------------------------------------------------------------------------------


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a complaint is to be about: a row, as its page links here, or what is chosen on the form."""

    kind: str = ""
    row: str = ""
    against: str = ""


class NewPage(msgspec.Struct, frozen=True, kw_only=True):
    """投诉举报: 须知 first, then the form; ``against`` is what is accused."""

    form: views.FormView
    kind: str
    row: str
    against: str
    others: tuple[tuple[str, str], ...]
    projects: tuple[Choice, ...]


AGAINST = {"project": "补贴项目", "unit": "单位", "staff": "工作人员"}
FIELDS: Mapping[str, tuple[str, ...]] = {
    "row": (),
    "project": ("project",),
    "unit": ("unit_region", "unit_bureau"),
    "staff": ("unit_region", "unit_bureau", "staff"),
}
ALWAYS = ("type", "text", "pictures", "phone", "confidential", "publish")


async def new(ctx: Context, query: About) -> NewPage:
    """投诉举报"""
    about_row = bool(query.kind and query.row)
    against = query.against if query.against in AGAINST else ("row" if about_row else "project")
    offered = {**({"row": "这条记录"} if about_row else {}), **AGAINST}
    return NewPage(
        form=await handlers.show_form(ctx),
        kind=query.kind,
        row=query.row,
        against=against,
        others=tuple(offered.items()),
        projects=await listed(ctx),
    )


def needed_of(page: NewPage) -> tuple[str, ...]:
    """Those of them that the subject needs."""
    return (*NEEDED[page.against], *unlisted_of(page))


def unlisted_of(page: NewPage) -> tuple[str, ...]:
    """What is asked for besides, where a project is named in words."""
    return tuple(NEEDED_UNLISTED) if page.against == "project" and not page.projects else ()


async def listed(ctx: Context) -> tuple[Choice, ...]:
    """The county's catalogue; nothing where there is none."""
    return tuple(Choice(each.code, each.name) for each in await ctx.ask(ListedProjects()) or ())


def asked_of(page: NewPage) -> tuple[str, ...]:
    """The fields that the form shows."""
    return (*FIELDS[page.against], *unlisted_of(page), *ALWAYS)


def first_values(page: NewPage) -> Mapping[str, Any]:
    about = {"kind": page.kind or None, "row": page.row or None}
    return {"notice": page.form.notice.version, "against": page.against, "confidential": False, **about}


async def offers(ctx: Context, page: NewPage) -> Mapping[str, Sequence[Choice]]:
    """The county's own 投诉类型, its places, and its projects where there is a catalogue."""
    county = ctx.regions[ctx.county or ctx.place.code]
    places = [county, *(each for each in ctx.regions.children(county.code) if each.status == "active")]
    return {
        "type": [Choice(each.code, each.label) for each in page.form.types],
        "project": page.projects,
        "unit_region": [Choice(each.code, each.name) for each in places],
    }


# --- lists ---------------------------------------------------------------------------------------------------------------------


def my_row(line: views.MineLine) -> RowView:
    filed = f"{day_in_chinese(shanghai(line.filed_at).date())}提交" if line.filed_at else ""
    return RowView(
        title=line.short or line.kind_label,
        facts=(line.type_label, line.accused if line.accused != (line.short or line.kind_label) else "", filed),
        pill=line.state_label,
        tone=TONES.get(line.state, ""),
        icon="message-report",
        href=f"/mine/{line.id}",
        at=line.county,
    )


def staff_row(line: views.ComplaintLine) -> RowView:
    return RowView(
        title=line.short or line.kind_label,
        facts=(line.type_label, line.accused, line.seat_name, line.number),
        pill="已逾期" if line.overdue else line.state_label,
        tone="bad" if line.overdue else TONES.get(line.state, ""),
        href=f"/{line.id}",
    )


def published_row(shown: views.PublishedView) -> RowView:
    return RowView(
        title=shown.short or shown.kind_label,
        facts=(shown.type_label, shown.unit, day_in_chinese(shanghai(shown.closed_at).date())),
        pill="属实" if shown.upheld else "不属实",
        tone="ok" if shown.upheld else "mute",
        lacks=shown.summary,
    )


# --- S5: what a move asks ---------------------------------------------------------------------------------------------------------


async def seats(ctx: Context, shown: DetailView) -> Mapping[str, Sequence[Choice]]:
    """转办: to the county, one of its towns, or up to the city."""
    county = ctx.regions[ctx.county or ctx.place.code]
    city = ctx.regions[county.path[0]]
    towns = [each for each in ctx.regions.children(county.code) if each.status == "active"]
    return {"region": [Choice(each.code, each.name) for each in (county, *towns, city)]}


async def same_matter(ctx: Context, shown: DetailView) -> Mapping[str, Sequence[Choice]]:
    """合并: other open ones of the same matter."""
    line = shown.view.complaint
    this = await COMPLAINTS.seen(ctx, shown.id)
    wanted = {"open": True, "project": line.project, "seat": line.seat, **COMPLAINTS.sees(ctx.actor)}
    found: list[Complaint] = await complaints_of(ctx).find(wanted, limit=MOST_OFFERED)
    others = [each for each in found if each.id != shown.id and handling.same_matter(each, this)]
    return {"into": [Choice(each.id, each.number, f"{each.type_label} {each.subject}") for each in others]}


STAFF_ASKS = {
    "accept": Ask(
        says="受理后由本单位办理、答复",
        help="受理后投诉人会收到通知，办结期限从现在算起。投诉的是公示、发放里某一条的，那一条等办结再继续。不归本单位办的，请退回或转办。",
    ),
    "investigate": Ask(
        says="记为正在调查，查清后再回复",
        help="点了以后，投诉人在手机上能看到正在调查。期限不变，请留出写答复的时间。要到家里核实的，用“转入户调查”。",
    ),
    "survey": Ask(
        says="由村（社区）入户核实，结果回到这件投诉",
        help="写清要到家里看什么、问什么，调查人员会看到，所以不要写投诉人是谁。等结果的时候，办结期限照样算。",
    ),
    "refuse": Ask(
        tone="bad",
        says="不再办理这件投诉",
        help="投诉人会看到您写的理由，被投诉的公示或发放照常进行。只是不归本单位办的，请退回或转办。定了以后不能撤销。",
    ),
    "return": Ask(
        says="不归本单位办理的，退给分派的单位",
        then="/",
        help="只能在分派后的几个工作日内退回，过了只能办理或者转办。写清该归谁办，分派的单位会照着转。办结期限不重新算。",
    ),
    "transfer": Ask(
        choices=seats,
        says="由转到的单位接着办",
        then="/",
        help="不能转给被投诉的单位和它的下级。转走后您的列表里不再有这件；对方认为不归他办的，会退回给您。办结期限不重新算。",
    ),
    "merge": Ask(
        choices=same_matter,
        says="同一事项的并入另一件，一起答复",
        help="并入以后，这件跟着另一件走，答复时两位投诉人都会收到。合并不能撤销，请先看清是不是同一件事。",
    ),
    "extend": Ask(
        says="只能延期一次",
        help="投诉人会收到新的期限和您写的理由。写清还要查什么、什么时候能答复，不要等到最后一天才延。",
    ),
    "reply": Ask(
        start=lambda shown: {"processed_at": shown.now},
        help="提交后投诉人会收到通知，请他评价。不满意的会回到您这里再办一次，再次答复就是最后的答复。拿不准的，先请示上级经办。",
    ),
}
OWN_ASKS = {
    "answer": Ask(
        label="评价处理结果",
        template="complaints/answer.html",
        help="选“满意”，这件投诉就办结。选“不满意”，会再处理一次，只有一次，请写清哪里不满意。过了期限没有评价，按办结处理。",
    ),
    "withdraw": Ask(
        label="撤回投诉",
        tone="bad",
        template="complaints/withdraw.html",
        help="事情已经解决、不想再追究的，才撤回。被您投诉的公示或发放会照常进行。拿不准的，可以先拨打12345问问。",
    ),
}

MY_DETAIL = DetailPages(
    face=OWN,
    apps=("ykt",),
    template="complaints/mine.html",
    help="这里能看到投诉办到哪一步、怎么答复的。答复后请按期评价。对结果仍不满意，可以拨打12345。",
    tones=TONES,
    sub=lambda complaint: complaint.number,
    facts={
        "投诉对象": "complaint.accused",
        "投诉类型": "complaint.type_label",
        "提交时间": "complaint.filed_at",
        "来源": "source",
        "办理期限": "complaint.due_at",
        "请在此前评价": "answer_by",
    },
    ask=OWN_ASKS,
    live=("complaints.accepted", "complaints.replied", "complaints.closed"),
)
STAFF_DETAIL = DetailPages(
    face=STAFF,
    apps=STAFF_APPS,
    template="complaints/detail.html",
    help="先看投诉内容和本步期限，再点下面的按钮。不要让被投诉的人和单位知道投诉人是谁。拿不准的，问上级经办。",
    tones=TONES,
    sub=lambda complaint: complaint.number,
    facts={
        "被投诉对象": "complaint.accused",
        "证件号": "accused_number",
        "被投诉单位": "unit",
        "工作人员": "staff",
        "公示序号": "row_number",
        "来源": "source",
        "投诉人": "complainant",
        "联系电话": "phone",
        "承办": "complaint.seat_name",
        "本步期限": "complaint.task_due",
        "办结期限": "due_at",
    },
    ask=STAFF_ASKS,
    reveal=Reveal(
        unmasking=FULL_NAME,
        facts={
            "投诉人": "complainant",
            "联系电话": "phone",
            "被投诉人": "accused",
            "证件号": "accused_number",
            "工作人员": "staff",
        },
    ),
)


# --- L1: what is looked for first -------------------------------------------------------------------------------------------------


async def numbers(ctx: Context) -> News:
    """投诉 at the head of the home, with where they are: for 纪委 those about conduct first."""
    counted = await handlers.overview(ctx)
    conduct = Figure(label="涉工作人员未办结投诉", text=counted.conduct_text, path=f"?{urlencode(CONDUCT)}")
    unended = Figure(label="未办结投诉", text=counted.open_text, path="/overview")
    late = Figure(
        label="投诉已逾期", text=counted.overdue_text, path="/overview", tone="" if counted.overdue == 0 else "bad"
    )
    watches = duties.holds(ctx.actor, WATCHING)
    return News(
        figures=(conduct, unended, late) if watches else (unended, late),
        charts=tuple(charts.place_charts(ctx, "未办结投诉按地区", counted.places, "/overview")),
    )


# --- L2: how many there are ---------------------------------------------------------------------------------------------------------


class OverviewPage(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a place: ``by`` of what has not ended, ``states`` of all. ``up`` leads one level up."""

    where: str
    up: str
    counts: views.Overview
    by: tuple[tuple[str, tuple[charts.BarView, ...]], ...]
    states: tuple[charts.BarView, ...]


async def overview(ctx: Context) -> OverviewPage:
    """投诉概况"""
    counts = await handlers.overview(ctx)
    return OverviewPage(
        where=ctx.regions.full_name(ctx.place.code),
        up=charts.page_above(ctx, OVERVIEW),
        counts=counts,
        by=(
            ("未办结按地区", charts.place_views(ctx, counts.places, OVERVIEW)),
            ("未办结按部门", charts.bar_views(counts.bureaus)),
            ("未办结按类型", charts.bar_views(counts.types, lambda bar: lists_of(ctx, type=bar.key, open="true"))),
        ),
        states=charts.bar_views(counts.states, lambda bar: lists_of(ctx, state=bar.key)),
    )


def lists_of(ctx: Context, **asked: str) -> str:
    """The list of what a bar counts."""
    return charts.page_at(ctx, ctx.place.code, COMPLAINTS.plugin, asked)


PAGES = (
    Page(
        apps=("ykt",),
        path="/notice",
        title="投诉须知",
        help="读完点下面的按钮填写，几分钟就能填好。不会填的，可以请家里人帮忙，也可以拨打12345。",
        template="complaints/notice.html",
        load=handlers.show_notice,
        access=Anyone.PUBLIC,
    ),
    Page(
        apps=("ykt",),
        path="/new",
        title="投诉举报",
        help="选好投诉的对象和类型，写清时间、地点和事情。提交后由没有牵连的单位办理，结果在微信告诉您。",
        template="complaints/new.html",
        load=new,
        access=Anyone.CLAIMED,
        form=Form(
            route="",
            then="/mine/{id}",
            submit="提交投诉",
            start=first_values,
            choices=offers,
            asks=asked_of,
            needs=needed_of,
        ),
    ),
    ListPage(
        listing=MY_LIST,
        apps=("ykt",),
        title="我的投诉",
        help="这里是您提交的投诉，点开能看办理情况。办完后请您评价，不满意可以再处理一次。",
        row=my_row,
        nothing=("还没有投诉", "对公示、发放或工作人员有意见，可以在这里投诉。"),
        new=("投诉举报", "/notice"),
        live=("complaints.accepted", "complaints.replied", "complaints.closed"),
    ).page(),
    *MY_DETAIL.pages(),
    ListPage(
        listing=PUBLISHED,
        apps=("ykt",),
        title="处理结果公开",
        help="这里是投诉人同意公开的处理结果，不写任何人的姓名。自己的投诉请到“我的投诉”看。对结果有意见，可以拨打12345。",
        row=published_row,
        nothing=("还没有公开的处理结果", ""),
    ).page(),
    *ListPage(
        listing=LIST,
        apps=STAFF_APPS,
        title="投诉处理",
        help="按期限从这里办理投诉：先受理，再调查、答复。投诉本单位的不会出现在这里，由上一级办理。",
        row=staff_row,
        chips={
            "全部": {},
            "已逾期": {"overdue": "true"},
            "待受理": {"state": "filed"},
            "办理中": {"state": "accepted"},
            "待评价": {"state": "replied"},
            "已办结": {"state": "closed"},
            "涉工作人员未办结": CONDUCT,
        },
        find="number",
        looks_for="完整的投诉编号",
        exports=True,
        nothing=("没有投诉", "换一个筛选条件看看。"),
        live=("complaints.arrived", "complaints.assigned"),
        columns=("补贴项目", "投诉类型", "投诉对象", "承办", "投诉编号"),
    ).pages(),
    Page(
        apps=("ydjd",),
        path="/overview",
        title="投诉概况",
        help="这里是本地投诉的件数，点地区看下一级。数字太小时不显示，以免认出投诉人。点“查看投诉”看每一件。",
        template="complaints/overview.html",
        load=overview,
        access=READ,
    ),
    Page(
        apps=("ydjd",),
        path="/notice/edit",
        title="投诉须知维护",
        help="用群众听得懂的话，写清什么可以投诉、多久答复、打什么电话。发布后还可以再改，已经提交的投诉不受影响。",
        template="complaints/notice_edit.html",
        load=handlers.show_notice,
        access=NOTICE,
        form=Form(
            route="/notice",
            method="PUT",
            then="/notice/edit",
            submit="发布新的须知",
            start=lambda notice: {"version": notice.version, "points": notice.points},
        ),
    ),
    *STAFF_DETAIL.pages(),
    *papers.PAGES,
)
