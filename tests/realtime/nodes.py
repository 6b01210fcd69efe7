"""Hub nodes with a real port, and phones that speak to them over real sockets."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Self

import msgspec
from prometheus_client import CollectorRegistry
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, websocket_connect

from hub.identity import people, positions, sessions, tickets
from hub.identity.sessions import Sessions
from hub.identity.settings import IdentitySettings
from hub.identity.tickets import Tickets
from hub.realtime.bus import Bus, InProcessBus
from hub.realtime.commands import Commands
from hub.realtime.handler import LiveHandler, SocketAccess
from hub.realtime.live import Live
from hub.realtime.settings import LiveSettings
from hub.realtime.topics import Address
from hub.rules.turns import Turns
from hub.store import canaries, inbox
from hub.store.canaries import Canaries
from hub.store.inbox import Inbox, InboxDraft, InboxEntry
from hub.web.access import check_access
from hub.web.decoding import Decoder
from hub.words.actors import Actor, App
from hub.words.contributions import Anyone, Command, Permission, Role
from hub.words.errors import Conflict
from hub.words.hookspecs import hookimpl
from hub.words.ids import IdMaker
from tests.deaf import deaf
from tests.waiting import patience
from tests.world import ANJU, MONDAY_MORNING, World

COLLECTIONS = (
    *inbox.COLLECTIONS,
    *canaries.COLLECTIONS,
    *people.COLLECTIONS,
    *positions.COLLECTIONS,
    *sessions.COLLECTIONS,
    *tickets.COLLECTIONS,
)


class Line(msgspec.Struct, frozen=True):
    """What the pad is told."""

    text: str
    times: int = 1


class Pad:
    """A plugin with websocket commands."""

    @hookimpl
    def roles(self) -> list[Role]:
        return [Role("pad_user", "便签员")]

    @hookimpl
    def permissions(self) -> list[Permission]:
        return [Permission("pad.decide", "记事", ("pad_user",))]

    @hookimpl
    def commands(self) -> list[Command]:
        return [
            Command(name="echo", call=echo, access=Anyone.SIGNED_IN),
            Command(name="taken", call=taken, access=Anyone.SIGNED_IN),
            Command(name="decide", call=echo, access="pad.decide"),
            Command(name="hang", call=hang, access=Anyone.SIGNED_IN),
            Command(name="deaf", call=deafly, access=Anyone.SIGNED_IN),
            Command(name="break", call=fail, access=Anyone.SIGNED_IN),
        ]


async def echo(ctx: Any, body: Line) -> Line:
    return Line(f"{ctx.plugin}@{ctx.place.code}: {body.text * body.times}")


async def taken(ctx: Any) -> None:
    raise Conflict("已被他人领取。", state={"by": "p2"})


async def hang(ctx: Any) -> None:
    await asyncio.Event().wait()


async def deafly(ctx: Any) -> None:
    await deaf()


async def fail(ctx: Any, body: Line) -> None:
    raise ZeroDivisionError(body.text)


@dataclass
class Town:
    """One database with its people, and as many nodes as a test wants."""

    world: World
    sessions: Sessions
    tickets: Tickets
    inbox: Inbox
    nodes: list[Node] = field(default_factory=list)
    numbers: Any = field(default_factory=itertools.count)

    @staticmethod
    async def found(uri: str, name: str) -> World:
        """The database with its indexes: made once for all tests, since that takes longer than most of them."""
        world = await World.make(uri, name, [("pad", Pad())])
        await world.database.ensure(COLLECTIONS)
        world.units.turns = Turns(ask_again=timedelta(milliseconds=10))
        return world

    @classmethod
    async def make(cls, world: World) -> Self:
        """Nobody has signed in yet, and no message was ever written."""
        for collection in COLLECTIONS:
            await world.database[collection.name].delete_many({})
        world.clock.set(MONDAY_MORNING)
        settings = IdentitySettings()
        logins = Sessions(world.database, world.clock, settings)
        return cls(world, logins, Tickets(world.database, world.clock, settings, logins), Inbox(world.database))

    async def start(self, settings: LiveSettings | None = None, bus: Bus | None = None, **given: Any) -> Node:
        node = await Node.start(self, settings or LiveSettings(), bus or InProcessBus(), f"n{len(self.nodes)}", **given)
        self.nodes.append(node)
        return node

    async def stop(self) -> None:
        for node in self.nodes:
            await node.stop()

    async def sign_in(self, person: str, app: App = "ydsh") -> Actor:
        """A new session of this person."""
        kind = "resident" if app == "ykt" else "staff"
        opened = await self.world.database.transaction(
            lambda session: self.sessions.open(session, app=app, kind=kind, person=person)
        )
        actor = await self.sessions.actor(opened.token, app)
        assert actor is not None
        return actor

    async def store(self, person: str, count: int = 1, app: App = "ydsh", body: str = "") -> list[InboxEntry]:
        """Commit messages to somebody's inbox, without telling anybody."""
        new_id = IdMaker(self.world.clock)
        drafts = [
            InboxDraft(
                id=new_id(),
                person=person,
                app=app,
                county=ANJU,
                message="worklist.arrived",
                code="P01",
                title="新的待办",
                body=body or f"第 {next(self.numbers)} 件",
                at=self.world.clock.now(),
            )
            for _ in range(count)
        ]
        return await self.world.database.transaction(lambda session: self.inbox.append(session, drafts))


