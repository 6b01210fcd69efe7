"""代录: at a window somebody enters a declaration for a resident who has no phone."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from hub.words.errors import Duplicate, Forbidden, Invalid, NotFound, TooMany
from plugins.declaration import windows
from plugins.declaration.actions.window import keeps_window
from plugins.declaration.declaring import Start
from plugins.declaration.triggers import MESSAGE_TYPES, PHONED
from tests.plugins.conftest import CIVIL, FARMING, OLD_AGE, told
from tests.plugins.test_declaration_turns import facts, recall
from tests.whole import TEMPLATES
from tests.world import ANJU, DONGCHAN, JUXIAN, VILLAGE

TYPES = {f"declaration.{each.name}": each for each in MESSAGE_TYPES}
PERSON = "/window/drafts/{id}/person"
DRAFT = "0190a000-0000-7000-8000-000000000002"
KEYS = ("id_card", "household", "social_card", "signed_paper")
UNIT = "由安居区聚贤镇便民服务窗口代录"
NUMBERS = ("510923194106120011", "510904193805120025", "510904193712090023", "510904193905060023")
OTHER_VILLAGE = "510904114205"  # of the same town


# With accounts that bear the ID numbers of their own.
CLERKS = {
    "周敏": "510904198506150012",
    "吴芳": "510904198603120023",
    "何静": "51090419870405004X",
    "张强": "510904198802020031",
    "杨帆": "510904198911230056",
}


def page_at(path):
    return next(page for page in windows.PAGES if page.path == path)


def at_window(office, name="吴芳", *positions):
    positions = positions or (office.position("window", JUXIAN, node="accept"),)
    return office.staff(name, *positions, id_number=CLERKS[name])


async def form(office, actor, **changes):
    """李桂兰 has come herself, with her card and the paper that she has signed."""
    given = await office.form(actor, declared_for="self", materials=await office.materials(actor, *KEYS))
    given["beneficiary"] |= changes.pop("beneficiary", {})
    return given | changes


async def enter(office, actor=None, **changes):
    actor = actor or at_window(office)
    case = await office.ask(actor, "POST declaration/window/cases", body=await form(office, actor, **changes))
    await office.deliver()
    return case


async def entered(office, case, actor=None):
    return await office.ask(actor or at_window(office), "GET declaration/window/cases/{id}", id=case.id)


async def test_a_window_enters_and_the_case_goes_its_way(office):
    """Through the same chain to the approval; the flow says who entered it, nobody's phone is told, and the
    window that phones is."""
    case = await enter(office)
    await office.decide(office.window(), case.id, "pass", "材料齐全")
    await office.decide(office.town(), case.id, "pass", "情况属实")
    await office.decide(office.bureau(), case.id, "pass", "同意")

    seen = await entered(office, case)
    review = await office.ask(office.bureau(), "GET declaration/review/{id}", id=case.id)

    assert (seen.state, seen.entered, review.entered) == ("approved", UNIT, UNIT)
    assert [message for message, _ in told(office.pushes) if not message.startswith("worklist.")] == [
        "declaration.named",
        "declaration.entered",
    ]


async def test_nobodys_account_has_it(office):
    """Not that of the resident, who may be another who says to be her; nor that of whoever entered it."""
    case = await enter(office)
    daughter = office.resident("li", name="李桂兰", id_number="510904194403150023")

    [kept] = await office.world.database["declaration.cases"].find({}).to_list(2)
    with pytest.raises(NotFound):
        await office.progress(case, daughter)

    assert (kept["applicant"], kept["readers"], kept["avoid"]) == ("", [], ["吴芳"])


async def test_it_is_written_down(office):
    """In the audit log, and in the 经办历史 of whoever entered it."""
    case = await enter(office)

    lines = await office.world.database["audit"].distinct("what", {"subject": case.id})
    history = await office.ask(at_window(office), "GET worklist/history")

    assert "declaration.enter" in lines
    assert [(each.number, each.last) for each in history.items] == [(case.number, "代录申报")]


async def test_without_the_signed_paper_nothing_is_entered(office):
    window = at_window(office)
    materials = await office.materials(window, *KEYS[:-1])

    with pytest.raises(Invalid) as refused:
        await enter(office, window, materials=materials)

    assert refused.value.fields == {"materials.signed_paper": "请上传签字的申报表照片。"}


async def test_whoever_entered_it_does_not_decide_it(office):
    """四眼: a colleague at the same window does."""
    case = await enter(office, at_window(office, "周敏"))

    with pytest.raises(Forbidden):
        await office.decide(office.window(), case.id, "pass")

    await office.decide(at_window(office), case.id, "pass")
    assert (await entered(office, case)).node == "review_town"


async def test_nobody_enters_for_themself(office):
    window = office.window("李桂兰", id_number="510904194403150023")

    with pytest.raises(Invalid) as refused:
        await enter(office, window)

    assert set(refused.value.fields) == {"beneficiary.id_number"}


async def test_a_second_one_is_refused_and_the_first_is_shown(office):
    """At whatever window."""
    case = await enter(office)

    with pytest.raises(Duplicate) as refused:
        await enter(office, at_window(office, "周敏"))

    assert refused.value.state["number"] == case.number


async def test_what_somebody_declared_on_a_phone_keeps_nobody_from_the_counter(office):
    """受理 judges which is admitted, and sees both."""
    await office.declare()

    case = await enter(office)

    review = await office.ask(office.window(), "GET declaration/review/{id}", id=case.id)
    assert [rival.applicant for rival in review.rivals] == ["王*国"]


@pytest.mark.parametrize(
    ("role", "region", "refusal", "words"),
    [("handler", ANJU, Forbidden, "窗口办理"), ("window", DONGCHAN, Invalid, "不在本窗口的辖区")],
    ids=["the county", "another town"],
)
async def test_only_the_residents_own_town_or_village_enters(office, role, region, refusal, words):
    somebody = at_window(office, "何静", office.position(role, region))

    with pytest.raises(refusal) as refused:
        await enter(office, somebody)

    assert words in str(refused.value) + str(refused.value.fields)
    assert await office.world.database["declaration.cases"].count_documents({}) == 0


async def test_a_village_enters_for_its_own_people(office):
    clerk = at_window(office, "张强", office.position("handler", VILLAGE))

    case = await enter(office, clerk)

    assert case.entered.endswith("村（居）民委员会代录")
    with pytest.raises(Invalid) as refused:
        await enter(office, clerk, beneficiary={"region": OTHER_VILLAGE})
    assert set(refused.value.fields) == {"beneficiary.region"}


async def test_a_position_of_one_bureau_enters_its_projects_alone(office):
    farming = at_window(office, "杨帆", office.position("handler", JUXIAN, bureau=FARMING))

    listed = await office.ask(farming, "GET declaration/window/projects")
    with pytest.raises(Forbidden):
        await enter(office, farming)

    assert {each.bureau for each in listed.items} == {FARMING}


async def test_where_one_has_another_bureaus_window_the_field_says_so(office):
    """Two villages, each for another bureau: what is chosen wrongly is chosen anew, and the draft is no dead end."""
    here, there = (
        office.position("handler", VILLAGE, bureau=FARMING),
        office.position("handler", OTHER_VILLAGE, bureau=CIVIL),
    )

    with pytest.raises(Invalid) as refused:
        await enter(office, at_window(office, "杨帆", here, there))

    assert set(refused.value.fields) == {"beneficiary.region"}


async def test_a_window_enters_those_of_a_whole_morning(office):
    """More than a resident may; not without end."""
    few = {"submits_per_hour": 1, "waiting_at_most": 1, "entries_per_hour": 3}
    await office.turn("declaration", on=True, settings=few)
    window = at_window(office)

    for number in NUMBERS[:3]:
        await enter(office, window, beneficiary={"id_number": number})
    with pytest.raises(TooMany):
        await enter(office, window, beneficiary={"id_number": NUMBERS[3]})

    assert len((await office.ask(window, "GET declaration/window/cases")).items) == 3


async def test_the_window_answers_what_is_to_be_mended(office):
    """Whoever sits there today, who then decides it no more. What was only badly photographed needs no new signature, what is changed
    does."""
    case = await enter(office)
    await office.decide(office.window(), case.id, "correct", "户口簿不清楚，电话打不通")
    colleague, mend = at_window(office, "何静"), "POST declaration/window/cases/{id}/mend"
    body = {"version": (await entered(office, case)).version, "phone": "19900000002"}

    with pytest.raises(Invalid) as refused:
        await office.ask(colleague, mend, id=case.id, body=body)
    paper = await office.materials(colleague, "signed_paper")
    mended = await office.ask(colleague, mend, id=case.id, body={**body, "materials": paper})

    assert set(refused.value.fields) == {"materials.signed_paper"}
    assert (mended.state, mended.node) == ("handling", "accept")
    await office.deliver()
    with pytest.raises(Forbidden):
        await office.decide(colleague, case.id, "pass")


@pytest.mark.parametrize("again", [lambda old: old[:1], lambda old: old[::-1]], ids=["one less", "turned round"])
async def test_a_paper_that_was_there_is_no_new_signature(office, again):
    window = at_window(office)
    materials = await office.materials(window, *KEYS)
    paper = [*materials["signed_paper"], await office.upload(window)]
    case = await enter(office, window, materials={**materials, "signed_paper": paper})
    await office.decide(office.window(), case.id, "correct", "电话打不通")
    changed = {"phone": "19900000002", "materials": {"signed_paper": again(paper)}}
    body = {"version": (await entered(office, case)).version, **changed}

    with pytest.raises(Invalid) as refused:
        await office.ask(window, "POST declaration/window/cases/{id}/mend", id=case.id, body=body)

    assert set(refused.value.fields) == {"materials.signed_paper"}


async def test_another_picture_of_a_material_needs_no_new_signature(office):
    case = await enter(office)
    await office.decide(office.window(), case.id, "correct", "户口簿不清楚")
    window = at_window(office)
    body = {"version": (await entered(office, case)).version, "materials": await office.materials(window, "household")}

    mended = await office.ask(window, "POST declaration/window/cases/{id}/mend", id=case.id, body=body)

    assert mended.state == "handling"


async def test_who_entered_it_takes_it_back(office):
    """Nobody else at that window, who might decide it. The flow says who took it back, and why."""
    case, back = await enter(office), "POST declaration/window/cases/{id}/withdraw"
    body = {"version": (await entered(office, case)).version, "reason": "他女儿已用手机申报。"}

    with pytest.raises(Forbidden):
        await office.ask(at_window(office, "何静"), back, id=case.id, body=body)
    left = await office.ask(at_window(office), back, id=case.id, body=body)

    assert (left.state, left.can) == ("withdrawn", [])
    assert (left.progress[0].handler, left.progress[0].opinion) == ("吴芳", "他女儿已用手机申报。")


async def test_what_is_entered_for_somebody_is_not_taken_back_without_a_reason(office):
    case = await enter(office)
    body = {"version": (await entered(office, case)).version}

    with pytest.raises(Invalid) as refused:
        await office.ask(at_window(office), "POST declaration/window/cases/{id}/withdraw", id=case.id, body=body)

    assert set(refused.value.fields) == {"reason"}


async def test_a_second_account_of_whoever_entered_it_does_not_decide_it(office):
    case = await enter(office)
    second = office.staff("吴芳二号", office.position("window", JUXIAN, node="accept"), id_number=CLERKS["吴芳"])

    with pytest.raises(Forbidden):
        await office.decide(second, case.id, "pass")


async def test_nor_does_it_end_it(office):
    """终止 needs no task."""
    case = await enter(office)
    second = office.staff("吴芳二号", office.position("handler", ANJU, bureau=CIVIL), id_number=CLERKS["吴芳"])
    seen = await office.ask(office.bureau(), "GET declaration/review/{id}", id=case.id)
    body = {"version": seen.version, "reason": "已去世"}

    with pytest.raises(Forbidden, match="回避"):
        await office.ask(second, "POST declaration/review/{id}/end", id=case.id, body=body)


async def test_an_account_without_a_number_enters_nothing(office):
    """Nobody could tell whose second account it is."""
    unknown = office.window("吴芳")

    with pytest.raises(Forbidden, match="没有登记身份证号"):
        await office.ask(unknown, "GET declaration/window/projects/{code}", code=OLD_AGE)


async def test_the_window_is_told_what_it_has_to_phone_about(office):
    """Once each turn; it is nobody's account that hears."""
    case = await enter(office)
    await office.decide(office.window(), case.id, "correct", "户口簿不清楚")

    [push] = [each for each in office.pushes if each.message == "declaration.entered"]

    assert (push.to.place, push.to.role, push.data["result"]) == (JUXIAN, "window", "需要补正")


