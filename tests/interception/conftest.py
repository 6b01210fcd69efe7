"""A county where data are compared: the plugins' real parts, payments among them; publicity and on-site surveys tell by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from hub.api import Event, Guard, Identity, IdNumberText, Node, Push, Secret, Upload, hookimpl
from hub.rules.switching import switch
from hub.rules.units import Units
from hub.testing import County, HubSetup, StandIn
from hub.words.actors import HUB, Actor
from plugins.declaration.events import PersonEntered
from plugins.interception.documents import Hit
from plugins.payments.events import BenefitFact, BenefitStarted
from plugins.survey import events as survey
from tests.payments.conftest import PayOffice, card_of, number_of, publicity_facts
from tests.plugins.conftest import CIVIL, FARMING, LAND, open_projects, turn
from tests.world import ANJU, MONDAY_MORNING, SHEHONG, UNHURRIED, VILLAGE, World

OLD_AGE, LOW_INCOME, ELDER = "30005", "30001", "510904194403150023"
HITS, ONE, LISTS = "GET interception/hits", "interception/hits/{id}", "POST interception/lists"


class Surveys(StandIn):
    """Stands where surveys stand: one chain node, and an ear for who is to be looked at."""

    def __init__(self) -> None:
        node = Node(name="survey", label="入户调查", level="village", role="handler")
        super().__init__(needs=("declaration",), events=survey.EVENTS, nodes=(node,))

    @property
    def wanted(self) -> list[Event]:
        return [each for each in self.heard if isinstance(each, survey.MakeSurvey)]


class Meanwhile:
    """Whose guards run before those of interception: tests let things happen there."""

    USES = ("declaration", "payments")

    def __init__(self) -> None:
        self.before: list[Any] = []

    async def look(self, ctx: Any, subject: Any) -> None:
        for call in self.before:
            await call()

    @hookimpl
    def guards(self) -> Sequence[Guard]:
        return [
            Guard(action=action, call=self.look) for action in ("declaration.advance", "payments.pay", "payments.enrol")
        ]


class HitOffice(PayOffice):
    """The same for hits."""

    def __init__(self, world: World, surveys: Surveys, meanwhile: Meanwhile) -> None:
        super().__init__(world, meanwhile)
        self.surveys, self.meanwhile = surveys, meanwhile

    # --- people ------------------------------------------------------------------------------------------------------

    def clerk(self, person: str = "罗勇", bureau: str = CIVIL, county: str = ANJU, **more: Any) -> Actor:
        return self.staff(person, self.position("handler", county, bureau=bureau, node="interception"), **more)

    def discipline(self, person: str = "纪伟", region: str = ANJU) -> Actor:
        return self.staff(person, self.position("discipline", region))

    def leader(self, person: str = "高峰", region: str = ANJU, **narrowed: str) -> Actor:
        return self.staff(person, self.position("leader", region, **narrowed))

    # --- lists -------------------------------------------------------------------------------------------------------

    async def bring(
        self, kind: str, *lines: str, head: str = "姓名,身份证号", actor: Actor | None = None, **query: Any
    ) -> Any:
        """Upload a list and let it be read to its end."""
        actor = actor or self.discipline()
        upload = Upload(filename="list.csv", data="\n".join([head, *lines]).encode())
        stored = await self.ask(actor, LISTS, query={"kind": kind, **query}, upload=upload)
        await self.deliver()
        return await self.ask(actor, "GET interception/lists/{id}", id=stored.id)

    async def rejects_of_list(self, stored: Any) -> list[tuple[int, str]]:
        page = await self.ask(
            self.discipline(), "GET interception/lists/{id}/rejects", id=stored.id, query={"limit": 200}
        )
        return [(each.line, each.reason) for each in page.items]

    # --- hits --------------------------------------------------------------------------------------------------------

    asked = County.facts

    async def hits(self, **wanted: Any) -> list[Hit]:
        rows = await self.world.database["interception.hits"].find(wanted, sort=[("_id", 1)]).to_list(200)
        return [self.world.database.decode(Hit, row) for row in rows]

    async def hit(self, **wanted: Any) -> Hit:
        [hit] = await self.hits(**wanted)
        return hit

    async def typed(self, **changes: Any) -> list[Push]:
        """Somebody typed for whom they want to declare."""
        return [push for push in await self.say(entered(**changes)) if isinstance(push, Push)]

    say = County.tell

    async def do(self, actor: Actor, move: str, hit: Hit, **body: Any) -> Any:
        """A move on a hit's page, with its present version."""
        now = await self.hit(_id=hit.id)
        given = {"version": now.version, "reason": "已核实", **body}
        if move == "propose":
            given = {"evidence": "户籍证明原件", **given}
        detail = await self.ask(actor, f"POST {ONE}/{move}", id=hit.id, body=given)
        await self.deliver()
        return detail

    async def cleared(self, hit: Hit, bureau: str = CIVIL) -> Hit:
        """误报解除 by two people."""
        await self.do(self.clerk("甲", bureau), "propose", hit)
        await self.do(self.clerk("乙", bureau), "clear", hit)
        return await self.hit(_id=hit.id)

    # --- stories -----------------------------------------------------------------------------------------------------

    async def dead(self, *numbers: str) -> Any:
        """On the list of the dead, of today."""
        return await self.bring("death", *(f"张三,{number}" for number in numbers or (ELDER,)))

    async def elder(self, **changes: Any) -> Any:
        """A declaration of 高龄津贴 that is at 受理."""
        return await self.declare(**changes)

    async def at_county(self) -> Any:
        """The same, before 县级审批."""
        case = await self.elder()
        await self.decide(self.window(), case.id, "pass", "材料齐全")
        await self.decide(self.town(), case.id, "pass", "同意")
        return case

    async def approve(self, case: Any) -> Any:
        return await self.decide(self.bureau(), case.id, "pass", "同意")

    async def state_of(self, case: Any) -> Any:
        return await self.progress(case)

    async def tasks(self, **wanted: Any) -> list[tuple[str, int, str]]:
        rows = await self.world.database["worklist.tasks"].find(wanted, sort=[("_id", 1)]).to_list(99)
        return [(row["label"], row["round"], row["state"]) for row in rows if row["node"] == "interception"]


