"""Numbers of a place as bars, and the way down: the bar of a place leads to the same page one level below, whose bars add up to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import urlencode

import msgspec

from hub.business import smallcells
from hub.rules.context import Context
from hub.store.documents import Group
from hub.words.contributions import Chart, ChartBar


class BarView(msgspec.Struct, frozen=True, kw_only=True):
    """A bar: how long it is in percent of the longest, and where it leads. ``count`` is None where the number is withheld."""

    label: str
    text: str
    count: int | None
    share: int
    href: str = ""


def bar_views(
    counted: Sequence[smallcells.Bar],
    leads: Callable[[smallcells.Bar], str] | None = None,
    called: Callable[[smallcells.Bar], str] | None = None,
) -> tuple[BarView, ...]:
    """Each with its share of the longest, and the address it ``leads`` to, if any. What is withheld has no length and leads nowhere:
    either would tell the number."""
    most = max((bar.count or 0 for bar in counted), default=0)
    return tuple(
        BarView(
            label=called(bar) if called else bar.label,
            text=bar.text,
            count=bar.count,
            share=round(100 * (bar.count or 0) / most) if most else 0,
            href=leads(bar) if leads and bar.count is not None else "",
        )
        for bar in counted
    )


def field_below(ctx: Context) -> str:
    """What a place is divided by, for ``Documents.counts``: a city by counties, a county by towns, a town by villages."""
    return f"path.{len(ctx.place.path)}"


def by_place(ctx: Context, groups: Sequence[Group], least: int | None) -> list[smallcells.Bar]:
    """Of groups by ``field_below``. What is the place's own stands under the place itself."""
    rows = [(group.key[0] or ctx.place.code, group.count) for group in groups]
    return smallcells.bars(rows, ctx.regions.full_name, least)


def place_views(
    ctx: Context, counted: Sequence[smallcells.Bar], page: str, asked: Mapping[str, str] = {}
) -> tuple[BarView, ...]:
    """Bars by place that lead to ``page`` (with the plugin's name: ``complaints/overview``) one level down; none in a village, which
    is divided no further."""
    if ctx.place.level == "village":
        return ()
    return bar_views(
        counted,
        lambda bar: page_at(ctx, bar.key, page, asked) if bar.key != ctx.place.code else "",
        lambda bar: name_below(ctx, bar.key),
    )


def page_above(ctx: Context, page: str, asked: Mapping[str, str] = {}) -> str:
    """The same page one level up; none at the top."""
    return page_at(ctx, ctx.place.path[-2], page, asked) if len(ctx.place.path) > 1 else ""


def page_at(ctx: Context, place: str, page: str, asked: Mapping[str, str]) -> str:
    return f"/{ctx.actor.app}/{place}/{page}{'?' if asked else ''}{urlencode(asked)}"


def name_below(ctx: Context, place: str) -> str:
    """What is its own is called 安居区本级."""
    name = ctx.regions[place].name
    return f"{name}本级" if place == ctx.place.code else name


def place_charts(ctx: Context, label: str, counted: Sequence[smallcells.Bar], path: str) -> Iterator[Chart]:
    """The bars by place for a home; ``path`` is that of the page, below the plugin. None in a village."""
    if ctx.place.level != "village":
        yield Chart(
            label=label,
            bars=tuple(
                ChartBar(label=name_below(ctx, bar.key), text=bar.text, count=bar.count, path=path, place=bar.key)
                for bar in counted
            ),
        )
