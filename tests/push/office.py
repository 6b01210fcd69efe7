"""A hub's push part on the real database and the real stand-in, with a plugin that sends what a test tells it to."""

from __future__ import annotations

import contextlib
import random
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import aiohttp
import msgspec
from aiohttp import web
from prometheus_client import CollectorRegistry

from hub.identity import identity as identity_module
from hub.identity.consents import ConsentWithdrawn
from hub.identity.identity import IdentityServices
from hub.identity.permissions import ROLES
from hub.identity.positions import PositionChanged
from hub.identity.wechat_users import Seen
from hub.push import push as push_module
from hub.push.push import PushServices
from hub.push.settings import DispatchSettings, LinkSettings, PushSettings, SweeperSettings, WorkerSettings
from hub.rules import counties, places
from hub.rules.counties import Counties, Switch
from hub.rules.gathering import gather
from hub.rules.host import Host
from hub.rules.places import Places
from hub.rules.turns import Turns
from hub.rules.units import Units
from hub.store import files, indexes, leases, numbers, outbox
from hub.store.cipher import FieldCipher, new_key_file
from hub.store.database import Database
from hub.store.deliveries import Balance, Delivery, Filter
from hub.store.inbox import InboxEntry
from hub.wechat.accounts import WeChatAccount
from hub.wechat.callbacks import ANSWER, CallbackQuery, open_callback
from hub.wechat.client import WeChat
from hub.wechat.connections import open_http
from hub.wechat.settings import WeChatSettings
from hub.wechat.sign_in import accounts_by_app
from hub.wechat.simulator import Remote, Simulator, SimulatorSettings, StandInAccount, Template
from hub.words.actors import App
from hub.words.clock import MovingClock
from hub.words.contributions import (
    Event,
    Holders,
    MessageClass,
    MessageType,
    Persons,
    Push,
    Reaction,
    Trigger,
    Withdraw,
)
from hub.words.hookspecs import hookimpl
from hub.words.ids import IdMaker
from tests.waiting import until

MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 09:00 on a Monday in the city
CITY, ANJU, SHEHONG, JUXIAN = "510900", "510904", "510981", "510904114"
REGIONS = (Path(__file__).parents[2] / "hub/demo/data/regions.csv").read_text(encoding="utf-8")
OA, YKT = "wx-oa", "wx-ykt"
TODO = "tpl-todo"
SEND_OA, SEND_MP = "/cgi-bin/message/template/send", "/cgi-bin/message/subscribe/send"

# Short enough to be waited for, long enough for a busy machine.
QUICK = PushSettings(
    dispatch=DispatchSettings(
        poll=timedelta(milliseconds=20),
        lease=timedelta(seconds=2),
        retry_after=(timedelta(milliseconds=10),),
        cut_off_after=3,
        probe_every=timedelta(minutes=10),
    ),
    worker=WorkerSettings(
        poll=timedelta(milliseconds=20),
        lease=timedelta(seconds=2),
        rate=100_000,
        breaker_pause=timedelta(milliseconds=50),
        breaker_longest=timedelta(milliseconds=200),
    ),
    sweeper=SweeperSettings(every=timedelta(milliseconds=50)),
    links=LinkSettings(public_url="https://hub.example"),
)


class Parcel(Event, frozen=True, kw_only=True):
    """Something for these persons, or for the holders of a role. ``boom`` makes a trigger of the test's plugin fail."""

    subject: str
    persons: tuple[str, ...] = ()
    role: str | None = None
    message: str = "note"
    key: str | None = None
    urgent: bool = False
    bulk: bool = False
    withdraw: str | None = None
    keep: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None
    text: str = "高龄津贴"


