"""Surveys that other plugins ask for, and those begun at the door: who goes, who looks them over, what follows."""

from __future__ import annotations

import pytest

from hub.api import Holders, IdNumberText
from hub.words.errors import Conflict, Forbidden, Invalid, NotFound, Stale, SwitchedOff
from tests.plugins.conftest import FARMING, LAND, OLD_AGE, turn
from tests.survey.conftest import ANJU, ELDER, ONE, OTHER, configure, survey_cancelled, survey_wanted
from tests.world import DONGCHAN, JUXIAN, SHEHONG, VILLAGE

# --- asked for -------------------------------------------------------------------------------------------------------


async def test_asked_for_it_is_on_the_surveyors_list(office):
    """Told to them, except who must keep away; found by whoever asked for it; the asker hears what was found."""
    key = office.world.database.blind(IdNumberText(OTHER))

    pushes = await office.tell(survey_wanted("c-1", avoid=("p-9",), avoid_keys=(key,), hidden=True))
    survey = await office.stored(subject="c-1")
    detail = await office.submit(survey, result="untrue", handling="stop")

    [push] = pushes
    assert isinstance(push.to, Holders)
    assert (push.to.role, push.to.place, push.to.node, push.to.but_not) == ("handler", VILLAGE, "survey", ("p-9",))
    assert set(push.to.but_not_keys) == {key, office.world.database.blind(IdNumberText(ELDER))}
    assert (detail.reason, detail.person.name) == ("核对实际耕种面积", "李桂兰")
    [told] = office.asker.heard
    assert (told.origin, told.subject, told.round, told.result, told.summary) == (
        "complaints", "c-1", 1, "untrue", "不属实，停发",
    )  # fmt: skip
    assert await office.tasks(subject=survey.id) == [("survey", 1, "done")]
    assert "declaration.TakeStep" not in await office.world.database["events"].distinct("type")


async def test_told_again_it_is_one_survey(office):
    """Another round is another."""
    await office.tell(survey_wanted(), survey_wanted())
    await office.tell(survey_wanted(), survey_wanted(round=2), survey_wanted(origin="interception"))

    rows = await office.world.database["survey.surveys"].find({}).to_list(9)
    assert sorted((row["origin"], row["round"]) for row in rows) == [
        ("complaints", 1),
        ("complaints", 2),
        ("interception", 1),
    ]
    assert len(await office.tasks(node="survey")) == 3


async def test_told_again_more_people_keep_away(office):
    """From the survey and its task, whoever had to before as well."""
    survey = await office.wanted("c-1", avoid=("p-1",))
    key = office.world.database.blind(IdNumberText(OTHER))

    await office.tell(survey_wanted("c-1", avoid=("p-2",), avoid_keys=(key,)))

    database = office.world.database
    stored = await database["survey.surveys"].find_one({"_id": survey.id})
    task = await database["worklist.tasks"].find_one({"subject": survey.id})
    assert stored["avoid"] == task["avoid"] == ["p-1", "p-2"]
    assert key in stored["avoid_keys"] and key in task["avoid_keys"]


async def test_what_is_told_of_a_known_survey_alone_makes_none(office):
    """Nobody has decided on it: surveys were off when it was asked for."""
    await office.tell(survey_wanted("c-1", only_known=True))
    none = await office.world.database["survey.surveys"].count_documents({})
    survey = await office.wanted("c-1", avoid=("p-1",))

    await office.tell(survey_wanted("c-1", avoid=("p-2",), only_known=True))

    assert (none, (await office.stored(_id=survey.id)).avoid) == (0, ("p-1", "p-2"))


async def test_what_was_called_off_before_it_was_asked_for_is_not_made(office):
    """The reader of the one was cut off, that of the other was not; another round is wanted."""
    await office.tell_late(survey_wanted("c-1"), survey_cancelled("c-1"))
    none = await office.world.database["survey.surveys"].count_documents({})

    survey = await office.wanted("c-1", round=2)

    assert (none, survey.state) == (0, "wanted")


async def test_who_has_to_keep_away_by_now_does_so_though_the_survey_was_asked_for_late(office):
    """What is told of a known survey alone came before it."""
    late = survey_wanted("c-1", avoid=("p-1",))

    await office.tell_late(late, survey_wanted("c-1", avoid=("p-2",), only_known=True))

    survey = await office.stored(subject="c-1")
    task = await office.world.database["worklist.tasks"].find_one({"subject": survey.id})
    assert (survey.avoid, task["avoid"], survey.reason) == (("p-1", "p-2"), ["p-1", "p-2"], late.reason)


async def test_a_town_is_surveyed_by_its_own(office):
    survey = await office.wanted(place=JUXIAN)

    with pytest.raises(NotFound):
        await office.save(survey, office.surveyor(region=VILLAGE))
    await office.save(survey, office.surveyor(region=JUXIAN))


async def test_the_usual_limit_or_the_askers(office):
    usual = await office.wanted("c-1")
    urgent = await office.wanted("c-2", due_at=office.world.clock.now())

    assert (usual.due_at.month, usual.due_at.day) == (12, 7)
    assert urgent.due_at < usual.due_at
    counts = await office.ask(office.surveyor(), "GET survey/todo/count")
    assert (counts.todo, counts.overdue, counts.drafts) == (2, 1, 0)


