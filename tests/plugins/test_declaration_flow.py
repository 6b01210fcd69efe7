"""A declaration from the resident's form to the county's approval, and every way it can turn on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from msgspec.structs import replace

from hub.api import Decision, Withdraw
from hub.words.errors import Conflict, Duplicate, Forbidden, Invalid, NotFound, Stale
from plugins.declaration.documents import CASE
from plugins.declaration.pages import PAGES
from tests.plugins.conftest import CIVIL, FARMING, LAND, OLD_AGE, told, turn
from tests.world import ANJU, DONGCHAN, JUXIAN, SHEHONG, VILLAGE

NEXT_VILLAGE = "510904114205"  # of the same town

[PAGE] = [page for page in PAGES if page.path == "/review/{id}"]


def steps(case):
    return [(step.node, step.state) for step in case.progress]


async def test_a_declaration_goes_from_the_form_to_the_approval(office):
    """受理, 补正, mended, 乡镇审核, 县级审批; the declarant hears of each turn, the handlers of each task."""
    case = await office.declare()
    await office.decide(office.window(), case.id, "correct", "户口簿缺少本人页")
    mended = await office.progress(case)
    new = await office.materials(office.resident(), "household")
    await office.ask(
        office.resident(),
        "POST declaration/cases/{id}/mend",
        id=case.id,
        body={"version": mended.version, "materials": new},
    )
    await office.deliver()
    await office.decide(office.window(), case.id, "pass", "材料齐全")
    await office.decide(office.town(), case.id, "pass", "情况属实")
    await office.decide(office.bureau(), case.id, "pass", "同意")

    seen = await office.progress(case)

    assert (seen.state, seen.state_label) == ("approved", "已批准")
    assert steps(seen) == [
        ("accept", "correcting"), ("accept", "passed"), ("review_town", "passed"), ("approve_county", "passed"),
    ]  # fmt: skip
    assert [(step.unit, step.handler, step.opinion) for step in seen.progress] == [
        ("安居区聚贤镇便民服务窗口", "周敏", "户口簿缺少本人页"),
        ("安居区聚贤镇便民服务窗口", "周敏", "材料齐全"),
        ("安居区聚贤镇民政局", "唐丽", "情况属实"),
        ("安居区民政局", "罗勇", "同意"),
    ]
    assert told(office.pushes) == [
        ("declaration.named", "bearers"),
        ("worklist.arrived", f"window@{JUXIAN}"),
        ("declaration.correction", "wang"),
        ("worklist.arrived", f"window@{JUXIAN}"),
        ("declaration.accepted", "wang"),
        ("worklist.arrived", f"handler@{JUXIAN}"),
        ("worklist.arrived", f"handler@{ANJU}"),
        ("declaration.approved", "wang"),
    ]


async def test_no_push_names_anybody(office):
    """Masked name, project, number, times; never the full name, the ID number or the phone."""
    case = await office.declare()
    await office.decide(office.window(), case.id, "refuse", "李桂兰的户籍不在本镇")

    said = repr(office.pushes)
    facts = repr(await office.world.database["events"].find({}).to_list(100))

    for secret in ("李桂兰", "王建国", "510904194403150023", "19900000001"):
        assert secret not in said
        assert secret not in facts
    assert "李*兰" in said


async def test_the_limit_stands_still_during_correction(office):
    """受理 has 5 working days from Monday the 23rd: the 30th; 补正 from Tuesday to Thursday gives three days more."""
    case = await office.declare()
    assert case.progress[0].due_at == datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)
    office.world.clock.advance(timedelta(days=1))
    await office.decide(office.window(), case.id, "correct")
    office.world.clock.advance(timedelta(days=2))

    version = (await office.progress(case)).version
    seen = await office.ask(
        office.resident(),
        "POST declaration/cases/{id}/mend",
        id=case.id,
        body={"version": version, "phone": "19900000002"},
    )
    await office.deliver()

    assert seen.progress[1].due_at == datetime(2026, 12, 3, 15, 59, 59, tzinfo=UTC)
    assert (await office.task(case.id))["due_at"] == seen.progress[1].due_at


async def test_a_case_goes_back_and_forward_again(office):
    """退回 names an earlier node or takes the one before; the town decides once more, and hears of it again."""
    case = await office.declare()
    await office.decide(office.window(), case.id, "pass")
    await office.decide(office.town(), case.id, "pass")
    await office.decide(office.bureau(), case.id, "return", "请核实年龄")
    await office.decide(office.town(), case.id, "return", "请补充材料", to="accept")

    seen = await office.progress(case)

    assert steps(seen)[-3:] == [("accept", "handling"), ("review_town", "ahead"), ("approve_county", "ahead")]
    assert [push for push in told(office.pushes) if push[0] == "declaration.returned"] == [
        ("declaration.returned", "wang")
    ] * 2


async def test_a_case_cannot_be_sent_forward_by_returning_it(office):
    """Only nodes before the present one; the first has none."""
    case = await office.declare()
    with pytest.raises(Invalid) as first:
        await office.decide(office.window(), case.id, "return")
    await office.decide(office.window(), case.id, "pass")
    with pytest.raises(Invalid) as ahead:
        await office.decide(office.town(), case.id, "return", to="approve_county")

    assert "move" in first.value.fields
    assert "to" in ahead.value.fields


async def test_refusing_ends_the_case(office):
    """驳回 with its reason; the same person may declare again."""
    case = await office.declare()
    await office.decide(office.window(), case.id, "refuse", "年龄不符")

    again = await office.declare()

    seen = await office.progress(case)
    assert (seen.state, seen.progress[0].opinion, seen.can) == ("refused", "年龄不符", ["redeclare"])
    assert again.number != case.number
    assert ("declaration.refused", "wang") in told(office.pushes)


# --- a node whose plugin is off --------------------------------------------------------------------------------------


async def test_a_case_waits_where_the_next_nodes_plugin_is_off(office):
    """It is never passed over; the operators get P17, the resident reads 等待 and not which plugin is missing."""
    wang = office.resident()
    case = await office.declare(wang, **await land(office, wang))
    await office.decide(office.window(), case.id, "pass")

    seen = await office.progress(case)

    assert (seen.state, seen.state_label, seen.node) == ("holding", "等待", "survey")
    assert steps(seen)[:2] == [("accept", "passed"), ("survey", "holding")]
    held = [push for push in office.pushes if push.message == "declaration.held"]
    assert [(push.to.role, push.to.place, push.key) for push in held] == [
        ("ops_system", ANJU, f"{ANJU}:survey:2026112309")
    ]


async def test_a_waiting_case_goes_on_when_the_plugin_is_on(office):
    """The job takes it up; the time it waited does not count."""
    wang = office.resident()
    case = await office.declare(wang, **await land(office, wang))
    await office.decide(office.window(), case.id, "pass")
    office.world.clock.advance(timedelta(days=7))
    await office.job("declaration.watch_nodes")
    still = await office.progress(case)
    await turn(office, "survey", on=True)

    await office.job("declaration.watch_nodes")
    await office.deliver()

    seen = await office.progress(case)
    assert (still.state, seen.state, seen.node) == ("holding", "handling", "survey")
    assert (await office.task(case.id))["node"] == "survey"
    # 10 working days from Monday the 30th.
    assert seen.progress[1].due_at == datetime(2026, 12, 14, 15, 59, 59, tzinfo=UTC)


async def test_a_case_waits_when_the_plugin_goes_off_under_it(office):
    """The open task cannot be decided meanwhile, and is the same task afterwards."""
    await turn(office, "survey", on=True)
    wang = office.resident()
    case = await office.declare(wang, **await land(office, wang))
    await office.decide(office.window(), case.id, "pass")
    surveyor = office.town("杨帆", VILLAGE, FARMING, "survey")
    before = await office.task(case.id)
    await turn(office, "survey", on=False)
    with pytest.raises(Conflict, match="暂停办理"):
        await office.decide(surveyor, case.id, "pass")
    await office.job("declaration.watch_nodes")
    waiting = await office.progress(case)
    await turn(office, "survey", on=True)
    await office.job("declaration.watch_nodes")
    await office.deliver()

    await office.decide(surveyor, case.id, "pass")

    seen = await office.progress(case)
    assert waiting.state == "holding"
    assert (await office.world.database["worklist.tasks"].find_one({"_id": before["_id"]}))["state"] == "done"
    assert (seen.node, steps(seen)[1]) == ("review_village", ("survey", "passed"))
    assert (seen.progress[1].handler, seen.progress[1].opinion) == ("杨帆", "属实")


async def test_a_node_result_told_twice_counts_once(office):
    """Reactions run at least once: a result for a stay that is over changes nothing."""
    await turn(office, "survey", on=True)
    wang = office.resident()
    case = await office.declare(wang, **await land(office, wang))
    await office.decide(office.window(), case.id, "pass")
    await office.decide(office.town("杨帆", VILLAGE, FARMING, "survey"), case.id, "pass")
    await office.world.database["events"].update_many({"type": "declaration.TakeStep"}, {"$set": {"state": "pending"}})

    await office.deliver()

    assert (await office.progress(case)).node == "review_village"


async def land(office, actor):
    """A form of the full chain."""
    return {
        "project": LAND,
        "beneficiary": {"category": "farmer"},
        "answers": {"area_mu": "3.5"},
        "materials": await office.materials(actor, "id_card", "household", "social_card", "contract_land", "proof"),
    }


# --- the table -------------------------------------------------------------------------------------------------------

HANDLERS = ("pass", "correct", "return", "refuse")
RESIDENTS = ("mend", "withdraw", "supersede")
# Asked for by other plugins' facts: nobody waits for an answer, and what is not allowed changes nothing.
BY_FACTS = ("intercept", "clear")
WALKED = (*HANDLERS, *RESIDENTS, "recall", "end", *BY_FACTS)


async def bring_to(office, state):
    """A case of 耕地地力保护 in this state, at 村级初审 or where the state leaves it; an approved one of 高龄津贴."""
    if state == "approved":
        return await approved(office)
    await turn(office, "survey", on=True)
    wang = office.resident()
    case = await office.declare(wang, **await land(office, wang))
    if state == "withdrawn":
        await act(office, case, "withdraw")
        return case
    await office.decide(office.window(), case.id, "pass")
    if state == "holding":
        await turn(office, "survey", on=False)
        await office.job("declaration.watch_nodes")
        return case
    await office.decide(office.town("杨帆", VILLAGE, FARMING, "survey"), case.id, "pass")
    if state in ("correcting", "refused"):
        move = {"correcting": "correct", "refused": "refuse"}[state]
        await office.decide(office.town("杨帆", VILLAGE, FARMING, "review_village"), case.id, move)
    if state in ("intercepted", "ended", "void"):
        await act(office, case, {"intercepted": "intercept", "ended": "end", "void": "supersede"}[state])
    return case


async def approved(office):
    case = await office.declare()
    for handler in (office.window(), office.town(), office.bureau()):
        await office.decide(handler, case.id, "pass")
    return case


async def act(office, case, move):
    """Make one move of the table, past the worklist where it is a handler's: the case itself must refuse."""
    seen = await office.progress(case)
    if move in ("mend", "withdraw"):
        body = {"version": seen.version, **({"phone": "19900000002"} if move == "mend" else {})}
        return await office.ask(office.resident(), f"POST declaration/cases/{{id}}/{move}", id=case.id, body=body)
    if move == "supersede":
        return await office.declare_again(case.id)
    if move in BY_FACTS:
        return await (office.hold if move == "intercept" else office.lift)(case.id)
    bureau = FARMING if seen.project == LAND else CIVIL
    if move == "end":
        body = {"version": seen.version, "reason": "本人已迁出"}
        await office.ask(office.bureau(bureau=bureau), "POST declaration/review/{id}/end", id=case.id, body=body)
        return await office.deliver()
    current = max(index for index, step in enumerate(seen.progress, 1) if step.state != "ahead")
    # What is taken back is the stay before the present one, or the last of a finished case.
    round = current - 1 if move == "recall" and seen.state != "approved" else current
    decision = Decision(move=move, opinion="理由", round=round, person="yang", shown="杨帆")

    async def decide(ctx):
        await ctx.node("review_village").moves[move](ctx, case.id, decision)

    await office.world.units.run(
        decide,
        plugin="worklist",
        place=office.world.place(ANJU),
        actor=office.town("杨帆", VILLAGE, bureau, seen.node),
        permission="worklist.decide",
    )
    return await office.deliver()


