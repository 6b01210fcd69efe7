"""The pages of 村村响: a resident's village and one of its projects, 关注; the 播报稿 and its log for those who read it out."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from hub.api import (
    Anyone,
    App,
    Ask,
    Context,
    DetailPages,
    Form,
    ListPage,
    ListView,
    Page,
    Paging,
    RowView,
    day_in_chinese,
    shanghai,
)
from plugins.village import looking, loudspeaker
from plugins.village.config import VillageConfig
from plugins.village.following import MINE, is_village, may_look
from plugins.village.looking import EntryView, PersonRow, ProjectQuery, VillageQuery, VillageView, this_year
from plugins.village.loudspeaker import ANNOUNCE, LIST, LOG, READ, ReadingLine, ReadingRequest, ScriptView

TITLE = "村村响"
STAFF_APPS: tuple[App, ...] = ("ydsh", "ydjd")
TONES = {"logged": "ok", "withdrawn": "mute"}
YEARS = 3


# --- C14 --------------------------------------------------------------------------------------------------------------------------


class VillagePage(msgspec.Struct, frozen=True, kw_only=True):
    """A village; None where one may not look at it. ``places``: what one's own and those that one follows are called, by code, if there is
    more than this; ``home`` is one's own, "" where none is known. ``complains``: one can, here."""

    view: VillageView | None
    home: str
    places: Mapping[str, str]
    year: int
    years: tuple[int, ...]
    complains: bool


async def village(ctx: Context, query: VillageQuery) -> VillagePage:
    """村村响"""
    view = await looking.show_village(ctx, query) if may_look(ctx) else None
    home = ctx.actor.home if ctx.actor.home in ctx.regions else ""
    return VillagePage(
        view=view,
        home=home,
        places=places_of(ctx, home, view.follows) if view else {},
        year=query.year or this_year(ctx),
        years=years_of(ctx),
        complains=ctx.is_on("complaints"),
    )


def places_of(ctx: Context, home: str, follows: list[str]) -> Mapping[str, str]:
    codes = (home, *(follows if ctx.settings(VillageConfig).others else ()), ctx.place.code)
    named = {code: "我的村" if code == home else ctx.regions[code].name for code in codes if code in ctx.regions}
    return named if len(named) > 1 else {}


def years_of(ctx: Context) -> tuple[int, ...]:
    return tuple(this_year(ctx) - ago for ago in range(YEARS))


class ProjectPage(msgspec.Struct, frozen=True, kw_only=True):
    """A project's lists in a village. ``complain`` is the beginning of the address where one complains of a row, "" where nobody can;
    ``list`` that of the whole list; ``ways`` lead from one's own row to how it goes on."""

    name: str
    entries: tuple[EntryView, ...]
    next: str | None
    year: int
    years: tuple[int, ...]
    complain: str
    list: str
    ways: Mapping[str, str]


async def project(ctx: Context, project: str, query: ProjectQuery) -> ProjectPage:
    """村村响：一个项目"""
    page = await looking.show_project(ctx, project, query)
    at = f"/ykt/{ctx.place.code}"
    mine = [(entry, row) for entry in page.items for row in entry.rows if row.mine]
    return ProjectPage(
        name=page.items[0].short if page.items else "这个项目",
        entries=tuple(page.items),
        next=page.next,
        year=query.year or this_year(ctx),
        years=years_of(ctx),
        complain=f"{at}/complaints/new?kind=publicity&row=" if ctx.is_on("complaints") else "",
        # A list may be the town's or the county's.
        list=f"/ykt/{ctx.county}/publicity/notices/",
        ways={row.row: way for entry, row in mine if (way := way_on(ctx, entry, row))},
    )


def way_on(ctx: Context, entry: EntryView, row: PersonRow) -> str:
    """查看进度: where one's own declaration or payment is followed."""
    if entry.kind == "case":
        return f"/ykt/{ctx.place.code}/declaration/cases/{row.subject_row}" if ctx.is_on("declaration") else ""
    proved = ctx.is_on("payments") and ctx.has(Anyone.PROVED)
    return f"/ykt/{ctx.place.code}/payments/mine/{row.subject_row}" if proved else ""


# --- 关注 -------------------------------------------------------------------------------------------------------------------------


async def followed(ctx: Context, query: Paging) -> ListView:
    """我关注的村"""
    page = await MINE.page(ctx, query)
    rows = (RowView(title=each.name, href="/follows/cancel", at=each.place) for each in page.items)
    return ListView(
        rows=tuple(rows), next=page.next, nothing=("还没有关注", "打开“村村响”，点“关注”，有新公示就告诉您。")
    )


async def cancelling(ctx: Context) -> RowView:
    """取消关注"""
    return RowView(title=ctx.regions.full_name(ctx.place.code), href="/follows")


