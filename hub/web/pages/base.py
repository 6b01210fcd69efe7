"""What all handlers of pages share: the app in the path, who looks, the frame, and refusals that are pages too."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import msgspec
from tornado import httputil

from hub.rules.lateness import not_later
from hub.web.access import ClaimFirst, PasswordFirst
from hub.web.base import as_refused
from hub.web.bodies import BodyHandler
from hub.web.credentials import find_visitor
from hub.web.pages.drawing import Drawing, Frame
from hub.web.pages.frames import Frames
from hub.web.pages.refusals import said_of
from hub.web.pages.table import PageTable
from hub.web.router import ChooseCounty
from hub.words.actors import APPS, GUEST, App
from hub.words.errors import AnotherLevel, Malformed, NotSignedIn, Refused, TooLarge, Unavailable, UnsupportedType
from hub.words.regions import Region

T = TypeVar("T")

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
HTML = "text/html; charset=utf-8"
# Where somebody is led who has to do something else first.
FIRST: dict[type[Refused], str] = {NotSignedIn: "signin", PasswordFirst: "password", ClaimFirst: "claim"}


@dataclass(frozen=True, kw_only=True)
class Pages:
    """What drawing pages takes."""

    table: PageTable
    frames: Frames
    drawing: Drawing


class PageBase(BodyHandler):
    """Base of the handlers below ``/{app}``."""

    page = True

    def initialize(self, pages: Pages) -> None:  # type: ignore[override]
        super().initialize()
        self.pages = pages
        self.actor = GUEST
        self.place: Region | None = None
        self._refusal: Refused | None = None

    @property
    def app(self) -> App:
        """That of the path; no other comes here."""
        named = self.request.path.split("/", 2)[1]
        return next(app for app in APPS if app == named)

    @property
    def rest(self) -> str:
        """The raw path below the app."""
        return self.request.path.removeprefix(f"/{self.app}").removeprefix("/")

    @property
    def address(self) -> str:
        return self.parts.proxies.caller(self.request)

    async def admit(self) -> None:
        self.check_head()
        self.take_rate()
        self.actor = await find_visitor(self.request, self.parts.sessions, self.app)
        self.take_turn(self.actor.person, self.address, looks=self.request.method != "POST")

    def options(self, *args: str, **kwargs: str) -> Awaitable[None] | None:
        """Which methods there are, of what is there."""
        self.check_admitted()
        return super().options(*args, **kwargs)

    def frame(self) -> Frame:
        return self.pages.frames.of(self.request, self.app, self.actor, self.place, self.request.path)

    async def draw(self, template: str, frame: Frame, **values: Any) -> None:
        html = self.pages.drawing.page(template, frame, here=self.request.path, **values)
        self.set_header("Content-Type", HTML)
        self.set_header("Vary", "HX-Request")
        if self.get_status() >= 400:
            # The address of a refused post is none to come back to.
            self.set_header("HX-Push-Url", "false")
        await self.finish(html)

    def lead(self, address: str) -> None:
        """303: the browser looks there, and never posts again."""
        self.set_status(303)
        self.set_header("Location", quote(address, safe="/?&=%#:@,;+~!$'()*[]"))
        self.finish()

    @property
    def plugin(self) -> str:
        """Whose work is done here: signing in and out is the hub's own."""
        return "identity"

    async def within(self, work: Awaitable[T]) -> T:
        try:
            async with not_later(self.parts.units, self.plugin, "page", self.parts.settings.answer_within):
                return await work
        except TimeoutError:
            raise Unavailable("处理时间过长，请稍后再试。") from None

    # --- reading

    def sent_form(self) -> tuple[dict[str, list[str]], dict[str, list[httputil.HTTPFile]]]:
        """What a form has sent, by name: what was typed, and files."""
        given = self.request.headers.get("Content-Type", "")
        if self.body and given.partition(";")[0].strip().lower() not in (URLENCODED, MULTIPART):
            raise UnsupportedType(f"请求的Content-Type应为{URLENCODED}。")
        arguments: dict[str, list[bytes]] = {}
        files: dict[str, list[httputil.HTTPFile]] = {}
        try:
            httputil.parse_body_arguments(given or URLENCODED, bytes(self.body), arguments, files, self.request.headers)
        except (httputil.HTTPInputError, ValueError):
            raise Malformed("表单内容不完整，请返回后重新提交。") from None
        self.body.clear()
        # Pictures may be large; what is typed is read letter by letter.
        if sum(len(value) for values in arguments.values() for value in values) > self.parts.settings.json_limit:
            raise TooLarge
        return decoded(arguments), {name: [each for each in sent if each.filename] for name, sent in files.items()}

    # --- refusals

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        refused = as_refused(kwargs["exc_info"][1] if "exc_info" in kwargs else None, status_code)
        first = FIRST.get(type(refused)) if refused is not None else None
        if first is not None and self.request.method in ("GET", "HEAD"):
            self.lead(f"/{self.app}/{first}?to={quote(self.request.uri or '', safe='')}")
            return
        self._refusal = refused
        super().write_error(status_code, **kwargs)

    def _write_error(self, code: str, message: str, fields: dict[str, str], state: dict[str, Any] | None) -> None:
        frame = self.frame()
        said = said_of(self._refusal, frame.home, self._came_from())
        if isinstance(self._refusal, ChooseCounty):
            said = msgspec.structs.replace(said, ways=tuple(self._same_in_counties()))
        if isinstance(self._refusal, AnotherLevel):
            said = msgspec.structs.replace(said, ways=(*self._same_at_home(), *said.ways))
        number = self.request_id if self._refusal is None else ""
        self.set_header("Content-Type", HTML)
        self.set_header("HX-Push-Url", "false")
        values = {**msgspec.structs.asdict(said), "number": number, "here": self.request.path}
        self.finish(self.pages.drawing.page("ui/error.html", frame, **values))

    def _came_from(self) -> str:
        """The page of this app whose link was followed; "" for none."""
        came = urlsplit(self.request.headers.get("Referer", ""))
        if came.netloc != self.request.host or came.path == self.request.path:
            return ""
        return own_path(urlunsplit(("", "", came.path, came.query, "")), self.app)

    def _same_at_home(self) -> Iterator[tuple[str, str]]:
        """The same where the one who asks is at home."""
        home = self.parts.places.tree.get(self.actor.home or "")
        if home is not None and home != self.place:
            yield f"去{home.name}办理", f"/{self.app}/{home.code}/{self.rest.partition('/')[2]}"

    def _same_in_counties(self) -> Iterator[tuple[str, str]]:
        """Where the same is found in counties that have it."""
        _, _, rest = self.rest.partition("/")
        for county in self.parts.places.tree.counties():
            with contextlib.suppress(Refused):
                self.pages.table.find(self.app, f"{county.code}/{rest}")
                yield county.name, f"/{self.app}/{county.code}/{rest}"


def own_path(given: str, app: App) -> str:
    """A path to be led to afterwards: of this app, and nobody else's; "" for any other."""
    path = unquote(given)
    segments = path.partition("?")[0].split("/")
    strange = "\\" in path or "//" in path or not path.isprintable() or not {".", ".."}.isdisjoint(segments)
    return given if path.startswith(f"/{app}/") and not strange else ""


def decoded(arguments: Mapping[str, Sequence[bytes]]) -> dict[str, list[str]]:
    """Arguments as text; ``Malformed`` for what is none."""
    try:
        return {name: [value.decode() for value in values] for name, values in arguments.items()}
    except UnicodeDecodeError:
        raise Malformed("提交的内容不是正确的UTF-8文字。") from None
