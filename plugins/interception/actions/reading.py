"""Finding hits again: by which filters, counted, and as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec

from hub.api import (
    Columns,
    Context,
    Group,
    Invalid,
    Paging,
    asked,
    charts,
    day_in_chinese,
    masking,
    not_avoided,
    shanghai,
    smallcells,
)
from plugins.interception.actions.rules import BY_CODE
from plugins.interception.business import sees_all
from plugins.interception.config import InterceptionConfig
from plugins.interception.documents import HIT, NEWEST, Hit, Severity, hits_of

SEVERITIES: Mapping[str, str] = {"block": "拦截", "warn": "提醒"}
MONTH = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"

Month = Annotated[str, msgspec.Meta(pattern=MONTH)]


class HitQuery(Paging, frozen=True, kw_only=True):
    """``month`` as ``2026-11``, in which it was found, or from ``since`` to ``until``; ``open``: what the bureau has not come to its
    result of."""

    state: str | None = None
    rule: str | None = None
    project: str | None = None
    bureau: str | None = None
    severity: Severity | None = None
    month: Month | None = None
    since: Month | None = None
    until: Month | None = None
    open: bool | None = None


class EntryQuery(Paging, frozen=True, kw_only=True):
    """``attempt``: only those of which no declaration has come."""

    rule: str | None = None
    project: str | None = None
    state: str | None = None
    attempt: bool = False


class RecoveryQuery(Paging, frozen=True, kw_only=True):
    state: Literal["open", "recovered", "waived"] | None = None


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``reason`` is logged; the rest as in the list."""

    reason: str
    state: str | None = None
    rule: str | None = None
    project: str | None = None
    severity: Severity | None = None
    month: Month | None = None
    since: Month | None = None
    until: Month | None = None


class CountQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Months in Shanghai in which something was found, both included; the last twelve when left out."""

    since: Month | None = None
    until: Month | None = None
    rule: str | None = None
    project: str | None = None
    bureau: str | None = None


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many hits, by each of these. ``total`` is the sum of each, None and 少于5 where it is small. ``place`` is one level
    below where it was asked; what is the county's own stands under the county.
    """

    since: str
    until: str
    total: int | None
    total_text: str
    rule: list[smallcells.Bar]
    severity: list[smallcells.Bar]
    state: list[smallcells.Bar]
    place: list[smallcells.Bar]
    bureau: list[smallcells.Bar]
    project: list[smallcells.Bar]
    month: list[smallcells.Bar]


FILTERS = ("state", "rule", "project", "bureau", "severity", "month", "open")


def in_months(ctx: Context, query: HitQuery) -> Mapping[str, Any]:
    """Those of the span that was asked for."""
    span = {"$gte": query.since, "$lte": query.until}
    given = {name: month for name, month in span.items() if month}
    return {"month": given} if given else {}


def newest(query: HitQuery) -> Sequence[tuple[str, int]]:
    """A span of months by the index of months; they follow each other as what was found in them does."""
    return (("month", -1), *NEWEST) if query.since or query.until else NEWEST


def attempts(ctx: Context, query: EntryQuery) -> Mapping[str, Any]:
    """Those of which no declaration has come, if that was asked for."""
    return {"case": None} if query.attempt else {}


# --- counted (L7) ----------------------------------------------------------------------------------------------------


async def count(ctx: Context, query: CountQuery) -> Counts:
    """Numbers alone, of sensitive projects too: grouped by the database over the index of months. What is about the reader is in
    no number either, and small numbers are for those who may see the persons behind them.
    """
    since, until = window(ctx, query)
    filters = asked(query, ("rule", "project", "bureau"))
    wanted = {"month": {"$gte": since, "$lte": until}, **filters, **not_avoided(ctx.actor)}
    by = {name: (name,) for name in ("rule", "severity", "state", "bureau", "month")}
    counted = await hits_of(ctx).counts(
        wanted, {**by, "place": (charts.field_below(ctx),), "project": ("project", "short")}
    )
    rows = {name: [(group.key[0], group.count) for group in counted[name]] for name in by}
    projects, names = by_project(counted["project"])
    least = None if sees_all(ctx) else ctx.settings(InterceptionConfig).least_shown
    [total] = smallcells.shown([sum(number for _, number in rows["severity"])], least)
    return Counts(
        since=since,
        until=until,
        total=total.count,
        total_text=total.text,
        rule=smallcells.bars(rows["rule"], lambda code: BY_CODE[code].label if code in BY_CODE else code, least),
        severity=smallcells.bars(rows["severity"], lambda code: SEVERITIES.get(code, code), least),
        state=smallcells.bars(rows["state"], lambda code: HIT.states.get(code, code), least),
        place=charts.by_place(ctx, counted["place"], least),
        bureau=smallcells.bars(rows["bureau"], str, least),
        project=smallcells.bars(projects, names.__getitem__, least),
        month=sorted(smallcells.bars(rows["month"], str, least), key=lambda bar: bar.key),
    )


def window(ctx: Context, query: CountQuery) -> tuple[str, str]:
    """The months asked for; ``Invalid`` when they are more than a county allows, or the wrong way round."""
    today = shanghai(ctx.now()).date()
    until = query.until or f"{today:%Y-%m}"
    since = query.since or month_before(until, 11)
    months = months_of(until) - months_of(since) + 1
    if not 1 <= months <= ctx.settings(InterceptionConfig).longest_window:
        raise Invalid(fields={"since": f"统计期间应为1到{ctx.settings(InterceptionConfig).longest_window}个月。"})
    return since, until


def months_of(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def month_before(month: str, months: int) -> str:
    year, rest = divmod(months_of(month) - months, 12)
    return f"{year:04d}-{rest + 1:02d}"


def by_project(groups: Iterable[Group]) -> tuple[list[tuple[str, int]], Mapping[str, str]]:
    """A project that was renamed is one bar, under the name that most have."""
    numbers: dict[str, int] = {}
    names: dict[str, str] = {}
    for group in groups:
        code, short = group.key
        names.setdefault(code, short)
        numbers[code] = numbers.get(code, 0) + group.count
    return sorted(numbers.items(), key=lambda row: -row[1]), names


# --- as a table ------------------------------------------------------------------------------------------------------

COLUMNS: Columns[Hit] = {
    "编号": lambda ctx, hit: hit.number,
    "规则": lambda ctx, hit: hit.label,
    "类别": lambda ctx, hit: SEVERITIES[hit.severity],
    "项目": lambda ctx, hit: hit.short,
    "主管部门": lambda ctx, hit: hit.bureau,
    "姓名": lambda ctx, hit: hit.identity.masked,
    "身份证号": lambda ctx, hit: masking.id_number_public(hit.identity.id_number.reveal()),
    "户籍": lambda ctx, hit: ctx.regions.full_name(hit.place),
    "来源": lambda ctx, hit: "申报录入" if hit.at_entry else "数据比对",
    "状态": lambda ctx, hit: HIT.label(hit.state),
    "发现日期": lambda ctx, hit: day_in_chinese(hit.created_at) if hit.created_at else "",
    "受理编号": lambda ctx, hit: hit.case_number,
}
