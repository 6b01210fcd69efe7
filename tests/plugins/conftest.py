"""A county office for tests of plugins: the real database and units of work, the demo's catalogue, people who act."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec
import pytest

from hub.api import (
    Bearers,
    Conflict,
    Guard,
    Holders,
    IdNumberText,
    Node,
    Persons,
    Push,
    Reaction,
    Secret,
    TaskDone,
    Withdraw,
    hookimpl,
)
from hub.rules.switching import switch
from hub.rules.units import Units
from hub.testing import County, HubSetup, StandIn
from hub.testing.county import PICTURE
from hub.words.actors import HUB, Actor
from plugins.declaration.events import CaseGuarded, HoldCase, LiftHold, TakeStep
from tests.whole import CATALOGUE, import_catalogue
from tests.world import ANJU, JUXIAN, SHEHONG, UNHURRIED, VILLAGE, World

__all__ = ["CATALOGUE", "PICTURE"]

OLD_AGE = "30005"  # 高龄津贴: in 安居区 its chain is plain
LAND = "10001"  # 耕地地力保护补贴: the full chain
CIVIL, FARMING = "民政局", "农业农村局"
WORDS = "有关信息正在核验，预计15个工作日内完成；如有异议，可到聚贤镇便民服务窗口说明。"


async def survey_done(ctx, case, decision):
    """What a survey decides is written down by its own plugin; here only the way back to the case is of interest."""


async def tell_result(event, ctx):
    if event.node == "survey":
        step = TakeStep(
            place=ctx.place.code, case=event.subject, round=event.round, move="pass", opinion="属实", shown="杨帆"
        )
        ctx.emit(step)


def survey() -> StandIn:
    """Another plugin with a node of the chain, as 入户调查 is."""
    node = Node(name="survey", label="入户调查", level="village", role="handler", moves={"pass": survey_done})
    return StandIn(
        needs=("declaration", "worklist"), nodes=(node,), reactions=(Reaction(event=TaskDone, call=tell_result),)
    )


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
            Node(name="board", label="公示栏", level="village", in_chain=True),
        )

    @hookimpl
    def guards(self):
        actions = ("submit", "mend", "advance", "withdraw", "recall")
        return [Guard(action=f"declaration.{action}", call=self.look) for action in actions]


class Office(County):
    """A county with the demo's catalogue, and its short stories."""

    def __init__(self, world: World, watcher: Watcher) -> None:
        super().__init__(world)
        self.watcher = watcher

    # --- people ------------------------------------------------------------------------------------------------------

    def resident(self, person: str = "wang", name: str = "王建国", id_number: str = "510921196711053319") -> Actor:  # type: ignore[override]
        """Somebody who has claimed name and number, and whom nobody has to find."""
        key = self.world.database.blind(IdNumberText(id_number))
        return Actor(kind="resident", app="ykt", person=person, assurance="claimed", name=Secret(name), id_key=key)

    staff = County.acting  # type: ignore[assignment]

    def window(self, person: str = "周敏", region: str = JUXIAN, **more: Any) -> Actor:
        return self.staff(person, self.position("window", region, node="accept"), **more)

    def town(self, person: str = "唐丽", region: str = JUXIAN, bureau: str = CIVIL, node: str = "review_town") -> Actor:
        return self.staff(person, self.position("handler", region, bureau=bureau, node=node))

    def bureau(self, person: str = "罗勇", county: str = ANJU, bureau: str = CIVIL) -> Actor:
        return self.staff(person, self.position("handler", county, bureau=bureau, node="approve_county"))

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


async def open_projects(units: Units, catalogue: Any = CATALOGUE) -> None:
    """The city's projects, and those of 安居区; who did it is forgotten."""
    await import_catalogue(units, catalogue)
    await units.database["audit"].delete_many({})


async def prepare(units: Units) -> None:
    """Declaration and worklist are on, survey is installed and off."""
    for county in (ANJU, SHEHONG):
        await switch(units, county, "survey", on=False, actor=HUB)
    await open_projects(units)


@pytest.fixture(scope="session")
def watcher() -> Watcher:
    return Watcher()


@pytest.fixture(scope="session")
def hub_setup(watcher: Watcher) -> HubSetup:
    return HubSetup(
        plugins=("declaration",),
        stand_ins={"survey": survey(), "watcher": watcher},
        on=(ANJU, SHEHONG),
        settings=UNHURRIED,
        prepare=prepare,
    )


@pytest.fixture(scope="session")
async def shared_world(county_worlds: Any, hub_setup: HubSetup) -> World:
    return await county_worlds(hub_setup)


@pytest.fixture
async def office(shared_world: World, watcher: Watcher) -> Office:
    """Nothing has happened yet."""
    await shared_world.begin()
    watcher.against.clear()
    watcher.seen.clear()
    return Office(shared_world, watcher)


async def turn(office: Office, plugin: str, *, on: bool, county: str = ANJU) -> None:
    await office.turn(plugin, on=on, county=county)
