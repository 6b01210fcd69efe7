"""Wiring: builds the parts, hands them to each other, and starts and stops them in order. Nothing is decided here."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self

import structlog
from prometheus_client import CollectorRegistry, Info
from redis.asyncio import Redis
from tornado.netutil import bind_sockets

from hub import __version__, policy
from hub.api import RENAMED
from hub.console.health import Instruments
from hub.console.plugin import OpsPlugin
from hub.identity import identity as identity_module
from hub.identity.desk import StaffPlugin
from hub.identity.erasing import WithdrawalsPlugin
from hub.identity.identity import IdentityServices
from hub.identity.permissions import reaches
from hub.identity.plugin import IdentityPlugin
from hub.identity.proofs import ProofsPlugin
from hub.jobs import runner as job_runner
from hub.jobs.runner import JobRunner
from hub.push import push as push_module
from hub.push.push import PushServices
from hub.reading import fonts
from hub.reading.tables import Tables
from hub.realtime.bus import Bus, InProcessBus
from hub.realtime.commands import Commands, compile_commands
from hub.realtime.handler import LiveHandler, SocketAccess
from hub.realtime.live import Live
from hub.realtime.redis_bus import RedisBus
from hub.realtime.topics import Subjects
from hub.rules import counties as counties_module
from hub.rules import faults, workdaytable
from hub.rules import places as places_module
from hub.rules.blame import blamed
from hub.rules.counties import Counties, common_problems, read_switches
from hub.rules.finding import CORE, find
from hub.rules.gathering import gather
from hub.rules.host import Host
from hub.rules.lifespans import alive
from hub.rules.places import Places
from hub.rules.plugins import Plugin
from hub.rules.sources import digest_of
from hub.rules.turns import Turns
from hub.rules.units import Units
from hub.rules.workdaytable import WorkdayTable
from hub.settings import HubSettings
from hub.starting import told_in_words
from hub.store import (
    backup,
    canaries,
    embedded,
    files,
    indexes,
    keyring,
    leases,
    migrations,
    nodes,
    numbers,
    outbox,
    versions,
)
from hub.store.addresses import check_server
from hub.store.canaries import Canaries
from hub.store.cipher import FieldCipher, load_keys, new_key_file
from hub.store.clocks import clock_problem
from hub.store.database import Database, close_client, new_client, reach
from hub.store.files import Files
from hub.store.leases import Leases
from hub.store.mongo import AsyncMongoClient, PyMongoError
from hub.store.nodes import NodeName
from hub.watchdog import Watchdog, teller
from hub.web import application as web_application
from hub.web.access import check_access
from hub.web.application import Handlers, builtin_plugins, make_application, make_pages, make_router, make_server
from hub.web.base import WebApplication
from hub.web.decoding import Decoder
from hub.web.health import Check
from hub.web.openapi import describe
from hub.web.pages import sprite
from hub.web.pages.oauth import Authorize
from hub.web.server import Server
from hub.web.wechat import CallbackDesk, CallbackHandler
from hub.wechat.accounts import WeChatAccount, check_accounts
from hub.wechat.callbacks import NonceGuard
from hub.wechat.client import WeChat
from hub.wechat.connections import open_http
from hub.wechat.shared_tokens import SharedTokens
from hub.wechat.sign_in import WeChatSignIn, accounts_by_app
from hub.words.actors import Actor, Reach
from hub.words.clock import Clock, SystemClock
from hub.words.contributions import Access, Migration
from hub.words.endings import cancel_and_wait
from hub.words.errors import SetupError
from hub.words.ids import IdMaker
from hub.words.regions import Region

log = structlog.get_logger("hub")

# What requests at work may still take when the hub stops.
ANSWER_WITHIN = timedelta(seconds=8)

COLLECTIONS = (
    *outbox.COLLECTIONS,
    *files.COLLECTIONS,
    *numbers.COLLECTIONS,
    *leases.COLLECTIONS,
    *nodes.COLLECTIONS,
    *migrations.COLLECTIONS,
    *versions.COLLECTIONS,
    *canaries.COLLECTIONS,
    *keyring.COLLECTIONS,
    *places_module.COLLECTIONS,
    *workdaytable.COLLECTIONS,
    *counties_module.COLLECTIONS,
    *job_runner.COLLECTIONS,
    *identity_module.COLLECTIONS,
    *push_module.COLLECTIONS,
    *web_application.COLLECTIONS,
)
NamedPlugins = Sequence[tuple[str, Any]]


@dataclass(kw_only=True)
class Hub:
    """A hub whose parts are built and connected. ``serving`` opens its doors."""

    settings: HubSettings
    clock: Clock
    node: str
    database: Database
    host: Host
    places: Places
    workdays: WorkdayTable
    counties: Counties
    units: Units
    identity: IdentityServices
    clients: Mapping[str, WeChat]
    push: PushServices
    live: Live
    jobs: JobRunner
    application: WebApplication
    registry: CollectorRegistry
    watchdog: Watchdog
    url: str = ""
    _sockets: list[socket.socket] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        settings: HubSettings,
        *,
        clock: Clock | None = None,
        extra_plugins: NamedPlugins = (),
        extra_handlers: Callable[[Hub], Handlers] | Handlers = (),
    ) -> AsyncIterator[Self]:
        """Bring the database up and build everything; nothing is served yet. For serving, and for commands.

        Raises ``SetupError`` with every problem that can be seen without serving.
        """
        _check_policy(settings)
        async with AsyncExitStack() as stack:
            with told_in_words():
                hub = await _build(cls, settings, clock or SystemClock(), extra_plugins, extra_handlers, stack)
            yield hub

    @asynccontextmanager
    async def serving(self, sockets: Sequence[socket.socket] = ()) -> AsyncIterator[None]:
        """Listen, and run dispatcher, workers, jobs and live sessions until the block ends; then stop in good order.
        ``sockets`` are those that a supervisor has opened; without them the settings say where.

        Sockets are told to move, requests at work are answered, what workers hold is given back.
        """
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._named())
            stack.push_async_callback(self._give_back_numbers)
            await self._try_again()
            common = functools.partial(self.counties.config, None)
            await stack.enter_async_context(alive(self.host.plugins.values(), common))
            await stack.enter_async_context(_background(self._tasks()))
            await stack.enter_async_context(self.push.running())
            await self.live.start()
            stack.push_async_callback(self.live.stop)
            server = self._listen(sockets)
            stack.push_async_callback(self._close, server)
            await stack.enter_async_context(self.watchdog.watching())
            for name in self.settings.without:
                log.warning("a plugin is left out of this start, what waits for it goes on waiting", plugin=name)
            log.info(
                "hub is serving", url=self.url, node=self.node, mode=self.settings.mode, plugins=list(self.host.plugins)
            )
            try:
                yield
            finally:
                log.info("hub is stopping", node=self.node)

    async def _give_back_numbers(self) -> None:
        """A database that is away by now costs a gap in the numbers, and nothing else."""
        with contextlib.suppress(PyMongoError):
            await self.units.numbers.give_back()

    async def _try_again(self) -> None:
        """What a plugin's version before could not do is tried at once by a new one."""
        digests = {name: digest for name, each in self.host.plugins.items() if (digest := digest_of(each.source))}
        for name in await versions.changed(self.database, digests):
            waited = await self.push.try_again(self.host.plugins[name].reader_names)
            jobs = await job_runner.try_again(self.database, name, self.clock.now())
            if waited or jobs:
                log.info("a plugin's new version tries again what had failed", plugin=name, events=waited, jobs=jobs)

    @asynccontextmanager
    async def _named(self) -> AsyncIterator[None]:
        """Alone under the node's name; one that was made up is nobody else's."""
        if not self.settings.server.name:
            yield
            return
        name = NodeName(self.database, self.node)
        await name.take()
        try:
            async with _background({"name": name.keep()}):
                yield
        finally:
            await name.leave()

    def _tasks(self) -> Mapping[str, Coroutine[Any, Any, None]]:
        return {
            "switches": self.counties.follow(),
            "regions": self.places.follow(),
            "workdays": self.workdays.follow(),
            "sessions": self.identity.sessions.follow(),
            "jobs": self.jobs.run(),
        }

    def _listen(self, given: Sequence[socket.socket]) -> Server:
        server = make_server(self.application)
        address = self.settings.server
        try:
            sockets = given or bind_sockets(address.port, address.host, reuse_port=False)
        except OSError as error:
            raise SetupError(
                f"cannot listen on {address.host}:{address.port} ({error.strerror}): set server.port to another, 0 for any free one"
            ) from None
        server.add_sockets(sockets)
        self.url = url_of(address.host, sockets[0].getsockname()[1])
        return server

    async def _close(self, server: Server) -> None:
        await asyncio.gather(server.finish(ANSWER_WITHIN), self.live.drain())