class Parcels:
    """Pushes what its event says. ``before`` is awaited first, so that a test can make it fail or hang; ``meanwhile`` in the
    reaction's transaction."""

    def __init__(self) -> None:
        self.before: Callable[[Parcel], Any] | None = None
        self.meanwhile: Callable[[Any], Any] | None = None
        self.also: list[Push] = []

    @hookimpl
    def events(self) -> list[type[Event]]:
        return [Parcel]

    @hookimpl
    def triggers(self) -> list[Trigger]:
        return [
            Trigger(event=Parcel, call=self.tell, budget=timedelta(seconds=1)),
            Trigger(event=Parcel, call=self.tell_again),
        ]

    @hookimpl
    def reactions(self) -> list[Reaction]:
        return [Reaction(event=Parcel, call=self.react)]

    @hookimpl
    def message_types(self) -> list[MessageType]:
        sample = {"text": "高龄津贴", "at": "2026-11-23T09:00:00+08:00"}

        def kind(name: str, app: App = "ykt", **more: Any) -> MessageType:
            return MessageType(
                name=name, code="P14", kind="todo", app=app, label=name, sample=sample, link="/p/{text}", **more
            )

        return [
            kind("note"),
            kind("desk", app="ops"),
            kind("legal", message_class=MessageClass.LEGAL),
            kind("digest", message_class=MessageClass.DIGEST),
            kind("bundled", bundle=timedelta(minutes=10)),
        ]

    async def tell(self, event: Parcel, ctx: Any) -> Sequence[Push | Withdraw]:
        if self.before is not None:
            await self.before(event)
        if event.withdraw is not None:
            which = {"keep": event.keep, "only": event.only}
            return [Withdraw(message=f"parcels.{event.message}", key=event.withdraw, reason="已由他人办理", **which)]
        to = Persons(event.persons) if event.role is None else Holders(role=event.role, place=event.place)
        data = {"text": event.text, "at": ctx.now()}
        message = f"parcels.{event.message}"
        key, lane = event.key or event.subject, {"urgent": event.urgent, "bulk": event.bulk}
        return [Push(to=to, message=message, key=key, data=data, **lane)]

    async def tell_again(self, event: Parcel, ctx: Any) -> Sequence[Push]:
        return self.also

    async def react(self, event: Parcel, ctx: Any) -> None:
        ctx.audit("parcels.reacted", event.subject)
        if self.meanwhile is not None:
            await self.meanwhile(ctx)


class Roles:
    """Stands where identity stands: the roles of positions, the fact that they have changed, and that somebody takes a consent back."""

    @hookimpl
    def events(self) -> list[type[Event]]:
        return [PositionChanged, ConsentWithdrawn]

    @hookimpl
    def roles(self) -> Any:
        return ROLES


TEMPLATES = {
    "inbox": "{{ text }}有新进展\n请点开查看。时间：{{ at | moment }}\n",
    "oa": 'thing1: {{ text if count == 1 else "待办 %d 件" % count }}\ntime2: {{ first.at | moment }}\n',
}


