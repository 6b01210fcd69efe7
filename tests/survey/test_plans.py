"""The lists that people open all day, at 20,000 surveys: by index, in order, without looking at what is others'."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub.api import IdNumberText, Secret
from hub.testing.plans import MANY, explained, fill, stages_of
from plugins.survey.documents import Draft, Record, Survey, drafts_of, records_of, surveys_of
from plugins.survey.handlers import LIST, MY_DRAFTS, TODO_LIST
from tests.survey.conftest import ANJU, FARMING, LAND, SurveyOffice, identity
from tests.world import MONDAY_MORNING, VILLAGE

STATES = ("wanted", "draft", "submitted", "archived")


def survey(n: int, villages: list[str], office: SurveyOffice, shared: Any) -> Survey:
    """Every 200th is of the village that is asked for; every 500th of its project."""
    now, place = office.world.clock.now(), VILLAGE if n % 200 == 0 else villages[n % len(villages)]
    return Survey(
        id=f"s{n:05d}",
        place=place,
        path=office.world.place(place).path,
        county=ANJU,
        created_at=now + timedelta(seconds=n),
        origin="complaints",
        subject=f"c{n}",
        round=1,
        number=f"TS-{n}",
        project=LAND if n % 500 == 0 else "30005",
        short="地力保护",
        bureau=FARMING,
        sensitive=False,
        identity=shared if n % 1000 else identity(),
        due_at=now + timedelta(minutes=n),
        avoid_keys=(f"k{n}",),
        state=STATES[n // 200 % 4],
        result="untrue" if n % 400 == 0 else "true",
        followup="due" if n % 700 == 0 else "",
    )


def draft(n: int, office: SurveyOffice) -> Draft:
    now = office.world.clock.now()
    return Draft(
        id=f"d{n:05d}",
        place=VILLAGE,
        path=office.world.place(VILLAGE).path,
        county=ANJU,
        survey=f"s{n % 4000:05d}",
        bureau=FARMING,
        project=LAND,
        person=f"p{n % 500}",
        shown="",
        revision=1,
        saved_at=now,
        received_at=now + timedelta(seconds=n),
        content=Secret("{}"),
    )


def record(n: int, office: SurveyOffice) -> Record:
    now, nothing = office.world.clock.now(), Secret("")
    return Record(
        id=f"r{n:05d}",
        place=VILLAGE,
        path=office.world.place(VILLAGE).path,
        county=ANJU,
        survey=f"s{n % 4000:05d}",
        bureau=FARMING,
        project=LAND,
        number=n // 4000 + 1,
        draft=f"d{n:05d}",
        revision=1,
        result="true",
        handling="continue",
        visited_at=now,
        spot=nothing,
        findings=nothing,
        investigators=(),
        photos=(),
        signatures=(),
        person="p",
        shown="",
        at=now,
    )


@pytest.fixture(scope="module")
async def busy(survey_world, payments, asker):
    await survey_world.begin()
    office = SurveyOffice(survey_world, payments, asker)
    tree = office.world.places.tree
    villages = [each.code for each in tree if each.county == ANJU and each.level == "village" and each.code != VILLAGE]
    shared = identity("510923194106120011", "王秀英")
    many = {
        "survey.surveys": [survey(n, villages, office, shared) for n in range(MANY)],
        "survey.drafts": [draft(n, office) for n in range(MANY)],
        "survey.records": [record(n, office) for n in range(MANY)],
    }
    for collection, documents in many.items():
        await fill(office.world.database, collection, documents)
    return office


SURVEYOR, TOWN, LEADER, HUB = "surveyor", "town", "leader", "hub"
BY_DUE = (("due_at", 1), ("_id", 1))
LONG_AFTER = MONDAY_MORNING + timedelta(days=99)
ELDER = IdNumberText("510904194403150023")
# what is asked: (list, query, None, or collection, filter, order; who asks)
QUERIES: dict[str, tuple[Any, Any, Any, str]] = {
    "my list": (TODO_LIST, {}, None, SURVEYOR),
    "my list of a project": (TODO_LIST, {"project": LAND}, None, SURVEYOR),
    "what waits below": (TODO_LIST, {"stand_in": True}, None, TOWN),
    "the newest": (LIST, {}, None, LEADER),
    "of a village": (LIST, {}, None, SURVEYOR),
    "of a project": (LIST, {"project": LAND}, None, LEADER),
    "in a state": (LIST, {"state": "submitted"}, None, LEADER),
    "with a result": (LIST, {"result": "untrue"}, None, LEADER),
    "by number": (LIST, {"number": "TS-77"}, None, LEADER),
    "of a business": (LIST, {"subject": "c77"}, None, LEADER),
    "to be followed up": (LIST, {"followup": True}, None, LEADER),
    "of a person": (LIST, {}, {"identity.id_number": ELDER}, LEADER),
    "of a case": (surveys_of, {"subject": "c77", "origin": "complaints", "round": {"$lte": 3}}, (("round", 1),), HUB),
    "the newest of a case": (surveys_of, {"subject": "c77", "origin": "complaints"}, (("round", -1),), HUB),
    "one by its asker": (surveys_of, {"subject": "c77", "origin": "complaints", "round": 1}, (), HUB),
    "drafts of a survey": (drafts_of, {"survey": "s00077"}, (("saved_at", -1), ("_id", -1)), SURVEYOR),
    "my drafts": (MY_DRAFTS, {}, None, SURVEYOR),
    "old drafts": (drafts_of, {"received_at": {"$lt": LONG_AFTER}}, (("received_at", 1), ("_id", 1)), HUB),
    "to be asked about": (surveys_of, {"state": "wanted"}, BY_DUE, HUB),
    "records of a survey": (records_of, {"survey": "s00077"}, (("number", 1),), SURVEYOR),
    "a record by its draft": (records_of, {"survey": "s00077", "draft": "d00077", "revision": 1}, (), SURVEYOR),
}


@pytest.mark.parametrize("name", QUERIES)
async def test_by_index_and_only_ones_own(busy, name):
    collection, wanted, sort, who = QUERIES[name]
    actor = {
        SURVEYOR: busy.surveyor("p7"),
        TOWN: busy.staff("镇上", busy.position("handler", VILLAGE[:9], node="survey")),
        LEADER: busy.staff("领导", busy.position("leader", ANJU)),
        HUB: None,
    }[who]

    async def look(ctx):
        return await explained(ctx, collection, wanted, sort)

    right = "survey.do" if collection is TODO_LIST else "survey.read"
    asked = {"actor": actor, "permission": right} if actor else {}
    answer = await busy.world.units.read(look, plugin="survey", place=busy.world.place(ANJU), **asked)
    used, stats = stages_of(answer), answer["executionStats"]

    # One business has a handful of surveys, and a rare project not many more: those are put in order once found.
    spared = {"SORT"} if name in ("of a business", "my list of a project") else set()
    others = 50 if name == "my list of a project" else 10
    assert not ({"COLLSCAN", "SORT"} - spared) & used, used
    # Of one's own list each is looked at once below the merge and once above it.
    assert 0 < stats["totalDocsExamined"] <= stats["nReturned"] * 2 + others, stats["totalDocsExamined"]
