"""A page of a plugin as somebody looks at it: what it has loaded, its form, and where its links lead."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from hub.web.cursors import key_of
from hub.web.menu import Way
from hub.web.pages.base import HTML, PageBase, Pages, decoded, own_path
from hub.web.pages.fields import FILE, fields_of, file_field, needed, only, problems_of, settled, typed_of
from hub.web.pages.forms import Field, FormState, Picture
from hub.web.pages.table import Found
from hub.web.performing import Asking
from hub.words.contributions import Choice, Form, Raw
from hub.words.errors import NotFound, Refused

Typed = Mapping[str, Sequence[str]]


class ShownPage(PageBase):
    """Draws what ``found`` is, as nobody has typed into it yet or again with what was typed."""

    def initialize(self, pages: Pages) -> None:  # type: ignore[override]
        super().initialize(pages)
        self._found: Found | None = None

    # --- what is known of the request

    @property
    def found(self) -> Found:
        if self._found is None:
            raise NotFound
        return self._found

    @property
    def plugin(self) -> str:
        return self.found.bound.plugin

    @property
    def route(self) -> str:
        return self._found.match.operation.template if self._found else f"/{self.app}"

    def log_fields(self) -> dict[str, Any]:
        if self._found is None:
            return {}
        place = self._found.match.place
        fields = {"plugin": self._found.bound.plugin, "county": place.county if place else None}
        return fields | ({"person": self.actor.person} if self.actor.person else {})

    @property
    def _asking(self) -> Asking:
        return Asking(self.found.match, self.actor, self.address, self.request_id, "page")

    # --- drawing

    async def get(self, *args: str, **kwargs: str) -> None:
        self.body_ended()
        await self.within(self._show())

    async def head(self, *args: str, **kwargs: str) -> None:
        """Whether it is there; whoever asks has seen nothing, so that no message is read by it."""
        self.body_ended()
        if not self.found.bound.page.marks:
            await self.within(self._load())
        self.set_header("Content-Type", HTML)
        self.finish()

    async def _show(self) -> None:
        form, loaded = self.found.bound.page.form, await self._load()
        await self._draw(loaded, await self._first(form, loaded) if form else None)

    async def _load(self) -> Any:
        operation, parts = self.found.match.operation, self.parts
        arguments = parts.performing.path_arguments(operation, self.found.match.arguments)
        if operation.query is not None:
            asked = parts.decoder.query(self._asked(), operation.query)
            arguments["query"] = parts.cursors.opened_in(asked, self._list_key())
        answer = await parts.performing.run(self._asking, operation, arguments)
        return parts.cursors.sealed_in(answer, self._list_key())

    async def _first(self, form: Form, loaded: Any) -> FormState:
        """The form as nobody has typed into it yet."""
        typed = typed_of(form.start(loaded)) if form.start else {}
        return self._form(form, loaded, typed, await self._choices(form, loaded))

    async def _choices(self, form: Form, loaded: Any) -> Mapping[str, Sequence[Choice]]:
        offered = form.choices
        if offered is None:
            return {}
        return await self.parts.performing.read(
            self._asking, self.found.match.operation, lambda ctx: offered(ctx, loaded)
        )

    def _form(
        self,
        form: Form,
        loaded: Any,
        typed: Typed,
        choices: Mapping[str, Sequence[Choice]],
        *,
        refused: Refused | None = None,
        banner: str = "",
        key: str = "",
    ) -> FormState:
        target = self.found.bound.target
        problems = refused.fields if refused else {}
        keyed = form.keyed(loaded) if form.keyed else {}
        kept = form.kept(loaded) if form.kept else {}
        fields = (
            fields_of(target.asks, typed, problems, choices, tuple(form.fixed), form.labels, keyed)
            if target and target.asks
            else ()
        )
        if form.asks is not None:
            fields = only(fields, form.asks(loaded))
        if form.needs is not None:
            fields = needed(fields, form.needs(loaded))
        fields = settled(fields)
        fields = tuple(self._with_pictures(field, kept) if field.look == "pictures" else field for field in fields)
        if target and target.upload:
            fields = (*fields, file_field(form.labels.get(FILE, "表格文件"), problems.get(FILE, ""), form.reads))
        return FormState(
            action=self.request.uri or self.request.path,
            multipart=any(field.look in ("pictures", "file") for field in fields),
            fields=fields,
            problems=problems_of(fields, problems, refused.text) if refused else (),
            csrf=self._csrf(),
            key=key or uuid.uuid4().hex,
            banner=banner,
            submit=form.submit,
            saved=target is not None and target.answer is Raw,
        )

    def _with_pictures(self, field: Field, kept: Mapping[str, str]) -> Field:
        """With those that are there already: in what was loaded, or uploaded and not taken over yet, each where it can be read. A browser
        sends an empty value where nothing was chosen."""
        there = [Picture(id, "已选的图片", self._picture(id, kept.get(id, ""))) for id in field.values if id]
        return msgspec.structs.replace(field, pictures=tuple(there))

    def _picture(self, id: str, path: str) -> str:
        return self._source(path) if path else f"/api/v1/files/{quote(id, safe='')}?hub_app={self.app}"

    def _csrf(self) -> str:
        return self.parts.protection.masked(self.actor.session) if self.actor.session else ""

    async def _draw(self, loaded: Any, form: FormState | None, status: int = 200, **more: Any) -> None:
        page = self.found.bound.page
        frame = msgspec.structs.replace(self.frame(), live=self.found.bound.heard_at(self.place))
        self.set_status(status)
        if page.kept is not None:
            self._keep(page.kept)
        template = more.pop("template", page.template)
        to = self._back()
        where = {"query": f"?to={quote(to, safe='')}" if to else "", "more": f"&to={quote(to, safe='')}" if to else ""}
        values = {
            "title": page.title,
            "help": page.help,
            "page": loaded,
            "form": form,
            "tone": page.form.tone if page.form else "",
            "following": self._following(loaded),
            "related": self._related(),
            "asked": {name: value for name, given in self._asked().items() for value in given if name != "cursor"},
            **self._above(frame.home),
            **where,
            **more,
        }
        await self.draw(template, frame, href=self._href, source=self._source, near=self._near, **values)

    def _keep(self, age: timedelta) -> None:
        """The browser may; where the page would be put into the place of another, whose scripts run on, it is gone to instead."""
        if "HX-Request" in self.request.headers:
            self.set_header("HX-Redirect", self.request.path)
        else:
            self.set_header("Cache-Control", f"private, max-age={int(age.total_seconds())}")

    def _above(self, home: str) -> Mapping[str, str]:
        """Where the page leads back to, since whoever came by a message has nowhere else to go: the page that it lies below, else home."""
        above = self.pages.table.above(self.app, self.found.bound)
        href = self._href(above.path.format_map(self.found.match.arguments)) if above else ""
        if above is None or not self._may_open(href):
            return {"back": home, "back_to": "首页"}
        return {"back": href, "back_to": above.title}

    def _related(self) -> tuple[Way, ...]:
        """To pages of other plugins that belong to this one."""
        if self.place is None:
            return ()
        found = self.found
        return self.pages.frames.ways_from(found.bound, found.match.arguments, self.app, self.actor, self.place)

    def _may_open(self, href: str) -> bool:
        """Whether a page is there for the one who looks."""
        try:
            match = self.pages.table.find(self.app, href.removeprefix(f"/{self.app}/")).match
            self.parts.performing.check_access(match.operation, self.actor, match.place)
        except Refused:
            return False
        return True

    def _following(self, loaded: Any) -> str:
        """The address of what follows in a list, with all that it was asked for."""
        cursor = getattr(loaded, "next", None)
        if not isinstance(cursor, str):
            return ""
        asked = [(name, value) for name, given in self._asked().items() for value in given if name != "cursor"]
        return f"{self.request.path}?{urlencode([*asked, ('cursor', cursor)])}"

    def _href(self, path: str, at: str = "") -> str:
        """Where a path below the page's own plugin stands, at the same place or ``at`` another."""
        place, prefix = self.found.match.place, self.found.bound.prefix
        return "/".join(filter(None, (f"/{self.app}", at or (place.code if place else ""), prefix))) + path

    def _source(self, path: str) -> str:
        """Where the browser reads a file of the plugin: pictures come through the API."""
        return self._near(f"{self.found.bound.prefix}{path}")

    def _near(self, path: str) -> str:
        """The same of any plugin, at this place: ``declaration/review/…``."""
        return "/".join(filter(None, ("/api/v1", self.place.code if self.place else "", path))) + f"?hub_app={self.app}"

    def _back(self) -> str:
        """Where somebody was on their way to when this page came in between."""
        return own_path(self.get_query_argument("to", ""), self.app)

    # --- reading

    def _asked(self) -> Mapping[str, list[str]]:
        """What the page asks for in its address; WeChat adds its own to whatever is shared."""
        kind = self.found.match.operation.query
        names = {field.encode_name for field in msgspec.structs.fields(kind)} if kind is not None else ()
        return {name: given for name, given in decoded(self.request.query_arguments).items() if name in names}

    def _list_key(self) -> str:
        return key_of(self.found.match.operation.name, self.request.path, self._asked(), None)
