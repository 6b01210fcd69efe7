"""工作日: the calendar that limits run by; days changed one by one, or as the yearly notice tells them."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, Literal

import msgspec

from hub.business.history import shown_name
from hub.console.schema import Reason
from hub.rules.context import Context, transaction_of, unit_of
from hub.rules.workdaytable import DayChange, HistoryLine, WorkdayTable
from hub.words import days
from hub.words.asking import Asked
from hub.words.clock import today
from hub.words.contributions import Route
from hub.words.errors import Conflict, Invalid, NotFound
from hub.words.text import clean
from hub.words.workdays import Calendar, DayKind, DaySource

PERMISSION = "ops.workdays"
KINDS: Mapping[str, DayKind | None] = {"休": "rest", "班": "work", "撤": None}
WORDS: Mapping[DayKind | None, str] = {"rest": "休息", "work": "上班", None: "按国家日历"}
# A year's notice has some forty days.
MOST_DAYS = 200
MOST_LINES = 20
# Years before and after this one that are looked at and changed: older limits have run out, and nobody knows later holidays.
YEARS_BACK, YEARS_AHEAD = 1, 2
AT_THE_CITY = "工作日由全市统一设置，请到市级页面更改。"


class DayView(msgspec.Struct, frozen=True, kw_only=True):
    """A day as limits count it. ``source`` says why; ``note`` is what the table says beside it."""

    day: date
    worked: bool
    source: DaySource
    note: str


class WorkdayYear(msgspec.Struct, frozen=True, kw_only=True):
    """All days of a year. ``known``: the State Council's notice of it is there, in the hub or in the table."""

    year: int
    known: bool
    days: list[DayView]


class YearOf(msgspec.Struct, frozen=True, kw_only=True):
    """Without a year the present one."""

    year: Annotated[int, msgspec.Meta(ge=2004, le=2100)] | None = None


class ChangedDay(msgspec.Struct, frozen=True, kw_only=True):
    """One line of what was or would be changed."""

    day: date
    kind: DayKind | None
    note: str
    before: DayKind | None


