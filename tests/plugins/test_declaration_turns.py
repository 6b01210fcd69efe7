"""Turns that a declaration takes beside its chain: held, ended, taken back, declared anew; and what its facts carry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from hub.api import Identity, IdNumberText, Limit, PhoneText, Secret
from hub.words.clock import MovingClock
from hub.words.errors import Conflict, Duplicate, Forbidden, Invalid, NotFound, Stale
from hub.words.ids import new_id
from plugins.declaration.events import CaseFact, EndCase, HoldCase, LiftHold, TakeStep
from tests.plugins.conftest import CIVIL, FARMING, OLD_AGE, WORDS, told, turn
from tests.plugins.test_declaration_flow import land, steps
from tests.plugins.test_worklist import wanted_survey
from tests.world import ANJU, JUXIAN, SHEHONG, VILLAGE

LI = Identity(
    name=Secret("李桂兰"),
    id_number=IdNumberText("510904194403150023"),
    phone=PhoneText("19900000001"),
    region=VILLAGE,
)
END, RECALL = "POST declaration/review/{id}/end", "POST worklist/tasks/{id}/recall"


async def facts(office, name):
    """The facts of this kind that were told, as a reaction is given them."""
    rows = await office.world.database["events"].find({"type": name}, sort=[("_id", 1)]).to_list(100)
    return [office.world.database.decode(office.world.host.event_class(name), row["data"]) for row in rows]


async def row(office, case):
    return await office.world.database["declaration.cases"].find_one({"_id": case.id})


# --- what facts carry ------------------------------------------------------------------------------------------------


async def test_a_fact_names_the_person_sealed(office):
    """Whoever hears of it can find the same person; nobody reads them in the database, nor in a log line."""
    await office.declare()

    [fact] = await facts(office, "declaration.NodeEntered")

    stored = repr(await office.world.database["events"].find({}).to_list(100))
    assert fact.identity == LI and isinstance(fact, CaseFact)
    assert (fact.limit, fact.sensitive, fact.agents) == (Limit(5), False, ())
    assert fact.rules == ("R01", "R10", "R12") and "80" in fact.standard
    assert not any(secret in stored + repr(fact) for secret in ("李桂兰", "510904194403150023", "19900000001"))


async def test_guards_are_shown_what_is_about_to_be_done(office):
    """The case as a record of its own, before it is stored; the person sealed."""
    case = await office.declare()
    await office.decide(office.window(), case.id, "pass")

    shown = [(seen.case, seen.node, seen.move, seen.identity == LI) for seen in office.watcher.seen]

    assert shown == [(case.id, "accept", "submit", True), (case.id, "accept", "pass", True)]
    assert "李桂兰" not in repr(office.watcher.seen)


async def test_a_guard_stops_a_submission(office):
    """Nothing is written then."""
    office.watcher.against.add("submit")

    with pytest.raises(Conflict, match="核验"):
        await office.declare()

    assert await office.world.database["declaration.cases"].count_documents({}) == 0


# --- held ------------------------------------------------------------------------------------------------------------


async def test_a_held_case_waits_and_goes_on_where_it_was(office):
    """The resident reads neutral words and how to object; the task leaves the lists, and comes back with the time that was
    left.
    """
    case = await office.declare()
    before = (await office.task(case.id))["due_at"]
    came = await office.hold(case.id)
    waiting = await office.progress(case)
    office.world.clock.advance(timedelta(days=2))

    back = await office.lift(case.id)

    seen = await office.progress(case)
    assert (waiting.state, waiting.state_label, steps(waiting)[0]) == (
        "intercepted", "数据核验中", ("accept", "intercepted"),
    )  # fmt: skip
    assert [(notice.words, notice.until) for notice in waiting.notices] == [(WORDS, None)]
    assert told(came) == [("declaration.checking", "wang")] and came[-1].reason == "该件暂缓办理"
    assert (seen.state, steps(seen)[0], seen.notices) == ("handling", ("accept", "handling"), [])
    assert told(back) == [("declaration.cleared", "wang"), ("worklist.arrived", f"window@{JUXIAN}")]
    # Monday to Wednesday: a day and the rest of two.
    assert (await office.task(case.id))["due_at"] == seen.progress[0].due_at > before
    assert (await office.decide(office.window(), case.id, "pass")).move == "pass"


async def test_a_held_task_cannot_be_worked_on(office):
    """Its claimer too is stopped."""
    case = await office.declare()
    id = (await office.task(case.id))["_id"]
    line = await office.ask(office.window(), "POST worklist/tasks/{id}/claim", id=id)
    await office.hold(case.id)

    body = {"move": "pass", "version": line.version}
    with pytest.raises(Conflict) as refusal:
        await office.ask(office.window(), "POST worklist/tasks/{id}/decide", id=id, body=body)

    assert refusal.value.state["state"] == "paused"
    assert (await office.ask(office.window(), "GET worklist/tasks")).items == []


async def test_the_last_hold_counts(office):
    """Two ask, each with their own key; a key again replaces its words."""
    case = await office.declare()
    await office.hold(case.id, "a")
    await office.hold(case.id, "b")
    again = await office.hold(case.id, "b", "另行说明。")
    await office.lift(case.id, "a")
    still = await office.progress(case)
    await office.lift(case.id, "b")

    after = await office.progress(case)

    assert again == []
    assert (still.state, [notice.words for notice in still.notices]) == ("intercepted", ["另行说明。"])
    assert after.state == "handling"


async def test_a_hold_during_correction_begins_when_it_is_mended(office):
    """The resident may mend meanwhile; then it waits."""
    case = await office.declare()
    await office.decide(office.window(), case.id, "correct")
    await office.hold(case.id)
    version = (await office.progress(case)).version

    mended = await office.ask(
        office.resident(),
        "POST declaration/cases/{id}/mend",
        id=case.id,
        body={"version": version, "phone": "19900000002"},
    )
    await office.deliver()

    assert (mended.state, steps(mended)[1]) == ("intercepted", ("accept", "intercepted"))
    assert (await office.task(case.id))["state"] == "paused"
    await office.lift(case.id)
    assert (await office.task(case.id))["state"] == "open"


async def at_survey(office):
    """A case of the full chain at the node of another plugin."""
    await turn(office, "survey", on=True)
    wang = office.resident()
    case = await office.declare(wang, **await land(office, wang))
    await office.decide(office.window(), case.id, "pass")
    return case


async def test_a_result_that_comes_meanwhile_is_kept(office):
    """A survey submitted while its case is held takes effect when nothing holds it any more."""
    case = await at_survey(office)
    await office.hold(case.id)
    result = TakeStep(place=VILLAGE, case=case.id, round=2, move="pass", opinion="属实", shown="杨帆")
    await office.tell(result, result)
    waiting = await office.progress(case)

    await office.lift(case.id)

    seen = await office.progress(case)
    assert (waiting.state, waiting.node) == ("intercepted", "survey")
    assert (seen.node, steps(seen)[1], seen.progress[1].opinion) == ("review_village", ("survey", "passed"), "属实")
    assert (await row(office, case))["parked"] is None


async def test_a_result_that_comes_while_the_plugin_is_off_is_kept(office):
    """Nobody would tell it again: the case takes the way of it when the plugin is on again."""
    case = await at_survey(office)
    await turn(office, "survey", on=False)
    await office.job("declaration.watch_nodes")
    await office.tell(TakeStep(place=VILLAGE, case=case.id, round=2, move="pass", opinion="属实", shown="杨帆"))
    waiting = await office.progress(case)
    await turn(office, "survey", on=True)

    await office.job("declaration.watch_nodes")
    await office.job("declaration.retry_parked")
    await office.deliver()

    seen = await office.progress(case)
    assert (waiting.state, waiting.node) == ("holding", "survey")
    assert (seen.state, seen.node, seen.progress[1].opinion) == ("handling", "review_village", "属实")


async def test_what_the_version_before_has_asked_for_is_done(office):
    """Under the names of then: HoldAsked, HoldLifted, StepDecided."""
    case = await at_survey(office)
    states = []
    for fact in (
        HoldCase(place=VILLAGE, case=case.id, by="a", words=WORDS),
        LiftHold(place=VILLAGE, case=case.id, by="a"),
    ):
        await office.tell_as_before(fact)
        states.append((await office.progress(case)).state)
    await office.tell_as_before(TakeStep(place=VILLAGE, case=case.id, round=2, move="pass"))

    assert (states, (await office.progress(case)).node) == (["intercepted", "handling"], "review_village")


async def test_a_result_that_a_guard_is_against_is_tried_again(office):
    """Nobody waits at a screen for it: it is neither lost nor forced."""
    case = await at_survey(office)
    office.watcher.against.add("pass")
    await office.tell(TakeStep(place=VILLAGE, case=case.id, round=2, move="pass"))
    await office.job("declaration.retry_parked")
    waiting = await office.progress(case)
    office.watcher.against.clear()

    await office.job("declaration.retry_parked")

    assert (waiting.state, waiting.node) == ("handling", "survey")
    assert (await office.progress(case)).node == "review_village"


async def test_a_task_that_the_node_itself_wanted_goes_with_the_stay(office):
    """拨付 and its like: its plugin says who is wanted, the case when nobody is. Who told the result has not done the task."""
    chain = {"chain": ["accept", "board", "approve_county"]}
    await office.world.database["declaration.projects"].update_many({"code": OLD_AGE}, {"$set": chain})
    case = await office.declare()
    await office.decide(office.window(), case.id, "pass")
    assert await office.world.database["worklist.tasks"].count_documents({"node": "board"}) == 0
    await office.tell(wanted_survey(case.id, place=VILLAGE, node="board", round=2))

    states = []
    for act in (office.hold(case.id), office.lift(case.id)):
        await act
        states.append((await office.task(case.id))["state"])
    result = TakeStep(place=VILLAGE, case=case.id, round=2, move="pass", person="yang", shown="杨帆")
    await office.tell(result)

    [task] = await office.world.database["worklist.tasks"].find({"node": "board"}).to_list(2)
    assert (states, task["state"], task["done_by"]) == (["paused", "open"], "ended", None)
    assert (await office.progress(case)).node == "approve_county"


HOLD, LIFT = partial(HoldCase, place=VILLAGE, by="a", words=WORDS), partial(LiftHold, place=VILLAGE, by="a")


@pytest.mark.parametrize(
    ("before", "late", "others", "state"),
    [
        ((), HOLD, (LIFT,), "handling"),
        ((HOLD,), LIFT, (HOLD,), "intercepted"),
        ((HOLD,), LIFT, (), "handling"),
        ((), HOLD, (partial(LIFT, by="b"),), "intercepted"),
    ],
)
async def test_a_hold_or_its_end_that_was_put_off_gives_way_to_what_the_same_has_told_later(
    office, before, late, others, state
):
    """The reader of the one was cut off, that of the other was not."""
    case = await office.declare()
    await office.tell(*(wish(case=case.id) for wish in before))

    await office.tell_late(late(case=case.id), *(wish(case=case.id) for wish in others))

    assert (await office.progress(case)).state == state


async def test_the_end_of_a_hold_counts_though_the_clock_of_its_node_is_behind(office):
    """Nodes may be some seconds apart; nothing was put off."""
    case = await office.declare()
    await office.tell(HOLD(case=case.id))
    ahead = new_id(MovingClock(office.world.clock.now() + timedelta(seconds=30)))
    await office.world.database["declaration.cases"].update_one({"_id": case.id}, {"$set": {"wishes.0.told_in": ahead}})

    await office.tell(LIFT(case=case.id))

    assert (await office.progress(case)).state == "handling"


async def test_an_ended_case_is_not_held(office):
    """Nor one that nobody knows."""
    case = await office.declare()
    await office.decide(office.window(), case.id, "refuse")
    before = await row(office, case)

    came = await office.tell(
        HoldCase(place=VILLAGE, case=case.id, by="a", words=WORDS),
        HoldCase(place=VILLAGE, case="nobody", by="a", words=WORDS),
    )

    assert (came, await row(office, case)) == ([], before)


# --- ended -----------------------------------------------------------------------------------------------------------


async def test_the_bureau_ends_a_case(office):
    """With a reason that the declarant reads; the task goes, the handler finds it in their history."""
    case = await office.declare()
    luo = office.bureau()
    body = {"version": case.version, "reason": "申请人已迁出本市"}

    ended = await office.ask(luo, END, id=case.id, body=body)
    came = await office.deliver()

    seen = await office.progress(case)
    assert (ended.state, seen.state_label, seen.progress[0].opinion) == ("ended", "已终止", "申请人已迁出本市")
    assert seen.progress[0].handler == "罗勇" and seen.can == ["redeclare"]
    assert told(came) == [("declaration.terminated", "wang")]
    assert (await office.task(case.id))["state"] == "ended"
    [line] = (await office.ask(luo, "GET worklist/history")).items
    assert (line.number, line.last, line.kinds) == (case.number, "终止申报", ("declaration",))
    assert await office.world.database["audit"].count_documents({"what": "declaration.end", "subject": case.id}) == 1


async def test_ending_a_case_is_the_bureaus_alone(office):
    """Not the town's, not another bureau's, not the declarant's own; not without a reason, not by what was seen before."""
    case = await office.declare()
    body = {"version": case.version, "reason": "理由"}
    refusals = [
        (office.town(), body, Forbidden),
        (office.bureau(bureau=FARMING), body, NotFound),
        (office.bureau(county=SHEHONG), body, NotFound),
        (office.bureau("wang"), body, Forbidden),
        (office.bureau(), body | {"reason": " "}, Invalid),
        (office.bureau(), body | {"version": 9}, Stale),
    ]

    for actor, given, kind in refusals:
        with pytest.raises(kind):
            await office.ask(actor, END, id=case.id, body=given)

    assert (await office.progress(case)).state == "handling"