@pytest.mark.parametrize("move", WALKED)
@pytest.mark.parametrize("state", CASE.states)
async def test_every_move_of_the_table(office, state, move):
    """Allowed: the case is in the state that the table says. Not allowed: refused with the present state, nothing
    changed.
    """
    case = await bring_to(office, state)
    before = await stored(office, case)

    if CASE.allows(move, state):
        await act(office, case, move)
        # What follows a 通过 here is a node whose plugin is not installed, so the case goes on to wait there.
        assert (await stored(office, case))["state"] == ("holding" if move == "pass" else CASE.moves[move].after)
    elif move in BY_FACTS:
        await act(office, case, move)
        after = await stored(office, case)
        assert (after["state"], after["progress"]) == (before["state"], before["progress"])
    else:
        with pytest.raises(Conflict) as refusal:
            await act(office, case, move)
        assert refusal.value.state["state"] == state
        assert await stored(office, case) == before


def test_the_walk_covers_the_table():
    """But for what the hub does by itself, which has tests of its own."""
    assert set(CASE.moves) - set(WALKED) == {"finish", "hold", "release"}


async def stored(office, case):
    return await office.world.database["declaration.cases"].find_one({"_id": case.id})


async def test_withdrawing_ends_at_the_county(office):
    """撤回 is possible before 县级审批; the handlers' task goes with it."""
    first = await office.declare()
    await act(office, first, "withdraw")
    await office.deliver()
    second = await office.declare()
    await office.decide(office.window(), second.id, "pass")
    await office.decide(office.town(), second.id, "pass")

    with pytest.raises(Conflict, match="县级审批"):
        await act(office, second, "withdraw")

    assert (await office.task(first.id))["state"] == "ended"
    assert next(push for push in office.pushes if isinstance(push, Withdraw)).reason == "该件已撤销"