async def _build(
    kind: type[Hub],
    settings: HubSettings,
    clock: Clock,
    extra_plugins: NamedPlugins,
    extra_handlers: Callable[[Hub], Handlers] | Handlers,
    stack: AsyncExitStack,
) -> Any:
    node = settings.server.name or f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
    foundation, clients = await _laid(settings, clock, extra_plugins, stack)
    await _prepare(foundation, node)
    return await _raise(kind, foundation, node, clients, extra_handlers, stack)


async def _laid(
    settings: HubSettings, clock: Clock, extra_plugins: NamedPlugins, stack: AsyncExitStack
) -> tuple[_Foundation, dict[str, WeChat]]:
    """A foundation without a fault, whose database answers and is still as it was found; and the clients of its accounts."""
    database = await _database(settings, stack)
    await _check_clock(database, clock)
    http = await stack.enter_async_context(open_http(settings.wechat))
    redis = await _redis(settings, stack)
    clients = {
        account.appid: WeChat(
            account, http, clock, SharedTokens(redis, account.appid) if redis else None, production=settings.production
        )
        for account in settings.wechat.accounts
    }
    foundation = _Foundation.lay(settings, clock, database, clients, extra_plugins)
    stack.callback(foundation.identity.close)
    stack.callback(foundation.units.tables.close)
    host = foundation.host
    if wrong := host.problems() + common_problems(settings.settings, host) + foundation.template_problems():
        raise SetupError(*wrong)
    return foundation, clients


