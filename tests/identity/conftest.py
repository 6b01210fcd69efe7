"""Identity on the real database and the real stand-in for WeChat, used through its routes as the web door uses them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, get_type_hints
from uuid import uuid4

import msgspec
import pytest

from hub.identity.erasing import WithdrawalsPlugin
from hub.identity.identity import COLLECTIONS, IdentityServices
from hub.identity.permissions import reaches
from hub.identity.plugin import IdentityPlugin
from hub.identity.proofs import ProofsPlugin
from hub.identity.staff import Created, NewStaff, PositionWanted
from hub.rules import counties, places
from hub.rules.context import Context
from hub.rules.counties import Counties
from hub.rules.gathering import gather
from hub.rules.host import Host
from hub.rules.places import Places
from hub.rules.units import Units
from hub.store import files, numbers, outbox
from hub.store.cipher import FieldCipher, new_key_file
from hub.store.database import Database
from hub.testing.slate import Slate
from hub.wechat.accounts import WeChatAccount
from hub.wechat.client import WeChat
from hub.wechat.connections import open_http
from hub.wechat.sign_in import WeChatSignIn, accounts_by_app
from hub.wechat.simulator.accounts import StandInAccount
from hub.wechat.simulator.remote import Remote
from hub.wechat.simulator.server import Simulator
from hub.words.actors import GUEST, Actor, App
from hub.words.clock import MovingClock
from hub.words.contributions import Node, Permission, Route
from hub.words.hookspecs import hookimpl
from hub.words.ids import IdMaker
from hub.words.regions import Region

MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 09:00 on a Monday in the city
CITY, ANJU, SHEHONG, TOWN, VILLAGE = "510900", "510904", "510981", "510904114", "510904114204"
OA, YKT, YDSH = "wx0a00000000000001", "wx1b00000000000001", "wx2c00000000000001"
PASSWORD = "Kuai-Le7-Shan"

REGIONS = (
    Region(code=CITY, name="遂宁市", level="city"),
    Region(code=ANJU, name="安居区", level="county", parent=CITY),
    Region(code=SHEHONG, name="射洪市", level="county", parent=CITY),
    Region(code=TOWN, name="聚贤镇", level="town", parent=ANJU),
    Region(code=VILLAGE, name="万古桥村", level="village", parent=TOWN),
    Region(code="510904114299", name="旧村", level="village", parent=TOWN, status="abolished"),
)

STORED = (
    *COLLECTIONS,
    *outbox.COLLECTIONS,
    *files.COLLECTIONS,
    *numbers.COLLECTIONS,
    *places.COLLECTIONS,
    *counties.COLLECTIONS,
)


# Those of the plugins that the demo's staff work in.
NODES = (
    *("accept", "survey", "review_village", "review_town", "approve_county", "disburse"),
    *("publicity_village", "publicity_town", "publicity_county", "publicity_payment"),
    *("payments_review", "payments_correct", "payments_disburse", "payments_pay"),
    *("complaints", "interception"),
)


class Work:
    """A plugin with one right and nodes, so that roles and positions have something to hold."""

    @hookimpl
    def nodes(self) -> list[Node]:
        return [Node(name=name, label=name, level="town", role="handler") for name in NODES]

    @hookimpl
    def permissions(self) -> list[Permission]:
        return [Permission("work.decide", "办理", ("handler", "window")), Permission("work.watch", "查看", ("leader",))]


@dataclass
class Desk:
    """Identity as a visitor meets it. ``call`` does what the web door does with a route."""

    database: Database
    clock: MovingClock
    identity: IdentityServices
    units: Units
    host: Host
    wechat: Remote
    routes: dict[tuple[str, str], Route]
    asker: WeChatSignIn

    @property
    def city(self) -> Region:
        return self.units.places.tree[CITY]

    async def call(self, method: str, path: str, body: Any = None, *, actor: Actor = GUEST, **arguments: Any) -> Any:
        """Run the operation of a route; ``body`` as the JSON a client would send."""
        route = self.routes[method, path]
        if body is not None:
            arguments["body"] = msgspec.convert(body, _body_of(route))
        opened = self.units.run if method != "GET" and route.transaction else self.units.read
        return await opened(
            lambda ctx: route.call(ctx, **arguments), plugin="identity", place=self.city, actor=actor, request_id="r1"
        )

    async def act(self, call: Callable[[Context], Any]) -> Any:
        """An administrator's act, as the CLI does it."""
        return await self.units.read(call, plugin="identity", place=self.city)

    async def actor(self, token: str, app: App) -> Actor:
        found = await self.identity.sessions.actor(token, app)
        assert found is not None
        return found

    async def resident(self, person: str) -> tuple[str, Actor]:
        """Sign somebody in through the mini program."""
        code = await self.wechat.code(YKT, person)
        answer = await self.call("POST", "/signin/wechat", {"app": "ykt", "code": code})
        return answer.token, await self.actor(answer.token, "ykt")

    async def hire(self, username: str, *positions: PositionWanted, **more: Any) -> Created:
        """A member of staff with the common password, which need not be changed."""
        new = NewStaff(username=username, name="周敏", positions=positions, **more)
        return await self.act(lambda ctx: self.identity.staff.create_account(ctx, new, PASSWORD, must_change=False))

    async def staff(self, username: str, app: App = "ydsh") -> tuple[str, Actor]:
        """Sign a member of staff in."""
        body = {"app": app, "username": username, "password": PASSWORD}
        answer = await self.call("POST", "/signin/account", body)
        return answer.token, await self.actor(answer.token, app)

    async def audited(self, what: str) -> list[dict[str, Any]]:
        """The audit lines of one kind, oldest first."""
        return await self.database["audit"].find({"what": what}).sort("_id", 1).to_list(None)