async def test_another_plugin_ends_a_case_once(office):
    """Told twice, or too late: nothing more."""
    case = await office.declare()
    fact = EndCase(place=VILLAGE, case=case.id, reason="对象已去世")

    first = await office.tell(fact)
    second = await office.tell(fact)

    assert told(first) == [("declaration.terminated", "wang")] and second == []
    assert (await office.progress(case)).state == "ended"


# --- declared anew ---------------------------------------------------------------------------------------------------


async def test_a_refused_case_is_declared_anew(office):
    """The draft holds what was typed and handed in; handed in again, the old case is void and points to the new one."""
    case = await office.declare()
    await office.decide(office.window(), case.id, "refuse", "照片不清")

    again = await office.declare_again(case.id)

    old = await office.progress(case)
    assert (old.state, old.state_label, old.superseded_by) == ("void", "已作废", again.id)
    assert (again.state, again.supersedes, again.number != case.number) == ("handling", case.id, True)
    assert again.materials == old.materials and again.beneficiary == old.beneficiary
    assert (await office.ask(office.resident(), "GET declaration/drafts")).items == []
    for seen in (old, again):
        [file] = seen.materials[0].files
        asked = {"id": seen.id, "file": file}
        assert (await office.ask(office.resident(), "GET declaration/cases/{id}/files/{file}", **asked)).data


