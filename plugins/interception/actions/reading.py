"""Finding hits again: lists, one person's, counted, and as a table."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec

from hub.api import (
    Context,
    Documents,
    IdNumberText,
    Invalid,
    Page,
    Paging,
    Raw,
    day_in_chinese,
    idnumbers,
    masking,
    not_avoided,
    read_reason,
    shanghai,
    sheets,
    smallcells,
)
from plugins.interception.actions.checks import check_evidence
from plugins.interception.actions.rules import BY_CODE
from plugins.interception.business import HITS, sees_all, visible
from plugins.interception.documents import HIT, Hit, Proof, Recovery, Severity, hits_of, recoveries_of

EXPORTED_AT_ONCE = 200
SEVERITIES: Mapping[str, str] = {"block": "拦截", "warn": "提醒"}
HEADINGS = (
    "编号", "规则", "类别", "项目", "主管部门", "姓名", "身份证号", "户籍", "来源", "状态", "发现日期", "受理编号",
)  # fmt: skip
MONTH = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"

Month = Annotated[str, msgspec.Meta(pattern=MONTH)]


class HitQuery(Paging, frozen=True, kw_only=True):
    """``month`` as ``2026-11``, in which it was found; ``open``: what the bureau has not come to its result of."""

    state: str | None = None
    rule: str | None = None
    project: str | None = None
    bureau: str | None = None
    severity: Severity | None = None
    month: Month | None = None
    open: bool | None = None


class EntryQuery(Paging, frozen=True, kw_only=True):
    """``attempt``: only those of which no declaration has come."""

    rule: str | None = None
    project: str | None = None
    state: str | None = None
    attempt: bool = False


class RecoveryQuery(Paging, frozen=True, kw_only=True):
    state: Literal["open", "recovered", "waived"] | None = None


class PersonSearch(Paging, frozen=True, kw_only=True):
    """A person by ID number, in the body: a number in an address would stand in every log on the way."""

    id_number: Annotated[str, msgspec.Meta(max_length=40)]

    def __repr__(self) -> str:
        return "PersonSearch(***)"


class ReasonRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Why unmasked data are needed."""

    reason: str


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``reason`` is logged; the rest as in the list."""

    reason: str
    state: str | None = None
    rule: str | None = None
    project: str | None = None
    severity: Severity | None = None
    month: Month | None = None


class CountQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Months in Shanghai in which something was found, both included; the last twelve when left out."""

    since: Month | None = None
    until: Month | None = None
    rule: str | None = None
    project: str | None = None
    bureau: str | None = None


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One bar of a chart. ``key`` is what to filter by next. ``count`` is None where the number is too small for this reader;
    ``text`` is what stands there: ``12``, ``少于5``.
    """

    key: str
    label: str
    count: int | None
    text: str


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many hits, by each of these. ``total`` is the sum of each, None and 少于5 where it is small. ``place`` is one level
    below where it was asked; what is the county's own stands under the county.
    """

    since: str
    until: str
    total: int | None
    total_text: str
    rule: list[Bar]
    severity: list[Bar]
    state: list[Bar]
    place: list[Bar]
    bureau: list[Bar]
    project: list[Bar]
    month: list[Bar]


# --- lists -----------------------------------------------------------------------------------------------------------


def asked(query: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(query, name)) is not None}


async def page_of(ctx: Context, query: HitQuery) -> Page[Hit]:
    """命中 within reach, the newest first."""
    wanted = asked(query, ("state", "rule", "project", "bureau", "severity", "month", "open"))
    page: Page[Hit] = await hits_of(ctx).page(visible(ctx.actor, wanted), query)
    return page


async def entries_of(ctx: Context, query: EntryQuery) -> Page[Hit]:
    """S8: whoever was found while somebody typed them in."""
    wanted = {"at_entry": True, **asked(query, ("rule", "project", "state"))}
    if query.attempt:
        wanted["case"] = None
    page: Page[Hit] = await hits_of(ctx).page(visible(ctx.actor, wanted), query)
    return page


async def find_person(ctx: Context, query: PersonSearch, *, at_entry: bool) -> Page[Hit]:
    """Of one person, logged."""
    try:
        number = IdNumberText(idnumbers.parse(query.id_number, shanghai(ctx.now()).date()).number)
    except idnumbers.BadNumber as problem:
        raise Invalid(fields={"id_number": problem.text}) from None
    ctx.audit("interception.search", "entries" if at_entry else "hits")
    wanted: dict[str, Any] = {"key": ctx.store.blind(number)}
    if at_entry:
        wanted["at_entry"] = True
    page: Page[Hit] = await hits_of(ctx).page(visible(ctx.actor, wanted), query)
    return page


async def page_of_recoveries(ctx: Context, query: RecoveryQuery) -> Page[Recovery]:
    """追缴 within reach, the newest first."""
    page: Page[Recovery] = await recoveries_of(ctx).page(visible(ctx.actor, asked(query, ("state",))), query)
    return page


async def evidence(ctx: Context, id: str, request: ReasonRequest) -> tuple[Hit, list[Proof]]:
    """What the lists say of a hit: for the confirming bureau and 纪委, with a reason, logged."""
    hit = await HITS.seen(ctx, id)
    check_evidence(ctx, hit)
    ctx.audit("interception.evidence", hit.id, why=read_reason(request.reason), number=hit.number, rule=hit.rule)
    return hit, msgspec.json.decode(hit.evidence.reveal(), type=list[Proof])


