"""What becomes of a hit: every move from every state, the second person, what follows for cases, benefits and money."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hub.api import IdNumberText
from hub.words.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from plugins.declaration.events import CaseSubmitted, EndCase, HoldCase, LiftHold
from plugins.interception.documents import HIT, OUTCOMES, UNRESOLVED
from tests.interception.conftest import CIVIL, ELDER, FARMING, ONE, HitOffice, audience, turn
from tests.payments.conftest import line, number_of
from tests.world import ANJU, CITY, JUXIAN, VILLAGE

# How to come to a state, by whom; a move's path on the page.
WAYS = {
    "waiting": (),
    "proposed": ("propose",),
    "confirmed": ("confirm",),
    "cleared": ("propose", "clear"),
    "noted": ("note",),
    "reviewed": ("confirm", "review"),
    "archived": ("confirm", "review", "archive"),
}
PATHS = {move: move for move in HIT.moves if move != "ask"} | {"send_back": "return"}
BLOCK, WARN = "R01", "R09"
OWN = "510921196711053319"


def actor_of(office: HitOffice, move: str):
    if move in ("clear", "reject"):
        return office.clerk("乙")
    return office.discipline() if move in ("review", "send_back", "archive") else office.clerk("甲")


async def found(office: HitOffice, rule: str = BLOCK, **changes):
    await office.bring({"R01": "death", "R09": "moved_out"}[rule], f"李桂兰,{ELDER}")
    await office.typed(rules=(rule,), **changes)
    return await office.hit()


async def come_to(office: HitOffice, state: str):
    hit = await found(office, WARN if state == "noted" else BLOCK)
    for move in WAYS[state]:
        await office.do(actor_of(office, move), PATHS[move], hit)
    return await office.hit()


@pytest.mark.parametrize("state", WAYS)
async def test_every_move_from_every_state(office, state):
    """Those of the table are done, and written with who and why; every other is refused with the present state."""
    for move, path in PATHS.items():
        await office.world.database["interception.hits"].delete_many({})
        await office.world.database["interception.people"].delete_many({})
        await office.world.database["worklist.tasks"].delete_many({})
        hit = await come_to(office, state)
        assert hit.state == state

        if not HIT.allows(move, state):
            with pytest.raises(Conflict) as refused:
                await office.do(actor_of(office, move), path, hit)
            # 知悉 of what blocks is refused for that, whatever the state.
            assert refused.value.state["state"] == state
            continue
        if move == "note" and hit.severity == "block":
            with pytest.raises(Conflict, match="不能只作知悉"):
                await office.do(actor_of(office, move), path, hit)
            continue

        await office.do(actor_of(office, move), path, hit)

        after = await office.hit()
        last = after.acts[-1]
        assert (after.state, after.open) == (HIT.moves[move].after, HIT.moves[move].after in UNRESOLVED)
        assert (last.move, last.handler, last.person) == (move, actor_of(office, move).person, last.handler)
        assert last.why.startswith("已核实") and last.at
        if after.state in OUTCOMES:
            assert after.outcome == after.state


async def test_each_move_is_in_the_audit_log_with_its_reason(office):
    hit = await found(office)
    await office.cleared(hit)

    lines = await office.world.database["audit"].find({"subject": hit.id}, sort=[("at", 1)]).to_list(99)

    assert [(each["what"], each["why"]) for each in lines] == [
        ("interception.propose", "已核实（户籍证明原件）"),
        ("interception.clear", "已核实"),
    ]


async def test_who_decided_is_named_with_their_office(office):
    """纪委's own moves are 纪委's; what stands in 我的已办 is the reason, in the history beside its proof."""
    hit = await found(office)
    await office.cleared(hit)
    await office.do(office.discipline(), "return", hit)
    await office.do(office.clerk("甲"), "confirm", hit, recover="100")
    await office.do(office.discipline(), "review", hit)
    detail = await office.do(office.discipline(), "archive", hit)

    [recovery] = (await office.ask(office.clerk(), "GET interception/recoveries")).items
    done = await office.world.database["worklist.tasks"].find({}, sort=[("_id", 1)]).to_list(9)
    county = office.world.places.tree.full_name(ANJU)
    bureau, discipline = f"{county}{CIVIL}", f"{county}纪委"
    assert [(step.label, step.unit, step.handler, step.why) for step in detail.steps] == [
        ("命中：申报录入", "", "", ""),
        ("转业务局确认", "", "", ""),
        ("提出误报解除", bureau, "甲", "已核实（户籍证明原件）"),
        ("确认误报解除", bureau, "乙", "已核实"),
        ("退回重新核实", discipline, "纪伟", "已核实"),
        ("确认属实", bureau, "甲", "已核实"),
        ("复核同意", discipline, "纪伟", "已核实"),
        ("归档", discipline, "纪伟", "已核实"),
    ]
    assert [(step.label, step.unit, step.why) for step in recovery.steps] == [("登记追缴", bureau, "已核实")]
    assert [(task["move"], task["done_name"], task["opinion"]) for task in done] == [
        ("propose", "甲", "已核实"),
        ("clear", "乙", "已核实"),
        ("confirm", "甲", "已核实"),
    ]


# --- the second person -----------------------------------------------------------------------------------------------


async def test_the_first_may_not_be_the_second_under_any_account(office):
    """Neither as the same person, nor under another account with the same ID number."""
    hit = await found(office)
    await office.do(office.clerk("甲", id_number="510923197512304629"), "propose", hit)

    for again in (office.clerk("甲"), office.clerk("甲的另一账号", id_number="510923197512304629")):
        with pytest.raises(Forbidden, match="第二人"):
            await office.do(again, "clear", hit)
        with pytest.raises(Forbidden, match="第二人"):
            await office.do(again, "reject", hit)
    await office.do(office.clerk("乙", id_number="510981198902141130"), "clear", hit)

    assert (await office.hit()).state == "cleared"


async def test_where_there_is_one_clerk_the_leader_or_the_city_is_the_second(office):
    for second in (office.leader(bureau=CIVIL), office.clerk("市民政局", county=CITY)):
        await office.world.database["interception.hits"].delete_many({})
        await office.world.database["interception.people"].delete_many({})
        hit = await found(office)
        await office.do(office.clerk("甲"), "propose", hit)

        with pytest.raises((Forbidden, NotFound)):
            await office.do(office.leader(bureau=FARMING), "clear", hit)
        await office.do(second, "clear", hit)

        assert (await office.hit()).state == "cleared"


async def test_the_second_persons_task_is_kept_from_the_first(office):
    """Each turn is a round of its own; a rejected proposal comes back to all."""
    hit = await found(office)
    await office.do(office.clerk("甲"), "propose", hit)
    mine, others = [(await office.ask(office.clerk(who), "GET worklist/tasks")).items for who in ("甲", "乙")]
    await office.do(office.clerk("乙"), "reject", hit)

    assert (mine, [task.node_label for task in others]) == ([], ["误报解除复核"])
    assert await office.tasks() == [
        ("拦截信息确认", 1, "done"),
        ("误报解除复核", 2, "done"),
        ("拦截信息确认", 3, "open"),
    ]
    assert [task.number for task in (await office.ask(office.clerk("甲"), "GET worklist/tasks")).items] == [hit.number]


async def test_a_false_alarm_needs_a_reason_and_a_proof(office):
    hit = await found(office)

    for missing in ({"reason": " "}, {"evidence": ""}):
        with pytest.raises(Invalid) as refused:
            await office.do(office.clerk(), "propose", hit, **missing)
        assert list(refused.value.fields) == list(missing)


async def test_a_stale_version_is_told_the_present_state(office):
    hit = await found(office)
    await office.do(office.clerk("甲"), "propose", hit)

    with pytest.raises(Stale) as refused:
        await office.do(office.clerk("乙"), "clear", hit, version=hit.version)

    assert refused.value.state["state"] == "proposed"


# --- who may ---------------------------------------------------------------------------------------------------------


async def test_only_the_bureaus_own_position_at_the_county_confirms(office):
    """The town reads; another bureau and another county see nothing; whoever it is about is kept out."""
    hit = await found(office)
    town = office.staff("镇上", office.position("handler", JUXIAN, bureau=CIVIL))
    assert (await office.ask(town, f"GET {ONE}", id=hit.id)).can == []
    with pytest.raises(Forbidden):
        await office.do(town, "confirm", hit)
    with pytest.raises(Forbidden):
        await office.ask(town, f"POST {ONE}/evidence", id=hit.id, body={"reason": "看看"})

    himself = office.clerk("其本人", id_number=ELDER)
    declarant = office.clerk("wang")
    for other in (office.clerk(bureau=FARMING), himself, declarant):
        with pytest.raises(NotFound):
            await office.ask(other, f"GET {ONE}", id=hit.id)
        assert (await office.ask(other, "GET interception/hits")).items == []
        with pytest.raises(NotFound):
            await office.do(other, "confirm", hit)


async def test_evidence_is_for_the_bureau_and_discipline_and_every_look_is_logged(office):
    hit = await found(office)

    shown = await office.ask(office.clerk(), f"POST {ONE}/evidence", id=hit.id, body={"reason": "核实死亡登记"})
    await office.ask(office.discipline(), f"POST {ONE}/evidence", id=hit.id, body={"reason": "复核"})
    with pytest.raises(Forbidden):
        await office.ask(office.leader(), f"POST {ONE}/evidence", id=hit.id, body={"reason": "看看"})
    with pytest.raises(Invalid):
        await office.ask(office.clerk(), f"POST {ONE}/evidence", id=hit.id, body={"reason": ""})

    [proof] = shown.proofs
    assert (proof.list, proof.says) == ("死亡人员", {"姓名": "李桂兰"})
    lines = await office.world.database["audit"].find({"what": "interception.evidence"}).to_list(9)
    assert {(each["actor"]["person"], each["why"]) for each in lines} == {("罗勇", "核实死亡登记"), ("纪伟", "复核")}


async def test_evidence_is_sealed_at_rest(office):
    await found(office)

    stored = [repr(await office.world.database[f"interception.{name}"].find_one({})) for name in ("hits", "people")]

    assert all("李桂兰" not in text and ELDER not in text for text in stored)


# --- what follows ----------------------------------------------------------------------------------------------------


async def test_an_open_case_is_held_in_neutral_words_and_let_go(office):
    await office.dead()
    case = await office.elder()
    [hit] = await office.hits()
    held = await office.state_of(case)
    [asked] = await office.asked(HoldCase)
    await office.cleared(hit)
    lifted = await office.asked(LiftHold)

    assert hit.case == case.id and hit.case_number == case.number
    assert asked.by == f"interception:{hit.id}" and asked.until is not None
    assert held.state == "intercepted" or "核对" in repr(held)
    assert [fact.by for fact in lifted] == [asked.by]
    assert "核对" not in (await office.state_of(case)).state


async def test_a_confirmation_stops_the_benefit_ends_the_case_and_asks_the_money_back(office):
    await office.dead()
    case = await office.elder()
    hit = await office.hit()

    await office.do(office.clerk(), "confirm", hit, end_case=True, recover="1,200.5")

    [ended] = await office.asked(EndCase)
    [recovery] = (await office.ask(office.clerk(), "GET interception/recoveries")).items
    assert (ended.case, (await office.state_of(case)).state) == (case.id, "ended")
    assert (recovery.amount, recovery.state, recovery.number) == ("1200.50", "open", hit.number)


async def test_a_confirmation_of_somebody_who_enjoys_it_stops_payments(office):
    await office.enrol(line(1))
    await office.bring("death", f"张二,{number(1)}")
    hit = await office.hit()

    await office.do(office.clerk(bureau=FARMING), "confirm", hit)

    [benefit] = (await office.ask(office.farmer(), "GET payments/benefits")).items
    assert benefit.state == "stopped"
    assert "死亡" not in repr(await office.ask(office.farmer(), "GET payments/benefits/{id}", id=benefit.id))


def number(n: int) -> str:
    from tests.payments.conftest import number_of

    return number_of(n)


@pytest.mark.parametrize(
    ("path", "body", "state"), [("recovered", {"amount": "100"}, "recovered"), ("waive", {}, "waived")]
)
async def test_a_recovery_is_closed_once(office, path, body, state):
    hit = await found(office)
    await office.do(office.clerk(), "confirm", hit, recover="100")
    [open_one] = (await office.ask(office.clerk(), "GET interception/recoveries", query={"state": "open"})).items
    given = {"version": open_one.version, "reason": "收据001", **body}
    url = f"POST interception/recoveries/{{id}}/{path}"

    closed = await office.ask(office.clerk(), url, id=open_one.id, body=given)
    with pytest.raises(Stale):
        await office.ask(office.clerk(), url, id=open_one.id, body=given)
    with pytest.raises(Conflict):
        await office.ask(office.clerk(), url, id=open_one.id, body={**given, "version": closed.version})

    assert (closed.state, closed.steps[-1].handler) == (state, "罗勇")


async def owed(office, amount="100"):
    """A 追缴 that is open."""
    await office.do(office.clerk(), "confirm", await found(office), recover=amount)
    [recovery] = (await office.ask(office.clerk(), "GET interception/recoveries", query={"state": "open"})).items
    return recovery


async def give_back(office, recovery, amount):
    body = {"version": recovery.version, "amount": amount, "reason": "收据001"}
    return await office.ask(office.clerk(), "POST interception/recoveries/{id}/recovered", id=recovery.id, body=body)


async def test_a_part_leaves_the_rest_of_a_recovery_open(office):
    """A cent of ten million closes nothing; the last of it does."""
    recovery = await owed(office, "10000000")

    first = await give_back(office, recovery, "0.01")
    second = await give_back(office, first, "4,000,000")
    last = await give_back(office, second, "5999999.99")

    assert (first.state, first.returned, first.remaining) == ("open", "0.01", "9999999.99")
    assert (second.state, second.returned, second.remaining) == ("open", "4000000.01", "5999999.99")
    assert (last.state, last.returned, last.remaining) == ("recovered", "10000000.00", "0.00")
    assert [step.label for step in last.steps] == ["登记追缴", "登记部分追回", "登记部分追回", "登记追回"]


async def test_no_more_comes_back_than_is_owed(office):
    """Neither at once nor after a part; the refusal says how much is left."""
    recovery = await owed(office, "15")
    with pytest.raises(Invalid):
        await give_back(office, recovery, "16")
    part = await give_back(office, recovery, "10")

    with pytest.raises(Invalid) as refused:
        await give_back(office, part, "5.01")

    assert "5.00元" in refused.value.fields["amount"]
    shown = await office.ask(office.clerk(), "GET interception/recoveries/{id}", id=recovery.id)
    assert (shown.state, shown.returned) == ("open", "10.00")


async def test_the_rest_of_a_recovery_can_be_waived(office):
    part = await give_back(office, await owed(office), "40")

    body = {"version": part.version, "reason": "已死亡且无遗产"}
    waived = await office.ask(office.clerk(), "POST interception/recoveries/{id}/waive", id=part.id, body=body)

    assert (waived.state, waived.returned, waived.remaining) == ("waived", "40.00", "60.00")


@pytest.mark.parametrize("amount", ["0", "-1", "1.234", "abc", "NaN", "1e99", ""])
async def test_an_amount_that_is_none_is_refused(office, amount):
    hit = await found(office)

    with pytest.raises(Invalid):
        await office.do(office.clerk(), "confirm", hit, recover=amount)

    assert (await office.hit()).state == "waiting"


async def test_discipline_sends_a_cleared_hit_back_and_the_case_waits_again(office):
    await office.dead()
    case = await office.elder()
    hit = await office.hit()
    await office.cleared(hit)

    await office.do(office.discipline(), "return", hit)

    again = await office.hit()
    assert (again.state, again.outcome, again.open) == ("waiting", "", True)
    assert "核对" in repr(await office.state_of(case))


async def test_a_false_alarm_is_not_raised_again_by_the_same_evidence(office):
    hit = await found(office)
    await office.cleared(hit)
    await office.typed(rules=(BLOCK,))
    await office.bring("death", f"李桂兰,{ELDER}")
    same = await office.hits()
    await office.bring("death", f"李桂兰,{ELDER},2026-11-01", head="姓名,身份证号,死亡日期")

    await office.typed(rules=(BLOCK,))

    assert len(same) == 1
    assert [each.state for each in await office.hits()] == ["cleared", "waiting"]


async def test_an_overtaken_hit_is_not_sent_back(office):
    hit = await found(office)
    await office.cleared(hit)
    await office.bring("death", f"李桂兰,{ELDER},2026-11-01", head="姓名,身份证号,死亡日期")
    await office.typed(rules=(BLOCK,))

    with pytest.raises(Conflict, match="已有新的"):
        await office.do(office.discipline(), "return", hit)


async def test_p09_goes_to_the_bureau_and_discipline_masked(office):
    await office.dead()

    pushes = await office.typed()

    assert sorted(map(str, map(audience, pushes))) == sorted(
        map(str, [("handler", ANJU, CIVIL, "interception"), ("discipline", ANJU, None, None)])
    )
    assert all(push.message == "interception.found" and push.to.but_not == ("wang",) for push in pushes)
    assert all("李桂兰" not in repr(push) and ELDER not in repr(push) for push in pushes)
    assert await office.tasks() == [("拦截信息确认", 1, "open")]


async def test_where_it_is_off_nothing_is_heard(office):
    await office.dead()
    await turn(office, "interception", on=False)

    pushes = await office.typed()

    assert (pushes, await office.hits()) == ([], [])
    assert VILLAGE.startswith(ANJU)


async def test_who_declared_under_another_account_does_not_see_the_hit(office):
    """A clerk's own number stands with the case that they handed in as a resident."""
    await office.dead()
    case = await office.declare(office.resident(id_number=OWN))
    await office.deliver()
    hit = await office.hit()

    assert hit.case == case.id
    assert (await office.ask(office.clerk("罗勇", id_number=OWN), "GET interception/hits")).items == []
    assert len((await office.ask(office.clerk("罗勇"), "GET interception/hits")).items) == 1


