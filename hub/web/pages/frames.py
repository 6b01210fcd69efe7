"""What stands around a page for one who looks at it: where they are, who they are, how large they read, the tab bar."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from tornado.httputil import HTTPServerRequest

from hub.rules.counties import Counties
from hub.rules.host import Host
from hub.rules.places import Places
from hub.web.menu import Entry, Way, entries_at, ways_from
from hub.web.pages.drawing import Frame, Own, Tab
from hub.web.pages.table import BoundPage
from hub.web.protection import Protection
from hub.words import masking
from hub.words.actors import Actor, App
from hub.words.regions import Region, RegionTree

# How somebody reads, kept on the device, also before they sign in: ``e3`` is 长辈版 at the third 字号.
VIEW_COOKIE = "hub_view"
PLACE_COOKIE = "hub_place"
_VIEW = re.compile(r"(e?)([1-4])")


@dataclass(frozen=True, kw_only=True)
class Frames:
    """Makes frames."""

    host: Host
    places: Places
    counties: Counties
    protection: Protection
    authorize: Callable[[App], str | None]

    def of(self, request: HTTPServerRequest, app: App, actor: Actor, place: Region | None, path: str = "") -> Frame:
        """The frame of a page at ``path``; of one that is at no place the tabs lead to where the person is mostly."""
        usual = place or self._usual(request, actor)
        home = f"/{app}/{usual.code}" if usual else f"/{app}"
        elder, size = view_of(request)
        # Whoever has still to change their first password may go nowhere else yet.
        goes_about = actor.kind != "guest" and actor.limited is None
        entries = self._shown(app, actor, usual) if goes_about and usual else []
        return Frame(
            app=app,
            home=home,
            place=place.name if place else "",
            name=masking.name(actor.name.reveal()) if actor.name else "",
            signed_in=goes_about,
            size=size,
            elder=elder,
            tabs=tuple(_tabs(app, entries, home, path)) if goes_about else (),
            mine=tuple(map(_own, (entry for entry in entries if entry.declared.mine))),
            csrf=self.protection.masked(actor.session) if actor.session else "",
            who=self.protection.person_mark(actor.person) if actor.person else "",
            view=f"/{app}/view?elder={0 if elder else 1}&to={quote(path, safe='/')}",
            sizes=f"/{app}/view?to={quote(path, safe='/')}",
            wechat=self.authorize(app) is not None,
        )

    def entries(self, app: App, actor: Actor, place: Region) -> list[Entry]:
        """What the person may open there and has a page, in the order of the home screen."""
        return [entry for entry in self._shown(app, actor, place) if not entry.declared.mine]

    def ways_from(
        self, bound: BoundPage, names: Mapping[str, str], app: App, actor: Actor, place: Region
    ) -> tuple[Way, ...]:
        """Where a plugin's page leads besides: to pages of others that belong to it."""
        page = f"{bound.plugin}{bound.page.path}"
        return ways_from(page, names, app, actor, place, self.host, self.counties, self.places.tree)

    def _shown(self, app: App, actor: Actor, place: Region) -> list[Entry]:
        shown = entries_at(app, actor, place, self.places.tree, self.host, self.counties)
        return [entry for entry in shown if entry.has_page]

    def _usual(self, request: HTTPServerRequest, actor: Actor) -> Region | None:
        code = usual_place(actor, kept_place(request), self.places.tree)
        return self.places.tree.get(code) if code else None


def _tabs(app: App, entries: Sequence[Entry], home: str, path: str) -> Iterator[Tab]:
    yield Tab(label="首页", href=home, icon="home", current=path == home)
    for entry in entries:
        if entry.declared.tab:
            label, icon, href = entry.declared.label, entry.declared.icon, entry.href
            yield Tab(label=label, href=href, icon=icon, current=path.startswith(href))
    for label, icon in (("消息", "bell"), ("我的", "user")):
        href = f"/{app}/{'inbox' if icon == 'bell' else 'me'}"
        yield Tab(label=label, href=href, icon=icon, current=path == href)


def _own(entry: Entry) -> Own:
    return Own(label=entry.declared.label, line=entry.declared.line, href=entry.href, icon=entry.declared.icon)


def usual_place(actor: Actor, kept: str, tree: RegionTree) -> str | None:
    """Where somebody is at home: where they were last, if they have to do with that place, else where their first position is. A
    resident's village stands for all above it: what they file there is the village's."""
    if actor.home in tree and (kept not in tree or kept in tree[actor.home].path):
        return actor.home
    places = [position.region for position in actor.positions if position.region in tree]
    if kept in tree and (not places or any(_on_one_line(tree, kept, place) for place in places)):
        return kept
    return next(iter(places), None)


def _on_one_line(tree: RegionTree, one: str, other: str) -> bool:
    return one in tree[other].path or other in tree[one].path


def kept_place(request: HTTPServerRequest) -> str:
    """The home last opened on this device."""
    kept = request.cookies.get(PLACE_COOKIE)
    return kept.value if kept is not None else ""


def view_of(request: HTTPServerRequest) -> tuple[bool, int]:
    """(长辈版, 字号) as the device keeps them."""
    kept = request.cookies.get(VIEW_COOKIE)
    found = _VIEW.fullmatch(kept.value) if kept is not None else None
    return (bool(found[1]), int(found[2])) if found else (False, 1)
