"""The pages that a business has by itself: its list, its detail with the flow, a page for each button.

A plugin says what a row shows and which facts a detail has, and replaces a block of a template where it wants to say more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import reduce
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

import msgspec

from hub.business.business import Work
from hub.business.faces import Button, Face, VersionRequest, typed
from hub.business.history import LineView
from hub.business.listings import Listing
from hub.business.offers import check_all
from hub.business.unmasking import Unmasking
from hub.rules.context import Context
from hub.words.actors import App
from hub.words.clock import day_in_chinese, in_chinese
from hub.words.contributions import Access, Choice, Document, Form, Page, Paged, Paging
from hub.words.errors import Conflict, Refused

D = TypeVar("D", bound=Work)
K = TypeVar("K", bound=Document)
L = TypeVar("L")
Q = TypeVar("Q", bound=Paging)
V = TypeVar("V")

# Of one person; whoever has more is found by the list's own filters.
MOST_FOUND = 50
READ_BY_THEM = "（本人会看到）"
WRITTEN_DOWN = "（会记录在案）"
# What the kit's own pages say to whoever is unsure.
EXPORT_HELP = (
    "表格里是列表中现在选出来的内容，要少导一些，先在列表里选好再来。请用单位的电脑，用完删除，不要转发到群里。"
)
PERSON_HELP = (
    "身份证号要填全，一位也不能错。只找得到您有权查看的，找不到的请问上级经办。每次查找都会记录，只为办理的事查。"
)
REVEAL_HELP = "办这件事要用时才看，看完就离开这一页。不要截图，不要告诉无关的人。谁看过、为什么看，以后都查得到。"
Choices = Callable[[Context, Any], Awaitable[Mapping[str, Sequence[Choice]]]]
"""What may be picked in fields, by their names; asked with what the page has loaded."""


# --- lists ------------------------------------------------------------------------------------------------------------------


class RowView(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a list. ``href`` is below the plugin, at the place of the list or ``at`` another, such as the object's own county; ``pill``
    is a word about its state, of which ``tone`` (ok, info, wait, bad) is the colour; ``lacks`` what is missing."""

    title: str
    facts: tuple[str, ...] = ()
    pill: str = ""
    tone: str = ""
    icon: str = ""
    href: str = ""
    at: str = ""
    lacks: str = ""
    unread: bool = False


class Chip(msgspec.Struct, frozen=True, kw_only=True):
    """A choice of what a list shows; ``href`` is its query."""

    label: str
    href: str
    current: bool = False


