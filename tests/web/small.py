"""A small hub behind real HTTP: two tiny plugins, real sessions, a visitor per person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import msgspec
from prometheus_client import CollectorRegistry
from tornado.netutil import bind_sockets

from hub.api import (
    Anyone,
    Collection,
    Context,
    Document,
    Event,
    HealthCheck,
    IdNumberText,
    MenuEntry,
    Paged,
    Paging,
    Permission,
    PhoneText,
    Raw,
    Refused,
    Route,
    hookimpl,
)
from hub.identity import identity as identity_module
from hub.identity.identity import IdentityServices
from hub.identity.permissions import reaches
from hub.identity.plugin import IdentityPlugin
from hub.identity.positions import Holding
from hub.identity.wechat_users import Seen
from hub.rules import places
from hub.rules.counties import Counties, Switch
from hub.rules.gathering import gather
from hub.rules.host import Host
from hub.rules.places import Places
from hub.rules.units import Units
from hub.store import indexes
from hub.store.cipher import FieldCipher, new_key_file
from hub.store.database import Database, to_milliseconds
from hub.store.files import Files
from hub.store.mongo import ConnectionFailure
from hub.testing.slate import Slate
from hub.testing.world import CORE
from hub.web.application import COLLECTIONS, builtin_plugins, make_application, make_server
from hub.web.base import WebApplication
from hub.web.health import Check
from hub.web.settings import WebSettings
from hub.words.actors import App
from hub.words.clock import MovingClock
from hub.words.errors import Invalid
from hub.words.ids import IdMaker
from tests.world import ANJU, MONDAY_MORNING, REGIONS, SHEHONG, World

ROOT = Path(__file__).parents[2]
# What every answer must carry, whatever it is.
EXPECTED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}


# --- two tiny plugins


class Note(Document, frozen=True, kw_only=True):
    text: str
    bureau: str | None = None
    readers: tuple[str, ...] = ()


class NoteTaken(Event, frozen=True, kw_only=True):
    note: str


class NewNote(msgspec.Struct, frozen=True):
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    bureau: str | None = None


class NoteView(msgspec.Struct, frozen=True):
    id: str
    text: str
    version: int


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """One field of each kind, to be sent wrongly."""

    name: Annotated[str, msgspec.Meta(min_length=2, max_length=4)]
    count: Annotated[int, msgspec.Meta(ge=1, le=10)]
    id_number: IdNumberText | None = None
    phone: PhoneText | None = None
    rows: tuple[Row, ...] = ()


class Row(msgspec.Struct, frozen=True):
    amount: Annotated[int, msgspec.Meta(gt=0)]


class Leak(msgspec.Struct, frozen=True):
    """Declares text and would answer something personal."""

    whose: str


class Sum(msgspec.Struct, frozen=True):
    total: int


class Whose(msgspec.Struct, frozen=True, kw_only=True):
    """What nobody should read in a log."""

    who: str | None = None


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    number: list[Annotated[int, msgspec.Meta(le=1000)]]
    most: int = 100


async def take_note(ctx: Context, body: NewNote) -> NoteView:
    """Write a note."""
    note = Note(
        id=ctx.new_id(), place=ctx.place.code, text=body.text, bureau=body.bureau, readers=(ctx.actor.person or "",)
    )
    stored = await ctx.store["notes.all"].insert(note)
    ctx.emit(NoteTaken(place=note.place, note=note.id))
    return _view(stored)


async def read_note(ctx: Context, id: str) -> NoteView:
    """Read one note."""
    return _view(await ctx.store["notes.all"].get(id))


async def list_notes(ctx: Context, query: Paging) -> Paged[NoteView]:
    """Notes within reach."""
    page = await ctx.store["notes.all"].page({}, query)
    return Paged(items=[_view(note) for note in page.items], next=page.next)


async def search_notes(ctx: Context, body: NewNote) -> Paged[NoteView]:
    """Notes with this text."""
    page = await ctx.store["notes.all"].page({"text": body.text}, Paging())
    return Paged(items=[_view(note) for note in page.items], next=page.next)


async def change_note(ctx: Context, id: str, body: NewNote) -> NoteView:
    """Change a note."""
    note = await ctx.store["notes.all"].get(id)
    return _view(await ctx.store["notes.all"].save(msgspec.structs.replace(note, text=body.text)))


async def remove_note(ctx: Context, id: str) -> None:
    """Remove a note."""
    await ctx.store["notes.all"].delete(await ctx.store["notes.all"].get(id))


async def try_fields(ctx: Context, body: Tested) -> Sum:
    """Take every kind of field."""
    return Sum(len(body.rows))


async def add_up(ctx: Context, query: Numbers) -> Sum:
    """Add numbers."""
    if sum(query.number) > query.most:
        raise Invalid(fields={"number": "太多。"})
    return Sum(sum(query.number))


async def leak(ctx: Context) -> Leak:
    """Forget to mask."""
    return Leak(IdNumberText("510904194403150023"))  # type: ignore[arg-type]


async def crash(ctx: Context, query: Whose) -> Sum:
    """Break."""
    raise RuntimeError("510904194403150023 in a message that must not reach anybody")


async def hang(ctx: Context) -> Sum:
    """Write, then wait for what never comes."""
    await ctx.store["trials.all"].insert(Note(id=ctx.new_id(), place=ctx.place.code, text="hang"))
    await asyncio.Event().wait()
    return Sum(0)


async def lost(ctx: Context) -> Sum:
    """As when the database has gone."""
    raise ConnectionFailure("mongodb://hub:password@10.0.0.1: connection refused")


async def refuse(ctx: Context) -> Sum:
    """Write, then refuse."""
    await ctx.store["notes.all"].insert(Note(id=ctx.new_id(), place=ctx.place.code, text="half"))
    raise Refused("办不了。", state={"state": "closed"})


async def picture(ctx: Context) -> Raw:
    """Something that is not JSON."""
    return Raw(data=b"%PDF-1.7", media_type="application/pdf", filename="公示.pdf")


async def well(ctx: Context) -> str | None:
    return None


def _view(note: Note) -> NoteView:
    return NoteView(note.id, note.text, note.version)


class Notes:
    """Notes that handlers take."""

    @hookimpl
    def permissions(self) -> Sequence[Permission]:
        return [Permission("notes.take", "记录", ("handler",))]

    @hookimpl
    def collections(self) -> Sequence[Collection]:
        return [Collection(name="notes.all", document=Note, scope="subtree", narrowed_by=("bureau",))]

    @hookimpl
    def events(self) -> Sequence[type[Event]]:
        return [NoteTaken]

    @hookimpl
    def routes(self) -> Sequence[Route]:
        return [
            Route(method="POST", path="/notes", call=take_note, access="notes.take", status=201, reads="/notes/{id}"),
            Route(method="GET", path="/notes", call=list_notes, access="notes.take"),
            Route(method="POST", path="/notes/search", call=search_notes, access="notes.take", changes_nothing=True),
            Route(method="GET", path="/notes/{id}", call=read_note, access="notes.take"),
            Route(method="PATCH", path="/notes/{id}", call=change_note, access="notes.take", reads="/notes/{id}"),
            Route(method="DELETE", path="/notes/{id}", call=remove_note, access="notes.take"),
            Route(method="POST", path="/refuse", call=refuse, access="notes.take"),
        ]

    @hookimpl
    def menu_entries(self) -> Sequence[MenuEntry]:
        return [
            MenuEntry(app="ydsh", label="记录", path="/notes", access="notes.take"),
            MenuEntry(app="ydjd", label="旧记录", path="/pages/notes", access=Anyone.PUBLIC),
        ]

    @hookimpl
    def health_checks(self) -> Sequence[HealthCheck]:
        return [HealthCheck(name="well", call=well)]


class Trials:
    """Operations that go wrong in every way."""

    @hookimpl
    def collections(self) -> Sequence[Collection]:
        return [Collection(name="trials.all", document=Note, scope="shared")]

    @hookimpl
    def routes(self) -> Sequence[Route]:
        return [
            Route(method="POST", path="/fields", call=try_fields, access=Anyone.PUBLIC),
            Route(method="GET", path="/sum", call=add_up, access=Anyone.PUBLIC),
            Route(method="GET", path="/leak", call=leak, access=Anyone.PUBLIC),
            Route(method="GET", path="/crash", call=crash, access=Anyone.PUBLIC),
            Route(method="POST", path="/hang", call=hang, access=Anyone.PUBLIC),
            Route(method="GET", path="/lost", call=lost, access=Anyone.PUBLIC),
            Route(method="GET", path="/picture", call=picture, access=Anyone.PUBLIC),
            Route(method="GET", path="/mine", call=add_up, access=Anyone.CLAIMED),
            Route(method="GET", path="/proved", call=add_up, access=Anyone.PROVED),
            Route(method="GET", path="/seldom", call=add_up, access=Anyone.PUBLIC, rate=(2, timedelta(minutes=1))),
        ]

    @hookimpl
    def menu_entries(self) -> Sequence[MenuEntry]:
        return [MenuEntry(app="ykt", label="试一试", path="/sum", access=Anyone.PUBLIC, order=1)]


# --- the hub and its visitors


@dataclass(frozen=True)
class Answer:
    """What came back; ``json`` when it was JSON."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def error(self) -> dict[str, Any]:
        """The error, after looking that it has the one shape."""
        content = self.json
        assert set(content) == {"error"}, content
        error: dict[str, Any] = content["error"]
        assert (
            {"code", "message", "fields", "request_id"}
            <= set(error)
            <= {"code", "message", "fields", "request_id", "state"}
        )
        assert error["request_id"] == self.headers["X-Request-Id"]
        return error