class ChangedDays(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of days changes. ``written``: it was, else it would; ``unchanged``: what the table says already. ``lines`` and
    ``why`` are what was tried, to be sent again."""

    written: bool
    changes: list[ChangedDay]
    unchanged: int
    lines: tuple[str, ...] = ()
    why: str = ""


class SetDay(msgspec.Struct, frozen=True, kw_only=True):
    """``own`` takes back what the table says, so that the State Council's calendar counts again."""

    kind: Annotated[
        Literal["rest", "work", "own"], Asked("这一天", choices={"rest": "休息", "work": "上班", "own": "按国家日历"})
    ]
    why: Reason


class DayLines(msgspec.Struct, frozen=True, kw_only=True):
    """Lines such as ``2027-01-01 休 元旦``, ``2027-01-03 班``, ``2027-01-05 撤``. ``dry_run`` only says what would change."""

    lines: Annotated[
        tuple[str, ...],
        Asked("每行一天", "日期、空格、“休”或“班”，后面可写名称；写“撤”的，这一天恢复按国家日历", look="lines"),
        msgspec.Meta(min_length=1, max_length=MOST_DAYS),
    ]
    why: Reason
    dry_run: Annotated[bool, Asked("只试算", look="hidden")] = True


async def year(ctx: Context, query: YearOf) -> WorkdayYear:
    """一年的工作日"""
    return await year_of(ctx, query.year or today(unit_of(ctx).units.clock).year)


async def set_day(ctx: Context, day: str, body: SetDay) -> ChangedDays:
    """更改一天"""
    changed = DayChange(day=read_day(ctx, day), kind=None if body.kind == "own" else body.kind, note=body.why)
    answer = await _change(ctx, [changed], body.why)
    if not answer.changes:
        raise Conflict("这一天已经是这样，没有更改。")
    return answer


async def set_days(ctx: Context, body: DayLines) -> ChangedDays:
    """按通知导入工作日，先试算"""
    wanted = _read(ctx, body.lines)
    if body.dry_run:
        _at_city(ctx)
        tried = _answer(await table_of(ctx).compared(wanted), len(wanted), written=False)
        return msgspec.structs.replace(tried, lines=body.lines, why=body.why)
    return await _change(ctx, wanted, body.why)


ROUTES = (
    Route(method="GET", path="/workdays", call=year, access=PERMISSION),
    Route(method="PUT", path="/workdays/{day}", call=set_day, access=PERMISSION, transaction=False, at_city=True),
    Route(method="POST", path="/workdays/import", call=set_days, access=PERMISSION, transaction=False, at_city=True),
)


# --- what they are made of ----------------------------------------------------------------------------------------------------


def table_of(ctx: Context) -> WorkdayTable:
    return unit_of(ctx).units.workdays


async def year_of(ctx: Context, year: int) -> WorkdayYear:
    """From the table of this moment, whatever this node has heard of it. One query."""
    own = {each.day: each for each in await table_of(ctx).days_of(year)}
    # Nothing is reckoned by it, so nobody has to be told that a year is not known.
    counted = Calendar({day: each.kind for day, each in own.items()}, lambda year: None)
    found = [
        DayView(
            day=day,
            worked=counted.is_workday(day),
            source=counted.source(day),
            note=own[day].note if day in own else "",
        )
        for month in range(1, 13)
        for day in _month(year, month)
    ]
    return WorkdayYear(year=year, known=counted.knows(year), days=found)


def read_day(ctx: Context, text: str) -> date:
    """A day of an address; ``NotFound`` for none that may be changed."""
    try:
        day = days.read(text, today(unit_of(ctx).units.clock))
    except days.BadDay:
        raise NotFound from None
    if not is_near(ctx, day.year):
        raise NotFound
    return day


def is_near(ctx: Context, year: int) -> bool:
    """Whether the year may be changed."""
    now = today(unit_of(ctx).units.clock).year
    return now - YEARS_BACK <= year <= now + YEARS_AHEAD


def in_words(change: DayChange | ChangedDay) -> str:
    """Such as 2027-01-03改为上班."""
    return f"{change.day.isoformat()}改为{WORDS[change.kind]}"


async def _change(ctx: Context, wanted: Sequence[DayChange], why: str) -> ChangedDays:
    _at_city(ctx)
    table, by = table_of(ctx), shown_name(ctx.actor) or ctx.actor.account or ""

    async def write(ctx: Context) -> list[DayChange]:
        changes = await table.compared(wanted, transaction_of(ctx))
        if changes:
            line = HistoryLine(id=ctx.new_id(), at=ctx.now(), by=by, why=why, days=tuple(changes))
            await table.change(transaction_of(ctx), line)
            ctx.audit("workdays.change", line.id, why=why, days="，".join(map(in_words, changes)))
        return changes

    changes = await ctx.in_transaction(write)
    await table.load()
    return _answer(changes, len(wanted), written=True)


def _answer(changes: Sequence[DayChange], asked: int, *, written: bool) -> ChangedDays:
    lines = [ChangedDay(day=each.day, kind=each.kind, note=each.note, before=each.before) for each in changes]
    return ChangedDays(written=written, changes=lines, unchanged=asked - len(lines))


def _read(ctx: Context, lines: Iterable[str]) -> list[DayChange]:
    """Every bad line is told at once."""
    found: dict[date, DayChange] = {}
    problems: list[str] = []
    for number, line in enumerate(lines, 1):
        try:
            change = _read_line(ctx, clean(line))
            if change.day in found:
                raise ValueError("这一天写了两次。")
            found[change.day] = change
        except ValueError as problem:
            problems.append(f"第{number}行“{clean(line)[:20]}”：{problem}")
    if problems:
        more = f"\n还有{len(problems) - 5}行有误。" if len(problems) > 5 else ""
        raise Invalid(fields={"lines": "\n".join(problems[:5]) + more})
    return list(found.values())


def _read_line(ctx: Context, line: str) -> DayChange:
    written, _, rest = line.partition(" ")
    word, _, note = rest.strip().partition(" ")
    if word not in KINDS:
        raise ValueError("日期后面空一格，写休、班或撤。")
    try:
        day = days.read(written, today(unit_of(ctx).units.clock))
    except days.BadDay as bad:
        raise ValueError(bad.text) from None
    if not is_near(ctx, day.year):
        raise ValueError("只能改去年到后年的日子。")
    return DayChange(day=day, kind=KINDS[word], note=note.strip()[:40])


def _month(year: int, month: int) -> Iterable[date]:
    return (date(year, month, number) for number in range(1, calendar.monthrange(year, month)[1] + 1))


def _at_city(ctx: Context) -> None:
    if ctx.county is not None:
        raise NotFound(AT_THE_CITY)