@dataclass
class Office:
    """The push part of one node, and everything around it."""

    database: Database
    clock: MovingClock
    identity: IdentityServices
    units: Units
    parcels: Parcels
    push: PushServices
    phones: Remote
    stand_in: Simulator
    clients: dict[str, WeChat]
    templates: Path
    http: aiohttp.ClientSession
    published: list[InboxEntry] = field(default_factory=list)

    async def person(
        self, name: str, *, oa: bool = True, mp: bool = False, follows: bool = True, credits: int = 0
    ) -> str:
        """Somebody known to the hub, bound at the official account, the mini program, or both."""
        openids = await self.phones.add_person(name, follows=follows and oa, credits={TODO: credits})
        union = f"union-{name}"
        seen = ([Seen(YKT, openids[YKT], union)] if mp else []) + ([Seen(OA, openids[OA], union)] if oa else [])
        person = ""
        for one in seen:
            person = await self.database.transaction(
                lambda session, one=one: self.identity.wechat.resident(session, one)
            )
        if oa and follows:
            await self.identity.directory.follow(OA, openids[OA], union)
        for _ in range(credits):
            await self.add_credit(openids[YKT])
        return person

    async def add_credit(self, openid: str) -> None:
        ledger = self.push._credits
        await self.database.transaction(lambda session: ledger.add(session, ledger.id_of(YKT, openid, TODO), YKT))

    async def tell(self, *parcels: Parcel) -> list[str]:
        """Commit these facts in one unit; the ids of their events."""

        async def call(ctx: Any) -> None:
            for parcel in parcels:
                ctx.emit(parcel)

        before = {row["_id"] async for row in self.database["events"].find({}, {"_id": 1})}
        await self.units.run(call, plugin="parcels", place=self.units.places.tree[parcels[0].place])
        found = self.database["events"].find({"type": "parcels.Parcel"}, {"_id": 1}, sort=[("_id", 1)])
        return [row["_id"] async for row in found if row["_id"] not in before]

    async def reacted(self) -> list[str]:
        """The subjects of the parcels that were reacted to, each as often as that was committed. A reaction may be called more often:
        a transaction that is begun right after a claim may not see it yet, and begins again."""
        rows = self.database["audit"].find({"what": "parcels.reacted"}, {"subject": 1})
        return sorted([row["subject"] async for row in rows])

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until an awaitable condition holds."""
        await until(condition)

    async def settled(self) -> None:
        """Wait until no event is at work and no delivery is due."""

        async def quiet() -> bool:
            if await self.database["events"].count_documents({"state": "pending", "parked": False}):
                return False
            now = self.clock.now()
            due = {"state": {"$in": ["pending", "held"]}, "next_at": {"$lte": now}}
            return not await self.database["deliveries"].count_documents({"$or": [due, {"state": "sending"}]})

        await self.until(quiet)

    async def confirmed(self) -> None:
        """Settled, and nothing waits for a confirmation."""
        await self.settled()

        async def worked() -> bool:
            return not await self.database["deliveries"].count_documents({"state": "sent"})

        await self.until(worked)

    async def shown(self, count: int) -> None:
        """Wait until live sessions were given so many entries: a commit is seen by others before the writer hears of it."""

        async def given() -> bool:
            return len(self.published) >= count

        await self.until(given)

    async def deliveries(self, channel: str | None = "wechat", **filter: Any) -> list[Delivery]:
        wanted = {**filter, **({"channel": channel} if channel else {})}
        rows = self.database["deliveries"].find(wanted, sort=[("_id", 1)])
        return [self.database.decode(Delivery, row) async for row in rows]

    async def states(self, channel: str = "wechat") -> list[tuple[str, str | None]]:
        return [(each.state, each.reason) for each in await self.deliveries(channel)]

    async def texts(self, openid: str | None = None) -> list[str]:
        """The first field of each message on the phones."""
        return [message["fields"]["thing1"] for message in await self.phones.messages(openid)]

    async def balance(self) -> list[Balance]:
        """All hours; each must be exact."""
        rows = await self.push.operations.balance()
        assert [row.missing for row in rows] == [0] * len(rows), rows
        return rows

    async def dead_letters(self) -> Filter:
        return Filter(counties=(ANJU, SHEHONG, None), states=("failed", "dead"))

    def second_node(self, name: str, settings: PushSettings = QUICK) -> PushServices:
        """Another node on the same database."""
        return _push(self, name, settings, self.published)


def _push(office: Office, node: str, settings: PushSettings, published: list[InboxEntry]) -> PushServices:
    accounts = [client.account for client in office.clients.values()]
    part = PushServices.prepare(
        settings,
        office.templates,
        office.database,
        office.clock,
        accounts,
        office.clients,
        CollectorRegistry(),
        random.Random(7),
    )
    part.connect(node=node, units=office.units, directory=office.identity.directory, publish=published.extend)
    return part


def _account(kind: Literal["oa", "mp"], appid: str, app: App | None, url: str) -> WeChatAccount:
    return WeChatAccount(
        name=appid,
        kind=kind,
        appid=appid,
        secret=f"secret-of-{appid}-0123456789",
        callback_token=f"token-of-{appid}",
        aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
        app=app,
        base_url=url,
        templates={"todo": TODO, "alert": "tpl-alert"},
    )


class Landing:
    """The callback address: opens what comes and hands it to the push part, as the door does."""

    def __init__(self, clock: MovingClock) -> None:
        self.clock = clock
        self.accounts: dict[str, WeChatAccount] = {}
        self.take: Callable[..., Any] | None = None
        self.url = ""

    async def receive(self, request: web.BaseRequest) -> web.Response:
        account = self.accounts[request.path.rsplit("/", 1)[-1]]
        query = msgspec.convert(dict(request.query), CallbackQuery)
        assert self.take is not None
        await self.take(open_callback(account, query, await request.read(), self.clock.now()))
        return web.Response(text=ANSWER)


@contextlib.asynccontextmanager
async def _landing(clock: MovingClock) -> AsyncIterator[Landing]:
    landing = Landing(clock)
    runner = web.ServerRunner(web.Server(landing.receive, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    landing.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
    yield landing
    await runner.cleanup()


@contextlib.asynccontextmanager
async def furnished(uri: str, name: str) -> AsyncIterator[Database]:
    """A database with all collections, indexes and regions of an office, and its plugin on in two counties."""
    database = Database.connect(uri, name, FieldCipher(new_key_file()))
    clock = MovingClock(MORNING)
    part = PushServices.prepare(QUICK, Path(), database, clock, [], {}, CollectorRegistry(), random.Random(7))
    host = _host(Parcels(), part)
    core = (outbox, files, numbers, leases, places, counties, identity_module, push_module)
    wanted = [spec for module in core for spec in module.COLLECTIONS]
    await database.ensure([*wanted, *(indexes.of_plugin(spec) for spec in host.collections.values())])
    await Places(database).import_rows(places.read_csv(REGIONS))
    on = {"parcels": Switch(on=True)}
    await Counties(database, host, {}).seed(dict.fromkeys((ANJU, SHEHONG), on))
    yield database
    await database.client.drop_database(name)
    await database.close()


def _host(parcels: Parcels, part: PushServices, plugins: Sequence[tuple[str, Any]] = ()) -> Host:
    host = Host(gather([("roles", Roles()), ("parcels", parcels), *part.builtin_plugins(), *plugins]))
    assert host.problems() == []
    return host


@contextlib.asynccontextmanager
async def opened(
    database: Database, folder: Path, settings: PushSettings, plugins: Sequence[tuple[str, Any]] = ()
) -> AsyncIterator[Office]:
    """Nothing runs yet: ``async with office.push.running()``. ``plugins`` stand beside its own."""
    clock = MovingClock(MORNING)
    stand_in = Simulator((), clock, SimulatorSettings(callback_retry_gap=0.01))
    await stand_in.start()
    async with _landing(clock) as landing, open_http(WeChatSettings(timeout=timedelta(seconds=1))) as http:
        office = await _furnish(database, clock, stand_in, landing, http, folder, settings, plugins)
        yield office
        await stand_in.stop()
    office.identity.close()


async def _furnish(
    database: Database,
    clock: MovingClock,
    stand_in: Simulator,
    landing: Landing,
    http: aiohttp.ClientSession,
    folder: Path,
    settings: PushSettings,
    plugins: Sequence[tuple[str, Any]],
) -> Office:
    accounts = [_account("oa", OA, None, stand_in.url), _account("mp", YKT, "ykt", stand_in.url)]
    for account in accounts:
        landing.accounts[account.appid] = account
        templates = {TODO: Template(title="待办提醒", fields=("thing1", "time2")), "tpl-alert": Template(title="告警")}
        stand_in.world.open_account(StandInAccount.of(account, f"{landing.url}/{account.appid}", templates))
    clients = {account.appid: WeChat(account, http, clock) for account in accounts}
    parcels = Parcels()
    _write_templates(folder, parcels)
    here = Places(database)
    await here.load()
    identity = IdentityServices.build(
        database=database, clock=clock, new_id=IdMaker(clock), places=here, accounts=accounts_by_app(accounts)
    )
    registry = CollectorRegistry()
    part = PushServices.prepare(settings, folder, database, clock, accounts, clients, registry, random.Random(7))
    host = _host(parcels, part, plugins)
    assert part.templates.problems(host.message_types, accounts) == []
    switches = Counties(database, host, {})
    await switches.load()
    units = Units(
        database=database,
        host=host,
        counties=switches,
        places=here,
        clock=clock,
        files=files.Files(database),
        reaches=_none,
        turns=Turns(ask_again=timedelta(milliseconds=10)),
    )
    office = Office(
        database,
        clock,
        identity,
        units,
        parcels,
        part,
        Remote(stand_in.control_url, http),
        stand_in,
        clients,
        folder,
        http,
    )
    part.connect(node="one", units=units, directory=identity.directory, publish=office.published.extend)
    landing.take = part.take_callback
    return office


def _none(_actor: Any, _permission: str) -> tuple[()]:
    return ()


def _write_templates(folder: Path, parcels: Parcels) -> None:
    (folder / "parcels").mkdir()
    for kind in parcels.message_types():
        for channel, text in {**TEMPLATES, "mp": TEMPLATES["oa"]}.items():
            (folder / "parcels" / f"{kind.name}.{channel}").write_text(text, encoding="utf-8")