@pytest.mark.parametrize("state", ["wanted", "draft", "submitted"])
async def test_called_off_nobody_need_go(office, state):
    """What was handed in stays."""
    survey = await office.wanted()
    if state == "draft":
        await office.save(survey)
    if state == "submitted":
        await office.submit(survey)

    await office.tell(survey_cancelled(), survey_cancelled())

    kept = state == "submitted"
    assert (await office.stored(_id=survey.id)).state == ("submitted" if kept else "cancelled")
    assert await office.tasks(subject=survey.id) == [("survey", 1, "done" if kept else "ended")]


async def test_those_it_is_hidden_from_find_nothing(office):
    """By person and by number; neither list, page, search, table nor history."""
    key = office.world.database.blind(IdNumberText(OTHER))
    survey = await office.wanted(avoid=("张三",), avoid_keys=(key,), hidden=True)
    accused = [office.surveyor("张三"), office.surveyor("别名", id_number=OTHER)]

    for person in accused:
        lists = [
            await office.ask(person, "GET survey/todo"),
            await office.ask(person, "GET survey/surveys"),
            await office.ask(person, "POST survey/surveys/search", body={"id_number": ELDER}),
        ]
        assert [page.items for page in lists] == [[], [], []]
        assert (await office.ask(person, "GET survey/todo/count")).todo == 0
        with pytest.raises(NotFound):
            await office.show(survey, person)
        raw = await office.ask(person, "POST survey/export", body={"reason": "检查"})
        assert survey.number.encode() not in raw.data


# --- begun at the door -----------------------------------------------------------------------------------------------


async def test_without_a_prior_task(office):
    """Name and number typed at the door: others hear of the person, 经办历史 of the act, no task is made."""
    survey = await office.begun()
    detail = await office.submit(survey)

    told = await office.world.database["events"].find({"type": "survey.PersonSurveyed"}).to_list(9)
    assert [event["data"]["survey"] for event in told] == [survey.id]
    assert told[0]["data"]["rules"] == ["R01", "R07", "R11", "R12"]
    assert (survey.number, survey.short, survey.bureau) == ("510904-2026-D00001", "地力保护", FARMING)
    assert await office.tasks() == []
    acts = (await office.world.database["worklist.touches"].find_one({"subject": survey.id}))["acts"]
    assert [(act["kind"], act["label"]) for act in acts] == [("survey", "发起入户调查"), ("survey", "提交入户调查")]
    assert detail.survey.state == "submitted"
    [event] = office.asker.heard
    assert (event.origin, event.subject) == ("survey", survey.id)


async def test_a_town_without_villages_is_its_own_village(office):
    """Surveyed and looked over at one place, by two positions."""
    surveyor, reviewer = office.surveyor("东禅", DONGCHAN), office.reviewer("禅东", DONGCHAN)
    survey = await office.begun(surveyor, place=DONGCHAN)
    await office.submit(survey, surveyor)

    detail = await office.archive(survey, reviewer)

    assert (detail.survey.place, detail.survey.state) == (DONGCHAN, "archived")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id_number": "510904194403150024"}, "id_number"),
        ({"id_number": ""}, "id_number"),
        ({"name": "李"}, "name"),
        ({"phone": "123"}, "phone"),
        ({"place": JUXIAN}, "place"),
        ({"place": "nowhere"}, "place"),
        ({"place": "510981001"}, "place"),
        ({"project": "99999"}, "project"),
    ],
)
async def test_what_is_typed_is_checked(office, changes, field):
    """And never repeated."""
    with pytest.raises(Invalid) as refused:
        await office.begun(**changes)

    assert set(refused.value.fields) == {field}
    for typed in changes.values():
        assert len(typed) < 4 or typed not in repr(refused.value.fields) + refused.value.text


async def test_the_catalogue_says_whose_it_is(office):
    """Bureau and secrecy of the project are not the phone's to say."""
    survey = await office.begun(project=OLD_AGE)

    assert (survey.bureau, survey.short) == ("民政局", "高龄津贴")


async def test_a_surveyor_does_not_survey_themself(office):
    with pytest.raises(Forbidden, match="回避"):
        await office.begun(office.surveyor("本人", id_number=ELDER))


async def test_nor_in_another_village(office):
    with pytest.raises(Forbidden):
        await office.begun(office.surveyor("外村", DONGCHAN))


async def test_a_position_of_another_bureau_or_node_begins_none(office):
    village = office.position("handler", VILLAGE, bureau="民政局", node="survey")
    for actor in (office.staff("民政", village), office.village()):
        with pytest.raises(Forbidden):
            await office.begun(actor)


# --- looked over -----------------------------------------------------------------------------------------------------


