"""What is offered is what is accepted: in every state, to every kind of reader, each move is tried and undone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.rules.switching import switch
from plugins.complaints.handlers import OWN, STAFF
from tests.complaints.conftest import ACCUSED, ANJU, CIVIL, FARMING, NUMBERS, WAYS
from tests.offered import accepted, seen
from tests.world import CITY, JUXIAN, SHEHONG

REASON = {"reason": "核实后决定"}
ASKED = {"satisfied": "answer", "dissatisfied": "answer", "withdraw": "withdraw"}


def readers(office, stored):
    """Who reads it, and from where."""
    here, other = stored["bureau"] or None, CIVIL if stored["bureau"] == FARMING else FARMING
    return {
        "own position": (office.handler(bureau=here), ANJU),
        "a position of the whole county": (office.handler("总管", bureau=None), ANJU),
        "the position above": (office.handler("市局", CITY, here), ANJU),
        "the position above, from the city": (office.handler("市局", CITY, here), CITY),
        "another bureau": (office.handler("外局", bureau=other), ANJU),
        "another node": (office.handler("审批", bureau=here, node="approve_county"), ANJU),
        "a town": (office.handler("乡镇", JUXIAN, here), ANJU),
        "another county": (office.handler("外县", SHEHONG, here), ANJU),
        "the accused": (office.handler("当事人", bureau=here, id_number=ACCUSED), ANJU),
        "leader": (office.leader(), ANJU),
        "discipline": (office.discipline(), ANJU),
        "leader and handler elsewhere": (
            office.staff(
                "双岗", office.position("leader", ANJU), office.position("handler", JUXIAN, node="complaints")
            ),
            ANJU,
        ),
        "a resident": (office.citizen("wang", NUMBERS["wang"]), ANJU),
    }


async def call_of(office, move, stored):
    """A form that is filled in well."""
    version = {"version": stored["version"]}
    if move == "merge":
        return {**version, **REASON, "into": await office.twin(stored)}
    if move == "transfer":
        return {**version, **REASON, "region": ANJU, "bureau": CIVIL if stored["bureau"] == FARMING else FARMING}
    if move == "reply":
        return version | office.reply()
    return version if move in ("accept", "investigate") else {**version, **REASON}


async def compare(office, stored):
    """Each move of the table by each reader."""
    id = stored["_id"]
    bodies = {move: await call_of(office, move, stored) for move in STAFF.offers.moves}
    for who, (actor, at) in readers(office, stored).items():
        page = await seen(office, actor, "GET complaints/{id}", at=at, id=id)
        made = {
            move
            for move, body in bodies.items()
            if await accepted(office, actor, f"POST complaints/{{id}}/{move}", at=at, id=id, body=body)
        }
        assert set(page.moves if page else ()) == made, (stored["state"], who)


@pytest.mark.parametrize("state", WAYS)
async def test_what_an_office_is_offered_is_what_is_accepted(office, state):
    await switch(office.world.units, ANJU, "survey", on=True, actor=office.leader())

    await compare(office, await office.in_state(state))


@pytest.mark.parametrize(
    "change",
    [
        {"joined": 1},
        {"extended": True},
        {"row_place": None},
        {"avoid_offices": [{"region": JUXIAN, "bureau": None}]},
        {"bureau": ""},
        {"round": 2},
    ],
)
async def test_what_else_a_complaint_is_counts_too(office, change):
    """Merged into, extended, without a household, against those who survey there, with the dispatchers, in its second round."""
    stored = await office.in_state("accepted")
    await office.world.database["complaints.complaints"].update_one({"_id": stored["_id"]}, {"$set": change})

    await compare(office, await office.stored(stored["_id"]))


async def test_what_is_late_or_needs_a_plugin_that_is_off_is_not_offered(office):
    """退回 after its days; 入户调查 where nobody surveys."""
    await switch(office.world.units, ANJU, "survey", on=False, actor=office.leader())
    stored = await office.in_state("assigned")
    office.world.clock.advance(timedelta(days=30))

    await compare(office, stored)

    await switch(office.world.units, ANJU, "survey", on=True, actor=office.leader())


@pytest.mark.parametrize("state", WAYS)
async def test_what_a_complainant_is_offered_is_what_is_accepted(office, state):
    """Their own alone, also when others were merged into it."""
    stored = await office.in_state(state)
    await compare_own(office, stored)

    await office.world.database["complaints.complaints"].update_one({"_id": stored["_id"]}, {"$set": {"joined": 1}})
    await compare_own(office, stored)


async def compare_own(office, stored):
    id, version = stored["_id"], {"version": stored["version"]}
    words = {
        "satisfied": {"satisfied": True},
        "dissatisfied": {"satisfied": False, "words": "没有说清"},
        "withdraw": {},
    }
    for actor in (office.citizen(), office.claimant(), office.citizen("chen"), office.handler()):
        page = await seen(office, actor, "GET complaints/mine/{id}", id=id)
        made = {
            move
            for move in OWN.offers.moves
            if await accepted(
                office, actor, f"POST complaints/mine/{{id}}/{ASKED[move]}", id=id, body=version | words[move]
            )
        }
        assert set(page.moves if page else ()) == made, (stored["state"], actor.person)


async def test_a_survey_is_offered_and_a_return_to_nobody_is_not(office):
    """By name, for whoever reads this first."""
    await switch(office.world.units, ANJU, "survey", on=True, actor=office.leader())
    first = await office.in_state("accepted")
    passed_on = await office.in_state("assigned")

    offered = (await office.ask(office.handler(), "GET complaints/{id}", id=first["_id"])).moves
    there = (await office.ask(office.handler(bureau=FARMING), "GET complaints/{id}", id=passed_on["_id"])).moves

    assert offered == ["investigate", "reply", "return", "transfer", "merge", "survey", "extend"]
    assert there == ["accept", "refuse", "return", "transfer", "merge"]


async def test_with_complaints_off_their_tasks_wait_unseen(office):
    """On no list, in no count, not to be claimed; back with the plugin."""
    stored = await office.in_state("filed")
    [task] = await office.world.database["worklist.tasks"].find({"subject": stored["_id"]}).to_list(2)
    clerk = office.handler(bureau=stored["bureau"] or None)

    async def waiting():
        page = await office.ask(clerk, "GET worklist/tasks")
        return len(page.items), (await office.ask(clerk, "GET worklist/tasks/count")).todo

    await switch(office.world.units, ANJU, "complaints", on=False, actor=office.leader())
    without = await waiting()
    claimed = await accepted(office, clerk, "POST worklist/tasks/{id}/claim", id=task["_id"])
    await switch(office.world.units, ANJU, "complaints", on=True, actor=office.leader())

    assert (without, claimed) == ((0, 0), False)
    assert await waiting() == (1, 1)