@dataclass(frozen=True)
class Visitor:
    """Somebody at a browser or a mini program."""

    http: aiohttp.ClientSession
    base: str
    person: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    async def ask(self, method: str, path: str, **options: Any) -> Answer:
        headers = {**self.headers, **options.pop("headers", {})}
        url = self.base + path if path.startswith("/") else path
        async with self.http.request(method, url, headers=headers, allow_redirects=False, **options) as got:
            answer = Answer(got.status, got.headers, await got.read())
        for name, value in EXPECTED.items():
            assert answer.headers.get(name) == value, f"{method} {path}: {name}"
        assert "script-src" not in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        if answer.status >= 400 and method != "HEAD":
            assert answer.error["message"]
        return answer

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.ask("GET", path, **options)

    async def post(self, path: str, json: Any = None, **options: Any) -> Answer:
        return (
            await self.ask("POST", path, json=json, **options)
            if json is not None
            else await self.ask("POST", path, **options)
        )

    def with_headers(self, **headers: str) -> Visitor:
        return replace(
            self, headers={**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        )

    def without(self, header: str) -> Visitor:
        return replace(self, headers={name: value for name, value in self.headers.items() if name != header})


@dataclass
class SmallHub:
    """A hub that listens on a port of its own."""

    world: World
    identity: IdentityServices
    application: WebApplication
    http: aiohttp.ClientSession
    base: str

    @property
    def guest(self) -> Visitor:
        return Visitor(self.http, self.base)

    async def handler(
        self, region: str, *, bureau: str | None = None, app: App = "ydsh", person: str | None = None
    ) -> Visitor:
        """Staff with one position, by bearer token."""
        who = person or f"handler-{region}-{bureau}"
        holding = Holding(
            id=f"position-{who}",
            role="handler",
            region=region,
            path=self.world.place(region).path,
            bureau=bureau,
            person=who,
            since=to_milliseconds(self.world.clock.now()),
        )
        await self.world.database["positions"].replace_one(
            {"_id": holding.id}, self.world.database.encode(holding), upsert=True
        )
        return await self._visitor(who, app, "staff", "none")

    async def resident(self, person: str = "resident", assurance: str = "claimed") -> Visitor:
        return await self._visitor(person, "ykt", "resident", assurance)

    async def by_cookie(self, visitor: Visitor, app: App) -> Visitor:
        """The same person at a browser: the session travels as a cookie, with the CSRF token beside it."""
        token = visitor.headers["Authorization"].removeprefix("Bearer ")
        actor = await self.identity.sessions.actor(token, app)
        assert actor is not None and actor.session is not None
        csrf = self.application.parts.protection.token(actor.session)
        return Visitor(
            self.http,
            self.base,
            visitor.person,
            {"Cookie": f"hub_{app}={token}", "X-Hub-CSRF": csrf, "Origin": self.base},
        )

    async def _visitor(self, person: str, app: App, kind: Any, assurance: str) -> Visitor:
        database = self.world.database
        await database["people"].update_one(
            {"_id": person},
            {"$set": {"assurance": assurance}, "$setOnInsert": {"name": "", "rights": 0, "consents": []}},
            upsert=True,
        )
        opened = await database.transaction(
            lambda session: self.identity.sessions.open(session, app=app, kind=kind, person=person)
        )
        return Visitor(self.http, self.base, person, {"Authorization": f"Bearer {opened.token}", "X-Hub-App": app})


class NobodyAsks:
    """No test here goes to WeChat: tests/identity does, with the stand-in."""

    async def by_mini_program(self, appid: str, code: str) -> Seen:
        raise AssertionError("asked WeChat")

    async def by_official_account(self, appid: str, code: str) -> Seen:
        raise AssertionError("asked WeChat")


@asynccontextmanager
async def small_hub(
    uri: str,
    name: str,
    *,
    settings: WebSettings | None = None,
    plugins: Sequence[tuple[str, Any]] = (),
    on: Sequence[str] = (ANJU, SHEHONG),
    mode: Any = "test",
    checks: Sequence[Check] = (),
    packed: Path | None = None,
) -> AsyncIterator[SmallHub]:
    """A hub with the tiny plugins on in the counties ``on``, and ``plugins`` beside them. Its database goes with it."""
    settings = settings or WebSettings()
    database = Database.connect(uri, name, FieldCipher(new_key_file()))
    world, identity = await _world(database, settings, [("notes", Notes()), ("trials", Trials()), *plugins], on)
    application = make_application(
        settings=settings,
        mode=mode,
        host=world.host,
        counties=world.counties,
        places=world.places,
        units=world.units,
        sessions=identity.sessions,
        templates=ROOT / "templates",
        packed=packed,
        registry=CollectorRegistry(),
        checks=checks,
    )
    server = make_server(application)
    [socket] = bind_sockets(0, "127.0.0.1")
    server.add_socket(socket)
    base = f"http://127.0.0.1:{socket.getsockname()[1]}"
    try:
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
            for plugin in world.host.plugins.values():
                if plugin.lifespan is not None:
                    await stack.enter_async_context(plugin.lifespan(None))
            yield SmallHub(world, identity, application, http, base)
    finally:
        server.stop()
        await server.close_all_connections()
        identity.close()
        await database.client.drop_database(name)
        await database.close()


async def _world(
    database: Database, settings: WebSettings, plugins: Sequence[tuple[str, Any]], on: Sequence[str]
) -> tuple[World, IdentityServices]:
    here, clock = Places(database), MovingClock(MONDAY_MORNING)
    identity = IdentityServices.build(database=database, clock=clock, new_id=IdMaker(clock), places=here, accounts={})
    mine = [("identity", IdentityPlugin(identity, NobodyAsks())), *builtin_plugins(settings)]
    host = Host(gather([*plugins, *mine]))
    assert host.problems() == []
    plugin_collections = (indexes.of_plugin(spec) for spec in host.collections.values())
    await database.ensure([*CORE, *COLLECTIONS, *identity_module.COLLECTIONS, *plugin_collections])
    await here.import_rows(places.read_csv(REGIONS))
    switches = Counties(database, host, {})
    await switches.seed({county: {plugin: Switch(on=True) for plugin, _ in plugins} for county in on})
    units = Units(
        database=database,
        host=host,
        counties=switches,
        places=here,
        clock=clock,
        files=Files(database),
        reaches=lambda actor, permission: reaches(actor, permission, host),
    )
    slate = Slate(database.client, database.name)
    return World(database, host, switches, here, clock, units, slate, switches.board), identity