# --- who may ---------------------------------------------------------------------------------------------------------


async def test_others_find_no_case(office):
    """Another resident, another county, a sibling town, another bureau: it does not exist for them."""
    case = await office.declare()

    strangers = [
        (office.resident("tan", "谭志远", "510981198902141130"), "GET declaration/cases/{id}", ANJU),
        (office.window(region=DONGCHAN), "GET declaration/review/{id}", ANJU),
        (office.town(bureau=FARMING), "GET declaration/review/{id}", ANJU),
        (office.bureau(county=SHEHONG), "GET declaration/review/{id}", ANJU),
        (office.bureau(county=SHEHONG), "GET declaration/review/{id}", SHEHONG),
    ]
    for actor, operation, place in strangers:
        with pytest.raises(NotFound):
            await office.ask(actor, operation, at=place, id=case.id)
    with pytest.raises(Forbidden):
        await office.ask(office.resident(), "GET declaration/review/{id}", id=case.id)


async def test_one_reads_ones_case_from_anywhere_and_changes_it_in_its_county(office):
    """The switches of its own county hold for every change."""
    case = await office.declare()
    wang = office.resident()

    seen = await office.ask(wang, "GET declaration/cases/{id}", at=SHEHONG, id=case.id)

    with pytest.raises(NotFound):
        await office.ask(
            wang, "POST declaration/cases/{id}/withdraw", at=SHEHONG, id=case.id, body={"version": seen.version}
        )
    assert seen.number == case.number


