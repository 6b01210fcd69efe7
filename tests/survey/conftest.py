"""A county where households are surveyed: the plugins' real parts on the real database; who asks and who pays tell by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from hub.api import Answer, Conflict, Event, Guard, Identity, IdNumberText, Node, PhoneText, Push, Secret
from hub.rules.switching import switch
from hub.rules.units import Units
from hub.testing import HubSetup, StandIn
from hub.words.actors import HUB, Actor
from plugins.payments.events import StopBenefits
from plugins.survey.documents import Survey
from plugins.survey.events import CallOffSurvey, MakeSurvey, NoLongerWanted, SurveySubmitted
from tests.plugins.conftest import FARMING, LAND, Office, open_projects
from tests.world import ANJU, JUXIAN, SHEHONG, UNHURRIED, VILLAGE, World

ELDER, OTHER = "510904194403150023", "510923194106120011"
SURVEYS, ONE = "POST survey/surveys", "survey/surveys/{id}"


class Payments(StandIn):
    """Stands where payments stand: one chain node, and an ear for 停发."""

    def __init__(self) -> None:
        node = Node(name="disburse", label="拨付", level="county")
        super().__init__(needs=("declaration",), events=(StopBenefits,), nodes=(node,))

    @property
    def stopped(self) -> list[Event]:
        return self.heard


class Asker(StandIn):
    """Stands where complaints and interception stand: it hears what was found, and has a veto on cases."""

    def __init__(self) -> None:
        guards = [Guard(action=f"declaration.{action}", call=self.look) for action in ("advance", "recall")]
        answer = Answer(question=NoLongerWanted, call=self.no_longer_wanted, reach="asker")
        super().__init__(needs=("declaration",), hears=(SurveySubmitted,), guards=guards, answers=(answer,))
        self.against: set[str] = set()
        self.before: list[Any] = []
        self.over: set[tuple[str, int]] = set()

    async def look(self, ctx: Any, subject: Any) -> None:
        for call in self.before:
            await call()
        if subject.move in self.against:
            raise Conflict("数据核验中，暂不能办理。")

    async def no_longer_wanted(self, ctx: Any, asked: NoLongerWanted) -> frozenset[tuple[str, int]] | None:
        return frozenset(self.over & set(asked.stays)) if asked.origin == "complaints" else None


class SurveyOffice(Office):
    """The same for surveys. A minute passes, so that steps have an order."""

    pace = timedelta(minutes=1)

    def __init__(self, world: World, payments: Payments, asker: Asker) -> None:
        super().__init__(world, asker)  # type: ignore[arg-type]
        self.payments, self.asker = payments, asker

    # --- people ------------------------------------------------------------------------------------------------------

    def surveyor(self, person: str = "杨帆", region: str = VILLAGE, **more: Any) -> Actor:
        return self.staff(person, self.position("handler", region, node="survey"), **more)

    def reviewer(self, person: str = "唐丽", region: str = JUXIAN, node: str | None = "review_town") -> Actor:
        return self.staff(person, self.position("handler", region, bureau=FARMING, node=node))

    def village(self, person: str = "吴刚") -> Actor:
        return self.staff(person, self.position("handler", VILLAGE, node="review_village"))

    def county(self, person: str = "罗勇", bureau: str = FARMING) -> Actor:
        return self.staff(person, self.position("handler", ANJU, bureau=bureau, node="approve_county"))

    # --- stories -----------------------------------------------------------------------------------------------------

    async def stored(self, **wanted: Any) -> Any:
        """The newest survey, as stored."""
        [row] = await self.world.database["survey.surveys"].find(wanted, sort=[("_id", -1)]).to_list(1)
        return self.world.database.decode(Survey, row)

    async def declared(self, actor: Actor | None = None, **changes: Any) -> Any:
        """A case of the full chain that waits for its survey."""
        actor = actor or self.resident()
        given = {
            "project": LAND,
            "beneficiary": {"category": "farmer"},
            "answers": {"area_mu": "3.5"},
            "materials": await self.materials(actor, "id_card", "household", "social_card", "contract_land", "proof"),
        }
        case = await self.declare(actor, **{**given, **changes})
        await self.decide(self.window(), case.id, "pass", "材料齐全")
        return case

    async def case_survey(self) -> tuple[Any, Any]:
        case = await self.declared()
        return case, await self.stored(subject=case.id)

    async def wanted(self, subject: str = "c-1", **changes: Any) -> Any:
        """A survey that complaints asked for."""
        await self.tell(survey_wanted(subject, **changes))
        return await self.stored(subject=subject, round=changes.get("round", 1))

    async def begun(self, actor: Actor | None = None, **changes: Any) -> Any:
        """A survey without a prior task."""
        body = {"place": VILLAGE, "project": LAND, "name": "李桂兰", "id_number": ELDER, "phone": "19900000001"}
        detail = await self.ask(actor or self.surveyor(), SURVEYS, body={**body, **changes})
        await self.deliver()
        return await self.stored(_id=detail.survey.id)

    async def form(self, actor: Actor, **changes: Any) -> dict[str, Any]:  # type: ignore[override]
        """Everything that a record needs; of a declaration as before."""
        if actor.kind == "resident":
            return await super().form(actor, **changes)
        pictures = {name: [await self.upload(actor)] for name in ("photos", "signatures") if name not in changes}
        plain = {
            "result": "true",
            "handling": "continue",
            "visited_at": self.world.clock.now() - timedelta(hours=1),
            "spot": "家中",
            "findings": "耕地由本人耕种，与承包合同一致。",
            "investigators": ["杨帆", "刘洋"],
        }
        return {**plain, **pictures, **changes}

    async def save(
        self, survey: Any, actor: Actor | None = None, *, draft: str | None = None, revision: int = 1, **changes: Any
    ) -> Any:
        """存草稿; answers what the hub has of it."""
        actor = actor or self.surveyor()
        draft = draft or self.world.units.new_id()
        saved_at = changes.pop("saved_at", self.world.clock.now())
        body = {"revision": revision, "saved_at": saved_at, "form": await self.form(actor, **changes)}
        return await self.ask(actor, f"PUT {ONE}/drafts/{{draft}}", id=survey.id, draft=draft, body=body)

    async def submit(self, survey: Any, actor: Actor | None = None, **changes: Any) -> Any:
        """Save and hand in."""
        actor = actor or self.surveyor()
        saved = await self.save(survey, actor, **changes)
        body = {"draft": saved.draft.id, "revision": saved.draft.revision}
        detail = await self.ask(actor, f"POST {ONE}/submit", id=survey.id, body=body)
        await self.deliver()
        return detail

    async def correct(self, survey: Any, actor: Actor | None = None, reason: str = "看错了", **changes: Any) -> Any:
        detail = await self.correct_quietly(survey, actor, reason, **changes)
        await self.deliver()
        return detail

    async def correct_quietly(
        self, survey: Any, actor: Actor | None = None, reason: str = "看错了", **changes: Any
    ) -> Any:
        """更正, of which nobody has heard yet."""
        actor = actor or self.surveyor()
        saved = await self.save(survey, actor, **changes)
        now = await self.stored(_id=survey.id)
        body = {"draft": saved.draft.id, "revision": 1, "replaces": now.record or "none", "reason": reason}
        return await self.ask(actor, f"POST {ONE}/correct", id=survey.id, body=body)

    async def send_back(self, survey: Any, actor: Actor | None = None, reason: str = "照片不清楚") -> Any:
        body = {"version": (await self.stored(_id=survey.id)).version, "reason": reason}
        detail = await self.ask(actor or self.reviewer(), f"POST {ONE}/return", id=survey.id, body=body)
        await self.deliver()
        return detail

    async def archive(self, survey: Any, actor: Actor | None = None) -> Any:
        body = {"version": (await self.stored(_id=survey.id)).version}
        detail = await self.ask(actor or self.reviewer(), f"POST {ONE}/archive", id=survey.id, body=body)
        await self.deliver()
        return detail

    async def follow_up(self, survey: Any, actor: Actor | None = None) -> Any:
        body = {"version": (await self.stored(_id=survey.id)).version, "reason": "已按新面积核定"}
        detail = await self.ask(actor or self.county(), f"POST {ONE}/followup", id=survey.id, body=body)
        await self.deliver()
        return detail

    async def show(self, survey: Any, actor: Actor | None = None) -> Any:
        return await self.ask(actor or self.surveyor(), f"GET {ONE}", id=survey.id)

    async def tasks(self, **wanted: Any) -> list[tuple[str, int, str]]:
        rows = await self.world.database["worklist.tasks"].find(wanted, sort=[("_id", 1)]).to_list(99)
        return [(row["node"], row["round"], row["state"]) for row in rows]


def identity(number: str = ELDER, name: str = "李桂兰") -> Identity:
    return Identity(name=Secret(name), id_number=IdNumberText(number), phone=PhoneText("19900000001"), region=VILLAGE)


def survey_wanted(subject: str = "c-1", **changes: Any) -> MakeSurvey:
    given = {
        "place": VILLAGE,
        "subject": subject,
        "origin": "complaints",
        "number": f"TS-{subject}",
        "project": LAND,
        "short": "地力保护",
        "bureau": FARMING,
        "identity": identity(),
        "reason": "核对实际耕种面积",
    }
    return MakeSurvey(**{**given, **changes})


def survey_cancelled(subject: str = "c-1", **changes: Any) -> CallOffSurvey:
    return CallOffSurvey(**{"place": VILLAGE, "subject": subject, "origin": "complaints", **changes})


def codes(pushes: Sequence[Any]) -> list[tuple[str, str]]:
    return [(push.message, getattr(push.to, "node", None) or "") for push in pushes if isinstance(push, Push)]


@pytest.fixture(scope="session")
def payments() -> Payments:
    return Payments()


@pytest.fixture(scope="session")
def asker() -> Asker:
    return Asker()


async def prepare(units: Units) -> None:
    await switch(units, ANJU, "survey", on=True, settings={}, actor=HUB)
    await open_projects(units)


@pytest.fixture(scope="session")
def hub_setup(payments: Payments, asker: Asker) -> HubSetup:
    """The asker's guards come before those of surveys: what happens in them happens before these look."""
    return HubSetup(
        plugins=("declaration", "payments", "asker", "survey"),
        stand_ins={"payments": payments, "asker": asker},
        on=(ANJU, SHEHONG),
        settings=UNHURRIED,
        prepare=prepare,
    )


@pytest.fixture(scope="session")
async def survey_world(county_worlds: Any, hub_setup: HubSetup) -> World:
    return await county_worlds(hub_setup)


@pytest.fixture
async def office(survey_world: World, payments: Payments, asker: Asker) -> SurveyOffice:
    """安居区 and 射洪市 with everything on; nothing has happened yet."""
    await survey_world.begin()
    payments.stopped.clear()
    asker.heard.clear()
    asker.against.clear()
    asker.before.clear()
    asker.over.clear()
    return SurveyOffice(survey_world, payments, asker)


async def configure(office: SurveyOffice, **settings: Any) -> None:
    """What a county has set for surveys."""
    await office.turn("survey", on=True, settings=settings)
