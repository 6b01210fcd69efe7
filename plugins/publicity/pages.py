"""The pages of 阳光公示: what everybody reads, with 投诉 from a row; and the 公示栏 of those who publish, with every move."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from hub.api import (
    Anyone,
    App,
    Ask,
    Chip,
    Context,
    DetailPages,
    DetailView,
    Form,
    ListPage,
    ListView,
    Page,
    RowView,
    day_in_chinese,
    shanghai,
)
from plugins.declaration.events import ListedProjects
from plugins.publicity import handlers, papers, views
from plugins.publicity.actions.appearing import is_village
from plugins.publicity.actions.hanging import photos_of
from plugins.publicity.business import PUBLICITIES
from plugins.publicity.documents import PUBLICITY, ROW, Hung
from plugins.publicity.handlers import BOARD, BOARD_ROWS, EXPORT, MANAGE, READ, BoardQuery, NoticeQuery, NoticeRowQuery

STAFF_APPS: tuple[App, ...] = ("ydsh", "ydjd")
TONES = {
    "preparing": "info",
    "running": "ok",
    "due": "wait",
    "confirmed": "mute",
    "ended": "mute",
    "renewed": "mute",
}
ROW_TONES = {"objected": "bad", "shown": "ok", "waiting": "info"}


def chips_of(query: NoticeQuery | BoardQuery, states: Mapping[str, str]) -> tuple[Chip, ...]:
    """All, and each of these states; what else the list is asked for stays."""
    kept = {name: value for name in ("bureau", "project", "kind", "keyword") if (value := getattr(query, name, None))}
    return tuple(
        Chip(label=label, href="?" + urlencode({**kept, **({"state": state} if state else {})}), current=current)
        for state, label in {"": "全部", **states}.items()
        for current in [state == (query.state or "")]
    )


# --- C7: the list -----------------------------------------------------------------------------------------------------------

PUBLIC_STATES = {state: PUBLICITY.states[state] for state in ("running", "due", "confirmed", "ended")}


class NoticesView(ListView, frozen=True, kw_only=True):
    """``areas``: my village and what it lies in. ``project`` is the one that is asked for."""

    areas: tuple[Chip, ...]
    project: str


async def notices(ctx: Context, query: NoticeQuery) -> NoticesView:
    """阳光公示"""
    found = await handlers.list_notices(ctx, query)
    return NoticesView(
        rows=tuple(map(notice_row, found.items)),
        next=found.next,
        chips=chips_of(query, PUBLIC_STATES),
        nothing=("没有找到公示", "换一个条件或范围看看。"),
        find="keyword",
        looks_for="村名或项目",
        found=query.keyword or "",
        areas=tuple(areas_of(ctx)),
        project=await name_of(ctx, query.project) if query.project else "",
    )


def notice_row(card: views.NoticeCard) -> RowView:
    started = f"{day_in_chinese(card.started_at)}起公示{card.days_in_words}" if card.started_at else ""
    return RowView(
        title=card.title,
        facts=(card.short, card.unit, started),
        pill=card.state_label,
        tone=TONES[card.state],
        href=f"/notices/{card.id}",
    )


def areas_of(ctx: Context) -> Iterator[Chip]:
    """The places on the line of the resident's village, or of the place that is looked at, the smallest first."""
    home = ctx.actor.home if ctx.actor.home in ctx.regions else ctx.place.code
    line = ctx.regions[home].path if ctx.place.code in ctx.regions[home].path else ctx.place.path
    for code in reversed(line[1:]):
        label = "我的村" if code == ctx.actor.home else ctx.regions[code].name
        yield Chip(label=label, href=f"/ykt/{code}/publicity/notices", current=code == ctx.place.code)


async def name_of(ctx: Context, project: str) -> str:
    return next((each.name for each in await ctx.ask(ListedProjects()) or () if each.code == project), "这个项目")


