"""The stage of the demo: the stand-in for WeChat, the invented people's phones, and a hub with sample data, in one process."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import time, timedelta
from pathlib import Path

import aiohttp
import msgspec

from hub.app import Hub
from hub.demo import people, seed
from hub.demo.accounts import KINDS, MINI_PROGRAMS, OFFICIAL, demo_accounts, other_sides, template_id
from hub.demo.people import Invented
from hub.demo.watch import WITHIN
from hub.identity.passwords import generate
from hub.identity.settings import Span
from hub.push.settings import QuietHours
from hub.rules.finding import CORE, find
from hub.rules.gathering import gather
from hub.rules.host import Host
from hub.settings import HubSettings
from hub.web.application import Handlers
from hub.wechat.simulator import Remote, Simulator
from hub.words.clock import ShiftedClock, SystemClock
from hub.words.errors import SetupError

# More than any story uses: how many messages somebody has accepted is the hub's ledger's business.
ENDLESS_CREDITS = 1000
# A demo shows that further tasks are bundled, within a moment and not ten minutes.
BUNDLE = timedelta(seconds=0.3)
# Its days pass in a moment, too: what comes round by itself is looked for often.
OFTEN = timedelta(seconds=0.2)
# A demo's publicities pass in a minute; nobody signs in anew for that.
ENDLESS = Span(timedelta(days=36500), timedelta(days=36500))
LOOK_AGAIN = 0.05
# WeChat's popup asks for three templates at most.
POPUP = 3
# How far the demo's time is ahead of the machine's: it never goes back, or what is stored would lie in the future.
AHEAD = "ahead.txt"


@dataclass
class Stage:
    """What a story and the demo page play on. ``url`` is the hub's address; ``password`` that of every demo account."""

    remote: Remote
    http: aiohttp.ClientSession
    clock: ShiftedClock
    folder: Path
    # How each kind of message is called on the phone.
    kinds: Mapping[str, str]
    password: str = field(repr=False)
    url: str = ""
    wechat_url: str = ""
    hub: Hub | None = field(default=None, repr=False)

    async def travel(self, step: timedelta) -> None:
        """Let time pass, for the hub and for WeChat alike; what is on its way arrives before."""
        await self.settled()
        self.clock.offset += step
        (self.folder / AHEAD).write_text(f"{self.clock.offset.total_seconds():.0f}", "utf-8")

    async def settled(self) -> None:
        """Until nothing is on its way: no fact, no delivery, no callback of WeChat's. When days pass it would look forgotten."""
        await self._hub_settled()
        await self.remote.settled()
        await self._hub_settled()

    async def _hub_settled(self) -> None:
        for _ in range(int(WITHIN / LOOK_AGAIN)):
            if self.hub is None or not await self._at_work(self.hub):
                return
            await asyncio.sleep(LOOK_AGAIN)

    async def _at_work(self, hub: Hub) -> bool:
        due = {"state": {"$in": ["pending", "held"]}, "next_at": {"$lte": self.clock.now()}}
        return bool(
            await hub.database["events"].count_documents({"state": "pending", "parked": False}, limit=1)
            or await hub.database["callbacks"].count_documents({"state": "new"}, limit=1)
            or await hub.database["deliveries"].count_documents({"$or": [due, {"state": "sending"}]}, limit=1)
        )


