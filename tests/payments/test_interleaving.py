"""What arrives while a batch is being paid: it comes before and holds the row, or after and finds it sent. Never both."""

from __future__ import annotations

import asyncio

import pytest

from hub.identity.prooffacts import PersonProved
from hub.words.errors import Conflict
from plugins.complaints.events import Ending, Filing
from plugins.payments.actions import benefits
from tests.payments.conftest import ANJU, line


def filing(row: str) -> Filing:
    """What complaints ask."""
    return Filing(complaint="c1", kind="payment", row=row)


async def complain(office, actor, question):
    """As complaints do it: asked in the complaint's own transaction."""
    return await office.world.units.run(
        lambda ctx: ctx.ask(question),
        plugin="payments",
        place=office.world.place(ANJU),
        actor=actor,
    )


async def end(office, row: str, *, upheld: bool, complaint: str = "c1"):
    question = Ending(complaint=complaint, kind="payment", row=row, upheld=upheld)
    await office.world.units.run(lambda ctx: ctx.ask(question), plugin="payments", place=office.world.place(ANJU))
    await office.deliver()


async def ready(office):
    """A confirmed batch of two whose money was given, and its first person."""
    actor = await office.prove("zhang", 1)
    await office.enrol(line(1), line(2))
    batch = await office.disbursed()
    [row] = (await office.ask(actor, "GET payments/mine")).items
    return actor, batch, row


async def test_a_complaint_between_the_look_and_the_write_wins(office):
    """It commits while the paying transaction stands in its guard: that one conflicts, runs again and holds the row."""
    actor, batch, row = await ready(office)
    tries = []

    async def meanwhile():
        tries.append(1)
        if len(tries) == 1:
            await complain(office, actor, filing(row.id))

    office.guarding.before.append(meanwhile)
    await office.decide(office.finance(), batch.id, "pass", "发放")

    assert len(tries) > 1
    assert await office.counts(batch.id) == {"held": 1, "sent": 1}
    [held] = [each for each in await office.rows(batch.id) if each.state == "held"]
    assert (held.id, held.state_label) == (row.id, "暂缓发放（异议中）")


async def test_a_stop_between_the_look_and_the_write_wins(office):
    """The benefit is written by both."""
    _, batch, row = await ready(office)
    stored = await office.world.database["payments.rows"].find_one({"_id": row.id})
    tries = []

    async def meanwhile():
        tries.append(1)
        if len(tries) == 1:
            [benefit] = [
                each
                for each in (await office.ask(office.farmer(), "GET payments/benefits")).items
                if each.id == stored["benefit"]
            ]
            body = {"version": benefit.version, "reason": "死亡"}
            await office.ask(office.farmer(), "POST payments/benefits/{id}/stop", id=benefit.id, body=body)

    office.guarding.before.append(meanwhile)
    await office.decide(office.finance(), batch.id, "pass", "发放")

    assert len(tries) > 1
    assert await office.counts(batch.id) == {"held": 1, "sent": 1}


async def test_an_unfounded_complaint_lets_the_row_be_paid(office):
    actor, batch, row = await ready(office)
    await complain(office, actor, filing(row.id))
    await office.decide(office.finance(), batch.id, "pass", "发放")
    assert await office.counts(batch.id) == {"held": 1, "sent": 1}

    await end(office, row.id, upheld=False)
    await office.decide(office.finance(), batch.id, "pass", "补发")

    assert await office.counts(batch.id) == {"sent": 2}


async def test_an_upheld_complaint_strikes_the_row(office):
    actor, batch, row = await ready(office)
    await complain(office, actor, filing(row.id))

    await end(office, row.id, upheld=True)

    assert await office.counts(batch.id) == {"confirmed": 1, "struck": 1}


async def test_a_second_upheld_complaint_does_not_ask_back_what_was_never_paid(office):
    """The first has struck the row; the benefit goes on, as the first alone would have left it."""
    actor, _, row = await ready(office)
    await complain(office, actor, filing(row.id))
    await complain(office, actor, Filing(complaint="c2", kind="payment", row=row.id))
    await end(office, row.id, upheld=True)

    await end(office, row.id, upheld=True, complaint="c2")

    stored = await office.world.database["payments.rows"].find_one({"_id": row.id})
    states = [benefit.state for benefit in (await office.ask(office.farmer(), "GET payments/benefits")).items]
    assert (stored["state"], stored["recover"], stored["objections"]) == ("struck", False, [])
    assert states == ["active", "active"]


