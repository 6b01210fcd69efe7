"""S8 and L7 纪委监督: who was intercepted while being typed in, and how many hits there are, by place, rule, bureau and project.

A place's bar leads to the same page one level down, where its bars add up to that number; every other bar narrows what is counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

import msgspec

from hub.api import Chart, ChartBar, Context, Figure, ListPage, News, Page, charts, shanghai, smallcells
from plugins.interception import handlers
from plugins.interception.actions.reading import CountQuery, Counts
from plugins.interception.actions.rules import BY_CODE
from plugins.interception.business import sees_all
from plugins.interception.handlers import ENTRIES, READ
from plugins.interception.pages.hits import STAFF_APPS, hit_row

PLUGIN = "interception"
NARROWING = ("rule", "bureau", "project")


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """Somewhere to go, or something to choose."""

    label: str
    href: str
    current: bool = False


class WatchPage(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a place over a ``span`` of months. ``up`` leads one level up, ``narrowed`` takes a filter away, ``listed`` shows
    the hits themselves, as do the bars of ``lists``: for those who see the persons of all. For others a list lacks the hits of sensitive
    projects, and together with a number it would tell how many these are."""

    where: str
    span: str
    up: str
    counts: Counts
    spans: tuple[Way, ...]
    narrowed: tuple[Way, ...]
    by: tuple[tuple[str, tuple[charts.BarView, ...]], ...]
    lists: tuple[tuple[str, tuple[charts.BarView, ...]], ...]
    listed: str


async def watched(ctx: Context, query: CountQuery) -> WatchPage:
    """纪委监督"""
    counts = await handlers.count(ctx, query)
    asked, listed = asked_of(query), sees_all(ctx)
    by_others = {name: narrowing(getattr(counts, name), name, asked) for name in NARROWING}
    span = {"since": counts.since, "until": counts.until}
    by_state = charts.bar_views(counts.state, (lambda bar: hits_of(asked, state=bar.key, **span)) if listed else None)
    by_month = charts.bar_views(
        counts.month,
        (lambda bar: hits_of(asked, month=bar.key)) if listed else None,
        lambda bar: month_in_chinese(bar.key),
    )
    return WatchPage(
        where=ctx.regions.full_name(ctx.place.code),
        span=f"{month_in_chinese(counts.since)}至{month_in_chinese(counts.until)}",
        up=charts.page_above(ctx, PLUGIN, asked),
        counts=counts,
        spans=tuple(spans(ctx, query, asked)),
        narrowed=tuple(taken_away(counts, asked)),
        by=(
            ("按地区", charts.place_views(ctx, counts.place, PLUGIN, asked)),
            ("按规则", by_others["rule"]),
            ("按部门", by_others["bureau"]),
            ("按项目", by_others["project"]),
        ),
        lists=(("按办理情况", by_state), ("按月份", by_month)),
        listed=hits_of(asked, **span) if listed else "",
    )


def month_in_chinese(month: str) -> str:
    """``2026-11`` is 2026年11月."""
    return f"{month[:4]}年{int(month[5:])}月"


def asked_of(query: CountQuery) -> dict[str, str]:
    return {name: value for name, value in msgspec.structs.asdict(query).items() if value}


def narrowing(counted: Sequence[smallcells.Bar], name: str, asked: dict[str, str]) -> tuple[charts.BarView, ...]:
    """Each leads to what it counts alone, unless that is what is shown."""
    return charts.bar_views(counted, lambda bar: "" if name in asked else f"?{urlencode({**asked, name: bar.key})}")


def hits_of(asked: dict[str, str], **more: str) -> str:
    """The list of what is counted, below the plugin."""
    wanted = {name: asked[name] for name in NARROWING if name in asked} | more
    return f"/hits{'?' if wanted else ''}{urlencode(wanted)}"


def spans(ctx: Context, query: CountQuery, asked: dict[str, str]) -> Iterator[Way]:
    """The months that are mostly looked at."""
    today = shanghai(ctx.now()).date()
    others = {name: asked[name] for name in NARROWING if name in asked}
    months = {"近12个月": {}, "今年": {"since": f"{today:%Y}-01"}, "本月": {"since": f"{today:%Y-%m}"}}
    for label, wanted in months.items():
        yield Way(
            label=label,
            href=f"?{urlencode({**others, **wanted})}",
            current=(query.since, query.until) == (wanted.get("since"), None),
        )


def taken_away(counts: Counts, asked: dict[str, str]) -> Iterator[Way]:
    """What is narrowed to, each with the way back."""
    names = {
        "project": {bar.key: bar.label for bar in counts.project},
        "rule": {code: rule.label for code, rule in BY_CODE.items()},
    }
    for name in NARROWING:
        if name in asked:
            others = {other: value for other, value in asked.items() if other != name}
            yield Way(label=names.get(name, {}).get(asked[name], asked[name]), href=f"?{urlencode(others)}")


# --- L1: what is looked for first -------------------------------------------------------------------------------------------------


async def numbers(ctx: Context) -> News:
    """拦截 at the head of the home, as the page of its numbers has them."""
    return News(figures=figures_of(await watched(ctx, CountQuery())))


async def charted(ctx: Context) -> News:
    """The same with its bars, for 纪委."""
    page = await watched(ctx, CountQuery())
    rules = [
        ChartBar(label=bar.label, text=bar.text, count=bar.count, path=f"?{urlencode({'rule': bar.key})}")
        for bar in page.counts.rule
    ]
    by_place = charts.place_charts(ctx, "拦截按地区", page.counts.place, "")
    return News(figures=figures_of(page), charts=(*by_place, Chart(label="拦截按规则", bars=tuple(rules))))


def figures_of(page: WatchPage) -> tuple[Figure, ...]:
    counts = page.counts
    none = "0" if counts.state or counts.total == 0 else smallcells.WITHHELD
    waiting = next((bar.text for bar in counts.state if bar.key == "waiting"), none)
    asked = {"state": "waiting", "since": counts.since, "until": counts.until}
    return (
        Figure(label="近一年拦截", text=counts.total_text, path=""),
        Figure(label="拦截待确认", text=waiting, path=hits_of({}, **asked) if page.listed else ""),
    )


PAGES = (
    Page(
        apps=STAFF_APPS,
        path="",
        title="纪委监督",
        help="这里是拦截的件数。点地区看下一级，点规则或项目只看这一类。",
        template="interception/watch.html",
        load=watched,
        access=READ,
    ),
    *ListPage(
        listing=ENTRIES,
        apps=STAFF_APPS,
        title="录入拦截",
        help="录入时就被拦下的人列在这里，后来没有申报的也看得到。同一个人反复录入的，点开看次数，向录入的单位问清原因。",
        row=hit_row,
        chips={
            "全部": {},
            "没有形成申报": {"attempt": "true"},
            "待确认": {"state": "waiting"},
            "属实": {"state": "confirmed"},
            "误报解除": {"state": "cleared"},
        },
        persons=True,
        template="interception/entries.html",
        nothing=("没有录入拦截", "申报、入户调查、名册导入时被拦截的人员列在这里，包括后来没有申报的。"),
        live=("interception.found",),
    ).pages(),
)
