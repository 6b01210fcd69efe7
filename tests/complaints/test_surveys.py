"""入户调查 for a complaint: wanted without who complained, and what comes back."""

from __future__ import annotations

import pytest

from hub.words.errors import Conflict
from plugins.complaints.steps import NoteSurvey
from plugins.survey.events import CallOffSurvey, MakeSurvey, NoLongerWanted, SurveySubmitted
from tests.complaints.conftest import ACCUSED, ANJU, CIVIL
from tests.plugins.conftest import turn
from tests.world import CITY, VILLAGE


async def wanted(office, kind=MakeSurvey):
    """What surveys were told."""
    events = await office.world.database["events"].find({"type": f"survey.{kind.__name__}"}).to_list(9)
    return [office.world.database.decode(kind, event["data"]) for event in events]


def submitted(complaint: str, **changes) -> SurveySubmitted:
    facts = {
        "place": VILLAGE,
        "survey": "s1",
        "record": "r1",
        "subject": complaint,
        "origin": "complaints",
        "round": 1,
        "number": "S1",
        "project": "30005",
        "short": "高龄津贴",
        "bureau": "民政局",
        "result": "untrue",
        "handling": "continue",
        "correction": False,
        "summary": "家中无车辆",
        "person": "yang",
        "shown": "杨帆",
    }
    return SurveySubmitted(**(facts | changes))


async def accepted(office, **more):
    filed = await office.file(row=await office.row(), **more)
    await office.do("accept", filed.id)
    return filed


async def test_a_survey_that_is_out_is_told_who_else_keeps_away(office):
    """Merged into one that is being looked into, a complaint takes its own avoidance there."""
    row = await office.row()
    main = await office.file(row=row)
    await office.do("accept", main.id)
    await office.do("survey", main.id, reason="核实是否有车辆")
    second = await office.file(office.citizen("chen"), row=row)

    await office.do("merge", second.id, into=main.id)

    first, again = await wanted(office)
    assert (again.subject, again.round) == (first.subject, first.round)
    assert (again.only_known, first.only_known) == (True, False)
    assert "chen" in again.avoid and "chen" not in first.avoid


async def test_a_survey_is_asked_for_and_comes_back(office):
    """The surveyors hear whom to look at and what for; the record stands with the complaint, and handling goes on."""
    filed = await accepted(office)
    asked = await office.do("survey", filed.id, reason="核实是否有车辆")
    now = office.world.clock.now()

    [fact] = await wanted(office)
    await office.tell(submitted(filed.id, at=now))
    detail = await office.ask(office.handler(), "GET complaints/{id}", id=filed.id)

    assert (asked.complaint.state, fact.origin, fact.subject, fact.round) == (
        "investigating",
        "complaints",
        filed.id,
        1,
    )
    assert (fact.place, fact.identity.id_number.reveal(), fact.reason, fact.hidden) == (
        VILLAGE,
        ACCUSED,
        "核实是否有车辆",
        True,
    )
    assert "wang" in fact.avoid and office.key(ACCUSED) in fact.avoid_keys
    assert "王" not in repr(await office.world.database["events"].find({"type": "survey.MakeSurvey"}).to_list(9))
    assert detail.complaint.state == "accepted"
    assert [(each.result, each.summary, each.record) for each in detail.findings] == [("untrue", "家中无车辆", "r1")]
    assert detail.flow[-1].why == "调查结果：不属实"


async def test_told_again_it_stands_once_and_a_correction_takes_its_place(office):
    filed = await accepted(office)
    await office.do("survey", filed.id)
    now = office.world.clock.now()
    first = submitted(filed.id, at=now)

    await office.tell(first)
    version = (await office.stored(filed.id))["version"]
    await office.tell(first)
    again = (await office.stored(filed.id))["version"]
    await office.tell(submitted(filed.id, at=now, record="r2", result="true", correction=True))

    [finding] = (await office.stored(filed.id))["findings"]
    assert again == version
    assert (finding["record"], finding["result"]) == ("r2", "true")


