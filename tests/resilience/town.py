"""A small part of a city on a database of its own: towns of two counties, their windows with phones, and their residents."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import aiohttp
import msgspec
import yaml

from hub.app import Hub
from hub.cli.opening import read_settings
from hub.demo import REGIONS, people
from hub.demo.accounts import MINI_PROGRAMS, OFFICIAL, demo_accounts, other_sides
from hub.demo.client import Phone
from hub.identity.signin import transaction_of
from hub.identity.staff import NewStaff, PositionWanted
from hub.identity.wechat_users import Seen
from hub.rules import places
from hub.rules.context import Context
from hub.rules.importing import run_import
from hub.wechat.accounts import WeChatAccount
from hub.wechat.simulator import Remote, Simulator
from hub.words.actors import HUB
from hub.words.regions import Region, RegionTree
from tests.resilience.process import ROOT, HubProcess
from tests.world import UNHURRIED

CITY, ANJU, SHEHONG = "510900", "510904", "510981"
PROJECT = "99001"
PASSWORD = "a-window-Of-2026"
OPERATOR = "operator"
# Of each county; one window of the first has two people behind it.
TOWNS = 6
# As many as declare at once: two declarations of one person wait for each other.
RESIDENTS = 24

# Times that a test can wait for. Everything else is as it comes.
QUICK: Mapping[str, Any] = {
    "dispatch": {"poll": "PT0.2S", "lease": "PT4S", "retry_after": ["PT0.5S", "PT1S"]},
    "worker": {
        "poll": "PT0.2S",
        "lease": "PT5S",
        "rate": 2000.0,
        "longest_bundle": "PT0S",
        "confirm_within": "PT5S",
        "quiet_hours": {"start": "00:00:00", "end": "00:00:00"},
    },
    "sweeper": {"every": "PT1S"},
}


@dataclass(frozen=True)
class Window:
    """Somebody who holds the 受理 position of a town. ``person`` is the hub's id, ``openid`` their phone's."""

    username: str
    person: str
    town: str
    openid: str


@dataclass
class Town:
    """``config`` is the file that every hub process of the test is started with; ``phones`` is who plays the other side."""

    config: Path
    simulator: Simulator
    phones: Remote
    http: aiohttp.ClientSession
    accounts: Sequence[WeChatAccount]
    tree: RegionTree
    windows: Sequence[Window] = ()
    hubs: list[HubProcess] = field(default_factory=list)

    @classmethod
    async def found(
        cls, folder: Path, uri: str, database: str, simulator: Simulator, http: aiohttp.ClientSession, **settings: Any
    ) -> Self:
        """Write the configuration, and bring in regions, projects, accounts with bound phones."""
        accounts = demo_accounts(simulator.url)
        config = folder / "config.yaml"
        config.write_text(yaml.safe_dump(_configuration(folder, uri, database, accounts, settings), allow_unicode=True))
        async with Hub.open(read_settings(config)) as hub:
            town = cls(config, simulator, Remote(simulator.control_url, http), http, accounts, hub.places.tree)
            await town._settle(hub)
        return town

    async def start(self, name: str = "node", *options: str, **environment: str) -> HubProcess:
        """Another hub process on this town's database. WeChat's callbacks go to the newest."""
        hub = await HubProcess.start(self.config, name, *options, **environment)
        self.hubs.append(hub)
        for account in other_sides(self.accounts, hub.url):
            await self.phones.open_account(account)
        return hub

    async def stop(self) -> None:
        """End every hub that still runs."""
        await asyncio.gather(*(hub.stop() for hub in self.hubs))

    def windows_of(self, town: str) -> set[str]:
        """The persons who must hear of a new declaration of this town."""
        return {window.person for window in self.windows if window.town == town}

    @property
    def towns(self) -> list[str]:
        return sorted({window.town for window in self.windows})

    def towns_of(self, county: str) -> list[str]:
        return [town for town in self.towns if self.tree[town].county == county]

    async def residents(self, url: str, count: int = RESIDENTS) -> list[Phone]:
        """People who have signed in by WeChat and said who they are."""
        return await asyncio.gather(*(self._resident(url, number) for number in range(count)))

    async def operator(self, url: str) -> Phone:
        """The city's operations staff, signed in."""
        phone = Phone(self.http, url, "ops")
        await phone.sign_in_by_account(OPERATOR, PASSWORD)
        return phone

    async def _resident(self, url: str, number: int) -> Phone:
        phone, person = Phone(self.http, url, "ykt"), f"resident-{number}"
        await phone.sign_in_by_wechat(await self.phones.code(MINI_PROGRAMS["ykt"], person))
        claim = {
            "name": "何春生",
            "id_number": id_number(number, 1970),
            "region": self.towns[0],
            "phone": "19900000000",
            "consent_version": (await phone.get("/me"))["consent_version"],
        }
        await phone.post("/me/claim", claim)
        return phone

    # --- founding ----------------------------------------------------------------------------------------------------

    async def _settle(self, hub: Hub) -> None:
        await hub.places.import_rows(places.read_csv(REGIONS.read_text("utf-8")))
        self.tree = hub.places.tree
        catalogue = (ROOT / "tests/resilience/projects.yaml").read_bytes()
        done = await run_import(hub.units, "projects", catalogue, lambda done, total: None)
        assert done.added == 1 and not done.problems
        for account in other_sides(self.accounts, "http://127.0.0.1:9"):
            await self.phones.open_account(account)
        towns = [town for county in (ANJU, SHEHONG) for town in _childless(self.tree, county)[:TOWNS]]
        # Two behind the first window of each county.
        posts = [*towns, towns[0], towns[TOWNS]]
        self.windows = [await self._appoint(hub, number, town) for number, town in enumerate(posts)]
        await self._account(hub, OPERATOR, PositionWanted(role="ops_system", region=CITY))

    async def _appoint(self, hub: Hub, number: int, town: str) -> Window:
        """A window's account, bound to a phone that follows the official account."""
        username = f"window-{number}"
        person = await self._account(hub, username, PositionWanted(role="window", region=town, node="accept"))
        openid, unionid = people.openid(username, OFFICIAL), people.unionid(username)
        await hub.identity.wechat.follow(OFFICIAL, openid, unionid)

        async def bind(ctx: Context) -> None:
            await hub.identity.wechat.bind_staff(transaction_of(ctx), person, Seen(OFFICIAL, openid, unionid))

        await hub.units.run(bind, plugin="identity", place=_city(hub), actor=HUB)
        phone = {"person": username, "unionid": unionid, "openids": {OFFICIAL: openid}, "follows": True}
        await self.phones.add_people([phone])
        return Window(username, person, town, openid)

    async def _account(self, hub: Hub, username: str, position: PositionWanted) -> str:
        new = NewStaff(username=username, name="周敏", positions=(position,))
        created = await hub.units.read(
            lambda ctx: hub.identity.staff.create_account(ctx, new, PASSWORD, must_change=False),
            plugin="identity",
            place=_city(hub),
            actor=HUB,
        )
        return created.person


