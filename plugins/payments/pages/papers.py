"""On paper: the 发放名册 for the bank and the treasury, masked as the list on the screen, each sheet with its own sum; and the
年度发放清单 of one person, for themselves."""

from __future__ import annotations

import msgspec

from hub.api import (
    MOST_PRINTED,
    Anyone,
    App,
    Conflict,
    Context,
    Page,
    Paging,
    PaperView,
    both,
    money,
    printed_on,
    shanghai,
    sheets_of,
    unit_of,
)
from plugins.payments import views
from plugins.payments.actions import life, periods, years
from plugins.payments.actions.years import Year, YearQuery
from plugins.payments.config import PaymentsConfig
from plugins.payments.documents import Batch, Row
from plugins.payments.handlers import BATCH, READ, ROW_LIST, SHOWN

STAFF_APPS: tuple[App, ...] = ("ydsh", "ydjd")
# Lines of a sheet of A4 on its side, each high enough for two lines of a long name of a village.
OF_A_SHEET = 14


class RosterLine(msgspec.Struct, frozen=True, kw_only=True):
    """A payment with its place on the 名册."""

    serial: int
    payment: views.RowView


class RosterSheet(msgspec.Struct, frozen=True, kw_only=True):
    """A page; ``total`` is its own sum in yuan."""

    lines: tuple[RosterLine, ...]
    total: str


class RosterPaper(PaperView, frozen=True, kw_only=True):
    """Up to 200 lines of a 名册; ``next`` leads to those that are printed after them. ``rows`` and ``total`` (yuan) are those of the whole
    batch."""

    facts: tuple[tuple[str, str], ...]
    sheets: tuple[RosterSheet, ...]
    rows: int
    total: str
    next: str | None


async def roster(ctx: Context, id: str, query: Paging) -> RosterPaper:
    """发放名册. Raises ``Conflict`` while it is being filled."""
    batch = await BATCH.found(ctx, id)
    if not batch.collected:
        raise Conflict("名册还在汇总，请稍候再打印。")
    wanted = both({"batch": id}, ROW_LIST.seen(ctx))
    found = await ROW_LIST.documents(ctx).page(
        wanted, msgspec.structs.replace(query, limit=MOST_PRINTED), life.BY_SERIAL
    )
    return RosterPaper(
        title=f"{batch.title}发放名册",
        office=unit_of(ctx, batch.place, batch.owner),
        number=batch.number,
        place=ctx.regions.full_name(batch.place),
        printed=printed_on(ctx),
        facts=facts_of(batch),
        sheets=tuple(sheet_of(ctx, rows) for rows in sheets_of(found.items, OF_A_SHEET)),
        rows=batch.rows,
        total=money.written(money.total((batch.total,))),
        next=found.next,
    )


def facts_of(batch: Batch) -> tuple[tuple[str, str], ...]:
    return (
        ("补贴项目", batch.short),
        ("期次", periods.in_chinese(batch.period)),
        ("全批人数", f"{batch.rows}人"),
        ("全批金额", f"{batch.total}元"),
    )


def sheet_of(ctx: Context, rows: tuple[Row, ...]) -> RosterSheet:
    lines = tuple(RosterLine(serial=row.serial, payment=views.row_view(ctx, row)) for row in rows)
    return RosterSheet(lines=lines, total=money.written(money.total(row.amount for row in rows)))


class YearLine(msgspec.Struct, frozen=True, kw_only=True):
    """A payment with its period in words."""

    payment: views.RowView
    period: str


class YearPaper(PaperView, frozen=True, kw_only=True):
    """年度发放清单. ``before``, ``after``: the years beside it, to turn to; none in the future."""

    view: views.YearView
    lines: tuple[YearLine, ...]
    before: int
    after: int | None


async def year_of_mine(ctx: Context, id: str, query: YearQuery) -> YearPaper:
    """年度发放清单"""
    return year_paper(ctx, await years.of_mine(ctx, id, query))


async def year_of_row(ctx: Context, id: str, query: YearQuery) -> YearPaper:
    """年度发放清单"""
    return year_paper(ctx, await years.of_row(ctx, id, query))


def year_paper(ctx: Context, year: Year) -> YearPaper:
    view, county = views.year_view(ctx, year), year.row.county or year.row.place
    return YearPaper(
        title=f"{year.year}年惠民惠农补贴发放清单",
        office=unit_of(ctx, county, ctx.settings(PaymentsConfig).finance_bureau),
        number=year.row.number,
        place=view.place_name,
        printed=printed_on(ctx),
        view=view,
        lines=tuple(YearLine(payment=each, period=periods.in_chinese(each.period)) for each in view.items),
        before=year.year - 1,
        after=year.year + 1 if year.year < shanghai(ctx.now()).year else None,
    )


PAGES = (
    Page(
        apps=("ykt",),
        path="/mine/{id}/year",
        title="年度发放清单",
        template="payments/year.html",
        load=year_of_mine,
        access=Anyone.PROVED,
        rate=SHOWN,
    ),
    Page(
        apps=STAFF_APPS,
        path="/rows/{id}/year",
        title="年度发放清单",
        template="payments/year.html",
        load=year_of_row,
        access=READ,
    ),
    Page(
        apps=STAFF_APPS,
        path="/batches/{id}/print",
        title="打印名册",
        template="payments/paper.html",
        load=roster,
        access=READ,
    ),
)