@pytest.mark.parametrize("result", PHONED.values())
async def test_wechat_says_what_has_come_of_it(office, result):
    """A clerk who reads 请补正 of what was approved calls an old man to the window for nothing."""
    sample = {**TYPES["declaration.entered"].sample, "result": result}

    fields = TEMPLATES.fields("declaration.entered", "oa", sample, 1, sample)

    assert fields["thing2"] == f"乡镇审核：{result}"


async def test_of_a_pass_that_nobody_phoned_about_nobody_phones_that_it_is_void(office):
    """Only the approval is told."""
    case = await enter(office)
    await office.decide(office.window(), case.id, "pass")

    await recall(office, office.window(), case)

    assert "declaration.entered" not in [message for message, _ in told(office.pushes)]


async def test_of_a_void_approval_it_is_told(office):
    case = await enter(office)
    for handler in (office.window(), office.town(), office.bureau()):
        await office.decide(handler, case.id, "pass")

    await recall(office, office.bureau(), case)

    assert [each.data["result"] for each in office.pushes if each.message == "declaration.entered"] == [
        "已批准",
        "通过结果已撤销",
    ]


async def test_where_the_window_has_nobody_any_more_the_town_phones(office):
    """And finds the case in its list."""
    clerk = at_window(office, "张强", office.position("handler", VILLAGE))
    case = await enter(office, clerk)
    town = await office.employ("郑兰", office.position("window", JUXIAN, node="accept"), number=CLERKS["周敏"])
    await office.decide(office.window(), case.id, "correct", "户口簿不清楚")

    [push] = [each for each in office.pushes if each.message == "declaration.entered"]
    listed = await office.ask(town, "GET declaration/window/cases")

    assert await office.reached(push) == ("郑兰",)
    assert (push.data["place"], [each.number for each in listed.items]) == (JUXIAN, [case.number])