# --- the loudspeaker --------------------------------------------------------------------------------------------------------------


class ScriptPage(msgspec.Struct, frozen=True, kw_only=True):
    """The script of a village; of a place above, what the places below it are called, by code, on the way to one."""

    script: ScriptView | None
    below: Mapping[str, str]
    announces: bool


async def script(ctx: Context) -> ScriptPage:
    """播报稿"""
    return ScriptPage(
        script=await loudspeaker.show_script(ctx) if is_village(ctx) else None,
        below={each.code: each.name for each in ctx.regions.children(ctx.place.code)},
        announces=ctx.has(ANNOUNCE),
    )


async def noting(ctx: Context) -> ReadingRequest:
    """登记播报: it was read just now, unless that is said otherwise."""
    return ReadingRequest(read_at=ctx.now())


def when(line: ReadingLine) -> str:
    return f"{day_in_chinese(line.read_at)} {shanghai(line.read_at):%H:%M}"


def reading_row(line: ReadingLine) -> RowView:
    return RowView(
        title=f"{line.place_name}，{when(line)}",
        facts=(f"{line.publicities}项公示", f"照片{line.pictures}张" if line.pictures else "", line.handler),
        pill=line.state_label,
        tone=TONES[line.state],
        href=f"/readings/{line.id}",
        at=line.place,
    )


DETAIL = DetailPages(
    face=LOG,
    apps=STAFF_APPS,
    template="village/reading.html",
    title=lambda ctx, reading: f"{ctx.regions[reading.place].name}播报记录",
    sub=lambda reading: reading.number,
    tones=TONES,
    facts=lambda view: (("播报时间", when(view)), ("播报内容", f"{view.publicities}项公示")),
    ask={
        "withdraw": Ask(
            tone="bad",
            says="这次播报不算数，记录还在，标为“已撤销”",
            help="登记错了才撤销，比如选错了村、写错了时间。撤销后可以重新登记。理由会记录在案。",
        )
    },
    help="这里是一次播报的记录。登记错了，点“撤销登记”再重新登记。照片只给经办人员和纪委看。",
)

PAGES = (
    Page(
        apps=("ykt",),
        path="",
        title=TITLE,
        help="上面是村里正在公示的补贴，点开能看名单、能投诉。下面是今年各项补贴的人次和金额。看不明白，问村干部。",
        template="village/village.html",
        load=village,
        access=Anyone.CLAIMED,
    ),
    Page(
        apps=("ykt",),
        path="/projects/{project}",
        title=TITLE,
        help="公示期内能看名单，对谁有意见点“投诉”。公示结束后只留人数和金额，您自己的还能看到。",
        template="village/project.html",
        load=project,
        access=Anyone.CLAIMED,
    ),
    Page(
        apps=("ykt",),
        path="/follows",
        title="我关注的村",
        help="关注的村有新的公示，微信会告诉您。不想再收的，点开取消。",
        template="village/follows.html",
        load=followed,
        access=Anyone.CLAIMED,
        form=Form(route="/follows", then="/follows", submit="关注"),
    ),
    Page(
        apps=("ykt",),
        path="/follows/cancel",
        title="取消关注",
        help="取消后这个村有新公示不再通知您，自己村的公示还是随时能看。以后可以再关注。",
        template="ui/ask.html",
        load=cancelling,
        access=Anyone.CLAIMED,
        form=Form(route="/follows", method="DELETE", then="/follows", submit="取消关注"),
    ),
    Page(
        apps=STAFF_APPS,
        path="/script",
        title="播报稿",
        help="照着念就行，里面没有个人姓名。念完点“登记播报”，记下时间，拍一张公示栏的照片。",
        template="village/script.html",
        load=script,
        access=READ,
    ),
    Page(
        apps=STAFF_APPS,
        path="/script/log",
        title="登记播报",
        help="填什么时候播的，播了几遍只登记一次。照片把公示栏和名单标题都拍进去。登记错了可以撤销。",
        template="village/log.html",
        load=noting,
        access=ANNOUNCE,
        form=Form(
            route="/readings",
            then="/readings/{answer}",
            submit="登记播报",
            start=lambda begun: {"read_at": begun.read_at},
        ),
    ),
    ListPage(
        listing=LIST,
        apps=STAFF_APPS,
        title="播报记录",
        help="这里是各村（社区）用广播播报公示的记录。村里播报后，从“播报稿”登记。登记错了点开撤销。",
        row=reading_row,
        chips={"全部": {}, "已播报": {"state": "logged"}, "已撤销": {"state": "withdrawn"}},
        nothing=("还没有播报记录", "先看播报稿，念完后登记。"),
        new=("播报稿", "/script"),
        act=READ,
        columns=("村（社区）和时间", "内容", "照片", "登记人"),
    ).page(),
    *DETAIL.pages(),
)
