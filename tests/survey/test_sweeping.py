"""What surveys look after by themselves: what nobody need do any more, and drafts that nobody needs any more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.plugins.conftest import turn


async def sweep(office):
    await office.job("survey.call_off_over")
    await office.deliver()


async def test_a_case_that_ended_while_surveys_were_off_wants_no_survey(office):
    """Nobody heard of it; asked later, declaration says so. A case that still waits keeps its survey, and so does one's own visit."""
    case, survey = await office.case_survey()
    own = await office.begun()
    await sweep(office)
    before = (await office.stored(_id=survey.id)).state
    await turn(office, "survey", on=False)
    await office.ask(
        office.resident(), "POST declaration/cases/{id}/withdraw", id=case.id, body=await version(office, case)
    )
    await office.deliver()
    await turn(office, "survey", on=True)
    missed = (await office.stored(_id=survey.id)).state

    await sweep(office)

    after = await office.stored(_id=survey.id)
    assert (before, missed, after.state, after.acts[-1].why) == ("wanted", "wanted", "cancelled", "不再需要调查")
    assert (await office.stored(_id=own.id)).state == "wanted"


async def version(office, case):
    stored = await office.world.database["declaration.cases"].find_one({"_id": case.id})
    return {"version": stored["version"], "reason": "不申报了"}


async def test_what_another_plugin_no_longer_wants_is_called_off_with_its_task(office):
    over, wanted = await office.wanted("c-1"), await office.wanted("c-2")
    office.asker.over.add(("c-1", 1))

    await sweep(office)
    await sweep(office)

    states = [(await office.stored(_id=each.id)).state for each in (over, wanted)]
    assert states == ["cancelled", "wanted"]
    assert await office.tasks(subject=over.id) == [("survey", 1, "ended")]
    assert await office.tasks(subject=wanted.id) == [("survey", 1, "open")]


@pytest.mark.parametrize(("closed", "days", "left"), [(True, 91, 0), (True, 89, 2), (False, 91, 2)])
async def test_drafts_of_a_closed_survey_go_after_a_while(office, closed, days, left):
    """Not before, and never those of an open one. A picture that only a draft has goes, the record's stay."""
    survey = await office.begun()
    other = await office.save(survey, office.surveyor("刘洋"))
    await office.submit(survey)
    if closed:
        await office.archive(survey)
    drafts = office.world.database["survey.drafts"]
    pictures = (await drafts.find_one({"_id": other.draft.id}))["files"]
    record = await office.world.database["survey.records"].find_one({"survey": survey.id})
    office.world.clock.advance(timedelta(days=days))

    await office.job("survey.forget_drafts")

    files = office.world.database["files"]
    released = {row["_id"] async for row in files.find({"state": "released"})}
    assert await drafts.count_documents({"survey": survey.id}) == left
    assert released >= set(pictures) if left == 0 else not released & set(pictures)
    assert not released & {*record["photos"], *record["signatures"]}