@dataclass
class Node:
    """A running hub node: the live door alone, behind Tornado's own server."""

    town: Town
    live: Live
    server: HTTPServer
    port: int
    phones: list[Phone] = field(default_factory=list)

    @classmethod
    async def start(cls, town: Town, settings: LiveSettings, bus: Bus, name: str, **given: Any) -> Self:
        world = town.world
        check = partial(check_access, host=world.host, tree=world.places.tree)
        live = Live(
            settings,
            node=name,
            inbox=given.get("inbox", town.inbox),
            tickets=town.tickets,
            logins=town.sessions,
            commands=Commands(world.host, world.counties, world.places, world.units, check, Decoder(world.clock)),
            bus=bus,
            canaries=Canaries(world.database),
            clock=world.clock,
            may_listen=may_listen,
            registry=CollectorRegistry(),
            now=given.get("now"),
        )
        await live.start()
        door = SocketAccess(
            live, lambda origin, host: origin != "https://evil.example", lambda request: request.remote_ip or ""
        )
        server = HTTPServer(Application([("/ws", LiveHandler, {"door": door})]))
        [listening] = bind_sockets(0, "127.0.0.1")
        server.add_sockets([listening])
        return cls(town, live, server, listening.getsockname()[1])

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws"

    async def stop(self) -> None:
        self.server.stop()
        for phone in self.phones:
            phone.hang_up()
        await self.live.stop()
        await self.server.close_all_connections()

    async def push(self, person: str, count: int = 1, **words: Any) -> Sequence[InboxEntry]:
        """Commit and tell, as the dispatcher does."""
        entries = await self.town.store(person, count, **words)
        self.live.publish(entries)
        return entries

    def count(self, name: str, **labels: str) -> float:
        """A metric of this node."""
        registry: Any = self.live.metrics
        for metric in vars(registry).values():
            for family in metric.collect():
                for sample in family.samples:
                    if sample.name == name and sample.labels == labels:
                        return float(sample.value)
        return 0.0


def may_listen(actor: Actor, topic: Address) -> bool:
    return actor.kind == "staff" and topic.place.startswith(ANJU)


class Phone:
    """A client that does everything by hand, so that a test may do it wrong."""

    def __init__(self, socket: WebSocketClientConnection) -> None:
        self.socket = socket

    @classmethod
    async def dial(cls, node: Node) -> Self:
        phone = cls(await websocket_connect(node.url))
        node.phones.append(phone)
        return phone

    @classmethod
    async def open(cls, node: Node, actor: Actor, device: str = "phone", resume: Any = None) -> tuple[Self, Any]:
        """A phone that was welcomed, and its welcome."""
        phone = await cls.dial(node)
        await phone.hello(node.town.tickets.issue(actor), device, resume)
        welcome = await phone.hear()
        assert welcome["t"] == "welcome", welcome
        return phone, welcome

    async def hello(self, ticket: str, device: str = "phone", resume: Any = None, v: int = 1) -> None:
        await self.say({"t": "hello", "v": v, "ticket": ticket, "device": device, "resume": resume or {}})

    async def say(self, frame: Any) -> None:
        await self.socket.write_message(
            frame if isinstance(frame, str | bytes) else msgspec.json.encode(frame).decode()
        )

    async def flood(self, frames: Iterable[Any]) -> None:
        """Says them all, or as many as it can until the hub has closed: on a busy machine that is before the last."""
        with suppress(WebSocketClosedError):
            for frame in frames:
                await self.say(frame)

    async def hear(self) -> Any:
        """The next frame; None when the socket was closed."""
        async with patience():
            text = await self.socket.read_message()
        return None if text is None else msgspec.json.decode(text)

    async def hear_many(self, count: int) -> list[int]:
        """The sequence numbers of the next messages."""
        frames = [await self.hear() for _ in range(count)]
        assert all(frame and frame["t"] == "msg" for frame in frames), frames
        return [frame["seq"] for frame in frames]

    async def ended(self) -> int | None:
        """The code that the hub closes with; frames before it are passed over."""
        while await self.hear() is not None:
            pass
        return self.socket.close_code

    async def is_quiet(self) -> bool:
        """Whether nothing was waiting: whatever was sent before comes before the answer to a ping."""
        await self.say({"t": "ping"})
        return bool((await self.hear())["t"] == "pong")

    def cut(self) -> None:
        """As a tunnel cuts: no close frame."""
        if self.socket.protocol is not None and self.socket.protocol.stream is not None:
            self.socket.protocol.stream.close()

    def hang_up(self) -> None:
        """Politely, then at once."""
        connection = self.socket.protocol
        self.socket.close()
        if connection is not None and connection.stream is not None:
            connection.stream.close()


def at(welcome: Any, stream: str = "inbox") -> dict[str, Any]:
    """``resume`` from where a welcome put a stream."""
    return {stream: welcome["streams"][stream]}


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop turn until something holds."""
    async with patience():
        while not condition():
            await asyncio.sleep(0.005)
