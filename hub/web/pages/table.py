"""All pages of all plugins, by app: found as operations are, and bound to the operation that their form posts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from hub.rules.finding import nearest
from hub.rules.host import Host
from hub.rules.plugins import Plugin
from hub.web.operations import Operation
from hub.web.pages.fields import without_words
from hub.web.router import Match, Router, Switches
from hub.words.actors import APPS, App
from hub.words.contributions import Anyone, Form, Page, Route
from hub.words.errors import SetupError
from hub.words.regions import Region, RegionTree

# What a page names that shows whatever comes.
EVERY_MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class BoundPage:
    """A page that can be drawn. ``target`` is the operation of its form, ``topics`` are those of its ``live`` that are topics."""

    plugin: str
    prefix: str
    page: Page
    target: Operation | None
    topics: frozenset[str]

    def heard_at(self, place: Region | None) -> tuple[str, ...]:
        """What the page's scripts listen to: a message as it is called, a topic with its place."""
        code = f":{place.code}" if place else ""
        return tuple(f"{name}{code}" if name in self.topics else name for name in self.page.live)


@dataclass(frozen=True, slots=True)
class Found:
    """A request's page, and how it was found: ``match.operation`` loads it."""

    bound: BoundPage
    match: Match


class PageTable:
    """Every page. Raises ``SetupError`` with all problems: no such operation, a field without words, two pages at one address."""

    def __init__(self, host: Host, operations: Router, regions: Callable[[], RegionTree], switches: Switches) -> None:
        self.pages: tuple[BoundPage, ...] = ()
        # Template → how a problem of it begins: who names it, and where.
        self.templates: dict[str, Callable[[], str]] = {}
        self._topics = frozenset(f"{each.name}.{topic.name}" for each in host.plugins.values() for topic in each.topics)
        self._heard = {EVERY_MESSAGE, *self._topics, *host.message_types}
        self._by_load: dict[tuple[App, str, str], BoundPage] = {}
        self._routers = {app: Router(regions, switches, base=f"/{app}") for app in APPS}
        targets = {(each.plugin, each.method, each.route.path): each for each in operations.operations}
        problems: list[str] = []
        for plugin in host.plugins.values():
            if plugin.pages:
                problems += self._add(plugin, targets)
        for plugin in host.plugins.values():
            problems += self._astray(host, plugin)
        if problems:
            raise SetupError(*problems)

    def find(self, app: App, path: str, *, writes: bool = False) -> Found:
        """The page at a raw path below ``/{app}/``; ``NotFound`` where there is none, or where its plugin is off."""
        match = self._routers[app].find("GET", path, writes=writes)
        return Found(self._by_load[app, match.operation.plugin, match.operation.route.path], match)

    def of(self, app: App) -> Iterator[BoundPage]:
        """The pages of one app."""
        return (bound for bound in self.pages if app in bound.page.apps)

    def above(self, app: App, bound: BoundPage) -> Page | None:
        """The nearest page of the plugin that it lies below, such as the detail of a button's page; None where there is none."""
        path = bound.page.path
        while path:
            path = path.rpartition("/")[0]
            if found := self._by_load.get((app, bound.plugin, path)):
                return found.page
        return None

    def _add(self, plugin: Plugin, targets: Mapping[tuple[str, str, str], Operation]) -> list[str]:
        problems: list[str] = []

        def target_of(page: Page) -> Operation | None:
            return targets.get((plugin.name, page.form.method, page.form.route)) if page.form else None

        for page in plugin.pages:
            target = target_of(page)
            where = partial(_where, plugin, page)
            problems += [f"{where()}{problem}" for problem in _wrong(page, target)]
            self.templates |= dict.fromkeys(_named(page), where)
            bound = BoundPage(plugin.name, plugin.prefix, page, target, self._topics.intersection(page.live))
            self.pages += (bound,)
            self._by_load |= {(app, plugin.name, page.path): bound for app in page.apps}
        problems += self._unheard(plugin)
        for app, router in self._routers.items():
            loads = [_load(page, target_of(page)) for page in plugin.pages if app in page.apps]
            try:
                router.add(plugin.name, loads, prefix=plugin.prefix, placeless=plugin.placeless)
            except SetupError as error:
                problems += error.problems
        return problems

    def _astray(self, host: Host, plugin: Plugin) -> Iterator[str]:
        """Its related links beside pages that are not there. A plugin that it can do without may not be installed."""
        for link in plugin.related_links:
            other, slash, path = link.beside.partition("/")
            if other in host.plugins and (link.app, other, slash + path) not in self._by_load:
                known = [f"{name}{page}" for app, name, page in self._by_load if app == link.app]
                say = f"plugin '{plugin.name}': {plugin.place('related_links', link.beside)}"
                yield f"{say}beside '{link.beside}' there is no page in {link.app}.{nearest(link.beside, known)}"

    def _unheard(self, plugin: Plugin) -> Iterator[str]:
        """What its pages wait for in vain. A plugin that it can do without may not be installed."""
        for name in dict.fromkeys(name for page in plugin.pages for name in page.live):
            if name not in self._heard and name.partition(".")[0] not in plugin.uses:
                say = f"plugin '{plugin.name}': {plugin.place('pages', name)}"
                yield f"{say}live '{name}' is neither a message nor a topic of any plugin.{nearest(name, self._heard)}"


def _where(plugin: Plugin, page: Page) -> str:
    """For what is wrong alone: the plugin's sources are read anew to find the line, which takes longer than all else of a start."""
    return f"plugin '{plugin.name}': {plugin.place('pages', page.path)}page {page.path or '/'}: "


def _load(page: Page, target: Operation | None) -> Route:
    at_city = target is not None and target.route.at_city
    return Route(method="GET", path=page.path, call=page.load, access=page.access, rate=page.rate, at_city=at_city)


def _named(page: Page) -> Iterator[str]:
    """The templates that it is drawn with."""
    yield page.template
    if page.form and page.form.shows:
        yield page.form.shows


def _wrong(page: Page, target: Operation | None) -> Iterator[str]:
    """What it cannot be, and what its form asks in vain."""
    form = page.form
    if page.kept is not None and page.access is not Anyone.PUBLIC:
        yield "what a browser keeps is shown to whoever opens it next: its access is Anyone.PUBLIC"
    if form is None:
        return
    if target is None:
        yield f"its form posts {form.method} {form.route}, which is no route of the plugin"
        return
    if not (form.then or form.shows):
        yield "its form says neither where it leads (then) nor what is shown (shows)"
    for name in _silent(form, target):
        yield f"its form asks for '{name}', of which nothing says what it is called: write Annotated[…, Asked('…')]"


def _silent(form: Form, target: Operation) -> list[str]:
    return [] if target.asks is None else without_words(target.asks, (*form.fixed, *form.labels))
