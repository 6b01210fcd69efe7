"""The push part of a node: its pieces put together, started and stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Literal, Protocol

import msgspec
import structlog
from prometheus_client import CollectorRegistry

from hub.push import alerts, callbacks, credits, cutoffs, followers, pauses, preferences, quotas, writer
from hub.push.alerts import AlertLine, Alerts, AlertsPlugin
from hub.push.callbacks import Callbacks
from hub.push.credits import Credits
from hub.push.cutoffs import CutOffs
from hub.push.dispatcher import Dispatcher, WhoHolds
from hub.push.followers import Followers, FollowersPlugin
from hub.push.inbox import InboxPlugin
from hub.push.links import Links
from hub.push.metrics import PushMetrics
from hub.push.operations import Operations
from hub.push.pauses import Pause, Pauses
from hub.push.plugins import DeliveriesPlugin
from hub.push.preferences import Preferences, PreferencesPlugin
from hub.push.quotas import Quotas
from hub.push.settings import PushSettings
from hub.push.sweeper import Sweeper
from hub.push.worker import Followers as Reached
from hub.push.worker import Worker
from hub.push.writer import Heirs, Writer
from hub.reading.templates import OWN, Templates
from hub.rules.units import Units
from hub.store import deliveries, inbox
from hub.store.clocks import sweep_time
from hub.store.database import Database, to_milliseconds
from hub.store.deliveries import GONE, Deliveries
from hub.store.inbox import Inbox, InboxEntry
from hub.store.outbox import Outbox, StoredEvent
from hub.web.health import Check
from hub.wechat.accounts import WeChatAccount
from hub.wechat.callbacks import Callback
from hub.wechat.client import WeChat
from hub.words.actors import App
from hub.words.clock import Clock
from hub.words.endings import cancel_and_wait
from hub.words.ids import IdMaker
from hub.words.regions import Region

log = structlog.get_logger("hub.push")

COLLECTIONS = (
    *deliveries.COLLECTIONS,
    *inbox.COLLECTIONS,
    *alerts.COLLECTIONS,
    *callbacks.COLLECTIONS,
    *credits.COLLECTIONS,
    *cutoffs.COLLECTIONS,
    *followers.COLLECTIONS,
    *pauses.COLLECTIONS,
    *preferences.COLLECTIONS,
    *quotas.COLLECTIONS,
    *writer.COLLECTIONS,
)

# Calls under way at a shutdown get this long; afterwards their leases bring them back.
LONGEST_STOP = timedelta(seconds=6)


class Directory(WhoHolds, Reached, Heirs, Protocol):
    """What is asked of :class:`hub.identity.directory.Directory`."""

    async def unknown_followers(self, appid: str, openids: Sequence[str]) -> list[str]: ...
    async def follow(self, appid: str, openid: str, unionid: str | None, at: Any = None) -> None: ...
    async def withdrawn(self, session: Any, appid: str, openid: str) -> str | None: ...


class AccountStanding(msgspec.Struct, frozen=True, kw_only=True):
    """An account today. ``used`` of its ``quota``; ``token_until``: when this node's token ends, None while it has none; ``credits``: how
    many pairs of a person and a template a mini program may still send to."""

    name: str
    kind: Literal["oa", "mp"]
    app: str | None
    token_until: datetime | None
    used: int
    quota: int
    credits: int | None
    pauses: tuple[Pause, ...]


class PushServices:
    """Made in two steps: :meth:`prepare` gives what plugins and checks need, :meth:`connect` what running needs."""

    def __init__(
        self,
        settings: PushSettings,
        templates: Templates,
        database: Database,
        clock: Clock,
        accounts: Sequence[WeChatAccount],
        clients: Mapping[str, WeChat],
        registry: CollectorRegistry,
        random: Random,
    ) -> None:
        self.settings = settings
        self.templates = templates
        self.inbox = Inbox(database)
        self.deliveries = Deliveries(database)
        self._database = database
        self._clock = clock
        self._clients = clients
        self._links = Links(settings.links, accounts)
        self._metrics = PushMetrics(registry, clock, settings.sweeper.every)
        self._random = random
        self._outbox = Outbox(database)
        self._credits = Credits(database)
        self._preferences = Preferences(database)
        self._cutoffs = CutOffs(database, clock, settings.dispatch)
        self.operations = Operations(database, clock, self._cutoffs)

    @classmethod
    def prepare(
        cls,
        settings: PushSettings,
        templates: Path,
        database: Database,
        clock: Clock,
        accounts: Sequence[WeChatAccount],
        clients: Mapping[str, WeChat],
        registry: CollectorRegistry,
        random: Random | None = None,
    ) -> PushServices:
        """``clients`` by appid; ``templates`` is the operator's folder of templates; ``random`` spreads retries."""
        return cls(settings, Templates(templates), database, clock, accounts, clients, registry, random or Random())

    def builtin_plugins(self) -> list[tuple[str, Any]]:
        """Names and objects for the plugin host."""
        operations = DeliveriesPlugin(self.operations, self.rearm, self._newest_alerts, self.forget, self._kick_worker)
        return [
            ("alerts", AlertsPlugin()),
            ("inbox", InboxPlugin(self.inbox)),
            (
                "preferences",
                PreferencesPlugin(self._preferences, self.settings.worker.quiet_hours, self._credits_left),
            ),
            ("deliveries", operations),
            ("followers", FollowersPlugin(self._look_for_followers)),
        ]

    def connect(
        self, *, node: str, units: Units, directory: Directory, publish: Callable[[Sequence[InboxEntry]], None]
    ) -> None:
        """Build what runs. ``publish`` brings committed entries to the live sessions and never waits."""
        self._outbox = units.outbox
        self.alerts = Alerts(units, self._database)
        self._quotas = Quotas(self._database, self._clock, self.settings.worker.quota_block)
        self.pauses = Pauses(self._database, self._clock)
        self.callbacks = Callbacks(
            database=self._database,
            clock=self._clock,
            directory=directory,
            credits=self._credits,
            alerts=self.alerts,
            accounts=self._clients,
            units=units,
        )
        self.followers = Followers(self._database, self._clock, self._clients, directory)
        writer = Writer(
            database=self._database,
            clock=self._clock,
            new_id=IdMaker(self._clock),
            settings=self.settings,
            publish=publish,
            directory=directory,
            due=self._kick_worker,
            metrics=self._metrics,
            preferences=self._preferences,
        )
        self._directory = directory
        self.worker = self._worker(node, units, directory, writer)
        self._metrics.watch_sending(self.paused, lambda: self.worker.unreachable)
        self.dispatcher = Dispatcher(
            owner=node,
            units=units,
            directory=directory,
            templates=self.templates,
            writer=writer,
            cutoffs=self._cutoffs,
            alerts=self.alerts,
            settings=self.settings.dispatch,
            metrics=self._metrics,
        )
        self.sweeper = Sweeper(
            outbox=self._outbox,
            deliveries=self.deliveries,
            clock=self._clock,
            alerts=self.alerts,
            settings=self.settings.sweeper,
            metrics=self._metrics,
            due=self._kick_worker,
            unknown_years=lambda: units.workdays.unknown_years,
        )
        units.on_commit.append(self._heard)

    def _worker(self, node: str, units: Units, directory: Directory, writer: Writer) -> Worker:
        return Worker(
            owner=node,
            database=self._database,
            host=units.host,
            clock=self._clock,
            directory=directory,
            accounts=self._clients,
            templates=self.templates,
            alerts=self.alerts,
            pauses=self.pauses,
            quotas=self._quotas,
            credits=self._credits,
            preferences=self._preferences,
            links=self._links,
            settings=self.settings,
            metrics=self._metrics,
            random=self._random,
            open_windows=writer.open_windows,
            match=self.callbacks.match,
        )

    def _heard(self, events: Sequence[StoredEvent]) -> None:
        self.dispatcher.kick()
        now = datetime.now(UTC)
        for later in {event.next_at for event in events if event.next_at > now}:
            asyncio.get_running_loop().call_later((later - now).total_seconds(), self.dispatcher.kick)

    def _kick_worker(self) -> None:
        self.worker.kick()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Dispatch, send, take callbacks and sweep until the block ends; then settle what is under way."""
        claiming = [
            asyncio.create_task(self.dispatcher.run(), name="dispatcher"),
            asyncio.create_task(self.callbacks.run(), name="callbacks"),
            asyncio.create_task(self.sweeper.run(), name="sweeper"),
        ]
        sending = asyncio.create_task(self.worker.run(), name="wechat worker")
        for task in (*claiming, sending):
            task.add_done_callback(_report)
        try:
            yield
        finally:
            self.worker.stop()
            await asyncio.wait([sending], timeout=LONGEST_STOP.total_seconds())
            await cancel_and_wait((*claiming, sending))
            await self._quotas.give_back()

    # --- for the other parts -------------------------------------------------------------------------------------------

    async def alert(self, region: Region | None, cause: str, detail: str) -> None:
        """Tell the operations staff (P17), once per hour and cause. ``detail`` is Chinese."""
        await self.alerts.tell(region.code if region is not None else None, cause, detail)

    async def take_callback(self, callback: Callback) -> None:
        """Store a callback; then WeChat may be answered."""
        await self.callbacks.take(callback)

    def checks(self) -> list[Check]:
        """Questions before the node calls itself ready."""
        return [Check("templates", self._templates_there)]

    async def _templates_there(self) -> str | None:
        return None if OWN.is_dir() else f"the hub's own templates are gone from {OWN}: install the hub again"

    async def forget(self) -> None:
        """Delete what is older than its period. Bounded per call; the job comes again tomorrow."""
        now, periods = await sweep_time(self._database, self._clock), self.settings.retention
        gone = {
            "events": await self.deliveries.forget(now - periods.pushes),
            "inbox": await self.inbox.forget(now - periods.inbox),
            "heard": await self._outbox.forget_heard(now - periods.pushes),
            "callbacks": await self.callbacks.forget(now - periods.callbacks),
        }
        log.info("old messages were deleted", **gone)

    def paused(self) -> list[Pause]:
        """By the accounts' names: those of config.yaml, which an operator knows."""
        names = {client.account.appid: client.account.name for client in self._clients.values()}
        return [
            msgspec.structs.replace(pause, account=names.get(pause.account, pause.account))
            for pause in self.pauses.all()
        ]

    async def standing(self) -> list[AccountStanding]:
        """How the accounts of config.yaml stand today, as this node sees them."""
        await self.pauses.load()
        used = await self._quotas.used(list(self._clients))
        limits = self.settings.worker.daily_quota
        return [
            AccountStanding(
                name=client.account.name,
                kind=client.account.kind,
                app=client.account.app,
                token_until=client.tokens.expires_at,
                used=used.get(appid, 0),
                quota=limits.oa if client.account.kind == "oa" else limits.mp,
                credits=await self._credits.holders(appid) if client.account.kind == "mp" else None,
                pauses=tuple(each for each in self.pauses.all() if each.account == appid),
            )
            for appid, client in self._clients.items()  # A handful.
        ]

    async def resume_named(self, name: str, template: str | None = None) -> tuple[int, int]:
        """The same as :meth:`resume`, by the account's name in config.yaml; ``KeyError`` where there is none."""
        appids = {client.account.name: appid for appid, client in self._clients.items()}
        ended = await self.resume(appids[name], template)
        self._kick_worker()
        return ended

    async def resume(self, appid: str, template: str | None) -> tuple[int, int]:
        """Somebody has mended it: end the pauses of a template, or of an account with all of its templates, and let what waits
        be tried now. Running nodes hear of it within a second. Returns how many pauses and how many deliveries."""
        ended = await self.pauses.end(appid, template)
        waiting = await self.deliveries.resume(to_milliseconds(self._clock.now())) if ended else 0
        return ended, waiting

    async def _look_for_followers(self) -> int:
        return await self.followers.look()

    async def _newest_alerts(self, counties: Sequence[str | None]) -> list[AlertLine]:
        return await self.alerts.newest(counties)

    async def _credits_left(self, person: str, app: App) -> int | None:
        """How many notices the mini program of this app may still send to somebody; None where it does not know them."""
        address = (await self._directory.addresses([person], app))[person].mp
        client = self._clients.get(address.appid) if address else None
        if address is None or client is None:
            return None
        templates = client.account.templates.values()
        return await self._credits.left(
            [self._credits.id_of(address.appid, address.openid, each) for each in templates]
        )

    async def try_again(self, readers: Sequence[str]) -> int:
        """They are of a new version, or back: forget how the one before failed, and send what waited for its plugin. Returns how many
        events waited for them."""
        # Counted first: as soon as they are on, the turn of the loop lets some of them run, too.
        waiting = await self._outbox.parked_for(readers)
        await self._cutoffs.forget(readers)
        await self.deliveries.resume(to_milliseconds(self._clock.now()), (GONE,))
        await self._outbox.unpark_all(readers)
        return waiting

    async def rearm(self, county: str | None, name: str) -> int:
        """Let a reader that was cut off run again, with what waited for it. Returns how many events that are."""
        return await self.dispatcher.rearm(county, name)


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("a part of the push has ended: restart this node", task=task.get_name(), exc_info=task.exception())
