"""The home screen of an app at a place: tiles of the plugins that are on there and that the person may open."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hub.rules.context import Context, unit_of
from hub.web.access import may_at
from hub.words.actors import App
from hub.words.contributions import Anyone, MenuEntry, Route
from hub.words.hookspecs import hookimpl


class MenuOf(msgspec.Struct, frozen=True, kw_only=True):
    """For guests, which app is asked about; whoever is signed in gets their own app's menu."""

    app: App = "ykt"


class Tile(msgspec.Struct, frozen=True):
    """One entry. ``path`` is inside the app: ``/{app}/{place}/{plugin}…``."""

    plugin: str
    label: str
    path: str


class Menu(msgspec.Struct, frozen=True):
    """Tiles in their order."""

    app: App
    items: list[Tile]


class MenuPlugin:
    """What an app shows on its home screen."""

    builtin = True
    placeless = False
    prefix = "menu"

    @hookimpl
    def routes(self) -> Sequence[Route]:
        return [Route(method="GET", path="", call=self.menu, access=Anyone.PUBLIC)]

    async def menu(self, ctx: Context, query: MenuOf) -> Menu:
        """应用首页的功能入口"""
        app = ctx.actor.app or query.app
        shown = [(plugin, entry) for plugin, entry in _entries(ctx) if entry.app == app and _may_open(ctx, entry)]
        shown.sort(key=lambda pair: (pair[1].order, pair[0], pair[1].path))
        return Menu(app, [Tile(plugin, entry.label, entry.path) for plugin, entry in shown])


def _entries(ctx: Context) -> list[tuple[str, MenuEntry]]:
    units = unit_of(ctx).units
    return [
        (plugin.name, entry)
        for plugin in units.host.plugins.values()
        if plugin.menu_entries and units.counties.is_on(ctx.county, plugin.name)
        for entry in plugin.menu_entries
    ]


def _may_open(ctx: Context, entry: MenuEntry) -> bool:
    # A tile that leads to claiming one's identity is worth showing before it is done.
    access = Anyone.RESIDENT if entry.access in (Anyone.CLAIMED, Anyone.PROVED) else entry.access
    return may_at(access, ctx.actor, ctx.place, unit_of(ctx).units.host, ctx.regions)
