"""Lists: which documents, found by which filters, in which order, as which lines; with the search for a person and the table.

What the reader must not see is left out by the query, so that it shows in no page, no cursor, no table and no search.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Generic, Protocol, TypeAlias, TypeVar

import msgspec

from hub.business.exports import Export, as_table, log_first
from hub.business.faces import returned, typed
from hub.business.filling import shared
from hub.rules.context import Context
from hub.store.documents import NEWEST, Documents, Sort
from hub.words import idnumbers
from hub.words.actors import Actor
from hub.words.asking import Asked
from hub.words.clock import shanghai
from hub.words.contributions import Access, Document, Paged, Paging, Raw, Route
from hub.words.errors import Invalid
from hub.words.personal import IdNumberText
from hub.words.text import read_words

D = TypeVar("D", bound=Document)
Q = TypeVar("Q", bound=Paging)
L = TypeVar("L")

Filter: TypeAlias = Mapping[str, Any]
HOURLY = timedelta(hours=1)


class PersonSearch(Paging, frozen=True, kw_only=True):
    """A person by ID number, in the body: a number in an address would stand in every log on the way."""

    id_number: Annotated[str, Asked("身份证号"), msgspec.Meta(max_length=40)]

    def __repr__(self) -> str:
        return "PersonSearch(***)"


class Seen(Protocol[D]):
    """What a business says of its documents: which are within reach, and which of them one may see."""

    def within(self, ctx: Context) -> Documents[D]: ...
    @property
    def sees(self) -> Callable[[Actor], Filter]: ...


@dataclass(frozen=True, kw_only=True)
class Search:
    """The documents of one person, by ID number: ``wanted`` finds them. Logged under ``subject``, without the number."""

    says: str
    subject: str
    wanted: Callable[[Context, IdNumberText], Filter]


@dataclass(frozen=True, kw_only=True, eq=False)
class Listing(Generic[D, Q, L]):
    """One list as one sort of reader sees it; ``says`` is the summary of its route.

    ``of`` is a business, whose documents the reader may see, or a collection within reach, of which ``own`` says which are the
    reader's. ``exact`` are fields of the query that documents have under the same name with this whole value; ``wanted`` is what
    else is asked for. ``below``: those of one document, which its path names as ``{id}``. ``order`` may depend on the query.
    """

    path: str
    read: Access
    says: str
    of: Seen[D] | Callable[[Context], Documents[D]]
    line: Callable[[Context, D], L]
    query: type[Q]
    exact: tuple[str, ...] = ()
    wanted: Callable[[Context, Q], Filter] = lambda ctx, query: {}
    own: Callable[[Context], Filter] = lambda ctx: {}
    below: Callable[[Context, str], Awaitable[Filter]] | None = None
    order: Sort | Callable[[Q], Sort] = NEWEST
    search: Search | None = None
    export: Export[D, Any] | None = None

    # --- reading ----------------------------------------------------------------------------------------------------------

    def documents(self, ctx: Context) -> Documents[D]:
        """The collection within reach."""
        return self.of(ctx) if callable(self.of) else self.of.within(ctx)

    def seen(self, ctx: Context) -> Filter:
        """What the reader may see."""
        return both({} if callable(self.of) else self.of.sees(ctx.actor), self.own(ctx))

    def filter(self, ctx: Context, query: Q) -> Filter:
        """What is asked for, of what the reader may see."""
        return both(asked(query, self.exact), self.wanted(ctx, query), self.seen(ctx))

    def sort(self, query: Q) -> Sort:
        """The order that the query asks for."""
        return self.order(query) if callable(self.order) else self.order

    async def page(self, ctx: Context, query: Q, above: Filter | None = None) -> Paged[L]:
        """One page; ``above`` is the filter for those of one document."""
        return await self._page(ctx, both(above or {}, self.filter(ctx, query)), query, self.sort(query))

    async def _page(self, ctx: Context, wanted: Filter, paging: Paging, order: Sort) -> Paged[L]:
        page = await self.documents(ctx).page(wanted, paging, order)
        return Paged(items=[self.line(ctx, each) for each in page.items], next=page.next)

    async def find(self, ctx: Context, search: Search, body: PersonSearch) -> Paged[L]:
        """Of one person; logged."""
        number = read_id_number(ctx, body.id_number)
        ctx.audit(f"{ctx.plugin}.search", search.subject)
        return await self._page(ctx, both(search.wanted(ctx, number), self.seen(ctx)), body, NEWEST)

    async def table(self, ctx: Context, export: Export[D, Any], request: Any) -> Raw:
        """The documents that the request asks for; logged with its reason before they are read."""
        why = read_words(request.reason, "reason", export.asked)
        export.check(ctx)
        place = ctx.place.code
        await log_first(ctx, f"{ctx.plugin}.export", place, why=why)
        query: Q = export.query(request) if export.query else self.query(**shared(self.query, request))
        wanted = both(self.filter(ctx, query), export.wanted(ctx, request))
        documents = self.documents(ctx)
        return await as_table(ctx, export.columns, documents, wanted, self.sort(query), f"{ctx.plugin}-{place}")

    # --- routes -----------------------------------------------------------------------------------------------------------

    def routes(self) -> tuple[Route, ...]:
        """The list, the search for a person, the table."""
        listed = Route(method="GET", path=self.path, call=self._listing(), access=self.read)
        return (listed, *self._searching(), *self._exporting())

    def _listing(self) -> Callable[..., Awaitable[Paged[L]]]:
        below, says = self.below, {"says": self.says, "returns": self._pages()}

        async def of_all(ctx: Context, query: Q) -> Paged[L]:
            return await self.page(ctx, query)

        async def of_one(ctx: Context, id: str, query: Q) -> Paged[L]:
            return await self.page(ctx, query, await below(ctx, id) if below else None)

        if below is None:
            return typed(of_all, self.line, query=self.query, **says)
        return typed(of_one, self.line, id=str, query=self.query, **says)

    def _searching(self) -> tuple[Route, ...]:
        search = self.search
        if search is None:
            return ()

        async def find(ctx: Context, body: PersonSearch) -> Paged[L]:
            return await self.find(ctx, search, body)

        call = typed(find, self.line, says=search.says, body=PersonSearch, returns=self._pages())
        path, rate = f"{self.path}/search", (60, HOURLY)
        return (Route(method="POST", path=path, call=call, access=self.read, rate=rate, changes_nothing=True),)

    def _exporting(self) -> tuple[Route, ...]:
        export = self.export
        if export is None:
            return ()

        async def table(ctx: Context, body: Any) -> Raw:
            return await self.table(ctx, export, body)

        call, rate = typed(table, self.line, says=export.says, body=export.request, returns=Raw), (30, HOURLY)
        return (Route(method="POST", path=export.path, call=call, access=export.act, rate=rate, transaction=False),)

    def _pages(self) -> Any:
        return Paged[returned(self.line)]  # type: ignore[misc]


def asked(query: msgspec.Struct, names: Sequence[str]) -> dict[str, Any]:
    """Those of these fields that say something, each with its whole value."""
    return {name: value for name in names if (value := getattr(query, name)) not in (None, "")}


def both(*filters: Filter) -> Filter:
    """What agrees with all of these."""
    said = [each for each in filters if each]
    if len(said) > 1:
        return {"$and": said}
    return said[0] if said else {}


def read_id_number(ctx: Context, text: str) -> IdNumberText:
    """As somebody typed it to find a person; ``Invalid`` without the number itself."""
    try:
        return IdNumberText(idnumbers.parse(text, shanghai(ctx.now()).date()).number)
    except idnumbers.BadNumber as problem:
        raise Invalid(fields={"id_number": problem.text}) from None
