"""Surveys of declarations: one per stay, its record moves the case, and nothing passes that was not looked at."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from hub.api import OpenTask, TaskChanged
from hub.words.errors import Conflict, NotFound
from plugins.declaration.events import CaseFinished, CaseGuarded, CaseWithdrawn, EndCase, NodeEntered
from tests.plugins.conftest import FARMING, LAND, turn
from tests.survey.conftest import ANJU, ONE, SurveyOffice, codes, configure, identity
from tests.world import DONGCHAN, JUXIAN, VILLAGE


async def steps(office: SurveyOffice, case):
    seen = await office.progress(case)
    return [(step.node, step.state) for step in seen.progress if step.state != "ahead"]


async def test_a_case_goes_from_the_window_over_the_household_to_the_village(office):
    """受理, 入户调查 told to its surveyors, submitted, 村级初审; where publicity is off the case waits, and no level is skipped."""
    case, survey = await office.case_survey()
    arrived = codes(office.pushes)

    detail = await office.submit(survey)
    seen = await office.progress(case)
    await office.decide(office.village(), case.id, "pass", "同意")

    assert ("worklist.arrived", "survey") in arrived
    assert (survey.origin, survey.round, survey.state, survey.place) == ("declaration", 2, "wanted", VILLAGE)
    assert (detail.survey.state, detail.survey.result_label) == ("submitted", "属实")
    assert seen.node == "review_village"
    [surveyed] = [step for step in seen.progress if step.node == "survey"]
    assert (surveyed.state, surveyed.opinion, surveyed.handler) == ("passed", "入户调查：属实，继续享受", "杨帆")
    assert (await steps(office, case))[-1] == ("publicity_village", "holding")
    assert await office.tasks(subject=case.id, node="survey") == [("survey", 2, "done")]
    task = await office.world.database["worklist.tasks"].find_one({"node": "survey"})
    assert (task["done_by"], task["move"], task["opinion"]) == ("杨帆", "pass", "入户调查：属实，继续享受")


async def test_the_limit_is_that_of_the_case(office):
    """Ten working days in this project, as its task says."""
    _, survey = await office.case_survey()

    task = await office.world.database["worklist.tasks"].find_one({"node": "survey"})

    assert survey.due_at == task["due_at"]


async def test_a_limit_that_was_put_off_does_not_take_back_the_one_told_since(office):
    """Who keeps away as it says does so all the same."""
    case, survey = await office.case_survey()
    told = {"place": VILLAGE, "task": "t", "subject": case.id, "node": "survey", "round": survey.round, "offer": 1}
    earlier, later = (office.world.clock.now() + timedelta(days=days) for days in (3, 30))

    await office.tell_late(
        TaskChanged(**told, due_at=earlier, avoid_keys=("k1",)), TaskChanged(**told, due_at=later, avoid_keys=("k2",))
    )

    survey = await office.stored(subject=case.id)
    assert (survey.due_at, {"k1", "k2"} <= set(survey.avoid_keys)) == (later, True)


@pytest.mark.parametrize(
    ("result", "moves", "node", "state"),
    [
        ("true", {}, "review_village", "handling"),
        ("untrue", {}, "review_village", "handling"),
        ("changed", {}, "review_village", "handling"),
        ("unverifiable", {}, "review_village", "handling"),
        ("untrue", {"untrue": "return"}, "accept", "handling"),
        ("changed", {"changed": "correct"}, "survey", "correcting"),
        ("true", {"untrue": "return"}, "review_village", "handling"),
    ],
)
async def test_where_a_case_goes_after_each_result(office, result, moves, node, state):
    """Surveys find facts and the next node decides, unless the county has said otherwise."""
    await configure(office, moves=moves)
    case, survey = await office.case_survey()

    await office.submit(survey, result=result, handling="report")

    seen = await office.progress(case)
    assert (seen.node, seen.state) == (node, state)


async def test_sent_back_a_case_is_surveyed_again(office):
    """退回 from 村级初审 makes round 2; the first record stays readable, beside the new survey."""
    case, first = await office.case_survey()
    await office.submit(first)
    await office.decide(office.village(), case.id, "return", "面积请再核实")
    second = await office.stored(subject=case.id)

    detail = await office.show(second)
    await office.submit(second, result="changed", handling="adjust")

    assert (second.round, second.state, second.id != first.id) == (4, "wanted", True)
    assert [line.id for line in detail.earlier.lines] == [first.id]
    assert (await office.progress(case)).node == "review_village"
    assert await office.tasks(subject=case.id, node="survey") == [("survey", 2, "done"), ("survey", 4, "done")]


async def test_told_again_it_is_the_same_survey(office):
    """Facts come at least once."""
    _, survey = await office.case_survey()
    await office.world.database["events"].update_many({}, {"$set": {"state": "pending"}})

    await office.deliver()

    assert await office.world.database["survey.surveys"].count_documents({}) == 1
    assert (await office.stored(_id=survey.id)).version <= survey.version + 1


async def test_told_again_with_more_numbers_they_keep_away(office):
    """Also once it was handed in, when the case's task says nothing more. The version before told of none."""
    _, survey = await office.case_survey()
    await office.submit(survey)
    stored = await office.world.database["events"].find_one({"type": "declaration.NodeEntered", "data.node": "survey"})
    entered = office.world.database.decode(NodeEntered, stored["data"])

    await office.tell(replace(entered, avoid_keys=("k-9",)))

    after = await office.stored(_id=survey.id)
    assert (after.state, after.avoid_keys) == ("submitted", (*survey.avoid_keys, "k-9"))


