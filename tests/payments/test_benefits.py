"""享受: from a declaration, by handlers, by what others find; and whose payments one may read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.api import CardText, CloseTask, Identity, IdNumberText, PauseTask, PersonProved, ResumeTask, Secret
from hub.words.errors import Conflict, Forbidden, Invalid, Stale
from plugins.declaration.events import CaseFinished, CaseRecalled, CaseTerminated, NodeEntered
from plugins.payments.events import StopBenefits
from tests.payments.conftest import ANJU, FARMING, LAND, PayOffice, card_of, line, number_of
from tests.plugins.conftest import CIVIL
from tests.world import SHEHONG, VILLAGE

OTHER = "10002"
AMOUNT = "POST payments/benefits/{id}/amount"
MINE, SEARCH, SHOW = "GET payments/mine", "POST payments/mine/search", "GET payments/mine/{id}"


def fact(office: PayOffice, kind=NodeEntered, n: int = 1, **changes):
    """What the declaration tells about a case of person ``n``."""
    identity = Identity(
        name=Secret("张一"),
        id_number=IdNumberText(number_of(n)),
        card=CardText(card_of(n)),
        region=VILLAGE,
    )
    given = {
        "place": VILLAGE,
        "case": f"case-{n}",
        "number": f"510904-2026-{n:06d}",
        "project": LAND,
        "short": "地力保护",
        "bureau": FARMING,
        "node": "disburse",
        "label": "拨付",
        "round": 9,
        "declarants": ("wang",),
        "agents": (),
        "who": "张*",
        "identity": identity,
        "sensitive": False,
        "rules": (),
        "standard": "100元/亩",
        "at": office.world.clock.now(),
    }
    return kind(**(given | changes))


async def benefits(office, actor=None):
    return (await office.ask(actor or office.farmer(), "GET payments/benefits")).items


async def set_amount(office, amount="350"):
    [benefit] = await benefits(office)
    body = {"version": benefit.version, "amount": amount, "reason": "3.5亩"}
    return await office.ask(office.farmer(), AMOUNT, id=benefit.id, body=body)


async def steps(office):
    rows = await office.world.database["events"].find({"type": "declaration.TakeStep"}).to_list(20)
    return [(row["data"]["case"], row["data"]["round"], row["data"]["move"]) for row in rows]


async def test_a_case_at_disburse_becomes_a_benefit_and_a_task(office):
    """Told twice it is one; a second declaration of the same person renews it."""
    await office.tell(fact(office), fact(office), plugin="declaration")

    [benefit] = await benefits(office)
    task = await office.task("case-1")

    assert (benefit.state, benefit.amount, benefit.number) == ("active", None, "510904-2026-000001")
    assert (task["node"], task["bureau"], task["place"]) == ("disburse", FARMING, ANJU)


async def test_the_case_goes_on_when_its_money_does(office):
    """拨付 passes as the row goes to the bank, 发放 as the bank has paid."""
    await office.tell(fact(office), plugin="declaration")
    await set_amount(office)
    batch = await office.paying()
    assert await steps(office) == [("case-1", 9, "pass")]
    await office.tell(fact(office, node="pay", label="发放", round=10), plugin="declaration")

    [row] = await office.rows(batch.id)
    await office.answer(batch.id, (f"{row.number}-1", "成功"))

    assert await steps(office) == [("case-1", 9, "pass"), ("case-1", 10, "pass")]


async def test_a_bank_that_was_faster_than_the_word_of_it(office):
    """Paid before the case is told to be at 发放: it passes when it is."""
    await office.tell(fact(office), plugin="declaration")
    await set_amount(office)
    batch = await office.paying()
    [row] = await office.rows(batch.id)
    await office.answer(batch.id, (f"{row.number}-1", "成功"))

    await office.tell(fact(office, node="pay", label="发放", round=10), plugin="declaration")

    assert await steps(office) == [("case-1", 9, "pass"), ("case-1", 10, "pass")]


async def test_nobody_passes_disburse_by_hand(office):
    """There is no such move: money needs a batch and its final confirmation."""
    await office.tell(fact(office), plugin="declaration")

    with pytest.raises(Invalid, match="修改"):
        await office.decide(office.farmer(), "case-1", "pass", "直接发")

    assert await steps(office) == []


async def test_a_case_is_sent_back_unless_its_money_is_on_a_roster(office):
    await office.tell(fact(office), fact(office, n=2), plugin="declaration")
    for benefit in await benefits(office):
        if benefit.number.endswith("2"):
            body = {"version": benefit.version, "amount": "1", "reason": "x"}
            await office.ask(office.farmer(), AMOUNT, id=benefit.id, body=body)
    await office.new_batch()

    await office.decide(office.farmer(), "case-1", "return", "卡号不对")
    with pytest.raises(Conflict, match="已列入发放批次"):
        await office.decide(office.farmer(), "case-2", "return", "卡号不对")

    assert await steps(office) == [("case-1", 9, "return")]
    assert sorted(benefit.state for benefit in await benefits(office)) == ["active", "ended"]


async def test_a_chain_without_disburse_makes_a_benefit_at_its_end(office):
    await office.tell(fact(office, CaseFinished, node="approve_county"), plugin="declaration")

    [benefit] = await benefits(office)

    assert (benefit.state, benefit.source) == ("active", "declaration")


async def test_an_approval_taken_back_ends_the_benefit(office):
    await office.tell(fact(office), plugin="declaration")

    recalled = fact(office, CaseRecalled, to="approve_county", finished=False, announced=False)
    await office.tell(recalled, plugin="declaration")

    [benefit] = await benefits(office)
    assert benefit.state == "ended"


BACK = {"to": "approve_county", "finished": False, "announced": False}


@pytest.mark.parametrize(
    ("undone", "messages"),
    [("recalled", []), ("sent back", []), ("terminated", ["payments.ended"])],
)
async def test_whoever_is_decided_on_anew_does_not_hear_that_it_is_over(office, undone, messages):
    """Their case goes on; the message would say 今后不再发放."""
    await office.tell(fact(office), plugin="declaration")
    office.pushes.clear()

    if undone == "sent back":
        await office.decide(office.farmer(), "case-1", "return", "卡号不对")
    else:
        kind, more = (CaseRecalled, BACK) if undone == "recalled" else (CaseTerminated, {})
        await office.tell(fact(office, kind, **more), plugin="declaration")

    assert [benefit.state for benefit in await benefits(office)] == ["ended"]
    assert [push.message for push in office.pushes if push.message.startswith("payments.")] == messages


@pytest.mark.parametrize(
    ("late", "other", "more"),
    [
        (NodeEntered, CaseRecalled, BACK),
        (NodeEntered, CaseTerminated, {}),
        (CaseFinished, CaseRecalled, BACK | {"finished": True}),
    ],
)
async def test_what_was_taken_back_before_the_word_of_its_approval_makes_no_benefit(office, late, other, more):
    """The reader of the one was cut off, that of the other was not. Approved again, it makes one."""
    await office.tell_late(fact(office, late), fact(office, other, **more))
    none = await benefits(office)

    await office.tell(fact(office, round=12), plugin="declaration")

    assert (none, [each.state for each in await benefits(office)]) == ([], ["active"])


async def test_an_approval_taken_back_before_the_case_was_approved_anew_ends_nothing(office):
    """The word of the taking back was put off."""
    await office.tell(fact(office), plugin="declaration")

    await office.tell_late(fact(office, CaseRecalled, **BACK), fact(office, round=12))

    [benefit] = await benefits(office)
    assert benefit.state == "active"


async def test_a_stop_that_was_put_off_stops_what_there_was_and_not_what_was_granted_since(office):
    """Resumed by hand meanwhile it is stopped all the same, as in order it could not have been resumed."""
    await office.enrol(line(1))
    [benefit] = await benefits(office)
    stop = StopBenefits(place=ANJU, id_key=office.proved("x", 1).id_key, reason="经核实", by="hit-1")

    waiting = await office.put_off(stop)
    for move in ("suspend", "resume"):
        body = {"version": benefit.version, "reason": move}
        detail = await office.ask(office.farmer(), f"POST payments/benefits/{{id}}/{move}", id=benefit.id, body=body)
        benefit = detail.benefit
    await office.tell(fact(office, project=OTHER), plugin="declaration")
    await office.take_up(waiting)

    assert {each.project: each.state for each in await benefits(office)} == {LAND: "stopped", OTHER: "active"}


@pytest.mark.parametrize(
    ("moves", "state"),
    [
        (("suspend",), "suspended"),
        (("suspend", "resume"), "active"),
        (("stop",), "stopped"),
        (("stop", "end"), "ended"),
    ],
)
async def test_handlers_change_it_with_a_reason(office, moves, state):
    """Each with who, when and why."""
    await office.enrol(line(1))
    [benefit] = await benefits(office)

    for move in moves:
        body = {"version": benefit.version, "reason": f"因为{move}"}
        detail = await office.ask(office.farmer(), f"POST payments/benefits/{{id}}/{move}", id=benefit.id, body=body)
        benefit = detail.benefit

    assert benefit.state == state
    assert (detail.steps[-1].handler, detail.steps[-1].why) == ("罗勇", f"因为{moves[-1]}")


@pytest.mark.parametrize(
    ("version", "reason", "error"), [(1, "x", Stale), (None, " ", Invalid), (None, "长" * 501, Invalid)]
)
async def test_stale_and_empty_words_are_refused(office, version, reason, error):
    await office.enrol(line(1))
    await set_amount(office)
    [benefit] = await benefits(office)

    body = {"version": version or benefit.version, "reason": reason}
    with pytest.raises(error):
        await office.ask(office.farmer(), "POST payments/benefits/{id}/stop", id=benefit.id, body=body)


async def test_what_others_confirmed_stops_every_benefit_of_the_person(office):
    """By the blind index; asked again, nothing more."""
    await office.enrol(line(1), line(2))
    key = office.proved("x", 1).id_key
    asked = StopBenefits(place=ANJU, id_key=key, reason="经核实不再符合条件", by="hit-1", person="ji", shown="纪明")

    await office.tell(asked, asked, plugin="payments")

    assert sorted(benefit.state for benefit in await benefits(office)) == ["active", "stopped"]
    told = await office.world.database["events"].count_documents({"type": "payments.BenefitStopped"})
    assert told == 1


async def test_whoever_is_stopped_hears_that_it_is_and_whom_to_ask(office):
    """P14, once; not why."""
    await office.prove("wang", 1)
    await office.enrol(line(1))
    [benefit] = await benefits(office)
    office.pushes.clear()

    body = {"version": benefit.version, "reason": "入户调查核实"}
    await office.ask(office.farmer(), "POST payments/benefits/{id}/stop", id=benefit.id, body=body)
    await office.deliver()

    [told] = [push for push in office.pushes if push.message == "payments.stopped"]
    assert (told.to.ids, told.data["phone"]) == (("wang",), "12345")
    assert "入户调查核实" not in repr(told.data)


@pytest.mark.parametrize(
    ("moves", "messages"),
    [
        (("suspend",), ("suspended",)),
        (("suspend", "resume"), ("suspended", "resumed")),
        (("end",), ("ended",)),
    ],
    ids=["suspended", "resumed", "ended"],
)
async def test_whatever_becomes_of_a_benefit_its_person_hears_of_it(office, moves, messages):
    await office.prove("wang", 1)
    await office.enrol(line(1))
    office.pushes.clear()

    for move in moves:
        [benefit] = await benefits(office)
        body = {"version": benefit.version, "reason": "入户调查核实"}
        await office.ask(office.farmer(), f"POST payments/benefits/{{id}}/{move}", id=benefit.id, body=body)
    await office.deliver()

    assert [(push.message, push.to.ids) for push in office.pushes] == [
        (f"payments.{each}", ("wang",)) for each in messages
    ]


async def test_a_stopped_person_does_not_come_back_by_a_roster(office):
    await office.enrol(line(1))
    [benefit] = await benefits(office)
    body = {"version": benefit.version, "reason": "x"}
    await office.ask(office.farmer(), "POST payments/benefits/{id}/stop", id=benefit.id, body=body)

    intake = await office.enrol(line(1))

    assert await office.rejects(intake) == [(2, "此人在本项目已停发，不能通过名册恢复")]


async def test_another_bureau_sees_none(office):
    await office.enrol(line(1))
    stranger = office.staff("民政", office.position("handler", ANJU, bureau=CIVIL))

    assert await benefits(office, stranger) == []


# --- C9 --------------------------------------------------------------------------------------------------------------


async def test_why_a_handler_has_struck_it_is_not_told_to_whom_it_is_about(office):
    """It is written for colleagues. That their batch was cancelled they read."""
    await office.enrol(line(1), line(2))
    batch = await office.new_batch()
    one, two = await office.prove("a", 1), await office.prove("b", 2)
    first = (await office.rows(batch.id))[0]
    body = {"version": first.version, "reason": "邻居反映其常住外地"}
    seen = await office.ask(office.farmer(), "POST payments/rows/{id}/strike", id=first.id, body=body)
    fresh = await office.batch(batch.id)
    body = {"version": fresh.version, "reason": "重新编制"}
    await office.ask(office.farmer(), "POST payments/batches/{id}/cancel", id=batch.id, body=body)
    await office.deliver()

    [own] = (await office.ask(one, MINE)).items
    [other] = (await office.ask(two, MINE)).items
    life = await office.ask(one, SHOW, id=own.id)
    assert (own.state, own.reason, life.payment.reason) == ("struck", "", "")
    assert "邻居" not in repr(life)
    assert (seen.reason, other.reason) == ("邻居反映其常住外地", "批次作废")


async def test_one_reads_ones_own_payments_and_their_life(office):
    """Proved before or after the money came; each look is logged."""
    early = await office.prove("early", 1)
    await office.enrol(line(1), line(2))
    await office.paying()
    late = await office.prove("late", 2)

    for actor in (early, late):
        [payment] = (await office.ask(actor, MINE)).items
        detail = await office.ask(actor, SHOW, id=payment.id)
        found = await office.ask(
            actor, SEARCH, body={"name": payment_name(actor, early), "id_number": number(actor, early)}
        )

        assert (payment.amount, payment.state_label, payment.person.card[:4]) == ("350.00", "发放中", "****")
        assert [step.label for step in detail.steps][:2] == ["名册导入", "编制名册"]
        assert [each.id for each in found.items] == [payment.id]
    logged = (
        await office.world.database["audit"].find({"what": {"$in": ["payments.query", "payments.show"]}}).to_list(99)
    )
    assert len(logged) == 6


def payment_name(actor, early):
    return "张二" if actor is early else "张三"


def number(actor, early):
    return number_of(1 if actor is early else 2)


async def test_the_setting_shows_residents_the_unit_alone(office):
    actor = await office.prove("zhang", 1)
    await office.enrol(line(1))
    await office.paying()
    [payment] = (await office.ask(actor, MINE)).items
    counties = office.world.counties

    named = await office.ask(actor, SHOW, id=payment.id)
    await set_setting(office, show_handler=False)
    alone = await office.ask(actor, SHOW, id=payment.id)
    await set_setting(office, show_handler=True)

    assert counties.is_on(ANJU, "payments")
    assert {step.handler for step in named.steps} - {""} == {"罗勇", "何军", "钱进"}
    assert {step.handler for step in alone.steps} == {""}
    assert {step.unit for step in alone.steps} - {""} == {"安居区农业农村局", "安居区财政局"}


async def set_setting(office, **settings):
    from hub.rules.switching import switch
    from hub.words.actors import HUB

    await switch(office.world.units, ANJU, "payments", on=True, settings=settings, actor=HUB)


async def test_who_only_claims_or_is_somebody_else_reads_nothing(office):
    """The same refusal whether there are payments or not; refused looks are logged too."""
    await office.prove("zhang", 1)
    stranger = await office.prove("li", 3)
    await office.enrol(line(1))
    batch = await office.paying()
    [row] = await office.rows(batch.id)
    claimed = office.resident("zhang", "张二", number_of(1))

    with pytest.raises(Forbidden):
        await office.ask(claimed, MINE)
    for body in ({"name": "张二", "id_number": number_of(1)}, {"name": "无人", "id_number": number_of(77)}):
        with pytest.raises(Forbidden, match="只能查询本人"):
            await office.ask(stranger, SEARCH, body=body)
    with pytest.raises(Forbidden, match="只能查询本人"):
        await office.ask(stranger, SHOW, id=row.id)
    with pytest.raises(Forbidden, match="只能查询本人"):
        await office.ask(stranger, SHOW, id="nothing")

    assert (await office.ask(stranger, MINE)).items == []
    refused = await office.world.database["audit"].count_documents({"what": "payments.query", "result": "refused"})
    assert refused == 2


async def test_an_approved_agent_reads_and_hears_for_the_other(office):
    """Who declared for somebody and was accepted; who merely declared for themself under that number does not."""
    agent = await office.prove("son", 5)
    await office.tell(
        fact(office, declarants=("son",), agents=("son",)),
        fact(office, n=2, declarants=("liar",)),
        plugin="declaration",
    )
    for benefit in await benefits(office):
        body = {"version": benefit.version, "amount": "9", "reason": "x"}
        await office.ask(office.farmer(), AMOUNT, id=benefit.id, body=body)
    liar = await office.prove("liar", 6)
    batch = await office.paying()
    office.pushes.clear()
    await office.answer(batch.id, *[(f"{row.number}-1", "成功") for row in await office.rows(batch.id)])

    assert len((await office.ask(agent, MINE)).items) == 1
    assert (await office.ask(liar, MINE)).items == []


async def test_a_claim_that_has_ended_reads_no_more(office):
    """The older proof loses what the newer one gains."""
    old = await office.prove("old", 1)
    await office.enrol(line(1))
    await office.paying()
    assert len((await office.ask(old, MINE)).items) == 1

    new = await office.prove("new", 1, before=("old",))

    assert len((await office.ask(new, MINE)).items) == 1
    assert (await office.ask(old, MINE)).items == []


async def test_a_proof_made_while_payments_were_off_is_caught_up_with(office):
    """They ask, are not known here yet, and find theirs the next time."""
    await office.enrol(line(1), line(2))
    await office.paying()
    actor = office.proved("zhang", 1)

    first = await office.ask(actor, MINE)
    await office.deliver()
    second = await office.ask(actor, MINE)

    assert (len(first.items), len(second.items)) == (0, 1)


async def test_a_proof_that_was_put_off_does_not_give_back_what_a_later_one_took(office):
    """Of one number: the words of its proofs are of one subject, so that not even a retry turns them round."""
    await office.enrol(line(1))
    await office.paying()
    await office.prove("zhao", 1)
    first, second = (office.proved(person, 1) for person in ("zhang", "wang"))
    late = PersonProved(place=ANJU, person="zhang", id_key=first.id_key, before=("zhao",))

    await office.tell_late(late, PersonProved(place=ANJU, person="wang", id_key=first.id_key, before=("zhang",)))

    seen = [len((await office.ask(who, MINE)).items) for who in (first, second, office.proved("zhao", 1))]
    assert (seen, late.about) == ([0, 1, 0], first.id_key)


async def test_elsewhere_one_reads_ones_own_too(office):
    """A resident's payments are theirs in every county that pays."""
    actor = await office.prove("zhang", 1)
    await office.enrol(line(1))
    await office.paying()

    assert len((await office.ask(actor, MINE, at=SHEHONG)).items) == 1


