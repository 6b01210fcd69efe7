"""Places for forms: what lies below a place, to choose from."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hub.rules.context import Context
from hub.words.contributions import Anyone, Route
from hub.words.errors import NotFound
from hub.words.hookspecs import hookimpl
from hub.words.regions import Level, Region, RegionTree


class PlacesBelow(msgspec.Struct, frozen=True, kw_only=True):
    """Without ``parent``: the cities. Abolished places are left out unless asked for: old cases still name them."""

    parent: str | None = None
    abolished: bool = False


class PlaceView(msgspec.Struct, frozen=True, kw_only=True):
    """One place. ``leaf``: nothing lies below it."""

    code: str
    name: str
    full_name: str
    level: Level
    leaf: bool
    abolished: bool = False


class PlaceList(msgspec.Struct, frozen=True):
    """The places directly below one, in the order of the official table."""

    items: list[PlaceView]


class PlacesPlugin:
    """The tree of places, as forms and menus walk it."""

    builtin = True
    placeless = True
    prefix = "places"

    @hookimpl
    def routes(self) -> Sequence[Route]:
        return [
            Route(method="GET", path="", call=self.below, access=Anyone.PUBLIC),
            Route(method="GET", path="/{code}", call=self.one, access=Anyone.PUBLIC),
        ]

    async def below(self, ctx: Context, query: PlacesBelow) -> PlaceList:
        """下级行政区划，供表单选择"""
        if query.parent is not None and query.parent not in ctx.regions:
            raise NotFound("没有这个行政区划。")
        children = ctx.regions.children(query.parent)
        return PlaceList(
            [_view(child, ctx.regions) for child in children if query.abolished or child.status == "active"]
        )

    async def one(self, ctx: Context, code: str) -> PlaceView:
        """一个行政区划"""
        region = ctx.regions.get(code)
        if region is None:
            raise NotFound("没有这个行政区划。")
        return _view(region, ctx.regions)


def _view(region: Region, regions: RegionTree) -> PlaceView:
    return PlaceView(
        code=region.code,
        name=region.name,
        full_name=regions.full_name(region.code),
        level=region.level,
        leaf=not any(child.status == "active" for child in regions.children(region.code)),
        abolished=region.status == "abolished",
    )