async def differences(settings: HubSettings) -> list[str]:
    """Where the settings and the database disagree, and what the next start changes in it, in words. Looks, and writes
    nothing: it may be asked by a newer version while an older one serves. Raises ``SetupError``.
    """
    async with AsyncExitStack() as stack:
        with told_in_words():
            foundation, _ = await _laid(settings, SystemClock(), (), stack)
            await check_server(foundation.database, production=settings.production)
            waiting = await migrations.waiting(foundation.database, foundation.migrations())
            await foundation.counties.load()
    found = [f"{name} has not run yet: the next start migrates the database" for name in waiting]
    return found + foundation.counties.differences(read_switches(settings.counties, foundation.host))


@dataclass(frozen=True, kw_only=True)
class _Foundation:
    """What can be built without asking the database anything: enough to check it all."""

    settings: HubSettings
    clock: Clock
    database: Database
    host: Host
    places: Places
    workdays: WorkdayTable
    counties: Counties
    units: Units
    identity: IdentityServices
    push: PushServices
    console: OpsPlugin
    registry: CollectorRegistry

    @classmethod
    def lay(
        cls,
        settings: HubSettings,
        clock: Clock,
        database: Database,
        clients: Mapping[str, WeChat],
        extra_plugins: NamedPlugins,
    ) -> Self:
        registry = CollectorRegistry()
        places, workdays = Places(database), WorkdayTable(database)
        identity = IdentityServices.build(
            database=database,
            clock=clock,
            new_id=IdMaker(clock),
            places=places,
            accounts=accounts_by_app(settings.wechat.accounts),
            settings=settings.identity,
        )
        push = PushServices.prepare(
            settings.push, settings.templates, database, clock, settings.wechat.accounts, clients, registry
        )
        console = OpsPlugin()
        host = Host(
            gather(
                [
                    ("identity", IdentityPlugin(identity, WeChatSignIn(clients))),
                    ("proofs", ProofsPlugin(identity)),
                    ("withdrawals", WithdrawalsPlugin(identity)),
                    ("staff", StaffPlugin(identity)),
                    ("ops", console),
                    *push.builtin_plugins(),
                    *builtin_plugins(settings.web),
                    *find([*CORE, *settings.loaded], [settings.plugins_dir]),
                    *extra_plugins,
                ]
            ),
            left_out=settings.without,
        )
        push.templates.add(host.templates)
        counties = Counties(database, host, settings.settings)
        units = Units(
            database=database,
            host=host,
            counties=counties,
            places=places,
            clock=clock,
            files=Files(database),
            reaches=functools.partial(_reaches, host),
            workdays=workdays,
            tables=Tables(settings.tables),
            turns=Turns(registry),
        )
        return cls(
            settings=settings,
            clock=clock,
            database=database,
            host=host,
            places=places,
            workdays=workdays,
            counties=counties,
            units=units,
            identity=identity,
            push=push,
            console=console,
            registry=registry,
        )

    def migrations(self) -> list[tuple[str, Migration]]:
        return [
            (plugin.name, _blamed(plugin, each)) for plugin in self.host.plugins.values() for each in plugin.migrations
        ]

    def template_problems(self) -> list[str]:
        return self.push.templates.problems(self.host.message_types, self.settings.wechat.accounts)


