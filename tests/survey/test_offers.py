"""What a survey's page offers is what is accepted: in every state, to every kind of reader, each move is tried and undone."""

from __future__ import annotations

import pytest

from plugins.survey.documents import SURVEY
from plugins.survey.handlers import SURVEY_PAGE
from tests.offered import accepted, seen
from tests.survey.conftest import ELDER, FARMING, ONE, configure
from tests.survey.test_machine import in_state
from tests.world import ANJU, CITY, JUXIAN, SHEHONG

REASON = {"reason": "已核实"}


def readers(office):
    def position(role, region, **more):
        return office.position(role, region, **more)

    return {
        "who handed it in": (office.surveyor(), ANJU),
        "own position": (office.surveyor("刘洋"), ANJU),
        "the position above": (office.surveyor("乡镇", JUXIAN), ANJU),
        "the position above, from the city": (office.surveyor("市局", CITY), CITY),
        "another village's": (office.surveyor("外县", SHEHONG), ANJU),
        "the person themself": (office.surveyor("当事人", id_number=ELDER), ANJU),
        "the next node": (office.village(), ANJU),
        "the town": (office.reviewer(), ANJU),
        "the town, who handed it in": (
            office.staff("杨帆", position("handler", JUXIAN, bureau=FARMING, node="review_town")),
            ANJU,
        ),
        "the county": (office.county(), ANJU),
        "the county, from the city": (
            office.staff("市局", position("handler", CITY, bureau=FARMING, node="approve_county")),
            CITY,
        ),
        "another bureau": (office.county("外局", "民政局"), ANJU),
        "who follows up": (office.reviewer("落实", ANJU, "survey_followup"), ANJU),
        "all nodes of the county": (office.reviewer("总管", ANJU, None), ANJU),
        "leader": (office.staff("高峰", position("leader", ANJU)), ANJU),
        "discipline": (office.staff("纪伟", position("discipline", ANJU)), ANJU),
        "a resident": (office.resident(), ANJU),
    }


async def drafts(office, survey):
    """One that was not handed in yet, for each who surveys: what a phone would send."""
    row = await office.world.database["survey.drafts"].find_one({"survey": survey.id}, sort=[("_id", -1)])
    return (row["_id"], row["revision"]) if row else (office.world.units.new_id(), 1)


async def calls(office, actor, survey):
    """Each move with a form that is filled in well."""
    form = await office.form(actor) if actor.kind == "staff" else {}
    saved = {"revision": 1, "saved_at": office.world.clock.now(), "form": form}
    draft, revision = await drafts(office, survey)
    chosen = {"draft": draft, "revision": revision}
    version = {"version": survey.version}
    return {
        "save": (f"PUT {ONE}/drafts/{{draft}}", {"draft": office.world.units.new_id(), "body": saved}),
        "submit": (f"POST {ONE}/submit", {"body": chosen}),
        "correct": (f"POST {ONE}/correct", {"body": {**chosen, **REASON, "replaces": survey.record or "none"}}),
        "return": (f"POST {ONE}/return", {"body": version | REASON}),
        "archive": (f"POST {ONE}/archive", {"body": version}),
        "followup": (f"POST {ONE}/followup", {"body": version | REASON}),
    }


async def compare(office, survey):
    survey = await office.stored(_id=survey.id)
    for who, (actor, at) in readers(office).items():
        page = await seen(office, actor, f"GET {ONE}", at=at, id=survey.id)
        tried = await calls(office, actor, survey)
        assert tried.keys() == SURVEY_PAGE.offers.moves.keys()
        made = {
            move
            for move, (operation, given) in tried.items()
            if await accepted(office, actor, operation, at=at, id=survey.id, **given)
        }
        assert set(page.can if page else ()) == made, (survey.state, who)


async def come_to(office, state):
    """A survey in this state; where one was handed in, somebody has also saved what was not: the same words again are no move."""
    survey = await in_state(office, "submitted" if state == "archived" else state)
    if survey.state == "submitted":
        await office.save(survey, office.surveyor("刘洋"), findings="又去了一次，情况相同。")
    if state == "archived":
        await office.archive(survey)
    return survey


@pytest.mark.parametrize("state", SURVEY.states)
async def test_what_is_offered_is_what_is_accepted(office, state):
    survey = await come_to(office, state)

    await compare(office, survey)


@pytest.mark.parametrize("change", [{"origin": "declaration"}, {"followup": "due"}, {"sensitive": True}])
@pytest.mark.parametrize("state", ["submitted", "archived"])
async def test_what_else_a_survey_is_counts_too(office, state, change):
    """Part of a declaration, to be followed up, of a sensitive project."""
    survey = await come_to(office, state)
    await office.world.database["survey.surveys"].update_one({"_id": survey.id}, {"$set": change})

    await compare(office, survey)


async def test_after_too_many_records_only_archiving_is_offered(office):
    await configure(office, records_at_most=2)
    survey = await office.wanted()
    await office.submit(survey)
    await office.correct(survey)
    await office.save(survey, office.surveyor("刘洋"), findings="又去了一次，情况相同。")

    await compare(office, survey)

    assert (await office.show(survey, office.reviewer())).can == ["archive"]