async def projects(ctx: Context) -> ListView:
    """按项目查公示"""
    listed = await ctx.ask(ListedProjects()) or ()
    rows = (RowView(title=each.name, facts=(each.bureau,), href=f"/notices?project={each.code}") for each in listed)
    return ListView(rows=(RowView(title="全部项目", href="/notices"), *rows))


# --- C7: one ----------------------------------------------------------------------------------------------------------------


class NoticePage(msgspec.Struct, frozen=True, kw_only=True):
    """One publicity with its persons, of whom ``next`` leads to more. ``left`` says how long it still runs; ``complain`` is the
    beginning of the address where one complains of a row, "" where nobody can; ``villages``: those of more than one stand in it."""

    detail: views.NoticeDetail
    facts: tuple[tuple[str, str], ...]
    rows: tuple[views.NoticeRow, ...]
    next: str | None
    left: str
    complain: str
    villages: tuple[Chip, ...]


async def notice(ctx: Context, id: str, query: NoticeRowQuery) -> NoticePage:
    """一件公示"""
    # More of the same, or a part of it, is no other look.
    noted = query.cursor is None and query.village is None
    detail = await handlers.opened_notice(ctx, id, noted=noted)
    found = await handlers.rows_in(ctx, id, query, detail.open)
    complain = f"/ykt/{ctx.place.code}/complaints/new?kind=publicity&row=" if ctx.is_on("complaints") else ""
    return NoticePage(
        detail=detail,
        facts=tuple(notice_facts(detail)),
        rows=tuple(found.items),
        next=found.next,
        left=left_of(ctx, detail.notice) if detail.open else "",
        complain=complain,
        villages=tuple(villages_of(ctx, query)) if detail.open else (),
    )


def notice_facts(detail: views.NoticeDetail) -> Iterator[tuple[str, str]]:
    card = detail.notice
    yield "公示机构", card.unit
    yield "项目", card.short
    yield "批次", detail.period
    yield "开始时间", day_in_chinese(card.started_at) if card.started_at else ""
    yield "公示天数", f"{card.days_in_words}{f'，到{day_in_chinese(card.ends_at)}' if card.ends_at else ''}"
    yield "人数", f"{detail.people}人"
    yield "金额合计", f"{detail.total}元" if detail.total.strip("0.") else ""
    yield "公示编号", card.number


def left_of(ctx: Context, card: views.NoticeCard) -> str:
    """In days of the calendar, as one counts at home."""
    days = (shanghai(card.ends_at).date() - shanghai(ctx.now()).date()).days if card.ends_at else 0
    return f"还剩{days}天" if days else "今天是最后一天"


def villages_of(ctx: Context, query: NoticeRowQuery) -> Iterator[Chip]:
    """All, or those of my own village, where the place is larger than that."""
    home = ctx.actor.home
    if home and home in ctx.regions and ctx.place.code in ctx.regions[home].path and not is_village(ctx):
        yield Chip(label="全部", href="?", current=query.village is None)
        yield Chip(label="我的村", href=f"?village={home}", current=query.village == home)


# --- S7 ---------------------------------------------------------------------------------------------------------------------


async def board(ctx: Context, query: BoardQuery) -> ListView:
    """公示栏"""
    found = await handlers.list_board(ctx, query)
    return ListView(
        rows=tuple(map(board_row, found.items)),
        next=found.next,
        chips=chips_of(query, PUBLICITY.states),
        nothing=("没有公示", "申报到公示环节后会出现在这里。"),
        find="keyword",
        looks_for="标题中的字",
        found=query.keyword or "",
        columns=("公示", "人数", "截止", "经办"),
    )


def board_row(line: views.BoardLine) -> RowView:
    card = line.notice
    ends = f"{day_in_chinese(card.ends_at)}截止" if card.ends_at else ""
    return RowView(
        title=card.title,
        facts=(f"{line.rows}人", ends, line.handler),
        pill=card.state_label,
        tone=TONES[card.state],
        href=f"/board/{card.id}",
        lacks=f"{line.objections}人异议中" if line.objections else "",
    )


