"""Whatever anybody presses, in whatever order: nothing that was handed in changes, and no case passes without a record."""

from __future__ import annotations

import random

import pytest

from hub.words.errors import Refused
from tests.plugins.conftest import CIVIL
from tests.survey.conftest import SurveyOffice, survey_cancelled
from tests.world import JUXIAN, VILLAGE

STEPS = 35
RESULTS, HANDLINGS = ("true", "untrue", "changed", "unverifiable"), ("continue", "adjust", "stop", "report")


def people(office: SurveyOffice):
    return [
        office.surveyor("甲"),
        office.surveyor("乙"),
        office.reviewer(),
        office.county(),
        office.village(),
        office.surveyor("回避"),
        office.staff("民政", office.position("handler", JUXIAN, bureau=CIVIL)),
    ]


async def press(office: SurveyOffice, chance: random.Random, surveys, case) -> None:
    """One random act of a random person."""
    who, survey = chance.choice(people(office)), chance.choice(surveys)
    said = {"result": chance.choice(RESULTS), "handling": chance.choice(HANDLINGS)}
    match chance.randrange(12):
        case 0 | 1:
            await office.save(survey, who, **said)
        case 2 | 3 | 4:
            await office.submit(survey, who, **said, spot=chance.choice(["家中", "家中", ""]))
        case 5:
            await office.correct(survey, who, **said)
        case 6:
            await office.send_back(survey, who)
        case 7:
            await office.archive(survey, who)
        case 8:
            await office.follow_up(survey, who)
        case 9 if chance.random() < 0.3:
            await office.tell(survey_cancelled())
        case 10:
            await (office.hold if chance.random() < 0.5 else office.lift)(case.id)
        case 11:
            await office.decide(office.village(), case.id, chance.choice(["pass", "return"]), "意见")


async def check(office: SurveyOffice, before: dict[str, bytes]) -> None:
    """What must hold after every act; ``before`` are the records so far."""
    database = office.world.database
    surveys = {row["_id"]: row async for row in database["survey.surveys"].find({})}
    records = await database["survey.records"].find({}, sort=[("number", 1)]).to_list(999)
    for row in records:
        assert before.setdefault(row["_id"], repr(row).encode()) == repr(row).encode(), "a record has changed"
    for id, survey in surveys.items():
        own = [row for row in records if row["survey"] == id]
        assert [row["number"] for row in own] == list(range(1, survey["records"] + 1))
        assert survey["record"] == (own[-1]["_id"] if own else None)
        assert all(row["person"] != "回避" for row in own)
        if survey["state"] in ("submitted", "archived"):
            assert own
        if survey["state"] == "wanted":
            assert not own
    assert len(before) == len(records)
    async for found in database["declaration.cases"].find({}):
        for step in found["progress"]:
            if step["node"] == "survey" and step["state"] == "passed":
                [survey] = [
                    each
                    for each in surveys.values()
                    if (each["origin"], each["subject"], each["round"]) == ("declaration", found["_id"], step["round"])
                ]
                assert survey["records"] >= 1


@pytest.mark.parametrize("turn", range(3))
async def test_random_moves_by_random_people(office, seed, turn):
    chance = random.Random(f"{seed}-{turn}")
    case, of_case = await office.case_survey()
    surveys = [of_case, await office.wanted(avoid=("回避",)), await office.begun(office.surveyor("甲"))]
    for survey in surveys:
        await office.world.database["survey.surveys"].update_one(
            {"_id": survey.id}, {"$set": {"avoid": ["回避", "wang"]}}
        )
    refused = done = 0
    before: dict[str, bytes] = {}

    for _ in range(STEPS):
        try:
            await press(office, chance, surveys, case)
            done += 1
        except Refused:
            refused += 1
        await office.deliver()
        await office.world.database["files"].delete_many({"state": "pending"})
        newest = await office.stored(subject=case.id)
        if newest.id != surveys[0].id:
            await office.world.database["survey.surveys"].update_one(
                {"_id": newest.id}, {"$set": {"avoid": ["回避", "wang"]}}
            )
            surveys[0] = newest
        await check(office, before)

    assert done and refused
    assert {survey.place for survey in surveys} == {VILLAGE}
