"""A business as one sort of reader has it whole, declared once: the list, the detail with the flow, a page for each button, the form
for a new one; over the API and as pages.

For what needs no more than that. What differs is declared by its parts: ``Face``, ``Listing``, ``ListPage``, ``DetailPages``, ``Page``.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, partial
from typing import Annotated, Any, Generic, TypeAlias, TypeVar, get_type_hints

import msgspec

from hub.business.business import Business, Filed, Work, check_here
from hub.business.faces import Buttons, Face, typed
from hub.business.history import HistoryLine, UnitLineView
from hub.business.listings import Listing
from hub.business.mistakes import mistakes_in
from hub.business.pages import Ask, DetailPages, ListPage, RowView, words_of
from hub.rules.context import Context
from hub.rules.plugins import Plugin
from hub.words.actors import App
from hub.words.contributions import Access, Belongings, Index, Job, MenuEntry, Page, Paging, Route
from hub.words.errors import AnotherLevel, Forbidden, Invalid, NotFound
from hub.words.regions import Level

NOT_OFFERED = "不在可选范围内。"
D = TypeVar("D", bound=Work)


class FactView(msgspec.Struct, frozen=True, kw_only=True):
    """A fact in words: 希望日期: 2026年11月30日."""

    label: str
    text: str


class WorkLine(msgspec.Struct, frozen=True, kw_only=True):
    """One of a list."""

    id: str
    number: str
    title: str
    state: str
    state_label: str
    facts: list[FactView]


class WorkView(WorkLine, frozen=True, kw_only=True):
    """One as its reader sees it. ``moves`` are what they may do now."""

    version: int
    flow: list[UnitLineView]
    moves: list[str]


class WorkQuery(Paging, frozen=True, kw_only=True):
    """Of all, or of those in one state."""

    state: Annotated[str, msgspec.Meta(max_length=64)] | None = None


Facts: TypeAlias = Mapping[str, str | Callable[[D], Any]]
"""What each is called → the name of it in the document, or what makes it of that: ``FACTS: Facts[Visit] = {…}``."""

# A resident finds what is theirs in every county; it is changed in its own, whose switches count.
AT_LEVEL: Mapping[Level, str] = {"city": "市", "county": "区县", "town": "乡镇（街道）", "village": "村（社区）"}
IN_ITS_COUNTY = partial(check_here, elsewhere="请在办理它的区县操作。")


@dataclass(frozen=True, kw_only=True)
class Resource(Generic[D]):
    """``path`` is where the list stands below the plugin, with its objects below it; ``title`` heads it. ``read`` and ``act`` are the
    rights, as of a ``Face``; ``act`` is that of reading where it is left out.

    ``facts``: what each is called → the name of it in the document, dotted where it lies deeper, or a function that makes it of the
    document, such as what is sealed in it; all who may read see them in the detail, and those that ``row`` names in the list too. One
    that says nothing is left out. Of what residents file, staff see besides who it was, masked.
    ``tones``: state → the colour of its word (ok, info, wait, bad, mute). ``ask``: by the name of a button, what its page asks otherwise
    than the kit would. ``new``: ``async def file(ctx, body) -> D`` makes a new one, for whoever may act; its docstring begins with what
    the button says, ``new_at`` is the level of places at which it is filed (a village), ``at_home``: at the resident's home alone, the
    village that they have named as theirs. ``rate`` bounds how many one person files, and ``form`` is what its page asks otherwise. The
    button for what is filed at home leads there.
    ``live`` names messages and topics whose arrival the pages show. ``nothing`` is what an empty list says: a title and words.
    ``by_state``: the list can be narrowed to one state, for which its collection has the index ``BY_STATE``.
    ``icon``, ``order``, ``tab``: as of a ``MenuEntry``; its tile opens the list.
    """

    business: Business[D]
    apps: tuple[App, ...]
    path: str
    title: str
    read: Access
    act: Access | None = None
    facts: Facts[D] = field(default_factory=dict)
    row: tuple[str, ...] = ()
    buttons: Buttons[D] = ()
    new: Callable[[Context, Any], Awaitable[D]] | None = None
    new_at: Level | None = None
    at_home: bool = False
    rate: tuple[int, timedelta] = (20, timedelta(hours=1))
    tones: Mapping[str, str] = field(default_factory=dict)
    ask: Mapping[str, Ask] = field(default_factory=dict)
    form: Ask = field(default_factory=Ask)
    nothing: tuple[str, str] = ("还没有内容", "")
    live: tuple[str, ...] = ()
    by_state: bool = False
    icon: str = "file-text"
    order: int = 100
    tab: bool = False

    # --- what is declared by it -----------------------------------------------------------------------------------------------

    @cached_property
    def face(self) -> Face[D, WorkView]:
        async def show(ctx: Context, document: D, moves: list[str]) -> WorkView:
            flow = [_flow_line(ctx, line) for line in document.acts]
            shared = self._shared(ctx, document, self.facts)
            return WorkView(**shared, version=document.version, flow=flow, moves=moves)

        show.__doc__ = f"{self.title}：详情"
        return Face(
            business=self.business,
            path=self.path,
            find=self._find,
            show=show,
            read=self.read,
            act=self._act,
            here=IN_ITS_COUNTY,
            buttons=self.buttons,
        )

    @cached_property
    def listing(self) -> Listing[D, Any, WorkLine]:
        return Listing(
            path=self.path,
            read=self.read,
            says=self.title,
            of=self.business.within,
            own=self._sees,
            line=self._line,
            query=WorkQuery if self.by_state else Paging,
            exact=("state",) if self.by_state else (),
        )

    def routes(self) -> tuple[Route, ...]:
        """The operations: the list, the detail, the buttons, filing a new one."""
        return (*self.listing.routes(), *self.face.routes(), *self._filing())

    def pages(self) -> tuple[Page, ...]:
        """The list, the detail, a page for each button, the form for a new one."""
        return (self._list_page(), *self._form_page(), *self._detail_pages())

    def menu_entries(self) -> tuple[MenuEntry, ...]:
        """The tile that opens the list, in each app."""
        return tuple(
            MenuEntry(
                app=app,
                label=self.title,
                path=self.path,
                access=self.read,
                order=self.order,
                icon=self.icon,
                tab=self.tab,
            )
            for app in self.apps
        )

    def jobs(self) -> tuple[Job, ...]:
        """What its business does by itself."""
        return self.business.jobs

    def belongings(self) -> tuple[Belongings, ...]:
        """Residents' own pass on with their identity."""
        return self.business.belongings

    def mistakes(self, plugin: Plugin) -> Iterator[tuple[str, str]]:
        """What it names that is not there."""
        return mistakes_in(self, plugin)

    def indexes(self) -> Mapping[str, tuple[Index, ...]]:
        """What its business needs of the collection."""
        return {self.business.collection: self.business.indexes}

    @property
    def _act(self) -> Access:
        return self.read if self.act is None else self.act

    # --- who sees what ---------------------------------------------------------------------------------------------------------

    def _sees(self, ctx: Context) -> Mapping[str, Any]:
        """A filter. 回避 is asked of staff: a resident whom it names keeps away from handling it, and reads it."""
        return self.business.sees(ctx.actor) if ctx.actor.kind == "staff" else {}

    async def _find(self, ctx: Context, id: str) -> D:
        found = await self.business.within(ctx).first({"_id": id, **self._sees(ctx)})
        if found is None:
            raise NotFound
        return found

    # --- answers -----------------------------------------------------------------------------------------------------------------

    def _line(self, ctx: Context, document: D) -> WorkLine:
        return WorkLine(**self._shared(ctx, document, {label: self.facts[label] for label in self.row}))

    def _shared(self, ctx: Context, document: D, facts: Facts[D]) -> dict[str, Any]:
        said = words_of(document, facts)
        if isinstance(document, Filed) and document.applicant and ctx.actor.kind == "staff":
            said.insert(0, ("申请人", document.applicant))
        return {
            "id": document.id,
            "number": document.number,
            "title": self.business.title(document),
            "state": document.state,
            "state_label": self.business.machine.label(document.state),
            "facts": [FactView(label=label, text=text) for label, text in said],
        }

    # --- a new one ---------------------------------------------------------------------------------------------------------------

    def _filing(self) -> tuple[Route, ...]:
        new = self.new
        if new is None:
            return ()

        async def file(ctx: Context, body: Any) -> WorkView:
            self._check_place(ctx)
            await self._check_choices(ctx, body)
            return await self.face.answer(ctx, await new(ctx, body))

        call = typed(file, new, body=get_type_hints(new)["body"], returns=WorkView)
        path, one = self.path, f"{self.path}/{{id}}"
        return (Route(method="POST", path=path, call=call, access=self._act, status=201, reads=one, rate=self.rate),)

    def _check_place(self, ctx: Context) -> None:
        """``AnotherLevel`` or ``Forbidden`` where no new one is filed."""
        if self.new_at is not None and ctx.place.level != self.new_at:
            raise AnotherLevel(f"请先选择您所在的{AT_LEVEL[self.new_at]}，再{self._new_label}。")
        if self.at_home and ctx.actor.home != ctx.place.code:
            raise Forbidden(f"请在您所在的村（社区）{self._new_label}。")

    async def _check_choices(self, ctx: Context, body: Any) -> None:
        """``Invalid`` for what the form of a new one does not offer: programs fill in more than pages let one pick."""
        offered = await self.form.choices(ctx, None) if self.form.choices else {}
        values = {name: {each.value for each in choices} for name, choices in offered.items()}
        wrong = {name: NOT_OFFERED for name in values if not _picked(body, name) <= values[name]}
        if wrong:
            raise Invalid(fields=wrong)

    def _new_place(self, ctx: Context) -> str | None:
        """Where the button for a new one leads: of what is filed at home, there, if that lies in this county, whose switches count."""
        if not self.at_home:
            return ctx.place.code
        home = ctx.regions.get(ctx.actor.home)
        return home.code if home is not None and home.county == ctx.county else None

    @property
    def _new_path(self) -> str:
        return f"{self.path}/new" if self.new else ""

    @property
    def _new_label(self) -> str:
        return (inspect.getdoc(self.new) or "").partition("\n")[0] if self.new else ""

    # --- pages -------------------------------------------------------------------------------------------------------------------

    def _list_page(self) -> Page:
        return ListPage(
            listing=self.listing,
            apps=self.apps,
            title=self.title,
            row=self._row,
            chips=self._chips() if self.by_state else {},
            nothing=self.nothing,
            new=(self._new_label, self._new_path) if self.new else None,
            act=self._act,
            new_place=self._new_place,
            live=self.live,
        ).page()

    def _chips(self) -> Mapping[str, Mapping[str, str]]:
        states = self.business.machine.states
        return {"全部": {}, **{label: {"state": state} for state, label in states.items()}}

    def _row(self, line: WorkLine) -> RowView:
        return RowView(
            title=line.title,
            facts=(line.number, *(f"{fact.label}：{fact.text}" for fact in line.facts)),
            pill=line.state_label,
            tone=self.tones.get(line.state, ""),
            href=f"{self.path}/{line.id}",
        )

    def _form_page(self) -> tuple[Page, ...]:
        if self.new is None:
            return ()
        label, path = self._new_label, self.path

        async def load(ctx: Context) -> None:
            self._check_place(ctx)

        form = self.form.form(path, then=f"{path}/{{id}}", submit=label)
        template = self.form.template or "ui/form.html"
        page = Page(
            apps=self.apps,
            path=self._new_path,
            title=label,
            access=self._act,
            load=load,
            template=template,
            form=form,
            help=self.form.help,
        )
        return (page,)

    def _detail_pages(self) -> tuple[Page, ...]:
        return DetailPages(
            face=self.face,
            apps=self.apps,
            facts=lambda view: [("编号", view.number), *((fact.label, fact.text) for fact in view.facts)],
            tones=self.tones,
            ask=self.ask,
            live=self.live,
        ).pages()


def _picked(body: Any, name: str) -> set[str]:
    """What was picked in a field, as a form says it: one, several, or nothing."""
    value = getattr(body, name, None)
    several = value if isinstance(value, tuple | list | set | frozenset) else (value,)
    return {str(each).lower() if isinstance(each, bool) else str(each) for each in several if each not in (None, "")}


def _flow_line(ctx: Context, line: HistoryLine) -> UnitLineView:
    """Why something was done is for colleagues, unless its form has said otherwise."""
    why = line.why if line.open or ctx.actor.kind == "staff" else ""
    return UnitLineView(at=line.at, label=line.label, unit=line.unit, handler=line.handler, why=why)