async def test_the_phone_is_there_while_there_is_something_to_tell(office):
    """Not for years, to whoever sits there."""
    case = await enter(office)
    page = partial(office.look, at_window(office), page_at("/window/cases/{id}"), id=case.id)

    waiting = await page()
    await office.decide(office.window(), case.id, "refuse", "不符合条件")
    refused = await page()
    office.world.clock.advance(timedelta(days=31))
    later = await page()

    assert [each.phone for each in (waiting, refused, later)] == ["", "19900000001", ""]


async def test_what_was_begun_and_left_lying_is_forgotten(office):
    """Somebody's number and papers, of which nobody knows any more; a resident's own draft stays."""
    window, person = at_window(office), "PUT declaration/{door}drafts/{{id}}/person"
    resident = office.resident()
    given = (await form(office, window))["beneficiary"]
    for actor, door, id in ((window, "window/", DRAFT), (resident, "", DRAFT[:-1] + "3")):
        body = {"project": OLD_AGE, "declared_for": "other", "beneficiary": given}
        await office.ask(actor, person.format(door=door), id=id, body=body)

    office.world.clock.advance(timedelta(days=31))
    await office.job("declaration.forget_window_drafts")

    assert (await office.ask(window, "GET declaration/window/drafts")).items == []
    assert len((await office.ask(resident, "GET declaration/drafts")).items) == 1