async def test_an_open_case_is_declared_anew(office):
    """Its task goes, and no second open case stands in the way."""
    case = await office.declare()

    again = await office.declare_again(case.id)

    [superseded] = await facts(office, "declaration.CaseSuperseded")
    assert (superseded.case, superseded.by) == (case.id, again.id)
    assert (await office.task(case.id))["state"] == "ended"
    assert (await office.task(again.id))["state"] == "open"


async def test_the_old_case_keeps_its_files(office):
    """What the new one replaces, or a draft that is thrown away, takes nothing from it."""
    case = await office.declare()
    wang = office.resident()
    draft = await office.ask(wang, "POST declaration/cases/{id}/redeclare", id=case.id, body={})
    await office.ask(wang, "DELETE declaration/drafts/{id}", id=draft.id)
    again = await office.declare_again(case.id)
    await office.decide(office.window(), again.id, "correct")
    new = await office.materials(wang, "household")
    body = {"version": (await office.progress(again)).version, "materials": new}
    await office.ask(wang, "POST declaration/cases/{id}/mend", id=again.id, body=body)

    states = await office.world.database["files"].distinct("state")

    assert states == ["claimed"]
    files = [file for material in (await office.progress(case)).materials for file in material.files]
    for file in files:
        assert (await office.ask(wang, "GET declaration/cases/{id}/files/{file}", id=case.id, file=file)).data


