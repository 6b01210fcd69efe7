"""Whatever is done in whatever order, and by two at once: nobody has two open orders about one task, and the clock runs when it should."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random

import pytest

from hub.api import Refused
from hub.testing import NEXT_VILLAGE, VILLAGE
from plugins.overdue.orders import OPEN, WITH_PERSON, phase_of
from tests.overdue.conftest import WORDS

FORMS = {"feed": {"text": "在办"}, "return": {"reason": "请再办"}, "withdraw": {"reason": "发错了"}}


async def check(office):
    """What holds at any time."""
    orders = await office.all_stored()
    still_open = Counter((order.task, order.person) for order in orders if order.state in OPEN)
    assert set(still_open.values()) <= {1}
    for order in orders:
        assert bool(order.open_as) == (order.state in OPEN)
        waits = order.state in WITH_PERSON and order.escalated != phase_of(order)
        assert (order.next_at is not None) == waits, (order.state, order.warned, order.escalated)


@pytest.mark.parametrize("seed", range(8))
async def test_at_random(office, seed):
    chance = Random(seed)
    handlers = [await office.handler(), await office.handler("魏来"), await office.handler("何勇", NEXT_VILLAGE)]
    leaders = [await office.leader(), await office.leader("高明")]
    tasks = [await office.late(place) for place in (VILLAGE, VILLAGE, NEXT_VILLAGE)]

    for _ in range(40):
        orders, who = await office.all_stored(), chance.choice([*handlers, *leaders])
        act = chance.choice(("at_once", "name", "days", "done", "press", "press", "press", "press"))
        try:
            if act == "at_once":
                await office.at_once(chance.choice(leaders))
            elif act == "name":
                await office.name(chance.choice(leaders), chance.choice(tasks), chance.choice(handlers))
            elif act == "days":
                await office.days(chance.randint(1, 4))
            elif act == "done" and chance.random() < 0.2:
                await office.done(chance.choice(tasks))
            elif orders:
                move = chance.choice(("read", "begin", "feed", "return", "close", "withdraw"))
                await office.press(who, chance.choice(orders).id, move, **FORMS.get(move, {}))
        except Refused:
            pass
        await office.deliver()
        await check(office)


async def test_two_leaders_at_once_make_one_order(office):
    yang, one, other = await office.handler(), await office.leader(), await office.leader("高明")
    body = {"tasks": [await office.late()], "persons": [yang.person], "words": WORDS}

    came = await asyncio.gather(
        *(office.ask(each, "POST overdue/named", body=body) for each in (one, other)), return_exceptions=True
    )

    assert sum(isinstance(each, Refused) for each in came) == 1, came
    assert len(await office.mine(yang)) == 1


async def test_two_issues_at_once_and_their_parts_meet(office):
    """Each issue is carried out; together they have made one order of each."""
    yang, one, other = await office.handler(), await office.leader(), await office.leader("高明")
    for _ in range(60):
        await office.late()
    body = {"cases": 60, "people": 1, "words": WORDS}
    issues = [await office.ask(each, "POST overdue/at-once", body=body) for each in (one, other)]

    await office.deliver()

    seen = [
        await office.ask(each, "GET overdue/issues/{id}", id=issue.id)
        for each, issue in zip((one, other), issues, strict=True)
    ]
    assert (sum(issue.orders for issue in seen), all(issue.over for issue in seen)) == (60, True)
    assert len({order.number for order in await office.all_stored()}) == 60, yang.person
