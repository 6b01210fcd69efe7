"""Puts the sample data into a demo's database: once, and again when the data have changed."""

from __future__ import annotations

import asyncio
import functools
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Sequence

import msgspec

from hub import demo
from hub.app import Hub
from hub.demo import people
from hub.demo.accounts import MINI_PROGRAMS, OFFICIAL
from hub.demo.people import Invented
from hub.identity.accounts import Account
from hub.identity.staff import NewStaff, PositionWanted
from hub.identity.wechat_users import Seen
from hub.rules import places, workdaytable
from hub.rules.context import Context, transaction_of
from hub.rules.counties import read_switches
from hub.rules.host import Host
from hub.rules.importing import run_import
from hub.rules.switching import switch
from hub.words.actors import HUB
from hub.words.clock import shanghai
from hub.words.contributions import Node
from hub.words.regions import Region, RegionTree

# Where it is noted which data are in; an ordinary collection of its own, for the demo alone.
NOTE = "demo"
# The import, and its file.
CATALOGUE = "projects"
# Password hashes take 28 ms each and run in two threads; more at once would only wait.
AT_ONCE = 4

Says = Callable[[str], None]


async def seed(hub: Hub, password: str, says: Says) -> bool:
    """Regions, projects, accounts with bound phones; every account gets ``password``. Returns whether data were written."""
    digest = _digest(hub)
    notes = hub.database[NOTE]
    fresh = (await notes.find_one({"_id": "seed"}) or {}).get("digest") != digest
    if fresh:
        says("写入行政区划和项目目录 regions and projects")
        await _seed_places(hub)
        await _open_counties(hub)
        if any(table.name == CATALOGUE for plugin in hub.host.plugins.values() for table in plugin.imports):
            content = (demo.DATA / f"{CATALOGUE}.yaml").read_bytes()
            await run_import(hub.units, CATALOGUE, content, lambda *_: None)
    says("设置演示账号 accounts")
    staff = with_new_nodes(people.staff(), hub.host, hub.places.tree)
    await _for_each(staff, lambda member: _seed_account(hub, member, password, fresh))
    if fresh:
        says("绑定微信 WeChat bindings")
        await _seed_followers(hub)
        await _for_each([member for member in people.staff() if member.wechat], lambda member: _bind(hub, member))
        await notes.update_one({"_id": "seed"}, {"$set": {"digest": digest}}, upsert=True)
    return fresh


def _digest(hub: Hub) -> str:
    """Of all sample data, of what is installed and where: another digest is another demo."""
    files = sorted(file for file in demo.DATA.iterdir() if file.is_file())
    kinds = sorted({message.kind for message in hub.host.message_types.values()})
    installed = repr((sorted(hub.host.plugins), kinds, hub.settings.counties)).encode()
    return hashlib.sha256(b"\0".join([installed, *(file.read_bytes() for file in files)])).hexdigest()


async def _for_each(members: Sequence[Invented], work: Callable[[Invented], Awaitable[None]]) -> None:
    places_at_once = asyncio.Semaphore(AT_ONCE)

    async def one(member: Invented) -> None:
        async with places_at_once:
            await work(member)

    await asyncio.gather(*(one(member) for member in members))


async def _seed_places(hub: Hub) -> None:
    areas = [msgspec.convert({**area, "level": "county"}, Region) for area in demo.read("counties")["areas"]]
    await hub.places.import_rows([*places.read_csv(demo.REGIONS.read_text("utf-8")), *areas])
    # The story's limits reach into a year whose holidays nobody has told yet.
    told = (demo.DATA / "workdays.csv").read_text("utf-8")
    await hub.workdays.import_days(workdaytable.read_csv(told, shanghai(hub.clock.now()).date()))


async def _open_counties(hub: Hub) -> None:
    """What config.yaml has got since these data were made; where a switch was turned already, the database decides."""
    wanted = read_switches(hub.settings.counties, hub.host)
    for county, plugins in wanted.items():
        known = hub.counties.switches(county).plugins
        new = {
            name: each for name, each in plugins.items() if each.on and name in hub.host.plugins and name not in known
        }
        for name in _after_their_needs(new, hub.host):
            await switch(hub.units, county, name, on=True, settings=new[name].settings, actor=HUB)