async def test_declared_anew_for_the_same_person_alone(office):
    """Another number is another declaration; the old one stays as it is."""
    case = await office.declare()

    with pytest.raises(Invalid) as refusal:
        await office.declare_again(case.id, name="陈学文", id_number="510923194106120011")

    assert "beneficiary.id_number" in refusal.value.fields
    assert (await office.progress(case)).state == "handling"


async def test_only_ones_own_and_before_the_county(office):
    """Another person finds nothing; at 县级审批 it is too late; asked twice, it is one draft."""
    case = await office.declare()
    stranger = office.resident("tan", "谭志远", "510981198902141130")
    with pytest.raises(NotFound):
        await office.ask(stranger, "POST declaration/cases/{id}/redeclare", id=case.id, body={})
    drafts = [
        await office.ask(office.resident(), "POST declaration/cases/{id}/redeclare", id=case.id, body={})
        for _ in range(2)
    ]
    for handler in (office.window(), office.town()):
        await office.decide(handler, case.id, "pass")

    with pytest.raises(Conflict, match="县级审批"):
        await office.ask(office.resident(), "POST declaration/cases/{id}/redeclare", id=case.id, body={})

    assert drafts[0].id == drafts[1].id and drafts[0].supersedes == case.id
    form = {"id": drafts[0].id, **await office.form(office.resident())}
    with pytest.raises(Conflict, match="县级审批"):
        await office.ask(office.resident(), "POST declaration/cases", body=form)


