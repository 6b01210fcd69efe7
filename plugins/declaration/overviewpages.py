"""申报概况: how many declarations a place has in work, by the places below it, and at which node they wait."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec

from hub.api import Context, Figure, News, Page, charts, smallcells
from plugins.declaration.documents import cases_of
from plugins.declaration.handlers import REVIEW, REVIEW_LIST, ReviewQuery
from plugins.declaration.views import label_of

OVERVIEW = "declaration/overview"


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """Of what has not ended."""

    open: int
    places: list[smallcells.Bar]
    nodes: list[smallcells.Bar]
    projects: list[smallcells.Bar]


class OverviewPage(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a place. ``up`` leads one level up."""

    where: str
    up: str
    open: int
    by: tuple[tuple[str, tuple[charts.BarView, ...]], ...]


async def count(ctx: Context) -> Overview:
    """What 申报查询 lists for the reader, and nothing else: whoever may read the cases one by one learns no person from their number, so
    that none is withheld; those of sensitive projects are in neither."""
    by = {"open": (), "place": (charts.field_below(ctx),), "node": ("node",), "project": ("short",)}
    groups = await cases_of(ctx).counts(REVIEW_LIST.filter(ctx, ReviewQuery()), by)

    def bars(name: str, label: Callable[[str], str]) -> list[smallcells.Bar]:
        return smallcells.bars([(group.key[0], group.count) for group in groups[name]], label, None)

    return Overview(
        open=sum(group.count for group in groups["open"]),
        places=charts.by_place(ctx, groups["place"], None),
        nodes=bars("node", partial(label_of, ctx)),
        projects=bars("project", str),
    )


async def overview(ctx: Context) -> OverviewPage:
    """申报概况"""
    counted = await count(ctx)
    return OverviewPage(
        where=ctx.regions.full_name(ctx.place.code),
        up=charts.page_above(ctx, OVERVIEW),
        open=counted.open,
        by=(
            ("在办按环节", charts.bar_views(counted.nodes)),
            ("在办按地区", charts.place_views(ctx, counted.places, OVERVIEW)),
            ("在办按项目", charts.bar_views(counted.projects)),
        ),
    )


async def numbers(ctx: Context) -> News:
    """在办申报 at the head of the home, with where they are."""
    counted = await count(ctx)
    return News(
        figures=(Figure(label="在办申报", text=str(counted.open), path="/overview"),),
        charts=tuple(charts.place_charts(ctx, "在办申报按地区", counted.places, "/overview")),
    )


PAGES = (
    Page(
        apps=("ydjd",),
        path="/overview",
        title="申报概况",
        help="这里是本地在办申报的件数，点地区看下一级。按环节看停在哪一步。按规定您看不到个人信息的项目，不在其中。",
        template="declaration/overview.html",
        load=overview,
        access=REVIEW,
    ),
)
