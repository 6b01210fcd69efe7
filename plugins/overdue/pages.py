"""The pages of 逾期督办 in 移动监督: numbers by place, by project and node, the tasks themselves, and how one is reminded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import msgspec

from hub.api import (
    App,
    Choice,
    Context,
    Form,
    ListPage,
    MenuEntry,
    Page,
    RowView,
    charts,
    day_in_chinese,
    shanghai,
)
from plugins.overdue import board, late, wishes
from plugins.overdue.answering import SUPERVISE
from plugins.overdue.late import LATE, READ, LateLine

LEADERS: tuple[App, ...] = ("ydjd",)
LIVE = ("overdue.late", "overdue.digest", "overdue.changes")


class NumberView(msgspec.Struct, frozen=True, kw_only=True):
    """A line of numbers; ``restricted`` is what there is besides, of projects that the reader gets numbers of alone."""

    title: str
    says: str
    number: str
    href: str
    restricted: bool = False


class NumbersPage(msgspec.Struct, frozen=True, kw_only=True):
    """``where`` has how many in all, of so many projects, and their ``lines``. ``up`` leads one level up, ``order`` to
    一键督办 of all of it, where the reader may; ``reminds``: they may choose how to hear of it."""

    where: str
    late: int
    projects: int
    restricted: str
    lines: tuple[NumberView, ...]
    by: str
    up: str
    order: str = ""
    reminds: bool = False


async def numbers(ctx: Context) -> NumbersPage:
    """逾期督办"""
    if len(ctx.place.path) > 2:
        return await cells(ctx)
    counted = await board.show_board(ctx)
    return NumbersPage(
        where=ctx.regions.full_name(ctx.place.code),
        late=counted.late,
        projects=counted.projects,
        restricted=counted.restricted,
        lines=tuple(row_view(ctx, row) for row in counted.rows),
        by="按地区",
        up=charts.page_above(ctx, "overdue"),
        order=order_href(ctx) if counted.late else "",
        reminds=ctx.has(wishes.CHOOSE),
    )


async def cells(ctx: Context) -> NumbersPage:
    """本级逾期"""
    counted = await board.show_cells(ctx, board.CellsQuery())
    return NumbersPage(
        where=charts.name_below(ctx, ctx.place.code)
        if len(ctx.place.path) < 3
        else ctx.regions.full_name(ctx.place.code),
        late=counted.late,
        projects=len({cell.project for cell in counted.cells if not cell.restricted}),
        restricted="",
        lines=tuple(cell_view(ctx, cell) for cell in counted.cells),
        by="按项目和环节",
        up=charts.page_at(ctx, ctx.place.path[-1 if len(ctx.place.path) < 3 else -2], "overdue", {}),
        order=order_href(ctx, row=ctx.place.code) if counted.late else "",
    )


def order_href(ctx: Context, **asked: str) -> str:
    """Where all of that is ordered: in a county, by whoever leads there."""
    return charts.page_at(ctx, ctx.place.code, "overdue/at-once", asked) if ctx.county and ctx.has(SUPERVISE) else ""


def row_view(ctx: Context, row: board.BoardRow) -> NumberView:
    some = row.late or row.restricted
    says = f"涉及{row.projects}个项目" if row.late else "" if some else "没有逾期"
    more = f"另有只看件数的项目{row.restricted}件" if row.restricted else ""
    page = "overdue/own" if row.own else "overdue"
    return NumberView(
        title=row.name,
        says="，".join(filter(None, (says, more))),
        number=str(row.late),
        href=charts.page_at(ctx, row.place, page, {}) if some else "",
    )


def cell_view(ctx: Context, cell: board.CellRow) -> NumberView:
    of_row = {} if ctx.place.level == "village" else {"row": ctx.place.code}
    asked = {**of_row, "project": cell.project, "node": cell.node}
    return NumberView(
        title=cell.short,
        says=f"{cell.label}，只看件数" if cell.restricted else cell.label,
        number=cell.text,
        href="" if cell.restricted else f"/{ctx.actor.app}/{ctx.place.code}/overdue/cases?{urlencode(asked)}",
        restricted=cell.restricted,
    )


def case_row(line: LateLine) -> RowView:
    since = f"{day_in_chinese(shanghai(line.due_at).date())}起"
    return RowView(
        title=line.title,
        facts=(line.label, f"逾期{line.days}个工作日", since, line.place, line.number),
        pill=line.ordered or line.outcome or ("办理中" if line.claimed else "无人认领"),
        tone="ok" if line.over_at else "wait" if line.ordered or line.claimed else "bad",
        href=f"/cases/{line.id}",
        at=line.at,
    )


def first_wish(page: wishes.Wishes) -> Mapping[str, str]:
    return {"region": page.regions[0].region, "mode": page.regions[0].mode} if page.regions else {}


async def regions(ctx: Context, page: wishes.Wishes) -> Mapping[str, Sequence[Choice]]:
    return {"region": [Choice(line.region, line.name, wishes.MODES[line.mode]) for line in page.regions]}


MENU_ENTRIES = (MenuEntry(app="ydjd", label="逾期督办", path="", access=READ, order=10, icon="clock-exclamation"),)
PAGES = (
    Page(
        apps=LEADERS,
        path="",
        title="逾期督办",
        help="件数是过了办理期限还没办的待办，点一行看下一级，直到每一件。补正、公示和放假的日子不算。要催办，请点进去督办。",
        template="overdue/numbers.html",
        load=numbers,
        access=READ,
        live=LIVE,
    ),
    Page(
        apps=LEADERS,
        path="/own",
        title="本级逾期",
        help="这里只有本级机关自己办的，不含下级。点一行看每一件。要看下级的，请返回上一页。",
        template="overdue/numbers.html",
        load=cells,
        access=READ,
        live=LIVE,
    ),
    ListPage(
        listing=LATE,
        apps=LEADERS,
        title="逾期事项",
        help="逾期最久的在最前面，点开看由谁办、催办到哪一步。姓名按规定隐去。办完的在“逾期后办结”里。",
        row=case_row,
        chips={"还没办": {}, "逾期后办结": {"over": "true"}},
        nothing=("没有逾期的事项", "有待办过了期限还没办，会出现在这里。"),
        columns=("事项", "环节", "逾期天数", "从哪天起", "办理地区", "编号"),
        new=("一键督办", "/at-once"),
        act=SUPERVISE,
        new_place=lambda ctx: ctx.place.code if ctx.county else None,
        template="overdue/cases.html",
    ).page(),
    Page(
        apps=LEADERS,
        path="/cases/{id}",
        title="逾期事项",
        help="逾期天数只算工作日，从期限过后起算。还没有人认领的，先问办理地区的负责人。",
        template="overdue/case.html",
        load=late.show,
        access=READ,
    ),
    Page(
        apps=LEADERS,
        path="/wishes",
        title="逾期提醒",
        help="每天汇总只写件数，一个地区一条。选“一逾期就提醒”的，一小时最多提醒一次。随时可以改。",
        template="overdue/wishes.html",
        load=wishes.show_wishes,
        access=wishes.CHOOSE,
        form=Form(method="PUT", route="/wishes", then="/", submit="保存", start=first_wish, choices=regions),
    ),
)
