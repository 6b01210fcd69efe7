"""A county office for tests of plugins: the real database and units of work, the demo's catalogue, people who act."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, get_type_hints
from uuid import uuid4

import msgspec
import pytest
import yaml

from hub.api import (
    Bearers,
    Conflict,
    Guard,
    Holders,
    Identity,
    IdNumberText,
    Instruction,
    Node,
    Persons,
    PositionChanged,
    Push,
    Reaction,
    Route,
    Secret,
    Withdraw,
    hookimpl,
)
from hub.identity.people import PEOPLE
from hub.identity.permissions import ROLES, may, reaches
from hub.identity.positions import POSITIONS
from hub.rules.host import find
from hub.rules.switching import switch
from hub.words.actors import HUB, Actor, Position
from hub.words.errors import Forbidden
from hub.worklist.events import TaskDone
from plugins.declaration.actions.catalogue import import_projects
from plugins.declaration.events import CaseGuarded, HoldCase, LiftHold, TakeStep
from tests.world import ANJU, CITY, JUXIAN, MONDAY_MORNING, SHEHONG, VILLAGE, World

CATALOGUE = yaml.safe_load((Path(__file__).parents[2] / "hub/demo/data/projects.yaml").read_text("utf-8"))
OLD_AGE = "30005"  # 高龄津贴: in 安居区 its chain is plain
LAND = "10001"  # 耕地地力保护补贴: the full chain
CIVIL, FARMING = "民政局", "农业农村局"
WORDS = "有关信息正在核验，预计15个工作日内完成；如有异议，可到聚贤镇便民服务窗口说明。"
PICTURE = b"\x89PNG\r\n\x1a\n"


class Roles:
    """Stands where identity stands: the roles of positions, and the fact that they have changed."""

    builtin = True

    @hookimpl
    def events(self):
        return (PositionChanged,)

    @hookimpl
    def roles(self):
        return ROLES


async def survey_done(ctx, case, decision):
    """What a survey decides is written down by its own plugin; here only the way back to the case is of interest."""


async def tell_result(event, ctx):
    if event.node == "survey":
        step = TakeStep(
            place=ctx.place.code, case=event.subject, round=event.round, move="pass", opinion="属实", shown="杨帆"
        )
        ctx.emit(step)


async def heed(instruction, ctx):
    """Nothing is done."""


def heeded(events):
    """Of a plugin that another stands for: what it is told to do has its one hearer."""
    return [Reaction(event=event, call=heed) for event in events if issubclass(event, Instruction)]


class Survey:
    """Another plugin with a node of the chain, as 入户调查 will be."""

    NEEDS = ("declaration", "worklist")

    @hookimpl
    def nodes(self):
        return (Node(name="survey", label="入户调查", level="village", role="handler", moves={"pass": survey_done}),)

    @hookimpl
    def reactions(self):
        return (Reaction(event=TaskDone, call=tell_result),)


class Watcher:
    """Another plugin with a veto, as 拦截 will be: it refuses the moves named in ``against``, and keeps what it was shown.
    ``visit`` is the node of tasks that have their own page; at ``board`` it wants somebody itself.
    """

    NEEDS = ("declaration",)

    def __init__(self) -> None:
        self.against: set[str] = set()
        self.seen: list[CaseGuarded] = []

    async def look(self, ctx, subject):
        self.seen.append(subject)
        if subject.move in self.against:
            raise Conflict("数据核验中，暂不能办理。")

    @hookimpl
    def nodes(self):
        return (
            Node(name="visit", label="走访", level="village", role="handler"),
            Node(name="board", label="公示栏", level="village"),
        )

    @hookimpl
    def guards(self):
        actions = ("submit", "mend", "advance", "withdraw", "recall")
        return [Guard(action=f"declaration.{action}", call=self.look) for action in actions]


@dataclass
class Office:
    """Acts through the plugins' own routes, with the rights of whoever asks, and hands facts to those who hear of
    them.
    """

    world: World
    watcher: Watcher
    pushes: list[Push | Withdraw] = field(default_factory=list)
    _routes: dict[str, tuple[str, Route]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for plugin in self.world.host.plugins.values():
            for route in plugin.routes:
                self._routes[f"{route.method} {plugin.name}{route.path}"] = (plugin.name, route)

    # --- people ------------------------------------------------------------------------------------------------------

    def resident(self, person: str = "wang", name: str = "王建国", id_number: str = "510921196711053319") -> Actor:
        """Somebody who has claimed name and number."""
        key = self.world.database.blind(IdNumberText(id_number))
        return Actor(kind="resident", app="ykt", person=person, assurance="claimed", name=Secret(name), id_key=key)

    def staff(self, person: str, *positions: Position, id_number: str | None = None) -> Actor:
        key = self.world.database.blind(IdNumberText(id_number)) if id_number else None
        return Actor(kind="staff", app="ydsh", person=person, positions=positions, name=Secret(person), id_key=key)

    def position(self, role: str, region: str, **narrowed: str) -> Position:
        path = self.world.place(region).path
        return Position(id=f"{role}-{region}", role=role, region=region, path=path, **narrowed)

    def window(self, person: str = "周敏", region: str = JUXIAN, **more: Any) -> Actor:
        return self.staff(person, self.position("window", region, node="accept"), **more)

    def town(self, person: str = "唐丽", region: str = JUXIAN, bureau: str = CIVIL, node: str = "review_town") -> Actor:
        return self.staff(person, self.position("handler", region, bureau=bureau, node=node))

    def bureau(self, person: str = "罗勇", county: str = ANJU, bureau: str = CIVIL) -> Actor:
        return self.staff(person, self.position("handler", county, bureau=bureau, node="approve_county"))

    async def employ(self, person: str, *positions: Position, number: str | None = None) -> Actor:
        """Somebody whom the directory finds, as well as the one who acts."""
        row: dict[str, Any] = {"_id": person, "name": person}
        if number is not None:
            row["id_number"] = self.world.database.encode(
                Identity(name=Secret(person), id_number=IdNumberText(number), region=ANJU)
            )["id_number"]
        await self.world.database[PEOPLE].replace_one({"_id": person}, row, upsert=True)
        for held in positions:
            id = uuid4().hex
            holding = {name: getattr(held, name) for name in ("role", "region", "path", "bureau", "project", "node")}
            holding |= {"_id": id, "person": person, "since": MONDAY_MORNING - timedelta(days=1), "until": None}
            await self.world.database[POSITIONS].insert_one(holding | {"path": list(held.path), "on_leave": False})
        return self.staff(person, *positions, id_number=number)

    # --- doors -------------------------------------------------------------------------------------------------------

    async def ask(self, actor: Actor, operation: str, *, at: str = ANJU, **given: Any) -> Any:
        """Run an operation as the JSON API would: ``ask(wang, "POST declaration/cases/{id}/mend", id=…, body={…})``."""
        plugin, route = self._routes[operation]
        if not may(actor, route.access, self.world.host):
            raise Forbidden
        wanted = {name: self._read(route.call, name, value) for name, value in given.items()}
        if "query" in route.call.__annotations__ and "query" not in wanted:
            wanted["query"] = self._read(route.call, "query", {})
        reads = route.method == "GET" or not route.transaction
        run = self.world.units.read if reads else self.world.units.run
        permission = route.access if isinstance(route.access, str) else None
        place = self.world.place(at)
        return await run(
            lambda ctx: route.call(ctx, **wanted), plugin=plugin, place=place, actor=actor, permission=permission
        )

    def _read(self, call: Callable[..., Any], name: str, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return msgspec.convert(value, get_type_hints(call)[name])

    async def job(self, name: str, county: str = ANJU) -> None:
        plugin = self.world.host.plugins[name.partition(".")[0]]
        [job] = [job for job in plugin.jobs if f"{plugin.name}.{job.name}" == name]
        run = self.world.units.run if job.transaction else self.world.units.read
        await run(job.call, plugin=plugin.name, place=self.world.place(county))

    async def upload(self, actor: Actor, data: bytes = PICTURE) -> str:
        """A file as it waits after its upload."""
        stored = await self.world.units.files.put_pending(
            data, owner=actor.person or "", media_type="image/png", sha256="0" * 64, now=self.world.clock.now()
        )
        return stored.id

    async def deliver(self) -> list[Push | Withdraw]:
        """Hand every fact to its reactions and triggers until all is quiet; returns the pushes that came of it."""
        came: list[Push | Withdraw] = []
        while events := await self.world.database["events"].find({"state": "pending"}, sort=[("_id", 1)]).to_list(100):
            for event in events:
                for item in event["todo"]:
                    came += await self._hear(event, item["name"])
                await self.world.database["events"].update_one({"_id": event["_id"]}, {"$set": {"state": "done"}})
        self.pushes += came
        return came

    async def _hear(self, event: Mapping[str, Any], name: str) -> list[Push | Withdraw]:
        reader = self.world.host.reader(name)
        fact = self.world.database.decode(self.world.host.event_class(event["type"]), event["data"])
        acting = {"plugin": reader.plugin, "place": self.world.place(event["place"]), "event_id": event["_id"]}
        acting["late"] = event.get("late", False)
        if isinstance(reader.record, Reaction):
            await self.world.units.run(lambda ctx: reader.record.call(fact, ctx), **acting)
            return []
        return list(await self.world.units.read(lambda ctx: reader.record.call(fact, ctx), **acting))

    # --- short stories -----------------------------------------------------------------------------------------------

    async def materials(self, actor: Actor, *keys: str) -> dict[str, list[str]]:
        return {key: [await self.upload(actor)] for key in keys}

    async def form(self, actor: Actor, **changes: Any) -> dict[str, Any]:
        """A right form of 高龄津贴: 王建国 for his mother 李桂兰, 82."""
        beneficiary = {
            "name": "李桂兰",
            "id_number": "510904194403150023",
            "phone": "19900000001",
            "region": VILLAGE,
            "category": "aged_80",
        }
        form = {
            "project": OLD_AGE,
            "declared_for": "other",
            "beneficiary": beneficiary | changes.pop("beneficiary", {}),
            "materials": await self.materials(actor, "id_card", "household", "social_card", "proof"),
        }
        return form | changes

    async def declare(self, actor: Actor | None = None, **changes: Any) -> Any:
        """Hand in a declaration and let everybody hear of it."""
        actor = actor or self.resident()
        case = await self.ask(actor, "POST declaration/cases", body=await self.form(actor, **changes))
        await self.deliver()
        return case

    async def task(self, subject: str) -> dict[str, Any]:
        """The newest task of a case, as stored."""
        [task] = await self.world.database["worklist.tasks"].find({"subject": subject}, sort=[("_id", -1)]).to_list(1)
        return task

    async def decide(self, actor: Actor, subject: str, move: str, opinion: str = "材料不全", **more: Any) -> Any:
        """Claim the newest task of a case and decide it."""
        id = (await self.task(subject))["_id"]
        line = await self.ask(actor, "POST worklist/tasks/{id}/claim", id=id)
        body = {"move": move, "opinion": opinion, "version": line.version, **more}
        done = await self.ask(actor, "POST worklist/tasks/{id}/decide", id=id, body=body)
        await self.deliver()
        return done

    async def tell(self, *facts: Any) -> list[Push | Withdraw]:
        """What another plugin tells, and what comes of it."""

        async def say(ctx: Any) -> None:
            for fact in facts:
                ctx.emit(fact)

        await self.world.units.run(say, plugin="declaration", place=self.world.place(ANJU))
        return await self.deliver()

    async def tell_late(self, late: Any, *others: Any) -> list[Push | Withdraw]:
        """Told first, and heard after the others: its reader was cut off meanwhile."""
        before = len(self.pushes)
        waiting = await self.put_off(late)
        await self.tell(*others)
        await self.take_up(waiting)
        return self.pushes[before:]

    async def put_off(self, late: Any) -> str:
        """Told, and not heard: its reader is cut off. The id of the event."""
        events = self.world.database["events"]
        await self.world.units.run(partial(_emit, late), plugin="declaration", place=self.world.place(ANJU))
        [row] = await events.find({"state": "pending"}).to_list(2)
        await events.update_one({"_id": row["_id"]}, {"$set": {"state": "put off"}})
        return str(row["_id"])

    async def take_up(self, waiting: str) -> None:
        """The reader is on again."""
        again = {"$set": {"state": "pending", "late": True}}
        await self.world.database["events"].update_one({"_id": waiting}, again)
        await self.deliver()

    async def tell_as_before(self, fact: Any) -> list[Push | Withdraw]:
        """As the version before has stored it: under the name that it had, for those who waited for it by that name."""
        name, [before] = type(fact).__name__, type(fact).formerly
        events = self.world.database["events"]
        await self.world.units.run(partial(_emit, fact), plugin="declaration", place=self.world.place(ANJU))
        row = await events.find_one({"state": "pending", "type": {"$regex": rf"\.{name}$"}})
        todo = [{**item, "name": item["name"].replace(f":{name}", f":{before}")} for item in row["todo"]]
        stored = {"type": row["type"].replace(f".{name}", f".{before}"), "todo": todo}
        await events.update_one({"_id": row["_id"]}, {"$set": stored})
        return await self.deliver()

    async def hold(self, case: str, by: str = "hit-1", words: str = WORDS) -> list[Push | Withdraw]:
        """Another plugin wants a case held."""
        return await self.tell(HoldCase(place=VILLAGE, case=case, by=by, words=words))

    async def lift(self, case: str, by: str = "hit-1") -> list[Push | Withdraw]:
        return await self.tell(LiftHold(place=VILLAGE, case=case, by=by))

    async def declare_again(self, case: str, actor: Actor | None = None, **changes: Any) -> Any:
        """重新申报: the draft that comes of it, handed in (with ``changes`` of the beneficiary)."""
        actor = actor or self.resident()
        draft = await self.ask(actor, "POST declaration/cases/{id}/redeclare", id=case, body={})
        form = msgspec.to_builtins(draft.form)
        form["beneficiary"] |= changes
        body = {**form, "id": draft.id, "project": draft.project}
        again = await self.ask(actor, "POST declaration/cases", body=body)
        await self.deliver()
        return again

    async def progress(self, case: Any, actor: Actor | None = None) -> Any:
        return await self.ask(actor or self.resident(), "GET declaration/cases/{id}", id=case.id)


async def _emit(fact: Any, ctx: Any) -> None:
    ctx.emit(fact)


def told(pushes: list[Push | Withdraw]) -> list[tuple[str, str]]:
    """Message and audience of each push, short."""
    return [(push.message, audience(push.to)) for push in pushes if isinstance(push, Push)]


def audience(to: Persons | Holders | Bearers) -> str:
    if isinstance(to, Bearers):
        return "bearers"
    return ",".join(to.ids) if isinstance(to, Persons) else f"{to.role}@{to.place}"


@asynccontextmanager
async def county_world(uri: str, plugins: Sequence[tuple[str, Any]]) -> AsyncIterator[World]:
    """These plugins in 安居区 and 射洪市, with the rights of real roles. To make its indexes takes longer than most tests: one
    for all of a folder, who ``keep()`` what they find and ``begin()`` each.
    """
    world = await World.make(uri, f"test_{uuid4().hex}", plugins, on=(ANJU, SHEHONG))
    world.units.reaches = lambda actor, permission: reaches(actor, permission, world.host)
    yield world
    await world.database.client.drop_database(world.database.name)
    await world.database.close()


async def open_projects(world: World, catalogue: Any = CATALOGUE) -> None:
    """The city's projects, and those of 安居区; who did it is forgotten."""
    for place in (CITY, ANJU):
        await world.units.run(
            lambda ctx: import_projects(ctx, catalogue), plugin="declaration", place=world.place(place)
        )
    await world.database["audit"].delete_many({})


@pytest.fixture(scope="session")
def watcher() -> Watcher:
    return Watcher()


@pytest.fixture(scope="session")
async def shared_world(mongo_uri: str, watcher: Watcher) -> AsyncIterator[World]:
    """Declaration and worklist are on, survey is installed and off."""
    plugins = [("roles", Roles()), *find(["worklist", "declaration"]), ("survey", Survey()), ("watcher", watcher)]
    async with county_world(mongo_uri, plugins) as world:
        for county in (ANJU, SHEHONG):
            await turn(Office(world, watcher), "survey", on=False, county=county)
        await open_projects(world)
        await world.keep()
        yield world


@pytest.fixture
async def office(shared_world: World, watcher: Watcher) -> Office:
    """Nothing has happened yet."""
    await shared_world.begin()
    watcher.against.clear()
    watcher.seen.clear()
    return Office(shared_world, watcher)


async def turn(office: Office, plugin: str, *, on: bool, county: str = ANJU) -> None:
    """Switch a plugin in a county, as ops would."""
    await switch(office.world.units, county, plugin, on=on, actor=HUB)
