"""督办单 as people reach it: S12 and L6 for who got them, 我签发的督办 for who issued them, all below their places for leaders and 纪委;
一键督办 and 指定督办."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from hub.api import (
    Ask,
    Choice,
    Context,
    DetailPages,
    Face,
    Form,
    Listing,
    ListPage,
    MenuEntry,
    News,
    Page,
    Paging,
    Permission,
    Raw,
    Route,
    RowView,
    Topic,
    UnitLineView,
    asked,
    both,
    check_here,
    day_in_chinese,
    duties,
    read_file,
    shanghai,
    shared,
)
from plugins.overdue import late
from plugins.overdue.answering import ANSWER, BUTTONS, SUPERVISE
from plugins.overdue.documents import Watch, watches_of
from plugins.overdue.events import ORDER_EVENTS
from plugins.overdue.issuing import (
    MOST_NAMED,
    AtOnceRequest,
    NamedRequest,
    Preview,
    View,
    issue_at_once,
    issue_named,
    late_in,
    preview,
    targets_of,
)
from plugins.overdue.orders import ORDER, ORDERS, WITH_PERSON, Issue, Order, issues_of, orders_of

READ = "overdue.orders"
LIVE = ("overdue.orders",)
TONES = {"issued": "wait", "read": "info", "doing": "info", "returned": "bad", "fed_back": "wait", "closed": "ok"}
CHIPS = {
    "全部": {},
    **{ORDER.label(state): {"state": state} for state in ("issued", "read", "doing", "returned", "fed_back", "closed")},
}


# --- how they are shown -----------------------------------------------------------------------------------------------------


class OrderQuery(Paging, frozen=True, kw_only=True):
    """Of all, or of those in one state, or about one task."""

    state: Annotated[str, msgspec.Meta(max_length=20)] | None = None
    task: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """One of a list. ``name`` is whose it is, ``case`` the number of what is late, ``where`` it lies: of a sensitive project the number is
    for whoever got it and for 纪委, others are told the line of the board; ``escalated``: the leaders above were told."""

    id: str
    version: int
    number: str
    title: str
    label: str
    place: str
    where: str
    task: str
    case: str
    due_at: datetime
    name: str
    issuer_name: str
    state: str
    state_label: str
    answer_by: datetime
    escalated: bool


class FeedbackView(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    text: str
    pictures: tuple[str, ...]
    at: datetime


class OrderView(OrderLine, frozen=True, kw_only=True):
    """One as its reader sees it. ``moves`` are what they may do now; ``halted``: its task is not late now, and no time runs."""

    words: str
    feedbacks: list[FeedbackView]
    read_at: datetime | None
    halted: bool
    mine: bool
    leads: bool
    flow: list[UnitLineView]
    moves: list[str]


class IssueView(msgspec.Struct, frozen=True, kw_only=True):
    """How far it has come: ``orders`` so far, of ``cases``; ``over``: no more will come."""

    id: str
    number: str
    words: str
    answer_by: datetime
    cases: int
    orders: int
    parts: int
    parts_done: int
    over: bool


def line(ctx: Context, order: Order) -> OrderLine:
    named = order.person == ctx.actor.person or duties.sees_persons(ctx.actor, order, late.DISCIPLINE)
    place = order.place if named else order.row
    return OrderLine(
        place=place,
        where=ctx.regions.full_name(place),
        case=order.case if named else "",
        state_label=ORDER.label(order.state),
        escalated=bool(order.escalated),
        **shared(OrderLine, order, but=("place", "case", "escalated")),
    )


def show(ctx: Context, order: Order, moves: list[str]) -> OrderView:
    """督办单"""
    return OrderView(
        **msgspec.structs.asdict(line(ctx, order)),
        words=order.words.reveal(),
        feedbacks=[
            FeedbackView(number=each.number, text=each.text.reveal(), pictures=each.pictures, at=each.at)
            for each in order.feedbacks
        ],
        read_at=order.read_at,
        halted=order.halted_at is not None,
        mine=order.person == ctx.actor.person,
        leads=order.leads,
        flow=[UnitLineView(**shared(UnitLineView, each)) for each in order.acts],
        moves=moves,
    )


def issue_view(issue: Issue) -> IssueView:
    done = len(issue.done)
    return IssueView(
        words=issue.words.reveal(),
        parts_done=done,
        over=done >= issue.parts,
        **shared(IssueView, issue, but=("words",)),
    )


# --- lists and the detail -----------------------------------------------------------------------------------------------------

FACE = Face(business=ORDERS, path="/orders", show=show, read=READ, act=READ, buttons=BUTTONS, here=check_here)


def _listing(path: str, read: str, says: str, own: str = "") -> Listing[Order, OrderQuery, OrderLine]:
    """The orders that the reader may see; ``own``: the field that names them."""
    return Listing(
        path=path,
        read=read,
        says=says,
        of=ORDERS,
        own=lambda ctx: {own: ctx.actor.person} if own else {},
        line=line,
        query=OrderQuery,
        exact=("state", "task"),
    )


MINE = _listing("/orders/mine", ANSWER, "督办单: the orders that I got, the newest first.", "person")
ISSUED = _listing(
    "/orders/issued", SUPERVISE, "我签发的督办: the orders that I have issued, the newest first.", "issuer"
)
ALL = _listing("/orders", late.READ, "督办记录: the orders that I may read, the newest first.")


async def show_picture(ctx: Context, id: str, file: str) -> Raw:
    """A picture of a feedback."""
    order = await ORDERS.seen(ctx, id)
    return await read_file(ctx, file, [name for each in order.feedbacks for name in each.pictures], order.id)


async def show_issue(ctx: Context, id: str) -> IssueView:
    """How far one of my issues has come."""
    return issue_view(await issues_of(ctx).get(id))


async def at_once(ctx: Context, body: AtOnceRequest) -> IssueView:
    """一键督办: orders to all who have what is late in this view."""
    return issue_view(await issue_at_once(ctx, body))


async def named(ctx: Context, body: NamedRequest) -> IssueView:
    """指定督办: orders to chosen persons about chosen cases."""
    return issue_view(await issue_named(ctx, body))


# --- what is issued -----------------------------------------------------------------------------------------------------------


class AtOncePage(msgspec.Struct, frozen=True, kw_only=True):
    """一键督办: what it would do, of the view that was looked at."""

    where: str
    view: View
    counts: Preview


class NamedQuery(View, frozen=True, kw_only=True):
    """Of a view, or one ``task`` of it."""

    task: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A case or a person to choose; ``says`` where it lies, or in what they act."""

    id: str
    name: str
    says: str