async def test_who_has_come_changes_nothing_of_whom_it_is_for(office):
    """The clerk learns at last that it is the daughter who sits there."""
    window = at_window(office)
    given = (await form(office, window))["beneficiary"]
    body = {"project": OLD_AGE, "declared_for": "self", "beneficiary": given}
    await office.ask(window, "PUT declaration/window/drafts/{id}/person", id=DRAFT, body=body)

    shown = await office.look(window, page_at(PERSON), id=DRAFT, query=Start(declared_for="other"))

    assert (shown.declared_for, shown.typed.beneficiary.name) == ("other", "李桂兰")


async def test_who_has_windows_in_two_towns_chooses(office):
    both = at_window(office, "何静", *(office.position("window", town, node="accept") for town in (JUXIAN, DONGCHAN)))

    shown = await office.look(both, page_at(PERSON), id=DRAFT, query=Start(project=OLD_AGE))

    assert (shown.town, [each.value for each in shown.others]) == (JUXIAN, [DONGCHAN])


async def test_what_was_entered_goes_on_at_another_window_of_the_village(office):
    """The one that entered it may be closed."""
    clerk = at_window(office, "张强", office.position("handler", VILLAGE))
    case = await enter(office, clerk)

    assert (await entered(office, case, at_window(office))).number == case.number


