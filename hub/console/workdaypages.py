"""The pages of 工作日: a year by its months, a month by its days, one day, and the yearly notice pasted and tried before it counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import msgspec

from hub.business.pages import Chip, FlowView, RowView
from hub.console.workdays import (
    MOST_LINES,
    PERMISSION,
    WORDS,
    ChangedDay,
    DayView,
    in_words,
    is_near,
    read_day,
    table_of,
    year_of,
)
from hub.rules.context import Context, unit_of
from hub.rules.workdaytable import HistoryLine
from hub.words.clock import day_in_chinese, in_chinese, today
from hub.words.contributions import Form, Page
from hub.words.workdays import DaySource

WEEKDAYS = "一二三四五六日"
SOURCES: dict[DaySource, str] = {"table": "本表", "notice": "国务院通知", "law": "法定节日", "week": "周一至周五"}
COLUMNS = ("工作日", "工作日放假", "周末上班", "本表改过")
# Of a change; the rest is said by number.
MOST_SAID = 6


class YearQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Without a year the present one; without a month all of it."""

    year: Annotated[int, msgspec.Meta(ge=2004, le=2100)] | None = None
    month: Annotated[int, msgspec.Meta(ge=1, le=12)] | None = None


class MonthLine(msgspec.Struct, frozen=True, kw_only=True):
    """A month: ``cells`` are what stands in the columns, ``says`` the same for a phone."""

    label: str
    href: str
    says: str
    cells: tuple[str, ...]


class CalendarPage(msgspec.Struct, frozen=True, kw_only=True):
    """A year's ``months``, or the ``days`` of ``month``. ``here``: this is where days are changed."""

    title: str
    known: bool
    here: bool
    years: tuple[Chip, ...]
    columns: tuple[str, ...] = COLUMNS
    months: tuple[MonthLine, ...] = ()
    days: tuple[RowView, ...] = ()
    back: str = ""
    lines: tuple[FlowView, ...] = ()


class DayPage(msgspec.Struct, frozen=True, kw_only=True):
    """One day, and what says so."""

    title: str
    href: str
    facts: tuple[tuple[str, str], ...]


async def show(ctx: Context, query: YearQuery) -> CalendarPage:
    """工作日"""
    now = today(unit_of(ctx).units.clock).year
    year = query.year or now
    found = await year_of(ctx, year)
    here = ctx.county is None
    frame = CalendarPage(
        title=f"{year}年",
        known=found.known,
        here=here,
        years=tuple(
            Chip(label=f"{each}年", href=f"?year={each}", current=each == year)
            for each in (now - 1, now, now + 1, now + 2)
        ),
    )
    if query.month is not None:
        days = [each for each in found.days if each.day.month == query.month]
        changed = here and is_near(ctx, year)
        return msgspec.structs.replace(
            frame,
            title=f"{year}年{query.month}月",
            days=tuple(_day_row(each, changed) for each in days),
            back=f"/workdays?year={year}",
        )
    return msgspec.structs.replace(
        frame,
        months=tuple(_month_line(year, month, found.days) for month in range(1, 13)),
        lines=tuple(_history_row(each) for each in await table_of(ctx).history(MOST_LINES)),
    )


async def show_day(ctx: Context, day: str) -> DayPage:
    """更改一天前"""
    which = read_day(ctx, day)
    view = next(each for each in (await year_of(ctx, which.year)).days if each.day == which)
    return DayPage(
        title=f"{day_in_chinese(which)}，周{WEEKDAYS[which.weekday()]}",
        href=f"/workdays?year={which.year}&month={which.month}",
        facts=(("现在", "上班" if view.worked else "休息"), ("依据", SOURCES[view.source]), ("说明", view.note)),
    )


class ImportPage(msgspec.Struct, frozen=True, kw_only=True):
    """``words`` says a line of what comes of it."""

    title: str
    href: str

    def words(self, change: ChangedDay) -> tuple[str, str]:
        """Which day, and what it becomes."""
        return _day_in_words(change.day), f"{WORDS[change.before]} → {WORDS[change.kind]}"


async def show_import(ctx: Context) -> ImportPage:
    """导入放假通知"""
    return ImportPage(title=ctx.place.name, href="/workdays")


def _day_in_words(day: date) -> str:
    return f"{day_in_chinese(day)} 周{WEEKDAYS[day.weekday()]}"


def _month_line(year: int, month: int, days: Sequence[DayView]) -> MonthLine:
    here = [each for each in days if each.day.month == month]
    worked = sum(each.worked for each in here)
    off = [each.day for each in here if not each.worked and each.day.weekday() < 5]
    made_up = [each.day for each in here if each.worked and each.day.weekday() >= 5]
    own = [each.day for each in here if each.source == "table"]
    says = [f"工作日{worked}天", f"{_listed(off)}放假" if off else "", f"{_listed(made_up)}周末上班" if made_up else ""]
    return MonthLine(
        label=f"{month}月",
        href=f"/workdays?year={year}&month={month}",
        says="；".join(filter(None, says)),
        cells=(f"{worked}天", _listed(off), _listed(made_up), f"{len(own)}天" if own else ""),
    )


def _listed(days: Sequence[date]) -> str:
    return "、".join(str(day.day) for day in days) + "日" if days else ""


def _day_row(view: DayView, changed: bool) -> RowView:
    as_usual = view.worked == (view.day.weekday() < 5)
    return RowView(
        title=f"{view.day.day}日 周{WEEKDAYS[view.day.weekday()]}",
        facts=() if as_usual and view.source != "table" else (SOURCES[view.source], view.note),
        pill="班" if view.worked else "休",
        tone="mute" if as_usual else "wait" if view.worked else "ok",
        href=f"/workdays/{view.day.isoformat()}" if changed else "",
    )


def _history_row(line: HistoryLine) -> FlowView:
    said = "，".join(map(in_words, line.days[:MOST_SAID]))
    more = f"等{len(line.days)}天" if len(line.days) > MOST_SAID else ""
    return FlowView(title=f"{said}{more}", when=in_chinese(line.at), by=line.by, said=line.why)


def _page(path: str, title: str, template: str, load: Any, form: Form | None = None, *, help: str) -> Page:
    return Page(
        apps=("ops",), path=path, title=title, template=template, load=load, access=PERMISSION, form=form, help=help
    )


PAGES = (
    _page(
        "/workdays",
        "工作日",
        "console/workdays.html",
        show,
        help="每年放假通知公布后，市级导入一次。点一个月，核对放假和调休的日子；不对的，由市级点那一天改。",
    ),
    _page(
        "/workdays/import",
        "导入放假通知",
        "console/workdays-import.html",
        show_import,
        Form(
            route="/workdays/import",
            shows="console/workdays-read.html",
            submit="试算",
            start=lambda page: {"dry_run": True},
        ),
        help="一行写一天，和国务院的通知逐天对一遍。试算不改任何数据。写漏、写错的，保存后可以再导入，也可以改那一天。",
    ),
    _page(
        "/workdays/{day}",
        "更改工作日",
        "console/workday.html",
        show_day,
        Form(route="/workdays/{day}", method="PUT", then="/workdays", submit="保存"),
        help="改了，全市都跟着变。原因里写清是哪个通知。改错了，再改回来就行，每次都记在“变更记录”里。",
    ),
)