def _body_of(route: Route) -> Any:
    return get_type_hints(route.call)["body"]


def _account(kind: str, appid: str, app: App | None) -> WeChatAccount:
    return WeChatAccount(
        name=appid, kind=kind, appid=appid, secret="s" * 32, callback_token="t" * 16, aes_key="a" * 43, app=app
    )


@pytest.fixture(scope="session")
async def identity_database(mongo_uri: str) -> AsyncIterator[tuple[Database, Slate]]:
    """One database for all tests of this folder, with the regions: making its indexes takes longer than most of them."""
    database = Database.connect(mongo_uri, f"test_identity_{uuid4().hex}", FieldCipher(new_key_file()))
    await database.ensure(STORED)
    await Places(database).import_rows(REGIONS)
    slate = Slate(database.client, database.name)
    await slate.keep()
    yield database, slate
    await database.client.drop_database(database.name)
    await database.close()


@pytest.fixture
async def desk(identity_database: tuple[Database, Slate]) -> AsyncIterator[Desk]:
    """The identity part of a new hub at 09:00, with an official account and two mini programs at the stand-in."""
    clock, (database, slate) = MovingClock(MORNING), identity_database
    await slate.wipe()
    here = Places(database)
    await here.load()
    accounts = [_account("oa", OA, None), _account("mp", YKT, "ykt"), _account("mp", YDSH, "ydsh")]
    stand_in = Simulator([StandInAccount.of(account) for account in accounts], clock)
    url = await stand_in.start()
    async with open_http() as http:
        clients = {each.appid: WeChat(msgspec.structs.replace(each, base_url=url), http, clock) for each in accounts}
        identity = IdentityServices.build(
            database=database, clock=clock, new_id=IdMaker(clock), places=here, accounts=accounts_by_app(accounts)
        )
        asker = WeChatSignIn(clients)
        plugin = IdentityPlugin(identity, asker)
        more = [("withdrawals", WithdrawalsPlugin(identity)), ("work", Work())]
        host = Host(gather([("identity", plugin), ("proofs", ProofsPlugin(identity)), *more]))
        assert host.problems() == []
        units = Units(
            database=database,
            host=host,
            counties=Counties(database, host, {}),
            places=here,
            clock=clock,
            files=files.Files(database),
            reaches=partial(reaches, host=host),
        )
        routes = {(route.method, route.path): route for route in host.plugins["identity"].routes}
        routes |= {(route.method, f"/proofs{route.path}"): route for route in host.plugins["proofs"].routes}
        routes |= {(each.method, f"/withdrawals{each.path}"): each for each in host.plugins["withdrawals"].routes}
        yield Desk(database, clock, identity, units, host, Remote(stand_in.control_url, http), routes, asker)
    identity.close()
    await stand_in.stop()