async def test_a_record_that_was_put_off_does_not_take_the_place_of_its_correction(office):
    """The word of the one was put off, or the complaint's own step that notes it."""
    filed = await accepted(office)
    await office.do("survey", filed.id)
    now = office.world.clock.now()
    same = {"round": 1, "survey": "s1", "record": "r0", "result": "untrue", "summary": "家中无车辆", "shown": "杨帆"}
    correction = submitted(filed.id, at=now, record="r2", result="true", correction=True)

    await office.tell_late(submitted(filed.id, at=now), correction)
    await office.tell_late(NoteSurvey(place=ANJU, complaint=filed.id, at=now, **same), correction)

    [finding] = (await office.stored(filed.id))["findings"]
    assert (finding["record"], finding["result"]) == ("r2", "true")


@pytest.mark.parametrize("changes", [{"origin": "interception"}, {"subject": "gone"}])
async def test_what_others_asked_for_is_not_ours(office, changes):
    filed = await accepted(office)
    await office.do("survey", filed.id)

    await office.tell(submitted(filed.id, at=office.world.clock.now(), **changes))

    assert (await office.stored(filed.id))["state"] == "investigating"


@pytest.mark.parametrize("end", ["reply", "withdraw"])
async def test_nobody_need_go_for_what_has_ended(office, end):
    filed = await accepted(office)
    await office.do("survey", filed.id)

    await (office.do("reply", filed.id) if end == "reply" else office.own("withdraw", filed.id))

    [cancelled] = await wanted(office, CallOffSurvey)
    assert (cancelled.place, cancelled.subject, cancelled.round) == (VILLAGE, filed.id, 1)
    await office.tell(submitted(filed.id, at=office.world.clock.now()))
    assert (await office.stored(filed.id))["state"] in ("replied", "withdrawn")


async def test_where_nobody_surveys_it_is_said(office):
    """The plugin is off, the complaint names no person, or the surveyors would be the accused."""
    filed = await accepted(office)
    free = await office.about_unit(ANJU[:6] + "114", actor=office.citizen("chen"))
    unit = {"against": "unit", "unit_bureau": CIVIL}
    village = await office.file(office.citizen("liu"), row=await office.row(), **unit, unit_region=VILLAGE)
    county = await office.file(office.citizen("liu"), row=await office.row(), **unit, unit_region=ANJU)
    city = office.handler("city", region=CITY)
    for id, who in ((free.id, None), (village.id, None), (county.id, city)):
        await office.do("accept", id, who)
        with pytest.raises(Conflict, match="请自行调查"):
            await office.do("survey", id, who)
    await turn(office, "survey", on=False)
    try:
        with pytest.raises(Conflict, match="未开通入户调查"):
            await office.do("survey", filed.id)
    finally:
        await turn(office, "survey", on=True)

    assert (await office.do("investigate", filed.id)).complaint.state == "investigating"
    assert (await office.do("reply", filed.id)).complaint.state == "replied"


async def test_asked_which_surveys_it_still_wants_a_complaint_says_so(office):
    """While it waits for one; after its end, or a reply that did not wait, it does not. Of others' it says nothing."""
    asked = await office.in_state("accepted", await office.row())
    await office.do("survey", asked["_id"])
    replied = await office.in_state("accepted", await office.row(), actor=office.citizen("chen"))
    await office.do("survey", replied["_id"])
    await office.do("reply", replied["_id"])
    stays = tuple((id, 1) for id in (asked["_id"], replied["_id"], "unknown"))

    async def over(origin):
        question = NoLongerWanted(origin=origin, stays=stays)
        return await office.world.units.read(
            lambda ctx: ctx.ask(question), plugin="complaints", place=office.world.place(ANJU)
        )

    assert await over("complaints") == {(replied["_id"], 1)}
    assert await over("declaration") is None
