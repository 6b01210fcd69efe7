"""How business is reached: one face per sort of reader, with the buttons that are theirs.

A button, the row of the table that it follows, and the route that it makes are three things: some map many to many.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, Generic, TypeAlias, TypeVar, get_type_hints

import msgspec

from hub.business.business import Business, Fact, Pressed, Work
from hub.business.history import HistoryLine
from hub.business.offers import Check, Offers, check_all
from hub.rules.context import Context
from hub.words.asking import Asked
from hub.words.contributions import Access, Event, Route
from hub.words.errors import Forbidden
from hub.words.text import read_words


class VersionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``version`` as it was shown."""

    version: int


class ReasonRequest(VersionRequest, frozen=True, kw_only=True):
    """Why, in words that are kept."""

    reason: Annotated[str, Asked("理由", long=True)]


D = TypeVar("D", bound=Work)
F = TypeVar("F", bound=VersionRequest)
V = TypeVar("V")


@dataclass(frozen=True)
class Moved(Generic[D]):
    """What comes of a button: the document with what changes besides its state, and the facts, told of what was saved. ``opinion``
    is what 我的已办 shows of it; ``why`` what the history and the audit line say, where that is more than the reason; ``line`` what the
    history alone says; ``row`` which of its button's rows it follows, where the document and the form do not say so at once."""

    after: D
    tell: tuple[Fact[D], ...] = ()
    opinion: str = ""
    why: str = ""
    line: HistoryLine | None = None
    row: str | None = None


@dataclass(frozen=True)
class Reason:
    """What is asked for (退回的理由); ``open``: residents read it."""

    asked: str
    open: bool = False


async def nothing_else(ctx: Context, document: D, form: VersionRequest) -> Moved[D]:
    """Only the state changes."""
    return Moved(document)


@dataclass(frozen=True, kw_only=True)
class Button(Generic[D, F]):
    """``call`` is given the document of the version that was shown, in a state that allows it, and the form; left out, only the
    state changes.

    ``rows`` of the table are those that it may follow, its own name when left out; ``choose`` says which. Without a row
    (``rows=()``) the state stays. ``offered_as`` are its names in ``moves`` where it stands there under those of its rows.
    ``act`` is the right to it where that is not the face's; ``may`` are checks before the table: whether the reader has this button
    at all. ``checks`` say why it cannot be done though the table allows it. ``label`` is what 经办历史 calls it. ``settles``: it is
    what a task waited for; else the task is wanted no more. ``quiet``: it leaves no lines, such as counting once more. ``path`` ends
    its route where that is not its name. ``tell`` are facts that are told whenever it was done, as ``Business.fact`` makes them.
    """

    name: str
    call: Callable[[Context, D, F], Awaitable[Moved[D]]] = nothing_else
    form: type[F] = VersionRequest  # type: ignore[assignment]  # where F is left open, it is this
    reason: Reason | None = None
    rows: tuple[str, ...] | None = None
    choose: Callable[[D, F], str] | None = None
    offered_as: tuple[str, ...] = ()
    may: tuple[Check[D], ...] = ()
    checks: tuple[Check[D], ...] = ()
    label: str = ""
    settles: bool = True
    quiet: bool = False
    path: str = ""
    act: Access | None = None
    tell: tuple[type[Event], ...] = ()

    @property
    def follows(self) -> tuple[str, ...]:
        """The moves that it makes, for what is on offer in a document's state."""
        return (self.name,) if self.rows is None else self.rows


Buttons: TypeAlias = tuple[Button[D, Any], ...]
"""``BUTTONS: Buttons[Visit] = (Button(name="make"),)``."""