def board_facts(view: views.BoardDetail) -> Iterator[tuple[str, str]]:
    card, counts = view.board.notice, view.counts
    yield "公示机构", card.unit
    yield "批次", view.period
    yield "开始时间", day_in_chinese(card.started_at) if card.started_at else ""
    yield "截止时间", day_in_chinese(card.ends_at) if card.ends_at else ""
    yield "公示天数", card.days_in_words
    yield "名单", f"{view.board.rows}人"
    for state, label in ROW.states.items():
        number = getattr(counts, state)
        yield label, f"{number}人" if number and number != view.board.rows else ""
    yield "金额合计", f"{view.total}元" if view.total.strip("0.") else ""
    yield "经办人", view.board.handler
    yield "公示编号", card.number
    yield "浏览次数", f"{view.views}次" if view.views else ""


def person_row(row: views.BoardRow) -> RowView:
    amount = f"{row.amount}元" if row.amount else ""
    return RowView(
        title=f"{row.serial}. {row.name}" if row.serial else row.name,
        facts=(row.id_tail, row.village, row.standard, row.quantity, amount, row.number),
        pill=row.state_label,
        tone=ROW_TONES.get(row.state, ""),
        href=f"/board/{row.publicity}/rows/{row.id}/return" if row.returns else "",
    )


def first_days(shown: DetailView) -> Mapping[str, Any]:
    """What the project wants."""
    publicity = shown.document
    return {"days": publicity.least.days, "unit": publicity.least.unit, "title": publicity.title}


def hung(name: str) -> Callable[[DetailView], Mapping[str, Any]]:
    """The photos that there are, or today for the first ones."""

    def start(page: DetailView) -> Mapping[str, Any]:
        known: Hung | None = getattr(page.document, name)
        day = known.day if known else shanghai(page.now).date()
        return {"day": day, "photos": known.photos if known else ()}

    return start


def board_photos(page: DetailView) -> Mapping[str, str]:
    return {file: f"{page.href}/photos/{file}" for file in photos_of(page.document)}


DETAIL = DetailPages(
    face=BOARD,
    apps=STAFF_APPS,
    template="publicity/board.html",
    tones=TONES,
    sub=lambda publicity: publicity.title,
    flow="steps",
    facts=lambda view: [each for each in board_facts(view) if each[1]],
    help="先打印公示表贴到公示栏，拍照传上来。期满后办最终确认，没有异议的人进入下一环节。名单整批有错的，终止后改好再公示。",
    ask={
        "start": Ask(
            template="publicity/start.html",
            start=first_days,
            help="先把名单和标题看一遍，标题会印在公示表上。发起后打印公示表去张贴，拍照传上来；名单里的人会收到微信通知。",
        ),
        "confirm": Ask(
            template="publicity/confirm.html",
            help="先看一遍名单和照片，意见可以不写。确认后，名单里的人会收到微信通知。拿不准的，先请示上级经办。",
        ),
        "extend": Ask(
            template="publicity/extend.html",
            help="贴得晚了、中间被撕了、群众来不及看的，可以延长。延长后请重新打印公示表，换下旧的。",
        ),
        "put_up": Ask(
            says="拍下贴好的公示表",
            template="publicity/hang.html",
            start=hung("put_up"),
            kept=board_photos,
            help="贴好当天就拍、就传。最终确认以前都可以补、可以换，确认以后不能补。手机信号不好的，拍好了回来再传。",
        ),
        "at_end": Ask(
            says="期满时再拍一张",
            template="publicity/hang.html",
            start=hung("at_end"),
            kept=board_photos,
            help="公示的最后一天起去拍，能看出还贴着、没有被撕。不能用张贴时的那张。最终确认以前都可以换。",
        ),
        "end": Ask(
            tone="bad",
            says="这次公示不算数",
            template="publicity/end.html",
            help="名单整批有错才终止。只对个别人有意见的，等他那件投诉办结就行，不用终止。理由请写清，以后查得到。",
        ),
        "renew": Ask(
            says="原来的人员重新列入公示",
            help="先把错的地方改好。人员会列进一次新的公示，天数从头算，公示表要重新打印、张贴。没有办结的投诉跟着过去。",
        ),
    },
    live=("publicity.due",),
)