class NamedPage(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases and persons can be named; the longest overdue, as many as one form takes."""

    cases: tuple[Offered, ...]
    persons: tuple[Offered, ...]


async def show_at_once(ctx: Context, query: View) -> AtOncePage:
    """一键督办"""
    watch: Watch | None = await watches_of(ctx).first(late_in(ctx, query))
    where = [ctx.regions.full_name(query.row or ctx.place.code)]
    if watch is not None:
        where += [watch.title.partition(" · ")[0]] if query.project else []
        where += [watch.label] if query.node else []
    return AtOncePage(where=" · ".join(where), view=query, counts=await preview(ctx, query))


async def show_named(ctx: Context, query: NamedQuery) -> NamedPage:
    """指定督办: the cases and persons to choose from."""
    wanted = {**asked(query, ("row", "project", "node")), **({"_id": query.task} if query.task else {})}
    watches: list[Watch] = await watches_of(ctx).find(
        late.late_of(ctx, wanted), sort=(("due_at", 1), ("_id", 1)), limit=MOST_NAMED
    )
    targets = {each.person: each for each in reversed(await targets_of(ctx, watches))}
    working = await ctx.colleagues(set(targets))
    return NamedPage(
        cases=tuple(
            Offered(id=each.id, name=each.title, says=f"{each.label} · {ctx.regions.full_name(each.place)}")
            for each in watches
        ),
        persons=tuple(
            Offered(
                id=person,
                name=working[person].name,
                says=f"{ctx.regions.full_name(each.at)}{'领导' if each.leads else '经办人员'}",
            )
            for person, each in targets.items()
            if person in working
        ),
    )


async def choices(ctx: Context, page: NamedPage) -> Mapping[str, Sequence[Choice]]:
    return {
        "tasks": [Choice(each.id, each.name, each.says) for each in page.cases],
        "persons": [Choice(each.id, f"{each.name}（{each.says}）") for each in page.persons],
    }


# --- pages ------------------------------------------------------------------------------------------------------------------


def row(order: OrderLine, who: str = "") -> RowView:
    return RowView(
        title=f"{order.title} · {order.label}",
        facts=(
            who or order.name,
            order.where,
            f"{day_in_chinese(shanghai(order.answer_by).date())}前反馈",
            order.number,
        ),
        pill="已升级" if order.escalated and order.state in WITH_PERSON else order.state_label,
        tone="bad" if order.escalated and order.state in WITH_PERSON else TONES.get(order.state, "mute"),
        href=f"/orders/{order.id}",
        at=order.place,
    )


def my_row(order: OrderLine) -> RowView:
    """Whose it is, one knows: who has issued it is more."""
    return row(order, f"{order.issuer_name}签发")


def _list_page(listing: Listing[Order, OrderQuery, OrderLine], app: str, title: str, help: str, nothing: str) -> Page:
    return ListPage(
        listing=listing,
        apps=(app,),  # type: ignore[arg-type]
        title=title,
        row=my_row if listing is MINE else row,
        chips=CHIPS,
        nothing=("没有督办单", nothing),
        live=LIVE,
        columns=("督办事项", "签发人" if listing is MINE else "督办对象", "地区", "反馈期限", "编号"),
        help=help,
    ).page()


GOT = "这里是要您办的督办单。点开先看要求，按“我已知悉”，办完再反馈。不归您办的，在反馈里写清楚。"
DETAIL = DetailPages(
    face=FACE,
    apps=("ydsh", "ydjd"),
    template="overdue/order.html",
    tones=TONES,
    sub=lambda order: order.number,
    facts={
        "督办对象": "name",
        "签发人": "issuer_name",
        "案件编号": "case",
        "环节": "label",
        "地区": "where",
        "案件期限": "due_at",
        "反馈期限": "answer_by",
        "阅读时间": "read_at",
    },
    ask={
        "read": Ask(says="签发人会看到您已读", help="读了还没有开始办，就先点这里。办完以后再点“反馈”。"),
        "begin": Ask(help="点了以后，签发人知道您已经在办。办完再点“反馈”，写明办理情况。"),
        "feed": Ask(help="写办到哪一步、为什么晚、什么时候办完，可以附照片。提交后签发人会收到；不满意的会退回再办。"),
        "close": Ask(says="这件督办就此结束", help="对反馈满意了再结束。还没办到位的，点“退回再办”。"),
        "return": Ask(help="写清还要办什么，对方会收到通知。不选日期的，按规定的反馈期限重新算。"),
        "withdraw": Ask(
            tone="bad", says="对方还没有读，撤回后不再办理", help="撤回后对方不再看到待办，不能恢复。可以另行签发。"
        ),
    },
    live=LIVE,
    help="先看督办要求和反馈期限，再点下面的按钮。案件办结后，督办单自动办结，反馈会保留。",
)
PAGES = (
    # Where the detail leads back to.
    msgspec.structs.replace(
        _list_page(MINE, "ydsh", "督办单", GOT, "领导督办您经办的案件时，会出现在这里。"), path="/orders"
    ),
    _list_page(MINE, "ydjd", "被督办记录", GOT, "上级督办您辖区的案件时，会出现在这里。"),
    _list_page(
        ISSUED,
        "ydjd",
        "我签发的督办",
        "这里是您签发的督办单，点开看反馈，再办结或退回。对方未读的可以撤回。",
        "在“逾期督办”里可以签发。",
    ),
    _list_page(
        ALL,
        "ydjd",
        "督办记录",
        "这里是您辖区内的督办单，谁签发的都在。由签发人办结、退回；签发人不在岗的，由接替的领导办。",
        "辖区内签发了督办单时，会出现在这里。",
    ),
    *DETAIL.pages(),
    Page(
        apps=("ydjd",),
        path="/at-once",
        title="一键督办",
        access=SUPERVISE,
        load=show_at_once,
        template="overdue/order-at-once.html",
        form=Form(
            route="/at-once",
            then="/issues/{id}",
            submit="确认签发",
            start=lambda page: {
                **msgspec.structs.asdict(page.view),
                "cases": page.counts.cases,
                "people": page.counts.people,
            },
            asks=lambda page: ("words", "day"),
            anew=("cases", "people"),
        ),
        help="督办单发给现在经办这些案件的人，每件每人一张。已经有督办单的不再发。对方没读以前可以撤回。",
    ),
    Page(
        apps=("ydjd",),
        path="/named",
        title="指定督办",
        access=SUPERVISE,
        load=show_named,
        template="overdue/order-named.html",
        form=Form(route="/named", then="/issues/{id}", submit="签发督办单", choices=choices),
        help="选好案件和人，每个人只收到自己经办或分管的案件。敏感项目的案件不在这里，可以用一键督办。",
    ),
    Page(
        apps=("ydjd",),
        path="/issues/{id}",
        title="签发进度",
        access=SUPERVISE,
        load=show_issue,
        template="overdue/order-issue.html",
        live=LIVE,
        help="督办单分批发出，关掉这一页也会发完。发出的在“我签发的督办”里看。",
    ),
)


# --- what the plugin has ----------------------------------------------------------------------------------------------------


async def waiting(ctx: Context) -> News:
    """How many wait for me."""
    wanted = {"person": ctx.actor.person, "state": {"$in": list(WITH_PERSON)}}
    return News(count=await orders_of(ctx).count(both(wanted, ORDERS.sees(ctx.actor)), at_most=100))


PERMISSIONS = (
    Permission(ANSWER, "办理督办单", ("window", "handler", "leader")),
    Permission(SUPERVISE, "签发督办单", ("leader",)),
    Permission(READ, "查看督办单", ("window", "handler", "leader", "discipline")),
)
MENU_ENTRIES = (
    MenuEntry(app="ydsh", label="督办单", path="/orders", access=ANSWER, order=45, icon="urgent", news=waiting),
    # A leader's home asks as much as a page may already.
    MenuEntry(app="ydjd", label="被督办记录", path="/orders/mine", access=ANSWER, order=40, icon="urgent"),
    MenuEntry(app="ydjd", label="我签发的督办", path="/orders/issued", access=SUPERVISE, order=22, icon="send"),
    MenuEntry(app="ydjd", label="督办记录", path="/orders", access=late.READ, order=24, icon="history"),
)
TOPICS = (Topic(name="orders", access=READ, events=ORDER_EVENTS),)
ROUTES = (
    *MINE.routes(),
    *ISSUED.routes(),
    *ALL.routes(),
    *FACE.routes(),
    Route(method="GET", path="/orders/{id}/pictures/{file}", call=show_picture, access=READ),
    Route(method="POST", path="/at-once/preview", call=preview, access=SUPERVISE, changes_nothing=True),
    Route(method="POST", path="/at-once", call=at_once, access=SUPERVISE, status=201, reads="/issues/{id}"),
    Route(method="GET", path="/named", call=show_named, access=SUPERVISE),
    Route(method="POST", path="/named", call=named, access=SUPERVISE, status=201, reads="/issues/{id}"),
    Route(method="GET", path="/issues/{id}", call=show_issue, access=SUPERVISE),
)
