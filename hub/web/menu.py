"""The home screen of an app at a place: tiles of the plugins that are on there and that the person may open."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hub.rules.context import Context, unit_of
from hub.rules.counties import Counties
from hub.rules.host import Host
from hub.web.access import may_at
from hub.words.actors import Actor, App
from hub.words.contributions import Access, Anyone, MenuEntry, Route
from hub.words.hookspecs import hookimpl
from hub.words.regions import Region, RegionTree

# As entries were before there were pages.
OLD = "/pages/"


class MenuOf(msgspec.Struct, frozen=True, kw_only=True):
    """For guests, which app is asked about; whoever is signed in gets their own app's menu."""

    app: App = "ykt"


class Tile(msgspec.Struct, frozen=True):
    """One entry. ``path`` is the address of its page, or as it was declared (``/pages/…``) while it has none."""

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
        units = unit_of(ctx).units
        shown = entries_at(app, ctx.actor, ctx.place, ctx.regions, units.host, units.counties)
        return Menu(
            app, [Tile(each.plugin, each.declared.label, each.href) for each in shown if not each.declared.mine]
        )


class Entry(msgspec.Struct, frozen=True):
    """A menu entry that somebody may open at a place. ``href`` is what its ``Tile`` says as ``path``; the plugin's pages lie below
    ``prefix``."""

    plugin: str
    declared: MenuEntry
    href: str
    prefix: str

    @property
    def has_page(self) -> bool:
        return not self.href.startswith(OLD)


def entries_at(app: App, actor: Actor, place: Region, tree: RegionTree, host: Host, counties: Counties) -> list[Entry]:
    """What ``actor`` may open of an app at a place, in the order of the home screen, and what stands in 我的."""
    shown = [
        Entry(plugin.name, entry, _href(app, place, plugin.prefix, entry.path), plugin.prefix)
        for plugin in host.plugins.values()
        if plugin.menu_entries and counties.is_on(place.county, plugin.name)
        for entry in plugin.menu_entries
        if entry.app == app and may_at(_shown_to(entry), actor, place, host, tree)
        if (entry.fits is None or entry.fits(actor)) and entry.level in (None, place.level)
    ]
    return sorted(shown, key=lambda each: (each.declared.order, each.plugin, each.declared.path))


def _href(app: App, place: Region, prefix: str, path: str) -> str:
    return path if path.startswith(OLD) else f"/{app}/{place.code}/{prefix}{path}"


def _shown_to(entry: MenuEntry) -> Access:
    # A tile that leads to claiming one's identity is worth showing before it is done.
    return Anyone.RESIDENT if entry.access in (Anyone.CLAIMED, Anyone.PROVED) else entry.access