async def test_a_window_has_nothing_to_do_with_what_was_not_entered_there(office):
    """A resident's own declaration, and what was entered for people of another village."""
    own = await office.declare()
    town = await enter(office, beneficiary={"id_number": NUMBERS[0], "region": OTHER_VILLAGE})
    clerk = at_window(office, "张强", office.position("handler", VILLAGE))

    for case in (own, town):
        with pytest.raises(NotFound):
            await entered(office, case, clerk)
    assert (await office.ask(clerk, "GET declaration/window/cases")).items == []


async def test_a_draft_of_the_window_is_none_of_ones_own(office):
    """Who sits at a window may declare for themself on their own phone."""
    window = office.window("wang", id_number="510921196711053319")
    part = {"project": OLD_AGE, "declared_for": "self", "beneficiary": (await form(office, window))["beneficiary"]}

    await office.ask(window, "PUT declaration/window/drafts/{id}/person", id=DRAFT, body=part)

    assert (await office.ask(office.resident("wang"), "GET declaration/drafts")).items == []
    assert [each.id for each in (await office.ask(window, "GET declaration/window/drafts")).items] == [DRAFT]


async def test_the_window_is_asked_for_the_signed_paper_and_a_phone_is_not(office):
    at_counter = await office.ask(at_window(office), "GET declaration/window/projects/{code}/form", code=OLD_AGE)
    at_home = await office.ask(office.resident(), "GET declaration/projects/{code}/form", code=OLD_AGE)

    keys = [{each.key for each in shown.materials} for shown in (at_counter, at_home)]
    assert keys[0] - keys[1] == {"signed_paper"}


async def test_whoever_bears_the_number_hears_that_something_was_declared(office):
    await enter(office)

    [submitted] = await facts(office, "declaration.CaseSubmitted")

    assert (submitted.for_other, submitted.declarants, submitted.agents) == (True, (), ())


async def test_only_a_town_or_a_village_keeps_a_window(office):
    """Whose home shows it."""
    assert keeps_window(office.window())
    assert not keeps_window(office.bureau())
    assert not keeps_window(office.staff("肖云", office.position("leader", JUXIAN)))