@asynccontextmanager
async def open_stage(
    settings: HubSettings, *, says: Callable[[str], None], handlers: Callable[[Stage], Handlers] = lambda stage: ()
) -> AsyncIterator[Stage]:
    """Start everything and stop it in good order. ``says`` hears what takes time. ``handlers`` adds pages.

    Raises ``SetupError`` when another demo is playing on the same data folder.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with _alone_in(settings.data_dir):
        clock = ShiftedClock(SystemClock(), _ahead(settings.data_dir))
        simulator = Simulator([], clock)
        says("启动微信替身 the stand-in for WeChat")
        await simulator.start()
        try:
            async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
                stage = Stage(
                    remote=Remote(simulator.control_url, http),
                    http=http,
                    clock=clock,
                    folder=settings.data_dir,
                    password=generate(),
                    kinds=titles_of(settings),
                    wechat_url=simulator.url,
                )
                async with _hub_on(stage, demo_settings(settings, simulator.url, stage.kinds), says, handlers):
                    yield stage
        finally:
            await simulator.stop()


@asynccontextmanager
async def _hub_on(
    stage: Stage, settings: HubSettings, says: Callable[[str], None], handlers: Callable[[Stage], Handlers]
) -> AsyncIterator[None]:
    says("启动数据库 mongod")
    async with Hub.open(settings, clock=stage.clock, extra_handlers=lambda hub: handlers(stage)) as hub:
        fresh = await seed.seed(hub, stage.password, says)
        says("启动服务 the hub")
        async with hub.serving():
            stage.url, stage.hub = hub.url, hub
            for account in other_sides(settings.wechat.accounts, hub.url, stage.kinds):
                await stage.remote.open_account(account)
            await give_phones(stage, taps=fresh)
            yield


def titles_of(settings: HubSettings) -> Mapping[str, str]:
    """The kinds of messages of all that is installed. What cannot be used is told when the hub is opened."""
    host = Host(gather(find([*CORE, *settings.loaded], [settings.plugins_dir])))
    return {**{message.kind: message.label for message in host.message_types.values()}, **KINDS}


def demo_settings(settings: HubSettings, wechat_url: str, kinds: Iterable[str] = KINDS) -> HubSettings:
    """The settings of config.yaml, turned to the demo: its WeChat, no quiet hours, short bundles.

    The database and its keys are the demo's own, whatever config.yaml names: nobody finds invented people in a real one.
    """
    worker = msgspec.structs.replace(
        settings.push.worker, quiet_hours=QuietHours(start=time(0), end=time(0)), longest_bundle=BUNDLE
    )
    return msgspec.structs.replace(
        settings,
        mode="demo",
        store=msgspec.structs.replace(settings.store, uri=None, key_file=None),
        redis=None,
        identity=msgspec.structs.replace(
            settings.identity, resident_session=ENDLESS, phone_session=ENDLESS, desk_session=ENDLESS
        ),
        jobs=msgspec.structs.replace(settings.jobs, poll=OFTEN, at_once=8),
        push=msgspec.structs.replace(settings.push, worker=worker),
        wechat=msgspec.structs.replace(settings.wechat, accounts=demo_accounts(wechat_url, kinds)),
    )


async def give_phones(stage: Stage, *, taps: bool) -> None:
    """Make the invented people known at the stand-in. ``taps``: they accept messages in their mini program, too."""
    remote = stage.remote
    everyone = [person for person in people.everybody().values() if person.wechat]
    await remote.add_people([_at_the_stand_in(person, stage.kinds) for person in everyone])
    if taps:
        for person in everyone:
            for _ in range(person.wechat.credits if person.wechat else 0):
                await accept_messages(remote, person, stage.kinds)
        # Whoever is told something in the next moment is told it on the phone.
        await stage.settled()


def _at_the_stand_in(person: Invented, kinds: Iterable[str]) -> dict[str, object]:
    appids = [OFFICIAL, *MINI_PROGRAMS.values()]
    return {
        "person": person.key,
        "unionid": people.unionid(person.key),
        "openids": {appid: people.openid(person.key, appid) for appid in appids},
        "phone": person.phone or "",
        "follows": bool(person.wechat and person.wechat.follows),
        "credits": {template_id(app, kind): ENDLESS_CREDITS for app in MINI_PROGRAMS for kind in _asked_for(kinds)},
    }


async def accept_messages(remote: Remote, person: Invented, kinds: Iterable[str] = KINDS) -> None:
    """The person taps 允许 in their mini program's popups: one more message of each kind. Nothing without a mini program."""
    appid = MINI_PROGRAMS.get(person.app)
    if appid is not None:
        templates = [template_id(person.app, kind) for kind in _asked_for(kinds)]
        for first in range(0, len(templates), POPUP):
            await remote.popup(appid, person.key, dict.fromkeys(templates[first : first + POPUP], "accept"))


def _asked_for(kinds: Iterable[str]) -> list[str]:
    """What a mini program asks for: most of our own kinds, and those of plugins that the demo does not know."""
    return ["todo", "progress", "result", *(kind for kind in kinds if kind not in KINDS)]


def _ahead(folder: Path) -> timedelta:
    """Where an earlier demo on this folder has left its time."""
    file = folder / AHEAD
    return timedelta(seconds=float(file.read_text("utf-8"))) if file.exists() else timedelta(0)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Two demos on one folder would reset each other's passwords and answer for each other's WeChat."""
    descriptor = os.open(folder / "demo.lock", os.O_RDWR | os.O_CREAT, 0o600)
    with contextlib.closing(os.fdopen(descriptor)):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetupError(
                f"{folder}: a demo is running there already: end it, or name another folder with --data"
            ) from None
        yield