def _blamed(plugin: Plugin, migration: Migration) -> Migration:
    """The same, whose failure is the plugin's."""

    async def run(database: Database) -> None:
        with blamed(plugin, f"migration {migration.name}", migration.run):
            await migration.run(database)

    return Migration(migration.name, run)


async def _prepare(foundation: _Foundation, node: str) -> None:
    """The database as this version of the hub wants it, and what is kept of it in memory."""
    database, host = foundation.database, foundation.host
    await check_server(database, production=foundation.settings.production)
    await database.ensure([*COLLECTIONS, *(indexes.of_plugin(spec) for spec in host.collections.values())])
    await migrations.migrate(database, Leases(database, node), foundation.migrations())
    await foundation.places.load()
    await foundation.workdays.load()
    await foundation.counties.seed(read_switches(foundation.settings.counties, host))


async def _raise(
    kind: type[Hub],
    foundation: _Foundation,
    node: str,
    clients: Mapping[str, WeChat],
    extra_handlers: Callable[[Hub], Handlers] | Handlers,
    stack: AsyncExitStack,
) -> Any:
    settings, units, identity = (foundation.settings, foundation.units, foundation.identity)
    subjects = Subjects(
        foundation.host, foundation.counties, foundation.places, functools.partial(_may_listen, foundation)
    )
    live = Live(
        settings.live,
        node=node,
        inbox=foundation.push.inbox,
        tickets=identity.tickets,
        logins=identity.sessions,
        commands=Commands(
            foundation.host,
            foundation.counties,
            foundation.places,
            units,
            functools.partial(_may_command, foundation),
            Decoder(foundation.clock),
        ),
        bus=_bus(settings, node),
        canaries=Canaries(foundation.database),
        clock=foundation.clock,
        may_listen=subjects.may_listen,
        registry=foundation.registry,
    )
    units.on_commit.append(subjects.follow(live.announce))
    Info("hub_node", "Which node answers, and its version.", registry=foundation.registry).info(
        {"node": node, "version": __version__}
    )
    foundation.push.connect(node=node, units=units, directory=identity.directory, publish=live.publish)
    hub = kind(
        settings=settings,
        clock=foundation.clock,
        node=node,
        database=foundation.database,
        host=foundation.host,
        places=foundation.places,
        workdays=foundation.workdays,
        counties=foundation.counties,
        units=units,
        identity=identity,
        clients=clients,
        push=foundation.push,
        live=live,
        jobs=JobRunner(units=units, settings=settings.jobs, owner=node, alert=foundation.push.alert),
        application=None,  # type: ignore[arg-type]  # made next, from what is here
        registry=foundation.registry,
        watchdog=Watchdog(foundation.host.owner_of_file, teller(foundation.registry)),
    )
    extra = extra_handlers(hub) if callable(extra_handlers) else extra_handlers
    hub.application = _application(foundation, live, extra)
    foundation.console.connect(
        Instruments(
            ready=hub.application.parts.health.look,
            sessions=lambda: len(live.sessions),
            node=node,
            cut_off=foundation.push.operations.cut_off,
            alerts=foundation.push.alerts.newest,
            accounts=foundation.push.standing,
            resume=foundation.push.resume_named,
            templates=foundation.push.templates,
            wechat=tuple(foundation.settings.wechat.accounts),
        )
    )
    return hub


