"""Whatever anybody presses, in whatever order: nothing is confirmed before its end or over an objection, all is accounted for."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from hub.words.errors import Refused
from plugins.publicity.documents import LIVE_ROWS
from tests.publicity.conftest import ANJU, JUXIAN, VILLAGE, SunOffice
from tests.publicity.test_objections import GONE, departure
from tests.world import DONGCHAN

STEPS = 45


def verbs(chance: random.Random) -> list[tuple[str, dict[str, object]]]:
    """What a handler may press, the usual things more often."""
    return [
        *[("start", {"days": chance.choice([None, 4, 5, 9])})] * 3,
        ("extend", {"days": chance.choice([-1, 1, 3]), "reason": "群众要求"}),
        ("end", {"reason": "名单有误"}),
        ("republish", {}),
        *[("confirm", {})] * 3,
    ]


async def press(office: SunOffice, chance: random.Random) -> None:
    """A random handler presses something on a random publicity."""
    boards = [each["_id"] for each in await office.world.database["publicity.publicities"].find().to_list(99)]
    leader = office.staff("领导", office.position("leader", JUXIAN))
    strangers = [office.clerk("declarant-1"), office.clerk("别镇", DONGCHAN), leader]
    who = chance.choice([*[office.clerk()] * 5, *[office.payer()] * 3, *strangers])
    verb, body = chance.choice(verbs(chance))
    await office.do(verb, chance.choice(boards), who, **body)


async def object_or_settle(office: SunOffice, chance: random.Random, open_complaints: dict[str, str]) -> None:
    """A resident complains, or a complaint ends."""
    if open_complaints and chance.random() < 0.4:
        complaint = chance.choice(list(open_complaints))
        await office.end_complaint(open_complaints.pop(complaint), complaint, upheld=chance.random() < 0.3)
        return
    row = chance.choice(await office.world.database["publicity.rows"].find().to_list(999))["_id"]
    complaint = office.world.units.new_id()
    if (await office.complain(row, complaint, at=chance.choice([ANJU, VILLAGE]))) is not None:
        open_complaints[complaint] = row


async def others_move(office: SunOffice, chance: random.Random) -> None:
    """Cases come and go, batches are offered."""
    case = chance.randrange(6)
    match chance.randrange(3):
        case 0:
            await office.arrive(case, round=chance.choice([3, 5]))
        case 1:
            await office.offer(chance.randrange(4), subject=f"batch-{chance.randrange(3)}", days=3)
        case _:
            kind = chance.choice(list(GONE))
            await office.tell(departure(office, kind, case, **GONE[kind]), plugin="declaration")


async def time_passes(office: SunOffice, chance: random.Random) -> None:
    office.world.clock.advance(timedelta(hours=chance.choice([1, 30, 80])))
    await office.watch()


async def move(office: SunOffice, chance: random.Random, open_complaints: dict[str, str]) -> None:
    """One random act of a random person."""
    kind = chance.choices(["press", "object", "others", "time"], [6, 3, 2, 2])[0]
    if kind == "object":
        await object_or_settle(office, chance, open_complaints)
    else:
        await {"press": press, "others": others_move, "time": time_passes}[kind](office, chance)


async def check(office: SunOffice, open_complaints: dict[str, str]) -> None:
    """What must hold after every act."""
    database = office.world.database
    boards = {each["_id"]: each for each in await database["publicity.publicities"].find().to_list(99)}
    standings = {each["_id"]: each for each in await database["publicity.standings"].find().to_list(99)}
    rows = await database["publicity.rows"].find().to_list(999)
    held = {complaint: row["_id"] for row in rows for complaint in row["objections"]}
    # A batch that was broken off offers its rows again; a case waits in one publicity at a time.
    live = [(row["about"], row["round"]) for row in rows if row["state"] in LIVE_ROWS and row["kind"] == "case"]

    assert set(held) == set(open_complaints)
    assert {each["_id"]: each["row"] for each in await database["publicity.objections"].find().to_list(999)} == held
    assert len(live) == len(set(live))
    for row in rows:
        board = boards[row["publicity"]]
        if row["state"] == "confirmed":
            assert not row["objections"] and row["face"]
            assert board["state"] == "confirmed" and board["confirmed_at"] > board["ends_at"]
        if row["objections"] and board["state"] in ("running", "due", "confirmed"):
            assert row["state"] in ("objected", "struck", "withdrawn")
    for id, board in boards.items():
        assert sum(row["publicity"] == id for row in rows) == board["rows"]
        phases = {"preparing": "preparing", "running": "open", "due": "open", "confirmed": "confirmed"}
        assert standings[id]["phase"] == phases.get(board["state"], "over")
        assert (board["look_at"] is None) or board["state"] in ("running", "due")
        assert board["state"] != "confirmed" or not board["working"]
        if board["state"] == "confirmed":
            assert not [row for row in rows if row["publicity"] == id and row["state"] in ("waiting", "shown")]


@pytest.mark.parametrize("turn", range(4))
async def test_random_moves_by_random_people(office, seed, turn):
    chance = random.Random(f"{seed}-{turn}")
    await office.arrive(1, 2, 3)
    await office.offer(3, days=3)
    refused = done = 0
    complaints: dict[str, str] = {}

    for _ in range(STEPS):
        try:
            await move(office, chance, complaints)
            done += 1
        except Refused:
            refused += 1
        await office.deliver()
        await check(office, complaints)

    assert done and refused
    counts = (await office.detail((await office.board())[0].notice.id)).counts
    assert sum(getattr(counts, state) for state in counts.__struct_fields__) == (await office.board())[0].rows