# --- a pass taken back -----------------------------------------------------------------------------------------------


async def recall(office, actor, case, reason="看错了材料"):
    """The one who passed it takes the pass back."""
    done = {"subject": case.id, "done_by": actor.person, "state": "done"}
    task = await office.world.database["worklist.tasks"].find_one(done, sort=[("_id", -1)])
    body = {"version": task["version"], "reason": reason}
    answer = await office.ask(actor, RECALL, id=task["_id"], body=body)
    await office.deliver()
    return answer


async def test_a_pass_is_taken_back_while_the_next_is_untouched(office):
    """It waits here again with the time that was left; the next one's task is gone; whoever was told of the pass hears."""
    case = await office.declare()
    await office.decide(office.window(), case.id, "pass")
    office.world.clock.advance(timedelta(days=1))

    line = await recall(office, office.window(), case)

    seen = await office.progress(case)
    assert (line.state_label, line.reason) == ("已撤销通过", "看错了材料")
    assert steps(seen)[:3] == [("accept", "passed"), ("review_town", "recalled"), ("accept", "handling")]
    assert (seen.progress[1].handler, seen.progress[1].opinion) == ("周敏", "看错了材料")
    assert seen.progress[2].due_at == datetime(2026, 12, 1, 15, 59, 59, tzinfo=UTC)
    assert (await row(office, case))["agent"] is None
    assert ("declaration.recalled", "wang") in told(office.pushes)
    assert (await office.ask(office.town(), "GET worklist/tasks")).items == []
    await office.decide(office.window(), case.id, "refuse")
    assert (await office.progress(case)).state == "refused"


async def test_what_nobody_was_told_of_is_taken_back_quietly(office):
    """乡镇审核 tells the resident nothing, so neither does its recall."""
    case = await office.declare()
    for handler in (office.window(), office.town()):
        await office.decide(handler, case.id, "pass")

    await recall(office, office.town(), case)

    assert (await office.progress(case)).node == "review_town"
    assert "declaration.recalled" not in [message for message, _ in told(office.pushes)]


async def test_a_touched_next_node_ends_it(office):
    """Claimed is touched, also when given back."""
    case = await office.declare()
    await office.decide(office.window(), case.id, "pass")
    id = (await office.task(case.id))["_id"]
    await office.ask(office.town(), "POST worklist/tasks/{id}/claim", id=id)
    await office.ask(office.town(), "POST worklist/tasks/{id}/release", id=id)

    with pytest.raises(Conflict, match="已开始办理"):
        await recall(office, office.window(), case)

    assert (await office.progress(case)).node == "review_town"