async def test_nothing_of_it_can_be_guessed_over_time(office):
    """The route is bounded per person and hour."""
    [route] = [route for _, route in office._routes.values() if route.path == "/mine/search"]

    assert route.rate == (30, timedelta(hours=1))


STAY = {"place": ANJU, "subject": "case-1", "node": "disburse", "round": 9}


async def test_a_case_that_is_held_as_it_comes_has_a_task_that_waits(office):
    """Declaration tells of the hold in the same act as of the arrival, of which the task is only a consequence."""
    until = office.world.clock.now() + timedelta(days=9)

    await office.tell(fact(office), PauseTask(**STAY), plugin="declaration")
    held = await office.task("case-1")
    await office.tell(ResumeTask(**STAY, due_at=until), plugin="declaration")

    assert (held["state"], (await office.task("case-1"))["state"]) == ("paused", "open")


async def test_a_case_that_ends_before_it_was_heard_of_leaves_no_task(office):
    """终止 while the word of its arrival was under way."""
    ended = fact(office, CaseTerminated)

    await office.tell(fact(office), CloseTask(**STAY), ended, plugin="declaration")

    assert (await office.task("case-1"))["state"] == "ended"
    assert [benefit.state for benefit in await benefits(office)] == ["ended"]


async def test_a_case_goes_on_with_the_benefit_of_a_roster_that_says_another_village(office):
    """The office has typed where somebody lives now; one open benefit per person and project, wherever in the county."""
    await office.enrol(line(1, village="510904114206"))

    await office.tell(fact(office), plugin="declaration")

    [stored] = await office.world.database["payments.benefits"].find({}).to_list()
    assert (stored["case"], stored["case_node"]) == ("case-1", "disburse")


async def test_a_benefit_that_a_case_begins_is_read_by_whoever_was_proved_before(office):
    actor = await office.prove("zhang", 1)

    await office.tell(fact(office), plugin="declaration")

    [stored] = await office.world.database["payments.benefits"].find({}).to_list()
    assert stored["readers"] == [actor.person]


async def test_whoever_was_proved_before_hears_that_it_is_stopped_also_where_a_window_had_declared(office):
    """Nobody's account has what a window enters."""
    actor = await office.prove("zhang", 1)
    await office.tell(fact(office, declarants=()), plugin="declaration")
    [benefit] = await benefits(office)

    body = {"version": benefit.version, "reason": "入户调查核实"}
    await office.ask(office.farmer(), "POST payments/benefits/{id}/stop", id=benefit.id, body=body)
    await office.deliver()

    assert [push.to.ids for push in office.pushes if push.message == "payments.stopped"] == [(actor.person,)]