async def test_the_declarant_and_the_handlers_see_the_materials(office):
    """The bytes come back to them and to nobody else, another bureau's handler included."""
    form = await office.form(office.resident())
    case = await office.ask(office.resident(), "POST declaration/cases", body=form)
    [file] = form["materials"]["id_card"]

    mine = await office.ask(office.resident(), "GET declaration/cases/{id}/files/{file}", id=case.id, file=file)
    theirs = await office.ask(office.window(), "GET declaration/review/{id}/files/{file}", id=case.id, file=file)

    assert (mine.media_type, theirs.data) == ("image/png", mine.data)
    leader = office.staff("leader", office.position("leader", ANJU))
    for actor in (office.town(bureau=FARMING), leader):
        with pytest.raises(NotFound):
            await office.ask(actor, "GET declaration/review/{id}/files/{file}", id=case.id, file=file)
    with pytest.raises(NotFound):
        await office.ask(office.window(), "GET declaration/review/{id}/files/{file}", id=case.id, file="0" * 32)


async def test_a_sensitive_project_shows_persons_to_its_own_nodes_alone(office):
    """A leader of the county sees that there is a case, not whose."""
    wang = office.resident()
    body = {
        "project": "30003",
        "beneficiary": {"category": "general"},
        "materials": await office.materials(wang, "id_card", "disability", "minimum_living", "social_card", "proof"),
    }
    case = await office.declare(wang, **body)
    leader = office.staff("leader", office.position("leader", ANJU))

    theirs = await office.ask(office.window(), "GET declaration/review/{id}", id=case.id)
    masked = await office.ask(leader, "GET declaration/review/{id}", id=case.id)

    assert (theirs.full, theirs.beneficiary.name) == (True, "李桂兰")
    assert theirs.beneficiary.id_number == "510904********0023"
    assert (masked.full, masked.answers, masked.materials) == (False, [], [])
    assert {masked.applicant, *msgspec.structs.asdict(masked.beneficiary).values()} == {"***"}
    assert (await office.look(leader, PAGE, id=case.id)).title == "困残补贴"