def identity(number: str = ELDER, name: str = "李桂兰", **more: Any) -> Identity:
    return Identity(name=Secret(name), id_number=IdNumberText(number), region=VILLAGE, **more)


def entered(number: str = ELDER, name: str = "李桂兰", card: Any = None, **changes: Any) -> PersonEntered:
    given = {
        "place": VILLAGE,
        "attempt_id": "0190a000-0000-7000-8000-00000000000a",
        "project": OLD_AGE,
        "short": "高龄津贴",
        "bureau": CIVIL,
        "rules": (),
        "sensitive": False,
        "identity": identity(number, name, card=card),
        "by": "wang",
        "at": MONDAY_MORNING,
    }
    return PersonEntered(**{**given, **changes})


def started(number: str = ELDER, **changes: Any) -> BenefitStarted:
    given = {
        "place": VILLAGE,
        "benefit": "b-1",
        "project": OLD_AGE,
        "short": "高龄津贴",
        "bureau": CIVIL,
        "identity": identity(number),
        "case": None,
        "reason": "",
        "at": MONDAY_MORNING,
    }
    return BenefitStarted(**{**given, **changes})


def stopped(kind: type[BenefitFact], **changes: Any) -> BenefitFact:
    """Or resumed, or ended."""
    told = started(**changes)
    return kind(**{name: getattr(told, name) for name in told.__struct_fields__})


@pytest.fixture(scope="session")
def surveys() -> Surveys:
    return Surveys()


@pytest.fixture(scope="session")
def meanwhile() -> Meanwhile:
    return Meanwhile()


async def prepare(units: Units) -> None:
    await switch(units, ANJU, "interception", on=True, settings={}, actor=HUB)
    await open_projects(units)


@pytest.fixture(scope="session")
def hub_setup(surveys: Surveys, meanwhile: Meanwhile) -> HubSetup:
    return HubSetup(
        plugins=("declaration", "publicity", "survey", "meanwhile", "payments", "interception"),
        stand_ins={"publicity": publicity_facts(), "survey": surveys, "meanwhile": meanwhile},
        on=(ANJU, SHEHONG),
        settings=UNHURRIED,
        prepare=prepare,
    )


@pytest.fixture(scope="session")
async def hit_world(county_worlds: Any, hub_setup: HubSetup) -> World:
    return await county_worlds(hub_setup)


@pytest.fixture
async def office(hit_world: World, surveys: Surveys, meanwhile: Meanwhile) -> HitOffice:
    """安居区 and 射洪市 with everything on; nothing has happened yet."""
    await hit_world.begin()
    surveys.heard.clear()
    meanwhile.before.clear()
    return HitOffice(hit_world, surveys, meanwhile)


async def configure(office: HitOffice, **settings: Any) -> None:
    """What a county has set for interception."""
    await office.turn("interception", on=True, settings=settings)


def audience(push: Push) -> tuple[str, str, str | None, str | None]:
    to: Any = push.to
    return (to.role, to.place, to.bureau, to.node)


__all__ = [
    "CIVIL",
    "FARMING",
    "LAND",
    "card_of",
    "msgspec",
    "number_of",
    "timedelta",
    "turn",
]