@dataclass(frozen=True, kw_only=True)
class Face(Generic[D, V]):
    """``find`` raises ``NotFound`` for what the reader must not see; left out, it is the business's own ``seen``. ``show`` makes the
    answer, with what the reader may do now; its docstring is that of the page. ``brief`` is what buttons answer, where that is not the
    page. ``may`` are checks of every button: whether it is the reader's turn. ``here`` is one that holds for the calls alone, since
    another county's are offered as well. ``late_first``: whoever comes too late is told so before what the table says. ``also``: what
    is offered besides, and done by routes of their own, which ask the same checks. ``at_city``: the city has some of its own, and its
    buttons work there.
    """

    business: Business[D]
    path: str
    show: Callable[[Context, D, list[str]], V | Awaitable[V]]
    read: Access
    act: Access
    buttons: Buttons[D] = ()
    find: Callable[[Context, str], Awaitable[D]] | None = None
    may: tuple[Check[D], ...] = ()
    here: Check[D] | None = None
    late_first: bool = False
    brief: Callable[[Context, D], Any] | None = None
    also: Mapping[str, tuple[Check[D], ...]] = field(default_factory=dict)
    at_city: bool = False

    @cached_property
    def offers(self) -> Offers[D]:
        """What may be done now: asked by pages and by calls."""
        own = {name: self._checks(button, rows) for button in self.buttons for name, rows in _names(button)}
        return Offers({**self.also, **own})

    @cached_property
    def _by_name(self) -> Mapping[str, Button[D, Any]]:
        return {button.name: button for button in self.buttons}

    def _checks(self, button: Button[D, Any], rows: Sequence[str]) -> Sequence[Check[D]]:
        table = (self._allows(rows),) if rows else ()
        return (_holds(button.act or self.act), *self.may, *button.may, *table, *button.checks)

    def _allows(self, rows: Sequence[str]) -> Check[D]:
        machine = self.business.machine

        def check(ctx: Context, document: D) -> None:
            if not any(machine.allows(row, document.state) for row in rows):
                machine.transition(rows[0], document.state, **self.business.shown(document))

        return check

    async def found(self, ctx: Context, id: str) -> D:
        """The document, or ``NotFound``."""
        return await (self.find or self.business.seen)(ctx, id)

    async def answer(self, ctx: Context, document: D, offered: list[str] | None = None) -> V:
        """The document as this reader sees it; ``offered``, where that was looked up before."""
        made = self.show(ctx, document, await self.offers.offered(ctx, document) if offered is None else offered)
        return await made if inspect.isawaitable(made) else made

    async def press(self, ctx: Context, name: str, id: str, form: VersionRequest) -> D:
        """One button: found, allowed, of this version, with its reason; then done and written down."""
        button = self._by_name[name]
        before = await self.found(ctx, id)
        if self.here is not None:
            await check_all((self.here,), ctx, before)
        if self.late_first:
            await check_all((*self.may, *button.may), ctx, before)
            self.business.check_version(before, form.version)
        row = self._row(button, before, form)
        await self.offers.check(row if row in button.offered_as else button.name, ctx, before)
        self.business.check_version(before, form.version)
        form, why = _reasoned(button, form)
        moved = await button.call(ctx, before, form)
        return await self._write(ctx, button, moved.row or row, before, moved, moved.why or why)

    def _row(self, button: Button[D, F], before: D, form: F) -> str | None:
        if button.choose is not None:
            return button.choose(before, form)
        return button.follows[0] if button.follows else None

    async def _write(
        self, ctx: Context, button: Button[D, Any], row: str | None, before: D, moved: Moved[D], why: str
    ) -> D:
        business = self.business
        tell = (*moved.tell, *map(business.fact, button.tell))
        if button.quiet:
            return await business.keep(ctx, before, moved.after, tell=tell)
        label = self.label_of(button, row)
        staff = ctx.actor.kind == "staff"
        said: dict[str, Any] = {
            "why": why,
            "open": button.reason is not None and button.reason.open,
            "line": moved.line,
            "pressed": Pressed(button.name, label, moved.opinion, button.settles) if staff else None,
            "tell": tell,
        }
        if row is None:
            return await business.amend(ctx, before, moved.after, button.name, label, **said)
        return await business.move(ctx, before, row, moved.after, **said)

    # --- routes ---------------------------------------------------------------------------------------------------------------

    def routes(self) -> tuple[Route, ...]:
        """The page of one, and its buttons."""
        page = Route(method="GET", path=f"{self.path}/{{id}}", call=self._showing(), access=self.read)
        return (page, *(self._route(button) for button in self.buttons))

    def _route(self, button: Button[D, Any]) -> Route:
        path = f"{self.path}/{{id}}/{button.path or button.name}"
        reads = None if self.brief else f"{self.path}/{{id}}"
        call, access = self._pressing(button), button.act or self.act
        return Route(method="POST", path=path, call=call, access=access, reads=reads, at_city=self.at_city)

    def _showing(self) -> Callable[..., Awaitable[V]]:
        async def page(ctx: Context, id: str) -> V:
            return await self.answer(ctx, await self.found(ctx, id))

        return typed(page, self.show, id=str, returns=returned(self.show))

    def _pressing(self, button: Button[D, Any]) -> Callable[..., Awaitable[Any]]:
        async def press(ctx: Context, id: str, body: Any) -> Any:
            saved = await self.press(ctx, button.name, id, body)
            return self.brief(ctx, saved) if self.brief else await self.answer(ctx, saved)

        says = "" if inspect.getdoc(button.call) and button.call is not nothing_else else self.label_of(button)
        returns = returned(self.brief or self.show)
        return typed(press, button.call, says=says, id=str, body=button.form, returns=returns)

    def label_of(self, button: Button[D, Any], row: str | None = None) -> str:
        """The word on it; of a button that follows one of several rows, that of the ``row``, the first where none is chosen yet."""
        chosen = row or (button.offered_as or button.follows or ("",))[0]
        return button.label or self.business.machine.moves[chosen].label


def _names(button: Button[Any, Any]) -> list[tuple[str, tuple[str, ...]]]:
    if button.offered_as:
        return [(name, (name,)) for name in button.offered_as]
    return [(button.name, button.follows)]


def _holds(access: Access) -> Check[Any]:
    """A check that the reader holds the right to it: who only reads is offered nothing."""

    def check(ctx: Context, document: Any) -> None:
        if not ctx.has(access):
            raise Forbidden

    return check


def _reasoned(button: Button[Any, F], form: F) -> tuple[F, str]:
    """The form with its reason as it is kept."""
    if button.reason is None:
        return form, ""
    why = read_words(form.reason, "reason", button.reason.asked)  # type: ignore[attr-defined]
    return msgspec.structs.replace(form, reason=why), why


# --- functions that are made ----------------------------------------------------------------------------------------------------


def returned(call: Callable[..., Any]) -> Any:
    """What it says that it answers; ``TypeError`` where it says nothing."""
    hints = get_type_hints(call)
    if "return" not in hints:
        raise TypeError(f"{call.__qualname__} must say what it returns: -> SomeView")
    return hints["return"]


def typed(
    call: Callable[..., Awaitable[V]], named: Callable[..., Any], *, returns: Any, says: str = "", **given: Any
) -> Callable[..., Awaitable[V]]:
    """``call`` with the signature that routes are compiled from, and the name and words of ``named``, unless it ``says`` others."""
    call.__doc__, call.__name__, call.__module__ = says or named.__doc__, named.__name__, named.__module__
    call.__annotations__ = {"ctx": Context, **given, "return": returns}
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    made = [inspect.Parameter(name, kind, annotation=given.get(name, Context)) for name in ("ctx", *given)]
    call.__signature__ = inspect.Signature(made, return_annotation=returns)  # type: ignore[attr-defined]
    return call