async def test_sent_back_somebody_goes_again(office):
    """With the reason, a new task told anew; the second record counts as the first one's correction."""
    survey = await office.begun()
    await office.submit(survey)
    office.pushes.clear()

    detail = await office.send_back(survey, reason="照片看不清")
    todo = (await office.ask(office.surveyor(), "GET survey/todo")).items
    await office.submit(survey, result="changed", handling="adjust")

    assert (detail.survey.state, [line.id for line in todo]) == ("draft", [survey.id])
    assert [push.message for push in office.pushes] == ["worklist.arrived"]
    assert await office.tasks(subject=survey.id) == [("survey", 2, "done")]
    assert [event.correction for event in office.asker.heard] == [False, True]
    shown = await office.show(survey)
    assert [(step.label, step.why) for step in shown.steps][2:4] == [("提交", ""), ("退回重查", "照片看不清")]


async def test_there_is_an_end_to_going_again(office):
    await configure(office, records_at_most=1)
    survey = await office.begun()
    await office.submit(survey)

    with pytest.raises(Conflict, match="往返次数过多"):
        await office.send_back(survey)


async def test_a_second_account_does_not_look_over_its_own_record(office):
    """The same human, who signs in with another account."""
    survey = await office.begun()
    await office.submit(survey, office.surveyor(id_number="510921196711053319"))
    town = office.position("handler", JUXIAN, bureau=FARMING, node="review_town")
    twin = office.staff("杨帆二", town, id_number="510921196711053319")

    with pytest.raises(Forbidden, match="由您提交"):
        await office.archive(survey, twin)

    assert "archive" not in (await office.show(survey, twin)).can


async def test_who_looks_it_over(office):
    """Above the village, of the bureau, never who handed it in."""
    survey = await office.begun()
    both = office.staff(
        "杨帆",
        office.position("handler", VILLAGE, node="survey"),
        office.position("handler", JUXIAN, bureau=FARMING, node="review_town"),
    )
    await office.submit(survey, both)

    with pytest.raises(Forbidden, match="由您提交"):
        await office.archive(survey, both)
    with pytest.raises(Forbidden, match="审核岗位"):
        await office.archive(survey, office.village())
    with pytest.raises(NotFound):
        await office.archive(survey, office.staff("民政", office.position("handler", JUXIAN, bureau="民政局")))
    await office.archive(survey, office.county())


async def test_what_has_moved_on_is_told(office):
    survey = await office.begun()
    await office.submit(survey)
    body = {"version": 1, "reason": "x"}

    with pytest.raises(Stale) as refused:
        await office.ask(office.reviewer(), f"POST {ONE}/return", id=survey.id, body=body)

    assert refused.value.state["state"] == "submitted"


async def test_archived_with_stop_payments_hear_it(office):
    """By the blind number, in the project, in words that name nobody; kept at the county, whatever village it is paid at."""
    survey = await office.wanted()
    await office.submit(survey, result="untrue", handling="stop")

    detail = await office.archive(survey)

    [asked] = office.payments.stopped
    assert (asked.place, asked.project, asked.by, asked.person) == (ANJU, LAND, survey.id, "唐丽")
    assert asked.id_key == office.world.database.blind(IdNumberText(ELDER))
    assert (detail.survey.state, detail.survey.followup) == ("archived", "")


@pytest.mark.parametrize("handling", ["adjust", "report", "stop"])
async def test_what_payments_cannot_do_the_bureau_does(office, handling):
    """落实调查处理: a task of the county's bureau, done on its own page. 停发 only where payments are off."""
    if handling == "stop":
        await turn(office, "payments", on=False)
    survey = await office.wanted()
    await office.submit(survey, result="changed", handling=handling)
    await office.archive(survey)
    found = (await office.ask(office.county(), "GET survey/surveys", query={"followup": True})).items

    with pytest.raises(Forbidden):
        await office.follow_up(survey, office.reviewer())
    detail = await office.follow_up(survey)
    with pytest.raises(Conflict):
        await office.follow_up(survey)

    assert [line.id for line in found] == [survey.id]
    assert detail.survey.followup == "done"
    assert await office.tasks(subject=survey.id, node="survey_followup") == [("survey_followup", 1, "done")]
    assert office.payments.stopped == []


async def test_continuing_nothing_is_to_do(office):
    survey = await office.begun()
    await office.submit(survey)

    detail = await office.archive(survey)

    assert (detail.survey.followup, office.payments.stopped, await office.tasks()) == ("", [], [])


async def test_where_it_is_off_nobody_goes(office):
    """射洪市 has it off: whoever asks is told so, no survey, no task."""
    await turn(office, "survey", on=False, county=SHEHONG)

    with pytest.raises(SwitchedOff):
        await office.tell(survey_wanted(place="510981001"))

    assert await office.world.database["survey.surveys"].count_documents({}) == 0
    assert await office.tasks() == []
    await turn(office, "survey", on=True, county=SHEHONG)


async def test_what_stands_still_is_counted(office):
    await office.wanted("c-1")
    await office.submit(await office.wanted("c-2"))
    [waiting] = office.world.host.plugins["survey"].open_work

    count = await office.world.units.read(waiting.count, plugin="survey", place=office.world.place(ANJU))

    assert (waiting.label, count) == ("未完成的入户调查", 1)
