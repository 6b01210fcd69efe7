"""Whatever anybody presses, in whatever order: no accused ever sees or hears of it, and the rows' objections balance."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from hub.api import Holders, Push
from hub.words.errors import Refused
from plugins.complaints.documents import COMPLAINT, FINAL
from tests.complaints.conftest import ACCUSED, ANJU, CIVIL, FARMING, NUMBERS, ComplaintOffice
from tests.world import CITY, JUXIAN

STEPS = 90
# What the table calls the moves that have no line of their own in it.
TABLE = {"survey": "investigate", "extend": "investigate"}
MOVES = (
    "accept",
    "accept",
    "refuse",
    "return",
    "transfer",
    "merge",
    "investigate",
    "survey",
    "extend",
    "reply",
    "reply",
)


async def people(office: ComplaintOffice):
    """Those who handle, and those who never may: each of these holds a position that handles, too."""
    place = office.position
    handle = place("handler", ANJU, bureau=CIVIL, node="complaints")
    good = [
        await office.employ("luo", handle),
        await office.employ("farm", place("handler", ANJU, bureau=FARMING)),
        await office.employ("city", place("handler", CITY)),
    ]
    accused = [
        await office.employ("gui", handle, number=ACCUSED),
        await office.employ("gui-2", handle, place("leader", ANJU), number=ACCUSED),
        await office.employ("daughter", handle, place("handler", ANJU, bureau=FARMING)),
    ]
    town = await office.employ("clerk", handle, place("handler", JUXIAN, bureau=CIVIL), place("handler", JUXIAN))
    return good, accused, town


async def press(office, chance, everybody, rows, filed):
    """One random act of a random person."""
    match chance.randrange(8):
        case 0 if chance.random() < 0.7:
            who = chance.choice(["wang", "chen", "liu"])
            town = {"against": "unit", "unit_region": JUXIAN, "unit_bureau": CIVIL}
            done = await office.file(office.citizen(who), row=chance.choice(rows), **chance.choice([{}, {}, town]))
            filed.append(done.id)
        case 1 if filed:
            stored = await office.stored(chance.choice(filed))
            resident = office.citizen(chance.choice([stored["complainant"]] * 4 + ["chen"]))
            if stored["state"] != "replied" and chance.random() < 0.2:
                await office.own("withdraw", stored["_id"], resident)
            else:
                await office.own("answer", stored["_id"], resident, satisfied=chance.random() < 0.4, words="不清楚")
        case 2 if chance.random() < 0.5:
            office.world.clock.advance(timedelta(days=chance.choice([1, 9, 16])))
            await office.watch()
        case _ if filed:
            id = chance.choice(filed)
            move = await likely(office, chance, id)
            more = {}
            if move == "transfer":
                more = {"region": chance.choice([ANJU, JUXIAN, CITY]), "bureau": chance.choice([CIVIL, FARMING])}
            if move == "merge":
                more = {"into": chance.choice(filed)}
            if move == "reply":
                more = {"upheld": chance.choice(["yes", "no", "partly"])}
            await office.do(move, id, chance.choice(everybody), **more)


async def likely(office, chance, id):
    """Mostly a move that the table allows, so that some come to their end; sometimes any."""
    stored = await office.stored(id)
    allowed = [move for move in MOVES if COMPLAINT.allows(TABLE.get(move, move), stored["state"])]
    return chance.choice(allowed if allowed and chance.random() < 0.8 else MOVES)


async def check(office, accused, town, rows, filed):
    """What must hold after every act."""
    stored = [await office.stored(id) for id in filed]
    for actor in accused:
        assert (await office.ask(actor, "GET complaints")).items == []
        assert (await office.ask(actor, "GET worklist/tasks", query={"stand_in": True})).items == []
    against_town = {each["_id"] for each in stored if each["unit"] is not None}
    assert not against_town & {each.id for each in (await office.ask(town, "GET complaints")).items}
    for row in rows:
        kept = await office.stored_row(row)
        about = [each for each in stored if each["row"] == row.id]
        ended = [complaint for complaint, _ in kept["ended"]]
        assert sorted(kept["held"]) == sorted(each["_id"] for each in about if each["open"])
        assert sorted(ended) == sorted(each["_id"] for each in about if not each["open"])
        upheld = {complaint for complaint, up in kept["ended"] if up}
        assert upheld == {each["_id"] for each in about if each["upheld"]}
    for each in stored:
        assert each["open"] == (each["state"] not in FINAL)
        moves = [act["move"] for act in each["acts"] if act["move"] in COMPLAINT.moves]
        assert len(each["answers"]) <= 2 and moves.count("dissatisfied") <= 1
        assert each["next_at"] is None or each["open"]


async def check_pushes(office, accused, filed):
    """Nobody who must keep away was in any audience, and no push names anybody."""
    reached = {}
    for push in office.pushes:
        if isinstance(push, Push):
            assert not any(name in repr(push.data) for name in ("李", "王", ACCUSED, *NUMBERS.values()))
            if isinstance(push.to, Holders):
                reached[push.to] = reached.get(push.to) or await office.reached(push)
                assert not {actor.person for actor in accused} & set(reached[push.to])
                stored = await office.stored(push.data["complaint"]) if "complaint" in push.data else {}
                if stored.get("unit") is not None:
                    assert "clerk" not in reached[push.to]


@pytest.mark.parametrize("turn", range(3))
async def test_random_moves_by_random_people(office, seed, turn):
    chance = random.Random(f"{seed}-{turn}")
    good, accused, town = await people(office)
    rows, filed = [await office.row() for _ in range(2)], []
    refused = done = 0

    for _ in range(STEPS):
        try:
            await press(office, chance, [*good, *good, *good, *good, *accused, town], rows, filed)
            done += 1
        except Refused:
            refused += 1
        await office.deliver()
        await check(office, accused, town, rows, filed)
    await check_pushes(office, accused, filed)

    assert done and refused