async def test_a_case_that_has_left_before_the_word_of_its_arrival_is_not_surveyed(office):
    """The reader of the one was cut off, that of the other was not."""
    await office.case_survey()
    stored = await office.world.database["events"].find_one({"type": "declaration.NodeEntered", "data.node": "survey"})
    arrived = replace(office.world.database.decode(NodeEntered, stored["data"]), case="case-9")
    left = CaseWithdrawn(**{name: getattr(arrived, name) for name in arrived.__struct_fields__})

    await office.tell_late(arrived, left)

    assert await office.world.database["survey.surveys"].count_documents({"subject": "case-9"}) == 0


async def test_held_meanwhile_the_result_waits_and_then_counts(office):
    """拦截挂起: the surveyor hands in all the same."""
    case, survey = await office.case_survey()
    await office.hold(case.id)

    await office.submit(survey)
    held = await office.progress(case)
    await office.lift(case.id)

    assert (held.node, held.state) == ("survey", "intercepted")
    assert (await office.progress(case)).node == "review_village"


async def test_a_veto_parks_the_result(office):
    case, survey = await office.case_survey()
    office.asker.against.add("pass")
    await office.submit(survey)
    waits = await office.progress(case)
    office.asker.against.clear()

    await office.job("declaration.retry_parked")
    await office.deliver()

    assert waits.node == "survey"
    assert (await office.progress(case)).node == "review_village"


@pytest.mark.parametrize("hindrance", ["held", "vetoed"])
async def test_who_handed_in_is_done_whatever_the_case_waits_for(office, hindrance):
    """Nobody is asked to go a second time, and it stands in their 我的已办."""
    case, survey = await office.case_survey()
    if hindrance == "held":
        await office.hold(case.id)
    else:
        office.asker.against.add("pass")

    await office.submit(survey)

    assert (await office.progress(case)).node == "survey"
    assert await office.tasks(subject=case.id, node="survey") == [("survey", 2, "done")]
    task = await office.world.database["worklist.tasks"].find_one({"node": "survey"})
    assert (task["done_by"], task["opinion"]) == ("杨帆", "入户调查：属实，继续享受")


async def test_a_correction_after_the_case_went_on_only_adds_a_version(office):
    case, survey = await office.case_survey()
    await office.submit(survey)
    before = await steps(office, case)

    await office.correct(survey, result="untrue", handling="stop")

    assert await steps(office, case) == before
    told = await office.world.database["events"].count_documents({"type": "declaration.TakeStep"})
    assert told == 1
    assert [event.correction for event in office.asker.heard] == [False, True]


async def test_a_result_that_came_to_nobody_is_told_again(office):
    """The node's plugin went off between the hand-in and the word of it: the case waits, and takes the result when it is on."""
    case, survey = await office.case_survey()
    saved = await office.save(survey)
    body = {"draft": saved.draft.id, "revision": 1}
    await office.ask(office.surveyor(), f"POST {ONE}/submit", id=survey.id, body=body)
    await turn(office, "survey", on=False)
    await office.job("declaration.watch_nodes")
    await office.deliver()
    held = await office.progress(case)

    await turn(office, "survey", on=True)
    await office.job("declaration.watch_nodes")
    await office.deliver()

    assert (held.node, held.state) == ("survey", "holding")
    assert (await office.progress(case)).node == "review_village"