async def test_an_upheld_complaint_about_money_that_is_out_asks_for_it_back(office):
    """追缴, and the benefit stops."""
    actor, batch, row = await ready(office)
    await office.decide(office.finance(), batch.id, "pass", "发放")
    await office.answer(batch.id, *[(f"{each.number}-1", "成功") for each in await office.rows(batch.id)])
    accused = await complain(office, actor, filing(row.id))

    await end(office, row.id, upheld=True)

    [after] = (await office.ask(actor, "GET payments/mine")).items
    states = [benefit.state for benefit in (await office.ask(office.farmer(), "GET payments/benefits")).items]
    assert (accused.place, accused.accused_masked) == (row.place, "张*")
    assert (after.state, after.recover, sorted(states)) == ("paid", True, ["active", "stopped"])


async def test_a_payment_of_somebody_else_is_not_found(office):
    """Nobody answers, so the complaint says that there is no such thing."""
    _, batch, _ = await ready(office)
    stranger = office.proved("li", 9)
    question = filing((await office.rows(batch.id))[0].id)

    accused = await complain(office, stranger, question)

    assert accused is None


async def test_a_proof_while_the_roster_is_read_finds_its_benefit(office):
    """Neither can see the other: the reading conflicts, runs again and knows whose benefit it is."""
    tries = []
    actor = office.proved("zhang", 1)
    proof = PersonProved(place=ANJU, person="zhang", id_key=actor.id_key)

    async def meanwhile():
        tries.append(1)
        if len(tries) == 1:
            await office.world.units.run(
                lambda ctx: benefits.know_person(proof, ctx), plugin="payments", place=office.world.place(ANJU)
            )

    office.guarding.enrolling.append(meanwhile)
    await office.enrol(line(1), line(2))
    await office.paying()

    assert len(tries) > 1
    assert len((await office.ask(actor, "GET payments/mine")).items) == 1


async def test_of_two_clerks_who_press_at_once_one_wins(office):
    await office.enrol(line(1))
    batch = await office.new_batch()
    clerks = [office.farmer("甲"), office.farmer("乙")]

    answers = await asyncio.gather(
        *[
            office.ask(clerk, "POST payments/batches/{id}/apply", id=batch.id, body={"version": batch.version})
            for clerk in clerks
        ],
        return_exceptions=True,
    )

    lost = [answer for answer in answers if isinstance(answer, BaseException)]
    assert len(lost) == 1 and isinstance(lost[0], Conflict)
    assert (await office.batch(batch.id)).state == "applied"


@pytest.mark.parametrize("state", ["applied", "publicity"])
async def test_a_published_roster_is_not_changed_by_hand(office, state):
    await office.enrol(line(1))
    batch = await (office.applied() if state == "applied" else office.published())
    [row] = await office.rows(batch.id)

    with pytest.raises(Conflict, match="名册已提交"):
        await office.ask(
            office.farmer(), "POST payments/rows/{id}/strike", id=row.id, body={"version": row.version, "reason": "x"}
        )

    assert (await office.batch(batch.id)).state == state


async def test_of_two_overlapping_batches_made_at_once_one_comes_to_be(office):
    """Both write the project's schedule: the second sees the first's period."""
    await office.enrol(line(1))
    bodies = [{"project": "10001", "period": text, "title": text} for text in ("2026", "2026-Q4", "2026-12")]

    made = await asyncio.gather(
        *(office.ask(office.farmer(), "POST payments/batches", body=body) for body in bodies), return_exceptions=True
    )

    assert sorted(type(each).__name__ for each in made) == ["BatchView", "Conflict", "Conflict"]


async def test_a_person_is_on_one_of_two_rosters_filled_at_once(office):
    """Both collect what is paid once: whoever stands on one is not on the other."""
    await office.enrol(*(line(n) for n in range(1, 6)), project="10002")
    body = {"project": "10002", "title": "一次性补贴"}
    for period in ("2026", "2027"):
        await office.ask(office.farmer(), "POST payments/batches", body=body | {"period": period})
    facts = await office.world.database["events"].find({"type": "payments.CollectPart"}).to_list(10)
    assert len(facts) == 2

    await asyncio.gather(*(office._hear(fact, fact["todo"][0]["name"]) for fact in facts))

    rows = await office.world.database["payments.rows"].find({"live": True}).to_list(100)
    assert len(rows) == len({row["benefit"] for row in rows}) == 5
