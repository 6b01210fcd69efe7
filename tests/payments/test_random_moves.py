"""Whatever anybody presses, in whatever order: nothing is paid without its confirmation, and every row is accounted for."""

from __future__ import annotations

import random

import pytest

from hub.api import IdNumberText
from hub.words.errors import Refused
from plugins.payments.events import StopBenefits
from plugins.publicity import events as publicity
from tests.payments.conftest import ANJU, PayOffice, card_of, line, number_of, publicity_confirmed
from tests.plugins.conftest import CIVIL

STEPS = 40


async def press(office: PayOffice, chance: random.Random, batch: str) -> None:
    """One random act of a random person about a batch or one of its rows."""
    people = [office.farmer(), office.finance(), office.staff("民政", office.position("handler", ANJU, bureau=CIVIL))]
    who = chance.choice(people)
    rows = await office.rows(batch)
    row = chance.choice(rows)
    now = await office.batch(batch)
    match chance.randrange(11):
        case 0:
            await office.ask(who, "POST payments/batches/{id}/apply", id=batch, body={"version": now.version})
        case 1 | 2 | 3 if await office.world.database["worklist.tasks"].count_documents({"subject": batch}):
            await office.decide(who, batch, chance.choice(["pass", "pass", "pass", "return", "refuse"]), "意见")
        case 4:
            await office.tell(office.row_confirmed(batch, row.id))
        case 5:
            await office.tell(*[office.row_confirmed(batch, each.id) for each in rows[1:]], publicity_confirmed(batch))
        case 6:
            await office.tell(publicity.RowStruck(place=ANJU, subject=batch, row="p", subject_row=row.id))
        case 7:
            said = chance.choice(["成功", "失败"])
            await office.answer(batch, *[(f"{each.number}-{chance.choice([1, 1, 2])}", said) for each in rows])
        case 8:
            body = {"version": row.version, "card": card_of(chance.randrange(999)), "reason": "换卡"}
            await office.ask(who, "POST payments/rows/{id}/correct", id=row.id, body=body)
        case 9:
            office.guarding.held = {number_of(chance.randrange(6)): "信息核对中"} if chance.random() < 0.5 else {}
        case 10 if chance.random() < 0.2:
            key = office.world.database.blind(IdNumberText(number_of(chance.randrange(6))))
            await office.tell(StopBenefits(place=ANJU, id_key=key, reason="核实", by="x"), plugin="payments")


async def check(office: PayOffice, batch: str) -> None:
    """What must hold after every act."""
    stored = await office.world.database["payments.batches"].find_one({"_id": batch})
    rows = await office.world.database["payments.rows"].find({"batch": batch}).to_list(99)
    moves = [act["move"] for act in stored["acts"]]
    counts = await office.counts(batch)

    assert sum(counts.values()) == stored["rows"] == len(rows)
    for row in rows:
        own = [act["move"] for act in row["acts"]]
        if row["state"] in ("sent", "paid", "failed", "corrected"):
            assert "confirm" in own[: own.index("send")]
            assert moves.index("confirm") < moves.index("disburse") < moves.index("pay")
        assert own.count("succeed") <= 1
        assert row["live"] == (row["state"] != "struck")
    if stored["state"] == "done":
        assert set(counts) <= {"paid", "struck"}


@pytest.mark.parametrize("turn", range(3))
async def test_random_moves_by_random_people(office, seed, turn):
    chance = random.Random(f"{seed}-{turn}")
    await office.enrol(*(line(n) for n in range(6)))
    batch = (await office.new_batch()).id
    refused = done = 0

    for _ in range(STEPS):
        try:
            await press(office, chance, batch)
            done += 1
        except Refused:
            refused += 1
        await office.deliver()
        await check(office, batch)

    assert done and refused