async def test_catalogue_edits_hit_new_cases_only(office):
    """Chain, limits and form are the case's own."""
    case = await office.declare()
    row = {"_id": f"{ANJU}:{OLD_AGE}"}
    await office.world.database["declaration.projects"].update_one(
        row, {"$set": {"chain": ["accept", "approve_county"]}}
    )

    await office.decide(office.window(), case.id, "pass")

    assert (await office.progress(case)).node == "review_town"


@pytest.mark.parametrize("typed", [{}, {"phone": "199 0000 0001"}, {"materials": {}}, {"answers": {}}])
async def test_a_correction_that_corrects_nothing_is_refused(office, typed):
    """The handler would look at the same form again. Nothing is what is left out, and what says the same."""
    case = await office.declare(beneficiary={"phone": "19900000001"})
    await office.decide(office.window(), case.id, "correct")
    version = (await office.progress(case)).version

    with pytest.raises(Invalid, match="补正"):
        await office.ask(
            office.resident(), "POST declaration/cases/{id}/mend", id=case.id, body={"version": version, **typed}
        )

    assert (await office.progress(case)).state == "correcting"


async def test_two_versions_of_a_case(office):
    """Who saw an older one is told the present state."""
    case = await office.declare()
    await office.decide(office.window(), case.id, "correct")

    with pytest.raises(Stale) as refusal:
        await office.ask(
            office.resident(), "POST declaration/cases/{id}/mend", id=case.id, body={"version": case.version}
        )

    assert refusal.value.state["state"] == "correcting"


async def test_nobody_declares_twice_for_the_same_person(office):
    """One's own open case is shown; another declarant learns nothing, and 受理 judges."""
    case = await office.declare()
    other = office.resident("tan", "谭志远", "510981198902141130")

    with pytest.raises(Duplicate) as own:
        await office.declare()
    theirs = await office.declare(other)

    assert own.value.state == {"case": case.id, "number": case.number, "state": "handling"}
    assert theirs.state == case.state
    assert await office.world.database["declaration.cases"].count_documents({}) == 2


@pytest.fixture
async def abolish(office):
    """Merge the village into another; afterwards it is there again, for other tests."""
    region = office.world.place(VILLAGE)

    async def gone():
        await office.world.places.import_rows([replace(region, status="abolished")])

    yield gone
    await office.world.places.import_rows([region])


@pytest.mark.parametrize("region", [None, NEXT_VILLAGE])
async def test_what_is_mended_after_the_village_was_abolished_goes_on(office, abolish, region):
    """At the old village, which is not asked for again, or at its successor."""
    case = await office.declare()
    await office.decide(office.window(), case.id, "correct")
    case = await office.progress(case)
    await abolish()

    body = {"version": case.version, "phone": "19900000002", **({"region": region} if region else {})}
    await office.ask(office.resident(), "POST declaration/cases/{id}/mend", id=case.id, body=body)

    stored = await office.world.database["declaration.cases"].find_one({"_id": case.id})
    assert (stored["state"], stored["place"], stored["path"][-1]) == ("handling", *[region or VILLAGE] * 2)


async def test_a_village_that_there_still_is_cannot_be_changed_by_mending(office):
    """Nor may the successor lie in another county."""
    case = await office.declare()
    await office.decide(office.window(), case.id, "correct")
    case = await office.progress(case)

    with pytest.raises(Invalid) as refusal:
        await office.ask(
            office.resident(),
            "POST declaration/cases/{id}/mend",
            id=case.id,
            body={"version": case.version, "phone": "19900000002", "region": NEXT_VILLAGE},
        )

    assert set(refusal.value.fields) == {"beneficiary.region"}