def _after_their_needs(names: Iterable[str], host: Host) -> list[str]:
    wanted = set(names)
    needed = [_after_their_needs(wanted & set(host.plugins[name].needs), host) for name in sorted(wanted)]
    return list(dict.fromkeys([*(name for group in needed for name in group), *sorted(wanted)]))


def _at_known_nodes(hub: Hub, positions: Iterable[PositionWanted]) -> tuple[PositionWanted, ...]:
    """Without those for the work of plugins that are not installed."""
    return tuple(each for each in positions if each.node is None or hub.host.node(each.node) is not None)


def with_new_nodes(staff: Sequence[Invented], host: Host, regions: RegionTree) -> Sequence[Invented]:
    """The staff, with positions for nodes of plugins that the data know nothing of: at each place of a node's level the first who has
    its role there holds it, so that what is new has somebody who does it."""
    held = {position.get("node") for member in staff for position in member.positions}
    new = [each.record for each in host.all_nodes() if each.record.name not in held]
    taken: set[tuple[str, str]] = set()
    return [_holding_too(member, new, regions, taken) for member in staff]


def _holding_too(member: Invented, nodes: Sequence[Node], regions: RegionTree, taken: set[tuple[str, str]]) -> Invented:
    """With those of the nodes that nobody before them has ``taken`` at their places."""
    places = dict.fromkeys((each["role"], each["region"]) for each in member.positions)
    more = [
        {"role": role, "region": region, "node": node.name}
        for node in nodes
        for role, region in places
        if node.role == role and regions[region].level == node.level and (node.name, region) not in taken
    ]
    taken.update((each["node"], each["region"]) for each in more)
    return msgspec.structs.replace(member, positions=(*member.positions, *more))


async def _seed_account(hub: Hub, member: Invented, password: str, fresh: bool) -> None:
    """The account with this start's password, and with the positions that the data have got meanwhile."""
    new = msgspec.convert({**msgspec.to_builtins(member), "username": member.key}, NewStaff)
    new = msgspec.structs.replace(new, positions=_at_known_nodes(hub, new.positions))
    known = await hub.identity.accounts.named(member.key)
    if known is None:
        await _look(hub, lambda ctx: hub.identity.staff.create_account(ctx, new, password, must_change=False))
        return
    await _reset_password(hub, known, password)
    for position in new.positions if fresh else ():
        await _look(hub, functools.partial(_appoint, hub, known.person, position))


async def _appoint(hub: Hub, person: str, position: PositionWanted, ctx: Context) -> None:
    await hub.identity.staff.appoint(ctx, person, position)


async def _reset_password(hub: Hub, account: Account, password: str) -> None:
    """Not by the administrator's way, which would make everybody choose a new one at the first sign-in."""
    accounts = hub.identity.accounts
    hashed = await accounts.hashed(account.username, password)

    async def reset(ctx: Context) -> None:
        await accounts.set_password(transaction_of(ctx), account, hashed, must_change=False)
        await accounts.unlock(transaction_of(ctx), account.username)

    await hub.units.run(reset, plugin="identity", place=_city(hub))


async def _look(hub: Hub, call: Callable[[Context], Awaitable[object]]) -> None:
    """For what opens transactions of its own."""
    await hub.units.read(call, plugin="identity", place=_city(hub))


async def _seed_followers(hub: Hub) -> None:
    """What the official account's `subscribe` events have told, long before the demo began."""
    for person in people.everybody().values():
        if person.wechat and person.wechat.follows:
            await hub.identity.wechat.follow(OFFICIAL, people.openid(person.key, OFFICIAL), people.unionid(person.key))


async def _bind(hub: Hub, member: Invented) -> None:
    """Staff have opened their app inside WeChat once, so that it reaches them."""
    account = await hub.identity.accounts.named(member.key)
    appids = [OFFICIAL, *filter(None, [MINI_PROGRAMS.get(member.app)])]

    async def bind(ctx: Context) -> None:
        for appid in appids:
            seen = Seen(appid, people.openid(member.key, appid), people.unionid(member.key))
            await hub.identity.wechat.bind_staff(transaction_of(ctx), account.person if account else "", seen)

    await hub.units.run(bind, plugin="identity", place=_city(hub))


def _city(hub: Hub) -> Region:
    return hub.places.tree.children(None)[0]