# --- counted (L7) ----------------------------------------------------------------------------------------------------


async def count(ctx: Context, query: CountQuery) -> Counts:
    """Numbers alone, of sensitive projects too: grouped by the database over the index of months. What is about the reader is in
    no number either, and small numbers are for those who may see the persons behind them.
    """
    since, until = window(ctx, query)
    filters = asked(query, ("rule", "project", "bureau"))
    wanted = {"month": {"$gte": since, "$lte": until}, **filters, **not_avoided(ctx.actor)}
    hits, below = hits_of(ctx), field_below(ctx)
    bars = {name: await grouped(hits, wanted, (name,)) for name in ("rule", "severity", "state", "bureau", "month")}
    places = await grouped(hits, wanted, (below,))
    projects = await grouped(hits, wanted, ("project", "short"))
    [total] = shown(ctx, [sum(number for _, number in bars["severity"])])
    return Counts(
        since=since,
        until=until,
        total=total.count,
        total_text=total.text,
        rule=named(ctx, bars["rule"], lambda code: BY_CODE[code].label if code in BY_CODE else code),
        severity=named(ctx, bars["severity"], lambda code: SEVERITIES.get(code, code)),
        state=named(ctx, bars["state"], lambda code: HIT.states.get(code, code)),
        place=named(ctx, places, ctx.regions.full_name),
        bureau=named(ctx, bars["bureau"], str),
        project=by_project(ctx, projects),
        month=sorted(named(ctx, bars["month"], str), key=lambda bar: bar.key),
    )


def shown(ctx: Context, counts: Sequence[int]) -> list[smallcells.Cell]:
    """Small numbers are withheld from whoever may not see the persons behind them."""
    return smallcells.plain(counts) if sees_all(ctx) else smallcells.withheld(counts, ctx.config.least_shown)


def window(ctx: Context, query: CountQuery) -> tuple[str, str]:
    """The months asked for; ``Invalid`` when they are more than a county allows, or the wrong way round."""
    today = shanghai(ctx.now()).date()
    until = query.until or f"{today:%Y-%m}"
    since = query.since or month_before(until, 11)
    months = months_of(until) - months_of(since) + 1
    if not 1 <= months <= ctx.config.longest_window:
        raise Invalid(fields={"since": f"统计期间应为1到{ctx.config.longest_window}个月。"})
    return since, until


def months_of(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def month_before(month: str, months: int) -> str:
    year, rest = divmod(months_of(month) - months, 12)
    return f"{year:04d}-{rest + 1:02d}"


def field_below(ctx: Context) -> str:
    """What a place is divided by: a city by counties, a county by towns, a town by villages."""
    if ctx.county is None:
        return "county"
    return "town" if ctx.place.code == ctx.county else "place"


async def grouped(
    hits: Documents[Hit], wanted: Mapping[str, Any], by: Sequence[str]
) -> list[tuple[tuple[str, ...], int]]:
    return [(group.key, group.count) for group in await hits.groups(wanted, by)]


def named(ctx: Context, rows: Sequence[tuple[tuple[str, ...], int]], label: Any) -> list[Bar]:
    cells = shown(ctx, [number for _, number in rows])
    return [
        Bar(key=key[0], label=label(key[0]), count=cell.count, text=cell.text)
        for (key, _), cell in zip(rows, cells, strict=True)
    ]


def by_project(ctx: Context, rows: Iterable[tuple[tuple[str, ...], int]]) -> list[Bar]:
    """A project that was renamed is one bar, under the name that most have."""
    numbers: dict[str, int] = {}
    names: dict[str, str] = {}
    for (code, short), number in rows:
        names.setdefault(code, short)
        numbers[code] = numbers.get(code, 0) + number
    summed = sorted((((code,), number) for code, number in numbers.items()), key=lambda row: -row[1])
    return named(ctx, summed, names.__getitem__)


# --- as a table ------------------------------------------------------------------------------------------------------


async def export(ctx: Context, request: ExportRequest) -> Raw:
    """Hits with masked persons, logged with the reason."""
    why = read_reason(request.reason)

    async def note(unit: Context) -> None:
        unit.audit("interception.export", unit.place.code, why=why)

    await ctx.in_transaction(note)
    wanted = visible(ctx.actor, asked(request, ("state", "rule", "project", "severity", "month")))
    data = await sheets.write_rows(HEADINGS, tables(ctx, wanted))
    return Raw(data=data, media_type=sheets.XLSX_TYPE, filename=f"interception-{ctx.place.code}.xlsx")


async def tables(ctx: Context, wanted: Mapping[str, Any]) -> AsyncIterator[Iterable[tuple[str, ...]]]:
    """The rows, a page at a time."""
    cursor: str | None = None
    while True:
        page: Page[Hit] = await hits_of(ctx).page(wanted, Paging(limit=EXPORTED_AT_ONCE, cursor=cursor))
        yield [cells(ctx, hit) for hit in page.items]
        cursor = page.next
        if cursor is None:
            return


def cells(ctx: Context, hit: Hit) -> tuple[str, ...]:
    return (
        hit.number,
        hit.label,
        SEVERITIES[hit.severity],
        hit.short,
        hit.bureau,
        hit.identity.masked,
        masking.id_number_public(hit.identity.id_number.reveal()),
        ctx.regions.full_name(hit.place),
        "申报录入" if hit.at_entry else "数据比对",
        HIT.label(hit.state),
        day_in_chinese(shanghai(hit.created_at).date()) if hit.created_at else "",
        hit.case_number,
    )