async def test_who_only_typed_the_name_under_another_account_does_not_see_the_hit(office):
    """Nothing was handed in: the number comes with what was typed."""
    await office.dead()
    await office.typed(by="another account", by_key=office.world.database.blind(IdNumberText(OWN)))

    assert (await office.ask(office.clerk("罗勇", id_number=OWN), "GET interception/hits")).items == []
    assert len((await office.ask(office.clerk("罗勇"), "GET interception/hits")).items) == 1


async def test_a_case_that_is_told_anew_with_more_numbers_keeps_them_away_from_its_hits(office):
    """The version before told of none."""
    await office.dead()
    await office.elder()
    stored = await office.world.database["events"].find_one({"type": "declaration.CaseSubmitted"})
    told = office.world.database.decode(CaseSubmitted, stored["data"])

    await office.say(replace(told, avoid_keys=(office.world.database.blind(IdNumberText(number_of(9))),)))

    assert (await office.ask(office.clerk("罗勇", id_number=number_of(9)), "GET interception/hits")).items == []
    assert len((await office.ask(office.clerk("罗勇"), "GET interception/hits")).items) == 1


async def test_who_must_keep_away_from_a_hit_must_from_its_recovery(office):
    """Also who became that after the money was asked back: here a clerk who typed the same person."""
    hit = await found(office)
    await office.do(office.clerk("甲"), "confirm", hit, recover="100")
    await office.do(office.discipline(), "return", hit)
    assert len((await office.ask(office.clerk("罗勇"), "GET interception/recoveries")).items) == 1

    await office.typed(attempt_id="a-9", by="罗勇")

    assert "罗勇" in (await office.hit()).avoid
    assert (await office.ask(office.clerk("罗勇"), "GET interception/recoveries")).items == []
    assert len((await office.ask(office.clerk("甲"), "GET interception/recoveries")).items) == 1