class TablePage(msgspec.Struct, frozen=True, kw_only=True):
    """Of which publicity the table is asked for, at ``href`` below the plugin."""

    title: str
    href: str


async def table(ctx: Context, id: str) -> TablePage:
    """导出名单"""
    publicity = await PUBLICITIES.seen(ctx, id)
    return TablePage(title=publicity.title, href=f"/board/{id}")


class ReturnPage(msgspec.Struct, frozen=True, kw_only=True):
    """Whose case is given back, and to whom it goes; ``version`` is the row's."""

    title: str
    href: str
    version: int


async def returning(ctx: Context, id: str, row: str) -> ReturnPage:
    """退回单件"""
    line = await handlers.show_row(ctx, id, row)
    return ReturnPage(title=f"{line.name} {line.number}", href=f"/board/{id}/rows", version=line.version)


PAGES = (
    Page(
        apps=("ykt",),
        path="/notices",
        title="阳光公示",
        help="这里是正在公示的名单，点开能看。对谁有意见，请在公示期内提出。",
        template="publicity/notices.html",
        load=notices,
        access=Anyone.PUBLIC,
    ),
    Page(
        apps=("ykt",),
        path="/projects",
        title="按项目查公示",
        help="想看哪项补贴的公示，就点哪一项。不知道叫什么名字的，点“全部项目”，再按村找。看不明白，问村（社区）干部。",
        template="ui/list.html",
        load=projects,
        access=Anyone.PUBLIC,
    ),
    Page(
        apps=("ykt",),
        path="/notices/{id}",
        title="公示详情",
        help="对名单有意见，在公示期内点“投诉”提出，可以选择保密。也可以打监督电话。",
        template="publicity/notice.html",
        load=notice,
        access=Anyone.PUBLIC,
        marks=True,
    ),
    Page(
        apps=STAFF_APPS,
        path="/board",
        title="公示栏",
        help="这里是本地的公示。期满后请核对异议，再确认或终止。有投诉没办结的人员，不能确认。",
        template="ui/list.html",
        load=board,
        access=READ,
        live=("publicity.due",),
    ),
    *DETAIL.pages(),
    ListPage(
        listing=BOARD_ROWS,
        apps=STAFF_APPS,
        title="公示名单",
        help="公示开始以前，点一个人可以退回他这一件。开始以后不能退回，对他有意见的，等投诉办结再定。",
        row=person_row,
        chips={"全部": {}, **{label: {"state": state} for state, label in ROW.states.items()}},
        nothing=("没有人员", "换一个筛选条件看看。"),
        columns=("姓名", "证件号", "村（社区）", "补贴标准", "数量", "金额", "受理编号"),
    ).page(),
    Page(
        apps=STAFF_APPS,
        path="/board/{id}/rows/{row}/return",
        title="退回单件",
        help="写清要改什么、补什么，上一环节照着核实。核实好了会再送来，列进以后的公示。公示开始以后就不能退了。",
        template="publicity/return.html",
        load=returning,
        access=MANAGE,
        form=Form(
            route="/board/{id}/rows/{row}/return",
            then="/board/{id}",
            submit="退回",
            tone="bad",
            start=lambda page: {"version": page.version},
            labels={"reason": "退回原因（申报人会看到）"},
            anew=("version",),
        ),
    ),
    Page(
        apps=STAFF_APPS,
        path="/board/{id}/export",
        title="导出名单",
        help="存档、上报用这张表。贴到公示栏的，要用“打印公示表”。请用单位的电脑下载，不要转发到群里。",
        template="ui/ask.html",
        load=table,
        access=EXPORT,
        form=Form(
            route="/board/{id}/export",
            then="/board/{id}",
            submit="导出名单",
            labels={"reason": "导出的理由（会记录在案）"},
        ),
    ),
    *papers.PAGES,
)