async def test_recall_is_the_makers_with_a_reason(office):
    """Not a colleague's, not without a reason, not of a 补正; and a guard may be against it."""
    case = await office.declare()
    await office.decide(office.window(), case.id, "pass")
    task = await office.world.database["worklist.tasks"].find_one({"subject": case.id, "state": "done"})
    asked = {"id": task["_id"], "body": {"version": task["version"], "reason": "理由"}}

    with pytest.raises(Forbidden, match="本人"):
        await office.ask(office.window("何军"), RECALL, **asked)
    with pytest.raises(Invalid):
        await recall(office, office.window(), case, reason=" ")
    with pytest.raises(Stale):
        await office.ask(office.window(), RECALL, id=task["_id"], body={"version": 1, "reason": "理由"})
    office.watcher.against.add("recall")
    with pytest.raises(Conflict, match="核验"):
        await recall(office, office.window(), case)
    office.watcher.against.clear()
    other = await office.declare(beneficiary={"name": "陈学文", "id_number": "510923194106120011"})
    await office.decide(office.window(), other.id, "correct")
    with pytest.raises(Conflict, match="不能撤销"):
        await recall(office, office.window(), other)

    assert (await office.progress(case)).node == "review_town"


async def test_a_finished_case_is_taken_back_for_a_day(office):
    """Then it needs the way of corrections; and nobody takes it back twice."""
    case = await office.declare()
    for handler in (office.window(), office.town(), office.bureau()):
        await office.decide(handler, case.id, "pass")
    office.world.clock.advance(timedelta(hours=23))

    await recall(office, office.bureau(), case)

    seen = await office.progress(case)
    [fact] = await facts(office, "declaration.CaseRecalled")
    assert (seen.state, seen.node, seen.progress[2].state) == ("handling", "approve_county", "recalled")
    assert (fact.finished, fact.announced, fact.to) == (True, True, "approve_county")
    await office.decide(office.bureau(), case.id, "pass")
    office.world.clock.advance(timedelta(hours=25))
    with pytest.raises(Conflict, match="更正"):
        await recall(office, office.bureau(), case)


# --- who it is for ---------------------------------------------------------------------------------------------------

CHECK = "POST declaration/persons/check"


def person(**changes):
    typed = {"name": "李桂兰", "id_number": "510904194403150023", "region": VILLAGE} | changes
    return {"project": OLD_AGE, "declared_for": "other", "beneficiary": typed}


async def test_who_it_is_for_is_told_before_anything_is_declared(office):
    """The fact names the person sealed, with the rules of the project; the answer tells nothing about them."""
    attempt = "0190a000-0000-7000-8000-000000000001"

    answer = await office.ask(office.resident(), CHECK, body=person() | {"attempt_id": attempt})

    [fact] = await facts(office, "declaration.PersonEntered")
    assert answer.attempt_id == fact.attempt_id == attempt
    assert (fact.place, fact.project, fact.bureau, fact.by) == (VILLAGE, OLD_AGE, CIVIL, "wang")
    assert (fact.identity.id_number, fact.identity.phone) == (LI.id_number, None)
    assert "R01" in fact.rules
    stored = repr(await office.world.database["events"].find({}).to_list(10))
    assert "李桂兰" not in stored and "510904194403150023" not in stored
    assert await office.world.database["declaration.cases"].count_documents({}) == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id_number": "510904194403150024"}, "id_number"),
        ({"id_number": "510921196711053319"}, "id_number"),
        ({"id_number": "510904194809200027"}, "id_number"),
        ({"name": ""}, "name"),
        ({"region": JUXIAN}, "region"),
        ({"phone": "123"}, "phone"),
        ({"card": "6217000000000000001"}, "card"),
    ],
)
async def test_a_wrong_person_is_told_at_its_field(office, changes, field):
    """And nobody hears of what was mistyped."""
    with pytest.raises(Invalid) as refusal:
        await office.ask(office.resident(), CHECK, body=person(**changes))

    assert list(refusal.value.fields) == [f"beneficiary.{field}"]
    assert await office.world.database["events"].count_documents({}) == 0


# --- the card --------------------------------------------------------------------------------------------------------

CARD = "6217003810002026881"


async def test_a_card_is_kept_sealed_and_shown_by_its_end(office):
    """Mended, it is another one."""
    case = await office.declare(beneficiary={"card": "6217 0038 1000 2026 881"})
    await office.decide(office.window(), case.id, "correct")
    body = {"version": (await office.progress(case)).version, "card": "4111111111111111"}

    mended = await office.ask(office.resident(), "POST declaration/cases/{id}/mend", id=case.id, body=body)

    assert (case.beneficiary.card, mended.beneficiary.card) == ("****6881", "****1111")
    assert CARD not in repr(await row(office, case)) and CARD not in repr(case)
    [fact] = await facts(office, "declaration.CaseMended")
    assert fact.identity.card.reveal() == "4111111111111111"