def _application(foundation: _Foundation, live: Live, extra: Handlers) -> WebApplication:
    settings = foundation.settings
    accounts = {account.name: account for account in settings.wechat.accounts}
    desk = CallbackDesk(accounts, foundation.push.take_callback, foundation.clock, NonceGuard())

    async def canary() -> str | None:
        return live.canary.problem()

    async def right_clock() -> str | None:
        return await clock_problem(foundation.database, foundation.clock)

    application = make_application(
        settings=settings.web,
        mode=settings.mode,
        host=foundation.host,
        counties=foundation.counties,
        places=foundation.places,
        units=foundation.units,
        sessions=foundation.identity.sessions,
        templates=settings.templates,
        packed=settings.data_dir / "packed",
        registry=foundation.registry,
        checks=[Check("live", canary), Check("clock", right_clock), *foundation.push.checks()],
        authorize=_authorize(settings.wechat.accounts),
        extra=[(r"/wechat/callback/([a-z0-9_-]+)", CallbackHandler, {"desk": desk}), *extra],
    )
    parts = application.parts
    door = SocketAccess(live, parts.protection.allows_socket, parts.proxies.caller)
    application.add_handlers(r".*", [(r"/ws", LiveHandler, {"door": door})])
    return application


def _authorize(accounts: Sequence[WeChatAccount]) -> Authorize:
    """WeChat's OAuth address of the official account that an app is signed in to, or bound, by."""
    serving = accounts_by_app(accounts)
    urls = {account.appid: account.authorize_url for account in accounts}
    return lambda app: next((urls[appid] for appid in serving[app].oa), None)


def problems(settings: HubSettings) -> list[str]:
    """Everything wrong with configuration, plugins, routes and templates that can be seen without a database."""
    found: list[str] = []
    for check in (_check_policy, _check_keys, _check_accounts, _check_plugins):
        try:
            with told_in_words():
                check(settings)
        except SetupError as error:
            found += error.problems
    return found


def _check_policy(settings: HubSettings) -> None:
    if wrong := policy.problems(settings):
        raise SetupError(*wrong)


def _check_keys(settings: HubSettings) -> None:
    if settings.key_file.exists():
        load_keys(settings.key_file, make=False)


def _check_accounts(settings: HubSettings) -> None:
    check_accounts(settings.wechat.accounts, production=settings.production)


def notes(settings: HubSettings) -> list[str]:
    """What works, and should be written otherwise: old names of hub.api, icons that there are none of, documents that nobody passes on,
    or that other bureaus read, and fonts that the machine lacks. Asks no database."""
    host = installed(settings)
    old = faults.old_names(host, RENAMED) if RENAMED else ()
    undrawn = () if fonts.draws_chinese() else (fonts.MISSING,)
    found = (*faults.unknown_icons(host, sprite.made()), *faults.left_behind(host), *faults.unnarrowed(host))
    return [*old, *found, *undrawn]


def installed(settings: HubSettings) -> Host:
    """All plugins with what they contribute, the hub's own included, without a database."""
    return _sound(settings).host


def openapi_document(settings: HubSettings) -> dict[str, Any]:
    """The OpenAPI description of everything that is installed, without a database."""
    foundation = _sound(settings)
    router = make_router(foundation.host, foundation.places, foundation.counties)
    return describe(foundation.host, router.operations, version=__version__, public_url=settings.web.public_url)


def _sound(settings: HubSettings) -> _Foundation:
    """Unconnected, with every plugin in it: a description that silently lacks one would be wrong."""
    foundation = _unconnected(settings)
    if broken := foundation.host.unusable:
        raise SetupError(*(each.problem for each in broken))
    return foundation