# --- called off ------------------------------------------------------------------------------------------------------


async def end(office, case, how):
    seen = await office.progress(case)
    match how:
        case "withdraw":
            body = {"version": seen.version}
            await office.ask(office.resident(), "POST declaration/cases/{id}/withdraw", id=case.id, body=body)
            await office.deliver()
        case "end":
            await office.tell(EndCase(place=VILLAGE, case=case.id, reason="本人已去世"))
        case "redeclare":
            await office.declare_again(case.id)


@pytest.mark.parametrize("how", ["withdraw", "end", "redeclare"])
@pytest.mark.parametrize("begun", [False, True])
async def test_nobody_goes_for_a_case_that_has_ended(office, how, begun):
    """The open survey is called off, its task gone; late drafts are refused with the present state."""
    case, survey = await office.case_survey()
    if begun:
        await office.save(survey)

    await end(office, case, how)

    assert (await office.stored(_id=survey.id)).state == "cancelled"
    assert await office.tasks(subject=case.id, node="survey") == [("survey", 2, "ended")]
    with pytest.raises(Conflict) as refused:
        await office.save(survey)
    assert refused.value.state["state"] == "cancelled"


@pytest.mark.parametrize("how", ["withdraw", "end", "redeclare"])
async def test_with_the_case_its_record_is_archived(office, how):
    """By the hub; a 停发 of a case that did not come through is left to the bureau, once."""
    case, survey = await office.case_survey()
    await office.submit(survey, result="untrue", handling="stop")

    await end(office, case, how)
    due = await office.stored(_id=survey.id)
    await office.follow_up(survey)

    assert (due.state, due.followup, office.payments.stopped[0].by) == ("archived", "due", survey.id)
    assert await office.tasks(subject=survey.id) == [("survey_followup", 1, "done")]
    assert len(office.payments.stopped) == 1


async def test_the_last_survey_of_a_case_counts(office):
    """停发 of a stay that was surveyed anew is no longer said."""
    case, first = await office.case_survey()
    await office.submit(first, result="untrue", handling="stop")
    await office.decide(office.village(), case.id, "return", "请再核实")
    second = await office.stored(subject=case.id)
    await office.submit(second)

    await end(office, case, "end")

    rows = await office.world.database["survey.surveys"].find({}).to_list(9)
    assert [(row["state"], row["followup"]) for row in rows] == [("archived", ""), ("archived", "")]
    assert await office.tasks(node="survey_followup") == []


async def test_of_a_case_that_came_through_nothing_is_left_to_do(office):
    """The nodes above have read the survey and decided."""
    case, survey = await office.case_survey()
    await office.submit(survey, result="changed", handling="stop")
    stored = await office.world.database["events"].find_one({"type": "declaration.NodeEntered"}, sort=[("_id", -1)])
    entered = office.world.database.decode(NodeEntered, stored["data"])

    await office.tell(CaseFinished(**{name: getattr(entered, name) for name in CaseFinished.__struct_fields__}))

    after = await office.stored(_id=survey.id)
    assert (entered.case, after.state, after.followup) == (case.id, "archived", "")
    assert office.payments.stopped == []


async def test_refused_at_the_village_it_is_archived_too(office):
    case, survey = await office.case_survey()
    await office.submit(survey)

    await office.decide(office.village(), case.id, "refuse", "不符合条件")

    after = await office.stored(_id=survey.id)
    assert (after.state, after.followup) == ("archived", "")


async def test_a_case_is_looked_over_on_its_own_way(office):
    """退回重查 and 归档 are for surveys that belong to no declaration."""
    _, survey = await office.case_survey()
    await office.submit(survey)

    for act in (office.send_back, office.archive):
        with pytest.raises(Conflict, match="申报"):
            await act(survey)


# --- guards ----------------------------------------------------------------------------------------------------------


async def recall(office, case):
    task = await office.world.database["worklist.tasks"].find_one({"subject": case.id, "node": "accept"})
    body = {"version": task["version"], "reason": "看错了"}
    await office.ask(office.window(), "POST worklist/tasks/{id}/recall", id=task["_id"], body=body)
    await office.deliver()


