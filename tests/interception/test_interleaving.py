"""What arrives while somebody is approved, paid or enrolled comes before or after it, never beside it: both orders forced."""

from __future__ import annotations

import asyncio

import pytest

from hub.words.errors import Conflict
from tests.interception.conftest import ELDER, FARMING
from tests.interception.test_entry_points import only_lists
from tests.payments.conftest import line, number_of


def once(call):
    """Runs ``call`` the first time, and counts how often it was asked."""
    tries: list[int] = []

    async def meanwhile():
        tries.append(1)
        if len(tries) == 1:
            await call()

    return meanwhile, tries


async def quietly(office, call) -> None:
    """Let a list be read, and hear nothing else of it."""
    deliver, office.deliver = office.deliver, only_lists(office)
    try:
        await call()
    finally:
        office.deliver = deliver


async def test_a_hit_between_the_look_and_the_write_of_an_approval_wins(office):
    """The list commits while the approval stands before the guard: refused."""
    case = await office.at_county()
    meanwhile, _ = once(lambda: quietly(office, lambda: office.bring("death", f"李桂兰,{ELDER}")))
    # The person is read by the guard of interception afterwards, in a snapshot that began before the list.
    office.meanwhile.before.append(meanwhile)

    with pytest.raises(Conflict):
        await office.approve(case)
    await office.deliver()

    assert (await office.task(case.id))["state"] == "paused"


async def test_a_list_that_comes_after_an_approval_finds_the_approved(office):
    case = await office.at_county()
    await office.approve(case)

    await office.bring("death", f"李桂兰,{ELDER}")

    assert (await office.hit()).case == case.id


@pytest.mark.parametrize("known", [True, False])
async def test_a_hit_between_the_look_and_the_write_of_a_payment_wins(office, known):
    """Also of a person whom interception had never met: the guard writes those too."""
    await office.enrol(line(1), line(2))
    batch = await office.disbursed()
    if not known:
        await office.world.database["interception.people"].delete_many({})
    meanwhile, tries = once(lambda: quietly(office, lambda: office.bring("death", f"张二,{number_of(1)}")))
    office.meanwhile.before.append(meanwhile)

    await office.decide(office.finance(), batch.id, "pass", "发放")

    assert len(tries) > 1
    assert await office.counts(batch.id) == {"held": 1, "sent": 1}
    assert len(await office.hits()) == 1


async def test_a_list_that_comes_after_a_payment_finds_the_paid(office):
    await office.enrol(line(1))
    batch = await office.disbursed()
    await office.decide(office.finance(), batch.id, "pass", "发放")

    await office.bring("death", f"张二,{number_of(1)}")

    assert await office.counts(batch.id) == {"sent": 1}
    assert (await office.hit()).benefit is not None


async def test_a_list_while_a_roster_is_read(office):
    meanwhile, tries = once(lambda: quietly(office, lambda: office.bring("death", f"张二,{number_of(1)}")))
    office.meanwhile.before.append(meanwhile)

    intake = await office.enrol(line(1), line(2))

    assert len(tries) > 1
    assert (intake.added, intake.rejected, len(await office.hits())) == (1, 1, 1)


async def test_a_false_alarm_between_lets_the_money_go(office):
    """Decided while the batch is being paid: after it runs again, paid."""
    await office.enrol(line(1))
    batch = await office.disbursed()
    await office.bring("death", f"张二,{number_of(1)}")
    hit = await office.hit()
    await office.do(office.clerk("甲", FARMING), "propose", hit)
    now = await office.hit()

    async def clear():
        body = {"version": now.version, "reason": "已核实"}
        await office.ask(office.clerk("乙", FARMING), "POST interception/hits/{id}/clear", id=hit.id, body=body)

    meanwhile, tries = once(clear)
    office.meanwhile.before.append(meanwhile)

    await office.decide(office.finance(), batch.id, "pass", "发放")

    assert len(tries) > 1
    assert await office.counts(batch.id) == {"sent": 1}


async def test_of_two_who_press_at_once_one_wins(office):
    await office.dead()
    await office.typed()
    hit = await office.hit()
    body = {"version": hit.version, "reason": "已核实"}

    answers = await asyncio.gather(
        office.ask(office.clerk("甲"), "POST interception/hits/{id}/confirm", id=hit.id, body=body),
        office.ask(
            office.clerk("乙"), "POST interception/hits/{id}/propose", id=hit.id, body={**body, "evidence": "证明"}
        ),
        return_exceptions=True,
    )

    lost = [answer for answer in answers if isinstance(answer, BaseException)]
    assert len(lost) == 1 and isinstance(lost[0], Conflict)


async def test_several_lists_about_one_person_make_a_hit_of_each_rule_that_runs(office):
    """高龄津贴 runs R01 alone of these."""
    await office.typed(rules=("R01", "R08"))
    case = await office.elder()
    for kind in ("death", "prisoners", "payroll"):
        await quietly(office, lambda kind=kind: office.bring(kind, f"李桂兰,{ELDER}"))
    await office.deliver()

    assert [(hit.rule, hit.case) for hit in await office.hits()] == [("R01", case.id)]
