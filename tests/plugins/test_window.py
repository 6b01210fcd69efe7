"""代录: at a window somebody enters a declaration for a resident who has no phone."""

from __future__ import annotations

import pytest

from hub.words.errors import Duplicate, Forbidden, Invalid, NotFound, TooMany
from plugins.declaration.actions.window import keeps_window
from tests.plugins.conftest import FARMING, OLD_AGE, told
from tests.plugins.test_declaration_turns import facts
from tests.world import ANJU, DONGCHAN, JUXIAN, VILLAGE

DRAFT = "0190a000-0000-7000-8000-000000000002"
KEYS = ("id_card", "household", "social_card", "signed_paper")
UNIT = "由安居区聚贤镇便民服务窗口代录"
NUMBERS = ("510923194106120011", "510904193805120025", "510904193712090023", "510904193905060023")
OTHER_VILLAGE = "510904114205"  # of the same town


async def form(office, actor, **changes):
    """李桂兰 has come herself, with her card and the paper that she has signed."""
    given = await office.form(actor, declared_for="self", materials=await office.materials(actor, *KEYS))
    given["beneficiary"] |= changes.pop("beneficiary", {})
    return given | changes


async def enter(office, actor=None, **changes):
    actor = actor or office.window("吴芳")
    case = await office.ask(actor, "POST declaration/window/cases", body=await form(office, actor, **changes))
    await office.deliver()
    return case


async def entered(office, case, actor=None):
    return await office.ask(actor or office.window("吴芳"), "GET declaration/window/cases/{id}", id=case.id)


