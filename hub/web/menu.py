"""The home screen of an app at a place: tiles of the plugins that are on there and that the person may open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

import msgspec

from hub.rules.context import Context, unit_of
from hub.rules.counties import Counties
from hub.rules.host import Host
from hub.web.access import may_at
from hub.words.actors import Actor, App
from hub.words.contributions import Access, Anyone, MenuEntry, RelatedLink, Route
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


class Way(msgspec.Struct, frozen=True):
    """A link at the foot of a page, to a page of another plugin."""

    label: str
    href: str


def ways_from(
    page: str,
    names: Mapping[str, str],
    app: App,
    actor: Actor,
    place: Region,
    host: Host,
    counties: Counties,
    tree: RegionTree,
) -> tuple[Way, ...]:
    """The related links that stand beside a page (``payments/mine/{id}``), with the ``names`` of its path filled in."""
    found = [
        (link.order, plugin.name, Way(link.label, _href(app, place, plugin.prefix, _filled(link.path, names))))
        for plugin in host.plugins.values()
        if plugin.related_links and counties.is_on(place.county, plugin.name)
        for link in plugin.related_links
        if (link.app, link.beside) == (app, page) and may_at(_shown_to(link), actor, place, host, tree)
    ]
    return tuple(way for _, _, way in sorted(found, key=lambda each: each[:2]))


def _filled(path: str, names: Mapping[str, str]) -> str:
    return path.format_map({name: quote(value, safe="") for name, value in names.items()})


def _href(app: App, place: Region, prefix: str, path: str) -> str:
    return path if path.startswith(OLD) else f"/{app}/{place.code}/{prefix}{path}"


def _shown_to(entry: MenuEntry | RelatedLink) -> Access:
    # What leads to claiming one's identity is worth showing before it is done.
    return Anyone.RESIDENT if entry.access in (Anyone.CLAIMED, Anyone.PROVED) else entry.access