async def test_a_card_must_be_right_and_may_be_asked_for(office):
    """By its check digit; a project that asks for it refuses a form without."""
    with pytest.raises(Invalid) as wrong:
        await office.declare(beneficiary={"card": CARD[:-1] + "4"})
    await office.world.database["declaration.projects"].update_many({"code": OLD_AGE}, {"$set": {"form.card": True}})
    with pytest.raises(Invalid) as missing:
        await office.declare()

    assert wrong.value.fields == {"beneficiary.card": "银行卡号校验不通过，请核对。"}
    assert list(missing.value.fields) == ["beneficiary.card"]
    form = await office.ask(office.resident(), "GET declaration/projects/{code}/form", code=OLD_AGE)
    assert form.card


# --- found by its number ---------------------------------------------------------------------------------------------


async def test_a_resident_finds_their_own_by_its_number(office):
    """And nobody else's."""
    case = await office.declare()
    other = await office.declare(beneficiary={"name": "陈学文", "id_number": "510923194106120011"})
    stranger = office.resident("tan", "谭志远", "510981198902141130")

    async def found(actor, number):
        return [line.id for line in (await office.ask(actor, "GET declaration/cases", query={"number": number})).items]

    assert await found(office.resident(), case.number) == [case.id]
    assert await found(office.resident(), other.number) == [other.id]
    assert await found(stranger, case.number) == []


async def test_staff_find_a_case_by_its_whole_number_within_reach(office):
    """Masked; a part of a number finds nothing."""
    case = await office.declare()

    async def found(actor, number=case.number, at=ANJU):
        page = await office.ask(actor, "GET declaration/review", at=at, query={"number": number})
        return [(line.id, line.who) for line in page.items]

    assert await found(office.window()) == [(case.id, "李*兰")]
    assert await found(office.window(), case.number[:-1]) == []
    assert await found(office.bureau(bureau=FARMING)) == []
    assert await found(office.bureau(county=SHEHONG), at=SHEHONG) == []


async def test_a_sensitive_case_found_tells_no_name(office):
    """But to its own nodes, and to 纪委."""
    wang = office.resident()
    materials = await office.materials(wang, "id_card", "disability", "minimum_living", "social_card", "proof")
    case = await office.declare(wang, project="30003", beneficiary={"category": "general"}, materials=materials)
    leader = office.staff("leader", office.position("leader", ANJU))
    discipline = office.staff("discipline", office.position("discipline", ANJU))

    names = {}
    for actor in (office.window(), discipline, leader):
        page = await office.ask(actor, "GET declaration/review", query={"number": case.number})
        names[actor.person] = [line.who for line in page.items]

    assert names == {"周敏": ["李*兰"], "discipline": ["李*兰"], "leader": [""]}


async def test_without_a_number_what_has_not_ended_is_listed(office):
    """What was taken back is found by its number alone; of a sensitive project others than those who handle it see no line."""
    wang, window = office.resident(), office.window()
    materials = await office.materials(wang, "id_card", "disability", "minimum_living", "social_card", "proof")
    sensitive = {"project": "30003", "beneficiary": {"category": "general"}, "materials": materials}
    open_one, hidden = await office.declare(), await office.declare(wang, **sensitive)
    ended = await office.declare(beneficiary={"name": "陈学文", "id_number": "510923194106120011"})
    await office.ask(wang, "POST declaration/cases/{id}/withdraw", id=ended.id, body={"version": ended.version})
    leader = office.staff("leader", office.position("leader", ANJU))

    theirs, led = [await office.ask(actor, "GET declaration/review") for actor in (window, leader)]

    assert {line.id for line in theirs.items} == {open_one.id, hidden.id}
    assert [line.id for line in led.items] == [open_one.id]


# --- two at once -----------------------------------------------------------------------------------------------------


async def test_nobody_declares_anew_twice(office):
    """Two drafts handed in: the first stands, the other is told."""
    case = await office.declare()
    first = await office.declare_again(case.id)

    with pytest.raises(Conflict) as refusal:
        await office.declare_again(case.id)

    assert refusal.value.state["state"] == "void" and not isinstance(refusal.value, Duplicate)
    assert (await office.progress(first)).state == "handling"