async def test_a_window_enters_and_the_case_goes_its_way(office):
    """Through the same chain to the approval; the flow says who entered it, and nobody's phone is told."""
    case = await enter(office)
    await office.decide(office.window(), case.id, "pass", "材料齐全")
    await office.decide(office.town(), case.id, "pass", "情况属实")
    await office.decide(office.bureau(), case.id, "pass", "同意")

    seen = await entered(office, case)
    review = await office.ask(office.bureau(), "GET declaration/review/{id}", id=case.id)

    assert (seen.state, seen.entered, review.entered) == ("approved", UNIT, UNIT)
    assert [message for message, _ in told(office.pushes) if not message.startswith("worklist.")] == [
        "declaration.named"
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
    history = await office.ask(office.window("吴芳"), "GET worklist/history")

    assert "declaration.enter" in lines
    assert [(each.number, each.last) for each in history.items] == [(case.number, "代录申报")]


async def test_without_the_signed_paper_nothing_is_entered(office):
    window = office.window("吴芳")
    materials = await office.materials(window, *KEYS[:-1])

    with pytest.raises(Invalid) as refused:
        await enter(office, window, materials=materials)

    assert refused.value.fields == {"materials.signed_paper": "请上传签字的申报表照片。"}


async def test_whoever_entered_it_does_not_decide_it(office):
    """四眼: a colleague at the same window does."""
    case = await enter(office, office.window())

    with pytest.raises(Forbidden):
        await office.decide(office.window(), case.id, "pass")

    await office.decide(office.window("吴芳"), case.id, "pass")
    assert (await entered(office, case)).node == "review_town"


async def test_nobody_enters_for_themself(office):
    window = office.window("吴芳", id_number="510904194403150023")

    with pytest.raises(Invalid) as refused:
        await enter(office, window)

    assert set(refused.value.fields) == {"beneficiary.id_number"}


async def test_a_second_one_is_refused_and_the_first_is_shown(office):
    """At whatever window."""
    case = await enter(office)

    with pytest.raises(Duplicate) as refused:
        await enter(office, office.window())

    assert refused.value.state["number"] == case.number


async def test_what_somebody_declared_on_a_phone_keeps_nobody_from_the_counter(office):
    """受理 judges which is admitted, and sees both."""
    await office.declare()

    case = await enter(office)

    review = await office.ask(office.window(), "GET declaration/review/{id}", id=case.id)
    assert [rival.applicant for rival in review.rivals] == ["王*国"]


@pytest.mark.parametrize(
    ("role", "region"), [("handler", ANJU), ("window", DONGCHAN)], ids=["the county", "another town"]
)
async def test_only_the_residents_own_town_or_village_enters(office, role, region):
    somebody = office.staff("何静", office.position(role, region))

    with pytest.raises((Forbidden, Invalid)):
        await enter(office, somebody)

    assert await office.world.database["declaration.cases"].count_documents({}) == 0


async def test_a_village_enters_for_its_own_people(office):
    clerk = office.staff("张强", office.position("handler", VILLAGE))

    case = await enter(office, clerk)

    assert case.entered.endswith("村（居）民委员会代录")
    with pytest.raises(Invalid) as refused:
        await enter(office, clerk, beneficiary={"region": OTHER_VILLAGE})
    assert set(refused.value.fields) == {"beneficiary.region"}


async def test_a_position_of_one_bureau_enters_its_projects_alone(office):
    farming = office.staff("杨帆", office.position("handler", JUXIAN, bureau=FARMING))

    listed = await office.ask(farming, "GET declaration/window/projects")
    with pytest.raises(Forbidden):
        await enter(office, farming)

    assert {each.bureau for each in listed.items} == {FARMING}


async def test_a_window_enters_those_of_a_whole_morning(office):
    """More than a resident may; not without end."""
    few = {"submits_per_hour": 1, "waiting_at_most": 1, "entries_per_hour": 3}
    await office.turn("declaration", on=True, settings=few)
    window = office.window("吴芳")

    for number in NUMBERS[:3]:
        await enter(office, window, beneficiary={"id_number": number})
    with pytest.raises(TooMany):
        await enter(office, window, beneficiary={"id_number": NUMBERS[3]})

    assert len((await office.ask(window, "GET declaration/window/cases")).items) == 3


async def test_the_window_answers_what_is_to_be_mended(office):
    """Whoever sits there today. What was only badly photographed needs no new signature, what is changed does."""
    case = await enter(office)
    await office.decide(office.window(), case.id, "correct", "户口簿不清楚，电话打不通")
    colleague, mend = office.window("何静"), "POST declaration/window/cases/{id}/mend"
    body = {"version": (await entered(office, case)).version, "phone": "19900000002"}

    with pytest.raises(Invalid) as refused:
        await office.ask(colleague, mend, id=case.id, body=body)
    paper = await office.materials(colleague, "signed_paper")
    mended = await office.ask(colleague, mend, id=case.id, body={**body, "materials": paper})

    assert set(refused.value.fields) == {"materials.signed_paper"}
    assert (mended.state, mended.node) == ("handling", "accept")


async def test_another_picture_of_a_material_needs_no_new_signature(office):
    case = await enter(office)
    await office.decide(office.window(), case.id, "correct", "户口簿不清楚")
    window = office.window("吴芳")
    body = {"version": (await entered(office, case)).version, "materials": await office.materials(window, "household")}

    mended = await office.ask(window, "POST declaration/window/cases/{id}/mend", id=case.id, body=body)

    assert mended.state == "handling"


async def test_the_window_takes_it_back(office):
    case = await enter(office)

    body = {"version": (await entered(office, case)).version}
    left = await office.ask(office.window(), "POST declaration/window/cases/{id}/withdraw", id=case.id, body=body)

    assert (left.state, left.can) == ("withdrawn", [])


async def test_a_window_has_nothing_to_do_with_what_was_not_entered_there(office):
    """A resident's own declaration, and what another window has entered."""
    own = await office.declare()
    clerk = office.staff("张强", office.position("handler", VILLAGE))
    village = await enter(office, clerk, beneficiary={"id_number": NUMBERS[0]})

    for case in (own, village):
        with pytest.raises(NotFound):
            await entered(office, case)
    assert (await office.ask(office.window(), "GET declaration/window/cases")).items == []


async def test_a_draft_of_the_window_is_none_of_ones_own(office):
    """Who sits at a window may declare for themself on their own phone."""
    window = office.window("wang")
    part = {"project": OLD_AGE, "declared_for": "self", "beneficiary": (await form(office, window))["beneficiary"]}

    await office.ask(window, "PUT declaration/window/drafts/{id}/person", id=DRAFT, body=part)

    assert (await office.ask(office.resident("wang"), "GET declaration/drafts")).items == []
    assert [each.id for each in (await office.ask(window, "GET declaration/window/drafts")).items] == [DRAFT]


async def test_the_window_is_asked_for_the_signed_paper_and_a_phone_is_not(office):
    at_window = await office.ask(office.window(), "GET declaration/window/projects/{code}/form", code=OLD_AGE)
    at_home = await office.ask(office.resident(), "GET declaration/projects/{code}/form", code=OLD_AGE)

    keys = [{each.key for each in shown.materials} for shown in (at_window, at_home)]
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