async def test_a_pass_into_an_untouched_survey_can_be_taken_back(office):
    case, survey = await office.case_survey()

    await recall(office, case)

    assert (await office.progress(case)).node == "accept"
    assert (await office.stored(_id=survey.id)).state == "cancelled"


@pytest.mark.parametrize("submitted", [False, True])
async def test_a_pass_into_a_begun_survey_cannot(office, submitted):
    """The worklist knows of claimed tasks only; who survey from their own page have claimed nothing."""
    case, survey = await office.case_survey()
    if submitted:
        saved = await office.save(survey)
        body = {"draft": saved.draft.id, "revision": 1}
        await office.ask(office.surveyor(), f"POST {ONE}/submit", id=survey.id, body=body)
    else:
        await office.save(survey)

    with pytest.raises(Conflict, match="入户调查已开始"):
        await recall(office, case)


async def test_the_village_passes_no_case_without_a_record(office):
    """As after a fault: the case stands at 村级初审, its survey is open."""
    case, survey = await office.case_survey()
    await office.submit(survey)
    await office.world.database["survey.surveys"].update_one({"_id": survey.id}, {"$set": {"state": "draft"}})

    with pytest.raises(Conflict, match="入户调查尚未提交"):
        await office.decide(office.village(), case.id, "pass", "同意")


async def test_other_moves_and_other_chains_are_none_of_its_business(office):
    guarded = CaseGuarded(
        case="c", number="n", project=LAND, bureau=FARMING, place=VILLAGE, node="review_village", round=2, move="pass",
        identity=identity(), rules=(), sensitive=False,
    )  # fmt: skip

    for action in ("declaration.advance", "declaration.recall"):
        await office.world.units.run(
            lambda ctx, action=action: ctx.guard(action, guarded), plugin="survey", place=office.world.place(ANJU)
        )


# --- who -------------------------------------------------------------------------------------------------------------


async def test_nobody_surveys_their_own_household(office):
    """Declarant and beneficiary, by person and by number under another account: to them it does not exist."""
    _, survey = await office.case_survey()
    declarant = office.surveyor("wang")
    second_account = office.surveyor("二号", id_number="510921196711053319")
    beneficiary = office.surveyor("三号", id_number="510904194403150023")

    for person in (declarant, second_account, beneficiary):
        with pytest.raises(NotFound):
            await office.show(survey, person)
        with pytest.raises(NotFound):
            await office.save(survey, person)
        listed = [
            *(await office.ask(person, "GET survey/todo")).items,
            *(await office.ask(person, "GET survey/surveys")).items,
        ]
        assert listed == []
    assert len((await office.ask(office.surveyor(), "GET survey/todo")).items) == 1


@pytest.mark.parametrize("region", [DONGCHAN, "510904114206"])
async def test_other_places_have_none_of_it(office, region):
    _, survey = await office.case_survey()

    with pytest.raises(NotFound):
        await office.save(survey, office.surveyor("外村", region))


async def test_the_town_stands_in(office):
    """And the log says so."""
    _, survey = await office.case_survey()

    await office.save(survey, office.surveyor("镇上", JUXIAN))

    [line] = await office.world.database["audit"].find({"what": "survey.save"}).to_list(9)
    assert line["details"] == {"stand_in": True}


async def test_what_the_version_before_left_for_it_is_heard(office):
    """Surveys listened to what the worklist was told then: TaskWanted, stored for ``take_task``."""
    _, survey = await office.case_survey()
    events, later = office.world.database["events"], survey.due_at + timedelta(days=3)
    [told] = await events.find({"type": "worklist.OpenTask", "data.node": "survey"}).to_list(2)
    todo = [{"name": "reaction:survey.take_task:TaskWanted"}]
    changes = {"type": "worklist.TaskWanted", "todo": todo, "state": "pending", "data.due_at": later}
    await events.update_one({"_id": told["_id"]}, {"$set": changes})

    await office.deliver()

    assert (await office.stored(_id=survey.id)).due_at == later


async def test_a_task_of_another_node_is_nothing_to_it(office):
    _, survey = await office.case_survey()
    given = {
        "label": "x",
        "role": "handler",
        "bureau": FARMING,
        "project": LAND,
        "title": "t",
        "number": "n",
        "link": "/",
    }

    await office.tell(
        OpenTask(place=VILLAGE, subject=survey.subject, node="review_village", round=2, due_at=survey.due_at, **given)
    )

    assert (await office.stored(_id=survey.id)).version == survey.version