def id_number(number: int, year: int) -> str:
    """Valid identity numbers of invented people, each its own: 999 a day."""
    from stdnum.cn import ric

    day, sequence = divmod(number, 999)
    digits = f"{ANJU}{year}{1 + day // 28:02d}{1 + day % 28:02d}{sequence + 1:03d}"
    return digits + ric.calc_check_digit(f"{digits}0")


def _configuration(
    folder: Path, uri: str, database: str, accounts: Sequence[WeChatAccount], settings: Mapping[str, Any]
) -> dict[str, Any]:
    """What a test gives goes before what is usual here."""
    endless = {"calls": 1_000_000, "period": "PT1M"}
    usual = {
        "mode": "test",
        "data_dir": str(folder / "data"),
        "templates": str(ROOT / "templates"),
        "server": {"port": _free_port()},
        "store": {"uri": uri, "database": database},
        "web": {"person_rate": endless, "address_rate": endless},
        "push": QUICK,
        "jobs": {"poll": "PT0.2S", "lease": "PT4S"},
        "wechat": {"accounts": msgspec.to_builtins(accounts)},
        "plugins": ["worklist", "declaration"],
        # A few residents hand in what a whole city would.
        "settings": UNHURRIED,
        "counties": {county: {"worklist": True, "declaration": True} for county in (ANJU, SHEHONG)},
    }
    return _merged(usual, settings)


def _merged(usual: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    both = {
        key: _merged(usual[key], value) if isinstance(value, Mapping) and isinstance(usual.get(key), Mapping) else value
        for key, value in given.items()
    }
    return {**usual, **both}


def _childless(tree: RegionTree, county: str) -> list[str]:
    """Towns that act as their own village."""
    return sorted(region.code for region in tree.children(county) if not tree.children(region.code))


def _city(hub: Hub) -> Region:
    return hub.places.tree[CITY]


def _free_port() -> int:
    """The same for every start, so that clients and callbacks find the next one where the last one was."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
