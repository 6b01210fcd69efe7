"""What is offered is what is accepted: in every state, to every kind of reader, each move is tried and undone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.rules.switching import switch
from plugins.message_board.handlers import OWN, STAFF
from tests.message_board.conftest import ALL, ANJU, CIVIL, FARMING, NUMBERS, OWN_WELL, WAYS, WELL
from tests.offered import accepted, seen
from tests.world import CITY, JUXIAN, SHEHONG


def readers(office, stored):
    """Who reads it, and from where."""
    here, other = stored["bureau"], CIVIL if stored["bureau"] == FARMING else FARMING
    return {
        "own position": (office.handler(bureau=here), ANJU),
        "a position of the whole county": (office.handler("总管", bureau=None), ANJU),
        "the position above": (office.handler("市局", CITY, here), ANJU),
        "the position above, from the city": (office.handler("市局", CITY, here), CITY),
        "another bureau": (office.handler("外局", bureau=other), ANJU),
        "another node": (office.handler("审批", bureau=here, node="approve_county"), ANJU),
        "a town": (office.handler("乡镇", JUXIAN, here), ANJU),
        "another county": (office.handler("外县", SHEHONG, here), ANJU),
        "the writer": (office.handler("当事人", bureau=here, id_number=NUMBERS["wang"]), ANJU),
        "leader": (office.leader(), ANJU),
        "discipline": (office.discipline(), ANJU),
        "leader and handler elsewhere": (
            office.acting(
                "双岗", office.position("leader", ANJU), office.position("handler", JUXIAN, node="message_board")
            ),
            ANJU,
        ),
        "a resident": (office.citizen(), ANJU),
    }


async def compare(office, stored):
    """Each move of the table by each reader."""
    id, version = stored["_id"], {"version": stored["version"]}
    elsewhere = {"bureau": CIVIL if stored["bureau"] == FARMING else FARMING}
    forms = {move: {**version, **WELL.get(move, {})} for move in STAFF.offers.moves}
    forms["transfer"] |= elsewhere
    for who, (actor, at) in readers(office, stored).items():
        page = await seen(office, actor, "GET message_board/{id}", at=at, id=id)
        made = {
            move
            for move, body in forms.items()
            if await accepted(office, actor, f"POST message_board/{{id}}/{move}", at=at, id=id, body=body)
        }
        assert set(page.moves if page else ()) == made, (stored["state"], who)


async def compare_own(office, stored):
    id, version = stored["_id"], {"version": stored["version"]}
    for actor in (office.citizen(), office.claimant(), office.citizen("chen"), office.handler()):
        page = await seen(office, actor, "GET message_board/mine/{id}", id=id)
        made = {
            move
            for move in OWN.offers.moves
            if await accepted(
                office,
                actor,
                f"POST message_board/mine/{{id}}/{move}",
                id=id,
                body={**version, **OWN_WELL.get(move, {})},
            )
        }
        assert set(page.moves if page else ()) == made, (stored["state"], actor.person)


@pytest.mark.parametrize("state", WAYS)
async def test_what_an_office_is_offered_is_what_is_accepted(office, state):
    await compare(office, await office.in_state(state))


@pytest.mark.parametrize(
    "change",
    [
        {"step": 20},
        {"kind": "consult"},
        {"proposed": True},
        {"before": [{"region": ANJU, "bureau": FARMING}]},
        {"avoid_offices": [{"region": ANJU, "bureau": CIVIL}]},
    ],
)
async def test_what_else_a_message_is_counts_too(office, change):
    """Passed on often, no complaint, proposed once, from another office, one that must keep away."""
    stored = await office.in_state("handling")
    await office.world.database[ALL].update_one({"_id": stored["_id"]}, {"$set": change})

    await compare(office, await office.stored(stored["_id"]))


async def test_a_wrong_dispatch_is_offered_to_be_returned_while_it_can_be(office):
    stored = await office.in_state("handling")
    await office.do("transfer", stored["_id"])
    await compare(office, await office.stored(stored["_id"]))

    office.world.clock.advance(timedelta(days=30))

    await compare(office, await office.stored(stored["_id"]))


@pytest.mark.parametrize("state", WAYS)
async def test_what_its_writer_is_offered_is_what_is_accepted(office, state):
    await compare_own(office, await office.in_state(state))


@pytest.mark.parametrize("state", ["handling", "proposed"])
async def test_without_complaints_both_sides_are_offered_less(office, state):
    stored = await office.in_state(state)
    await switch(office.world.units, ANJU, "complaints", on=False, actor=office.leader())

    await compare(office, stored)
    await compare_own(office, stored)

    await switch(office.world.units, ANJU, "complaints", on=True, actor=office.leader())


async def test_each_side_is_offered_its_own(office):
    """By name, for whoever reads this first."""
    waiting, replied = await office.in_state("waiting"), await office.in_state("replied")

    there = (await office.ask(office.handler(), "GET message_board/{id}", id=waiting["_id"])).moves
    mine = (await office.ask(office.citizen(), "GET message_board/mine/{id}", id=replied["_id"])).moves

    assert (there, mine) == (["reply", "take", "transfer", "propose"], ["rate", "ask", "close"])
