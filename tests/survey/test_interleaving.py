"""What happens at the same moment: it comes before or after, never beside."""

from __future__ import annotations

import asyncio

import pytest

from hub.words.errors import Conflict
from plugins.survey.documents import records_of, surveys_of
from tests.survey.conftest import ANJU, ONE, survey_cancelled


async def recall(office, case):
    task = await office.world.database["worklist.tasks"].find_one({"subject": case.id, "node": "accept"})
    body = {"version": task["version"], "reason": "看错了"}
    await office.ask(office.window(), "POST worklist/tasks/{id}/recall", id=task["_id"], body=body)


async def test_a_draft_between_the_look_and_the_write_of_a_recall_wins(office):
    """The recall has begun and sees an untouched survey; a phone saves. It conflicts, looks again, and is refused."""
    case, survey = await office.case_survey()
    tries = []

    async def meanwhile():
        tries.append(1)
        if len(tries) == 1:
            await office.save(survey)

    office.asker.before.append(meanwhile)

    with pytest.raises(Conflict, match="入户调查已开始"):
        await recall(office, case)

    assert len(tries) == 2
    assert (await office.stored(_id=survey.id)).state == "draft"
    assert (await office.progress(case)).node == "survey"


async def test_a_recall_that_has_committed_ends_the_draft(office):
    """The other way round: taken back first, the phone hears that nobody need go."""
    case, survey = await office.case_survey()
    await recall(office, case)
    await office.deliver()

    with pytest.raises(Conflict) as refused:
        await office.save(survey)

    assert refused.value.state["state"] == "cancelled"


async def hand_in_twice(office, survey, first, second):
    """Two surveyors press at once, each with their own draft."""
    saved = [await office.save(survey, actor) for actor in (first, second)]
    return await asyncio.gather(
        *[
            office.ask(actor, f"POST {ONE}/submit", id=survey.id, body={"draft": draft.draft.id, "revision": 1})
            for actor, draft in zip((first, second), saved, strict=True)
        ],
        return_exceptions=True,
    )


async def test_of_two_who_hand_in_at_once_one_wins(office):
    """One record, both drafts; the case moves once."""
    case, survey = await office.case_survey()

    answers = await hand_in_twice(office, survey, office.surveyor("甲"), office.surveyor("乙"))
    await office.deliver()

    [lost] = [answer for answer in answers if isinstance(answer, BaseException)]
    assert isinstance(lost, Conflict) and lost.state["state"] == "submitted"
    detail = await office.show(survey, office.surveyor("甲"))
    assert (len(detail.records), len(detail.drafts)) == (1, 2)
    assert await office.world.database["events"].count_documents({"type": "declaration.TakeStep"}) == 1
    assert (await office.progress(case)).node == "review_village"


async def test_the_same_hand_in_twice_at_once_is_one(office):
    """A phone that tries again before it was answered."""
    survey = await office.begun()
    saved = await office.save(survey)
    body = {"draft": saved.draft.id, "revision": 1}

    answers = await asyncio.gather(
        *[office.ask(office.surveyor(), f"POST {ONE}/submit", id=survey.id, body=body) for _ in range(2)]
    )

    assert {answer.survey.state for answer in answers} == {"submitted"}
    assert await office.world.database["survey.records"].count_documents({}) == 1


async def test_a_hand_in_and_a_calling_off(office):
    """Whichever is first; the other sees it."""
    survey = await office.wanted()
    saved = await office.save(survey)
    body = {"draft": saved.draft.id, "revision": 1}

    answers = await asyncio.gather(
        office.ask(office.surveyor(), f"POST {ONE}/submit", id=survey.id, body=body),
        office.tell(survey_cancelled()),
        return_exceptions=True,
    )

    after = await office.stored(_id=survey.id)
    handed_in = not isinstance(answers[0], BaseException)
    assert (after.state, after.records) == (("submitted", 1) if handed_in else ("cancelled", 0))


async def test_two_phones_that_save_at_once_are_both_kept(office):
    survey = await office.begun()

    await asyncio.gather(*[office.save(survey, office.surveyor(name)) for name in ("甲", "乙", "丙")])

    assert len((await office.show(survey)).drafts) == 3


async def test_a_record_between_the_look_and_the_write_of_the_village_counts(office):
    """村级初审 writes the survey that it relies on, so that a change of it meanwhile makes it look again."""
    case, survey = await office.case_survey()
    await office.submit(survey)
    tries = []

    async def meanwhile():
        tries.append(1)
        if len(tries) == 1:
            await office.correct_quietly(survey)

    office.asker.before.append(meanwhile)
    await office.decide(office.village(), case.id, "pass", "同意")

    assert len(tries) == 2
    assert len((await office.show(survey)).records) == 2


async def test_what_was_read_is_what_was_meant(office):
    """Reads inside one unit agree: the survey's record is the newest of its records."""
    survey = await office.begun()
    await office.submit(survey)
    await office.correct(survey)

    async def look(ctx):
        found = await surveys_of(ctx).get(survey.id)
        records = await records_of(ctx).find({"survey": survey.id}, sort=(("number", 1),))
        return found.record, found.records, [record.id for record in records]

    record, count, ids = await office.world.units.read(look, plugin="survey", place=office.world.place(ANJU))
    assert (record, count) == (ids[-1], len(ids))
