"""Whatever anybody presses and whatever arrives, in whatever order: nobody with an open blocking hit is approved or paid."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from hub.api import IdNumberText
from hub.words.errors import Refused
from plugins.interception.documents import Person
from tests.interception.conftest import CIVIL, ELDER, FARMING, HitOffice
from tests.payments.conftest import line, number_of

STEPS = 30
KINDS = ("death", "prisoners", "moved_out")


async def press(office: HitOffice, chance: random.Random, case, batch) -> None:
    """One random act of a random person, or something that arrives."""
    someone = [f"李桂兰,{ELDER}", *(f"张三,{number_of(n)}" for n in range(3))]
    hits = await office.hits()
    hit = chance.choice(hits) if hits else None
    clerk = office.clerk(chance.choice("甲乙"), chance.choice([CIVIL, FARMING]))
    match chance.randrange(10):
        case 0 | 1:
            lines = chance.sample(someone, chance.randint(1, 3))
            await office.bring(chance.choice(KINDS), *lines, replace=chance.random() < 0.3)
        case 2 if hit:
            await office.do(clerk, "propose", hit)
        case 3 if hit:
            await office.do(clerk, "clear", hit)
        case 4 if hit:
            await office.do(clerk, chance.choice(["confirm", "note", "reject"]), hit)
        case 5 if hit:
            await office.do(office.discipline(), chance.choice(["review", "return", "archive"]), hit)
        case 6 | 7:
            await office.approve(case)
        case 8:
            await office.decide(office.finance(), batch.id, "pass", "发放")
        case 9:
            await office.typed()


async def open_blocks(office: HitOffice) -> set[tuple[str, str]]:
    """(person key, project) with a blocking hit that is open, or was confirmed."""
    blocking = {"severity": "block", "$or": [{"open": True}, {"state": {"$in": ["confirmed"]}}]}
    return {(hit.key, hit.project) for hit in await office.hits(**blocking)}


async def passed(office: HitOffice, case) -> set[str]:
    """What has gone through: rows with the bank, the case's approval."""
    rows = await office.world.database["payments.rows"].find({"state": {"$in": ["sent", "paid"]}}).to_list(99)
    steps = (await office.world.database["declaration.cases"].find_one({"_id": case.id}))["progress"]
    done = {f"{step['node']}" for step in steps if step["node"] == "approve_county" and step["state"] == "passed"}
    return {row["_id"] for row in rows} | done


async def key_of(office: HitOffice, thing: str, case) -> tuple[str, str]:
    if thing == "approve_county":
        return (office.world.database.blind(IdNumberText(ELDER)), "30005")
    row = await office.world.database["payments.rows"].find_one({"_id": thing})
    return (row["identity"]["id_number"]["b"], row["project"])


@pytest.mark.parametrize("turn", range(3))
async def test_random_moves_by_random_people(office, seed, turn):
    chance = random.Random(f"{seed}-{turn}")
    await office.enrol(*(line(n) for n in range(3)))
    batch = await office.disbursed()
    case = await office.at_county()
    refused = done = 0
    for _ in range(STEPS):
        blocked, before = await open_blocks(office), await passed(office, case)
        try:
            await press(office, chance, case, batch)
            done += 1
        except Refused:
            refused += 1
        await office.deliver()
        for thing in await passed(office, case) - before:
            # Nothing arrives beside it in this test: what was blocked before the step is blocked while it is taken.
            assert await key_of(office, thing, case) not in blocked, thing
        await check(office)

    assert done and refused


async def check(office: HitOffice) -> None:
    """Hits and people say the same of each other; each open hit is alone; nobody confirmed their own proposal."""
    hits = await office.hits()
    rows = await office.world.database["interception.people"].find({}).to_list(99)
    people = [office.world.database.decode(Person, row) for row in rows]
    marks = {mark.hit: mark for person in people for mark in person.marks}
    alive = [(hit.key, hit.rule, hit.project) for hit in hits if hit.open]
    assert len(alive) == len(set(alive))
    for hit in hits:
        if hit.open:
            assert marks[hit.id].state == "open"
        elif hit.id in marks:
            assert marks[hit.id].state == hit.outcome
        moves = [(act.move, act.person) for act in hit.acts]
        for (first, proposer), (then, second) in pairwise(moves):
            assert not (first == "propose" and then in ("clear", "reject") and proposer == second)
