"""The lists that people open all day, at 20,000 surveys: by index, in order, without looking at what is others'."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from hub.api import IdNumberText
from hub.testing.plans import Explain
from hub.words.actors import Actor
from plugins.survey.handlers import LIST, MY_DRAFTS, TODO_LIST
from tests.plans import Question, fill_alike
from tests.survey.conftest import ANJU, FARMING, LAND, Asker, Payments, SurveyOffice, identity
from tests.world import MONDAY_MORNING, VILLAGE

STATES = ("wanted", "draft", "submitted", "archived")


@pytest.fixture(scope="module")
async def people(explain: Explain, payments: Payments, asker: Asker) -> Mapping[str, Actor]:
    """Who asks, when all is there."""
    world = explain.world
    villages = [each.code for each in world.places.tree if each.county == ANJU and each.level == "village"]
    others = [code for code in villages if code != VILLAGE]
    somebody, elder = (world.database.encode(each) for each in (identity("510923194106120011", "王秀英"), identity()))

    def survey(n: int) -> Mapping[str, Any]:
        """Every 200th is of the village that is asked for; every 500th of its project."""
        return {
            "_id": f"s{n:05d}",
            "place": VILLAGE if n % 200 == 0 else others[n % len(others)],
            "created_at": MONDAY_MORNING + timedelta(seconds=n),
            "origin": "complaints",
            "subject": f"c{n}",
            "number": f"TS-{n}",
            "project": LAND if n % 500 == 0 else "30005",
            "identity": somebody if n % 1000 else elder,
            "due_at": MONDAY_MORNING + timedelta(minutes=n),
            "avoid_keys": [f"k{n}"],
            "state": STATES[n // 200 % 4],
            "result": "untrue" if n % 400 == 0 else "true",
            "followup": "due" if n % 700 == 0 else "",
        }

    await fill_alike(world, "survey.surveys", survey, bureau=FARMING)
    await fill_alike(world, "survey.drafts", draft, bureau=FARMING, project=LAND, revision=1, saved_at=MONDAY_MORNING)
    await fill_alike(world, "survey.records", record, bureau=FARMING, project=LAND, revision=1)
    office = SurveyOffice(world, payments, asker)
    return {
        "surveyor": office.surveyor("p7"),
        "town": office.staff("镇上", office.position("handler", VILLAGE[:9], node="survey")),
        "leader": office.staff("领导", office.position("leader", ANJU)),
    }


def draft(n: int) -> Mapping[str, Any]:
    received = MONDAY_MORNING + timedelta(seconds=n)
    return {"_id": f"d{n:05d}", "survey": f"s{n % 4000:05d}", "person": f"p{n % 500}", "received_at": received}


def record(n: int) -> Mapping[str, Any]:
    return {"_id": f"r{n:05d}", "survey": f"s{n % 4000:05d}", "number": n // 4000 + 1, "draft": f"d{n:05d}"}


SURVEYS, DRAFTS, RECORDS = "survey.surveys", "survey.drafts", "survey.records"
OF_CASE = {"subject": "c77", "origin": "complaints"}
SAVED, RECEIVED = (("saved_at", -1), ("_id", -1)), (("received_at", 1), ("_id", 1))
OLD = {"received_at": {"$lt": MONDAY_MORNING + timedelta(days=99)}}
ELDER = {"identity.id_number": IdNumberText("510904194403150023")}
# Of the own list each is looked at once below the merge and once above it.
# One business has a handful of surveys, and a rare project not many more: those are put in order once found.
QUESTIONS = {
    "my list": Question(TODO_LIST, {}, "surveyor", spare=60),
    "my list of a project": Question(TODO_LIST, {"project": LAND}, "surveyor", spare=60, sorts=True),
    "what waits below": Question(TODO_LIST, {"stand_in": True}, "town", spare=210),
    "the newest": Question(LIST, {}, "leader"),
    "of a village": Question(LIST, {}, "surveyor"),
    "of a project": Question(LIST, {"project": LAND}, "leader"),
    "in a state": Question(LIST, {"state": "submitted"}, "leader"),
    "with a result": Question(LIST, {"result": "untrue"}, "leader"),
    "by number": Question(LIST, {"number": "TS-77"}, "leader"),
    "of a business": Question(LIST, {"subject": "c77"}, "leader", sorts=True),
    "to be followed up": Question(LIST, {"followup": True}, "leader"),
    "of a person": Question(LIST, {}, "leader", below=ELDER),
    "of a case": Question(SURVEYS, OF_CASE | {"round": {"$lte": 3}}, order=(("round", 1),)),
    "the newest of a case": Question(SURVEYS, OF_CASE, order=(("round", -1),)),
    "one by its asker": Question(SURVEYS, OF_CASE | {"round": 1}),
    "drafts of a survey": Question(DRAFTS, {"survey": "s00077"}, "surveyor", order=SAVED),
    "my drafts": Question(MY_DRAFTS, {}, "surveyor"),
    "old drafts": Question(DRAFTS, OLD, order=RECEIVED),
    "to be asked about": Question(SURVEYS, {"state": "wanted"}, order=(("due_at", 1), ("_id", 1))),
    "records of a survey": Question(RECORDS, {"survey": "s00077"}, "surveyor", order=(("number", 1),)),
    "a record by its draft": Question(RECORDS, {"survey": "s00077", "draft": "d00077", "revision": 1}, "surveyor"),
}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_by_index_and_only_ones_own(explain, people, name):
    await QUESTIONS[name].by_index(explain, people)