class ListView(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a list. ``next`` is the cursor of what follows; ``nothing`` what an empty one says: a title and words. ``find`` is the
    query's field for a search, "" without, and ``looks_for`` what is written in it. ``export`` is where the table of it is asked for,
    ``persons`` where a person is looked for; ``new`` what the button for a new one says, and where it leads, at
    ``new_place``; ``columns`` as of a ``ListPage``."""

    rows: tuple[RowView, ...]
    next: str | None = None
    chips: tuple[Chip, ...] = ()
    nothing: tuple[str, str] = ("还没有内容", "")
    find: str = ""
    looks_for: str = ""
    found: str = ""
    export: str = ""
    persons: str = ""
    new: tuple[str, str] | None = None
    new_place: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ListPage(Generic[K, Q, L]):
    """``row`` says what a line shows. ``chips``: what each is called → the fields of the query that it stands for. ``find`` is the field
    that a search fills in, ``looks_for`` what is written in it. ``exports``: its table can be asked for. ``persons``: its search for a
    person is a page. ``new``: what the button for a new one says, and its page below the plugin; it is for whoever holds ``act``, where
    that is not all who read. ``new_place``: where it leads, when that is not this place; None: nowhere, and there is no button.
    ``columns``: what a row's title is called, and each of its facts, of which every row has as many, empty ones among them: a desk shows
    the list as a table. ``help`` as of a ``Page``."""

    listing: Listing[K, Q, L]
    apps: tuple[App, ...]
    title: str
    row: Callable[[L], RowView]
    chips: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    nothing: tuple[str, str] = ("还没有内容", "")
    find: str = ""
    looks_for: str = ""
    exports: bool = False
    persons: bool = False
    new: tuple[str, str] | None = None
    act: Access | None = None
    new_place: Callable[[Context], str | None] = lambda ctx: ctx.place.code
    template: str = "ui/list.html"
    live: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    help: str = ""

    def pages(self) -> tuple[Page, ...]:
        """The list, where its table is asked for, and where a person is looked for."""
        exports = (self._export_page(),) if self.exports else ()
        return (self.page(), *exports, *((self._person_page(),) if self.persons else ()))

    def page(self) -> Page:
        """The list alone."""
        listing = self.listing
        below, kind = listing.below, listing.query

        async def load(ctx: Context, query: Q) -> ListView:
            return self._view(ctx, query, await listing.page(ctx, query))

        async def load_below(ctx: Context, id: str, query: Q) -> ListView:
            return self._view(ctx, query, await listing.page(ctx, query, await below(ctx, id) if below else None))

        return Page(
            apps=self.apps,
            path=listing.path,
            title=self.title,
            template=self.template,
            load=typed(load, listing.line, query=kind, returns=ListView, says=self.title)
            if below is None
            else typed(load_below, listing.line, id=str, query=kind, returns=ListView, says=self.title),
            access=listing.read,
            live=self.live,
            help=self.help,
        )

    def _view(self, ctx: Context, query: Q, found: Paged[L]) -> ListView:
        place = self.new_place(ctx)
        return ListView(
            rows=tuple(map(self.row, found.items)),
            next=found.next,
            chips=tuple(self._chips(query)),
            nothing=self.nothing,
            new=self.new if (self.act is None or ctx.has(self.act)) and place is not None else None,
            new_place=place or "",
            find=self.find,
            looks_for=self.looks_for,
            export=self._export_href(query) if self.exports else "",
            persons=f"{self.listing.path}/search" if self.persons else "",
            found=str(getattr(query, self.find, "") or "") if self.find else "",
            columns=self.columns,
        )

    def _person_page(self) -> Page:
        search = self.listing.search
        assert search is not None, f"{self.listing.path} has no search for a person"

        async def load(ctx: Context) -> PersonView:
            return PersonView(title=self.title, href=self.listing.path, row=self.row)

        path = f"{self.listing.path}/search"
        return Page(
            apps=self.apps,
            path=path,
            title="按身份证号查找",
            template="ui/ask.html",
            load=typed(load, self.listing.line, returns=PersonView, says=search.says),
            access=self.listing.read,
            form=Form(route=path, shows="ui/found.html", submit="查找", fixed={"limit": str(MOST_FOUND)}),
            help=PERSON_HELP,
        )

    def _export_page(self) -> Page:
        listing, export = self.listing, self.listing.export
        assert export is not None, f"{listing.path} has no table"
        others = [each.encode_name for each in msgspec.structs.fields(export.request) if each.encode_name != "reason"]

        async def load(ctx: Context, query: Q) -> ExportView:
            return ExportView(title=self.title, href=listing.path, query=query)

        return Page(
            apps=self.apps,
            path=export.path,
            title="导出表格",
            template="ui/ask.html",
            load=typed(load, listing.line, query=listing.query, returns=ExportView, says=export.says),
            access=export.act,
            form=Form(
                route=export.path,
                then=listing.path or "/",
                submit="导出表格",
                start=lambda page: _as_asked(export.request, page.query),
                labels={"reason": f"{export.asked}{WRITTEN_DOWN}", **{name: name for name in others}},
                asks=lambda page: ("reason",),
            ),
            help=EXPORT_HELP,
        )

    def _export_href(self, query: Q) -> str:
        export = self.listing.export
        asked = urlencode(_asked(query))
        return "" if export is None else f"{export.path}{'?' if asked else ''}{asked}"

    def _chips(self, query: Q) -> list[Chip]:
        return [
            Chip(
                label=label,
                href="?" + "&".join(f"{name}={value}" for name, value in wanted.items()),
                current=all(_text(getattr(query, name)) == value for name, value in wanted.items())
                and (bool(wanted) or not any(self._is_asked(query, each) for each in self.chips.values())),
            )
            for label, wanted in self.chips.items()
        ]

    def _is_asked(self, query: Q, wanted: Mapping[str, str]) -> bool:
        return bool(wanted) and all(_text(getattr(query, name)) == value for name, value in wanted.items())


class PersonView(msgspec.Struct, frozen=True, kw_only=True):
    """In which list, at ``href`` below the plugin, a person is looked for; ``row`` makes the rows of what is found."""

    title: str
    href: str
    row: Callable[[Any], RowView]


class ExportView(msgspec.Struct, frozen=True, kw_only=True):
    """What the table is to hold: the list ``title``, at ``href`` below the plugin, as it was asked by ``query``."""

    title: str
    href: str
    query: Any


def _asked(query: Paging) -> dict[str, str]:
    """What a list is asked for besides its defaults, as an address says it."""
    plain = type(query)()
    given = {each.encode_name: getattr(query, each.name) for each in msgspec.structs.fields(query)}
    return {
        name: _text(value)
        for name, value in given.items()
        if name not in ("limit", "cursor") and value != getattr(plain, name)
    }


def _as_asked(request: type[msgspec.Struct], query: Paging) -> dict[str, Any]:
    """The same in the request for the table: its own fields, or the list's query as one of them."""
    asked = _asked(query)
    names = {each.encode_name: each.type for each in msgspec.structs.fields(request)}
    within = next((name for name, kind in names.items() if kind is type(query)), None)
    if within is not None:
        return {f"{within}.{name}": value for name, value in asked.items()}
    return {name: value for name, value in asked.items() if name in names}


# --- one object -------------------------------------------------------------------------------------------------------------


class ButtonView(msgspec.Struct, frozen=True, kw_only=True):
    """A button of a detail. ``href`` is the page that asks for what it needs; ``direct``: it needs nothing, and is posted there."""

    label: str
    href: str
    tone: str = ""
    says: str = ""
    direct: bool = False


class FlowView(msgspec.Struct, frozen=True, kw_only=True):
    """A line of 办理经过."""

    title: str
    when: str = ""
    by: str = ""
    said: str = ""
    state: str = "done"


class DetailView(msgspec.Struct, frozen=True, kw_only=True):
    """One object as it is ``now``, which stands at ``href`` below the plugin.

    ``view`` is what the API answers of it, for blocks of the plugin's own; ``document`` the document itself, for first values of forms."""

    id: str
    href: str
    now: datetime
    version: int
    title: str
    sub: str
    pill: str
    tone: str
    facts: tuple[tuple[str, str], ...]
    flow: tuple[FlowView, ...]
    buttons: tuple[ButtonView, ...]
    view: Any
    document: Any


@dataclass(frozen=True, kw_only=True)
class DetailPages(Generic[D, V]):
    """The detail and a page for each button. ``facts``: what each is called → the dotted name of it in the face's answer, or
    what says them of that. ``title``: what heads it for the one who looks, where that is not everybody's title of the business: not a
    person whom they may not see. ``tones``: state → colour. ``flow``: where its history stands in the answer. ``leads``: ways to
    pages of the plugin's own, before the buttons. ``ask``: by the name of a button, what its form asks otherwise than the kit would.
    ``help``, of the detail, as of a ``Page``."""

    face: Face[D, V]
    apps: tuple[App, ...]
    facts: Mapping[str, str] | Callable[[V], Sequence[tuple[str, str]]]
    tones: Mapping[str, str]
    title: Callable[[Context, D], str] | None = None
    flow: str = "flow"
    leads: Callable[[Context, V], Sequence[ButtonView]] = lambda ctx, view: ()
    sub: Callable[[D], str] = lambda document: ""
    template: str = "ui/detail.html"
    ask: Mapping[str, Ask] = field(default_factory=dict)
    reveal: Reveal[D] | None = None
    live: tuple[str, ...] = ()
    help: str = ""

    def pages(self) -> tuple[Page, ...]:
        """The document's page, and one for each of its buttons."""

        async def show(ctx: Context, id: str) -> DetailView:
            return await self._load(ctx, id)

        shown = Page(
            apps=self.apps,
            path=f"{self.face.path}/{{id}}",
            title="详情",
            template=self.template,
            load=typed(show, self.face.show, id=str, returns=DetailView),
            access=self.face.read,
            live=self.live,
            help=self.help,
        )
        buttons = tuple(self._button_page(button) for button in self.face.buttons)
        return (shown, *buttons, *((self._reveal_page(self.reveal),) if self.reveal else ()))

    def _title(self, ctx: Context, document: D) -> str:
        return self.title(ctx, document) if self.title else self.face.business.title(document)

    async def _load(self, ctx: Context, id: str) -> DetailView:
        face = self.face
        document = await face.found(ctx, id)
        offered = await face.offers.offered(ctx, document)
        view = await face.answer(ctx, document, offered)
        pressed = [self._button(document, button) for button in face.buttons if _is_offered(button, offered)]
        buttons = [*self.leads(ctx, view), *pressed]
        if self.reveal is not None and await _is_shown(ctx, self.reveal, document):
            buttons.append(ButtonView(label=self.reveal.label, href=f"{face.path}/{id}/{_last(self.reveal)}"))
        return DetailView(
            id=document.id,
            href=f"{face.path}/{document.id}",
            now=ctx.now(),
            version=document.version,
            title=self._title(ctx, document),
            sub=self.sub(document),
            pill=face.business.machine.label(document.state),
            tone=self.tones.get(document.state, ""),
            facts=tuple(self.facts(view) if callable(self.facts) else words_of(view, self.facts)),
            flow=tuple(map(flow_line, getattr(view, self.flow, ()))),
            buttons=tuple(buttons),
            view=view,
            document=document,
        )

    def _button(self, document: D, button: Button[D, Any]) -> ButtonView:
        ask = self.ask.get(button.name, Ask())
        return ButtonView(
            label=ask.label or self.face.label_of(button),
            href=f"{self.face.path}/{document.id}/{button.path or button.name}",
            tone=ask.tone,
            says=ask.says,
            direct=button.form is VersionRequest and not ask.template,
        )

    def _button_page(self, button: Button[D, Any]) -> Page:
        ask = self.ask.get(button.name, Ask())
        path = f"{self.face.path}/{{id}}/{button.path or button.name}"
        reason = button.reason
        labels = {"reason": f"{reason.asked}{READ_BY_THEM if reason.open else ''}"} if reason else {}

        async def load(ctx: Context, id: str) -> DetailView:
            shown = await self._load(ctx, id)
            own = tuple(each for each in shown.buttons if each.href.endswith(f"/{button.path or button.name}"))
            if not own:
                # Said by the check itself: why not, and what it is by now.
                await self._refuse(ctx, button, id)
            return msgspec.structs.replace(shown, facts=(), flow=(), buttons=own)

        return Page(
            apps=self.apps,
            path=path,
            title=ask.label or self.face.label_of(button),
            template=ask.template or "ui/ask.html",
            load=typed(load, self.face.show, id=str, returns=DetailView),
            access=button.act or self.face.act,
            form=ask.form(
                route=path,
                then=f"{self.face.path}/{{id}}",
                submit=self.face.label_of(button),
                start=lambda shown: {**_version_of(shown), **(ask.start(shown) if ask.start else {})},
                labels=labels,
            ),
            help=ask.help,
        )

    def _reveal_page(self, reveal: Reveal[D]) -> Page:
        unmasking = reveal.unmasking

        async def load(ctx: Context, id: str) -> RevealView:
            document = await unmasking.business.seen(ctx, id)
            await check_all(unmasking.may, ctx, document)
            href, title = f"{self.face.path}/{document.id}", self._title(ctx, document)
            return RevealView(href=href, title=title, facts=tuple(reveal.facts.items()))

        return Page(
            apps=self.apps,
            path=unmasking.path,
            title=reveal.label,
            template="ui/ask.html",
            load=typed(load, unmasking.show, id=str, returns=RevealView),
            access=unmasking.act,
            form=Form(
                route=unmasking.path,
                shows=reveal.template,
                submit=reveal.label,
                labels={"reason": f"{unmasking.asked}{WRITTEN_DOWN}"},
            ),
            help=reveal.help,
        )

    async def _refuse(self, ctx: Context, button: Button[D, Any], id: str) -> None:
        document = await self.face.found(ctx, id)
        for name in button.offered_as or (button.name,):
            await self.face.offers.check(name, ctx, document)
        raise Conflict


@dataclass(frozen=True, kw_only=True)
class Ask:
    """How the page of a form differs from what the kit would make: its ``template``, first values
    (``start=lambda shown: {"quantity": shown.document.quantity}``), choices, what fields are called, which are asked and which needed
    (of a new one's form, which has loaded nothing, these functions are given None).

    ``kept``: the files that the document has already, each with its path below the plugin. ``says``: what comes of it, without a full
    stop, behind 更多 and on its page. ``tone``: bad for what harms. A button that needs nothing is posted at once, unless a
    ``template`` says something first. ``then`` is where it leads, below the plugin, when that is not the detail: whoever passes
    something on sees it no more. ``help``, of its page, as of a ``Page``.
    """

    label: str = ""
    says: str = ""
    tone: str = ""
    template: str = ""
    then: str = ""
    start: Callable[[Any], Mapping[str, Any]] | None = None
    choices: Choices | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    asks: Callable[[Any], Sequence[str]] | None = None
    needs: Callable[[Any], Sequence[str]] | None = None
    kept: Callable[[Any], Mapping[str, str]] | None = None
    help: str = ""

    def form(
        self,
        route: str,
        *,
        then: str,
        submit: str,
        start: Callable[[Any], Mapping[str, Any]] | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> Form:
        """What is posted to ``route``, with these where nothing else is said."""
        return Form(
            route=route,
            then=self.then or then,
            submit=self.label or submit,
            tone=self.tone,
            start=start or self.start,
            choices=self.choices,
            labels={**(labels or {}), **self.labels},
            asks=self.asks,
            needs=self.needs,
            kept=self.kept,
        )


@dataclass(frozen=True, kw_only=True)
class Reveal(Generic[D]):
    """What a detail shows in full behind a reason. ``facts``: what each is called → its name in the answer of ``unmasking``; where that
    is not all, the ``template`` is given it as ``answer``. ``help``, as of a ``Page``, stands below the form and the answer."""

    unmasking: Unmasking[D, Any]
    facts: Mapping[str, str]
    label: str = "查看全名"
    template: str = "ui/revealed.html"
    help: str = REVEAL_HELP


class RevealView(msgspec.Struct, frozen=True, kw_only=True):
    """Of what something is to be shown in full, at ``href`` below the plugin; ``facts`` as in ``Reveal``."""

    href: str
    title: str
    facts: tuple[tuple[str, str], ...]


async def _is_shown(ctx: Context, reveal: Reveal[D], document: D) -> bool:
    try:
        await check_all(reveal.unmasking.may, ctx, document)
    except Refused:
        return False
    return True


def _last(reveal: Reveal[Any]) -> str:
    return reveal.unmasking.path.rpartition("/")[2]


def _is_offered(button: Button[Any, Any], offered: Sequence[str]) -> bool:
    return any(name in offered for name in (button.offered_as or (button.name,)))


def _version_of(shown: DetailView) -> Mapping[str, Any]:
    return {"version": shown.version}


def words_of(view: Any, facts: Mapping[str, str | Callable[[Any], Any]]) -> list[tuple[str, str]]:
    """(label, words) of those that say something; each is a dotted name in the view, or what is made of it."""
    said = [
        (label, _text(of(view) if callable(of) else reduce(getattr, of.split("."), view)))
        for label, of in facts.items()
    ]
    return [(label, text) for label, text in said if text]


def flow_line(line: LineView) -> FlowView:
    by = " ".join(part for part in (getattr(line, "unit", ""), line.handler) if part)
    return FlowView(title=line.label, when=in_chinese(line.at), by=by, said=line.why)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, datetime):
        return in_chinese(value)
    if isinstance(value, date):
        return day_in_chinese(value)
    return "" if value is None else str(value)