def _unconnected(settings: HubSettings) -> _Foundation:
    """The parts on a client that never connects: for looking at what they are, nothing is asked."""
    nowhere = Database.connect("mongodb://127.0.0.1:1/?directConnection=true", "check", FieldCipher(new_key_file()))
    foundation = _Foundation.lay(settings, SystemClock(), nowhere, {}, ())
    foundation.identity.close()
    return foundation


def _check_plugins(settings: HubSettings) -> None:
    foundation = _unconnected(settings)
    wrong = [
        *foundation.host.problems(),
        *common_problems(settings.settings, foundation.host),
        *foundation.template_problems(),
    ]
    host, places, counties = foundation.host, foundation.places, foundation.counties
    checks: tuple[Callable[[], Any], ...] = (
        lambda: read_switches(settings.counties, host),
        lambda: make_pages(host, make_router(host, places, counties), counties, places, settings.templates),
        lambda: compile_commands(host),
    )
    for check in checks:
        try:
            check()
        except SetupError as error:
            wrong += error.problems
    if wrong:
        raise SetupError(*wrong)


async def open_client(
    settings: HubSettings, stack: AsyncExitStack
) -> tuple[AsyncMongoClient[dict[str, Any]], Callable[[], str | None]]:
    """A client of the database, which answers, and what its keeper says is wrong with it. Nothing is built or written."""
    uri, problem = settings.store.uri, _no_problem
    if uri is None:
        server = await stack.enter_async_context(await embedded_server(settings))
        uri, problem = server.uri, server.problem
    client = new_client(uri, pool=settings.store.pool)
    stack.push_async_callback(close_client, client)
    await reach(client)
    return client, problem


async def embedded_server(settings: HubSettings) -> embedded.EmbeddedServer:
    """This process's share in the embedded database, which runs until the last one is given back."""
    store = embedded.EmbeddedSettings(
        folder=settings.embedded_folder,
        port=settings.store.embedded_port,
        cache_megabytes=settings.store.embedded_cache_megabytes,
    )
    return await embedded.start(store)


def _no_problem() -> str | None:
    return None


async def _database(settings: HubSettings, stack: AsyncExitStack) -> Database:
    client, problem = await open_client(settings, stack)
    stored = client[settings.store.database]
    await backup.refuse_half(stored)
    keys = await keyring.agreed_keys(stored, settings.key_file, make=not settings.production)
    return Database(client, settings.store.database, FieldCipher(keys), problem=problem)


async def _check_clock(database: Database, clock: Clock) -> None:
    if problem := await clock_problem(database, clock):
        raise SetupError(problem)


async def _redis(settings: HubSettings, stack: AsyncExitStack) -> Redis | None:
    """For what nodes share beside the database; nothing that may not be lost."""
    if settings.redis is None:
        return None
    redis: Redis = Redis.from_url(settings.redis, socket_timeout=2, socket_connect_timeout=2)
    stack.push_async_callback(redis.aclose)
    return redis


def url_of(host: str, port: int) -> str:
    """Where a hub that listens there is reached; an IPv6 address stands in brackets before a port."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _bus(settings: HubSettings, node: str) -> Bus:
    return RedisBus(settings.redis, node) if settings.redis else InProcessBus()


def _reaches(host: Host, actor: Actor, permission: str) -> tuple[Reach, ...]:
    return reaches(actor, permission, host)


def _may_command(foundation: _Foundation, access: Access, actor: Actor, place: Region) -> None:
    check_access(access, actor, place, foundation.host, foundation.places.tree)


def _may_listen(foundation: _Foundation, access: Access, actor: Actor, place: Region) -> None:
    """A topic tells of the whole of its place, so the right is asked for the whole of it."""
    check_access(access, actor, place, foundation.host, foundation.places.tree, whole=True)


@asynccontextmanager
async def _background(work: Mapping[str, Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Run what goes on as long as the hub serves. One that ends by itself is a defect: it is logged, the hub goes on."""
    tasks = [asyncio.create_task(coroutine, name=name) for name, coroutine in work.items()]
    for task in tasks:
        task.add_done_callback(_report)
    try:
        yield
    finally:
        await cancel_and_wait(tasks)


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        log.error("a background task has ended: restart this node", task=task.get_name(), exc_info=task.exception())
