"""What pages offer is what is accepted: declarations to those who declare, tasks to those who handle them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.worklist.documents import TASK
from plugins.declaration.actions.offers import OFFERS
from plugins.declaration.documents import CASE
from tests.offered import accepted, seen
from tests.plugins.conftest import CIVIL, FARMING, PICTURE
from tests.plugins.test_worklist import CLAIM, bring_to
from tests.world import ANJU, CITY, JUXIAN, SHEHONG

MINE, TASKS = "declaration/cases/{id}", "worklist/tasks/{id}"


# --- a declaration ---------------------------------------------------------------------------------------------------


async def stand(office, state, node):
    """A declaration as if it stood there."""
    case = await office.declare()
    is_open = state in ("handling", "correcting", "holding", "intercepted")
    changed = {"state": state, "open": is_open, "node": node}
    await office.world.database["declaration.cases"].update_one({"_id": case.id}, {"$set": changed})
    return case


async def forms(office, actor, case):
    """Each move with a form that is filled in well."""
    materials = {"proof": [await office.upload(actor, PICTURE + b"2")]}
    version = {"version": case.version}
    return {"mend": version | {"materials": materials}, "withdraw": version, "redeclare": {}}


@pytest.mark.parametrize("node", ["accept", "approve_county"])
@pytest.mark.parametrize("state", CASE.states)
async def test_what_a_declarant_is_offered_is_what_is_accepted(office, state, node):
    case = await stand(office, state, node)
    other = office.resident("tan", "谭志远", "510981198902141130")

    for actor in (office.resident(), other, office.window(), office.bureau()):
        page = await seen(office, actor, f"GET {MINE}", id=case.id)
        bodies = await forms(office, actor, case)
        made = {
            move
            for move in OFFERS.moves
            if await accepted(office, actor, f"POST {MINE}/{move}", id=case.id, body=bodies[move])
        }
        assert set(page.can if page else ()) == made, (state, actor.person)


async def test_what_is_no_more_declared_is_not_offered_again(office):
    """The county has taken the project back."""
    case = await stand(office, "refused", "accept")
    await office.world.database["declaration.projects"].update_many({}, {"$set": {"withdrawn": True}})

    page = await office.ask(office.resident(), f"GET {MINE}", id=case.id)

    assert page.can == []
    assert not await accepted(office, office.resident(), f"POST {MINE}/redeclare", id=case.id, body={})


# --- a task ----------------------------------------------------------------------------------------------------------


def readers(office):
    def position(role, region, **more):
        return office.position(role, region, **more)

    return {
        "who had it": (office.window(), ANJU),
        "own position": (office.window("何军"), ANJU),
        "another town": (office.window("外镇", SHEHONG), ANJU),
        "the position above": (office.window("县窗口", ANJU), ANJU),
        "the position above, from the city": (office.window("市窗口", CITY), CITY),
        "who declared": (office.window("wang"), ANJU),
        "the person themself": (office.window("本人", id_number="510904194403150023"), ANJU),
        "another node": (office.town(), ANJU),
        "another bureau": (office.town("外局", bureau=FARMING), ANJU),
        "leader": (office.staff("高峰", position("leader", JUXIAN, bureau=CIVIL)), ANJU),
        "discipline": (office.staff("纪伟", position("discipline", ANJU)), ANJU),
        "a resident": (office.resident(), ANJU),
    }


async def tried(office, actor, at, task):
    """The moves that are accepted; to claim what one has is answered, and is no move."""
    version = {"version": task["version"]}
    bodies = {"recall": {**version, "reason": "看错了材料"}}
    own = task["state"] == "claimed" and task["claimed_by"] == actor.person
    moves = {"claim": not own, "release": True, "recall": True}
    made = {
        move
        for move, counts in moves.items()
        if counts
        and await accepted(
            office,
            actor,
            f"POST {TASKS}/{move}",
            at=at,
            id=task["_id"],
            **({"body": bodies[move]} if move in bodies else {}),
        )
    }
    for move in ("pass", "correct", "return", "refuse", "recall"):
        body = {**version, "move": move, "opinion": "材料不全"}
        if await accepted(office, actor, f"POST {TASKS}/decide", at=at, id=task["_id"], body=body):
            made.add(move)
    return made


async def compare(office, id):
    task = await office.world.database["worklist.tasks"].find_one({"_id": id})
    for who, (actor, at) in readers(office).items():
        page = await seen(office, actor, f"GET {TASKS}", at=at, id=id)
        assert set(page.moves if page else ()) == await tried(office, actor, at, task), (task["state"], who)


@pytest.mark.parametrize("state", TASK.states)
async def test_what_a_task_offers_is_what_is_accepted(office, state):
    await compare(office, await bring_to(office, state))


async def test_what_was_claimed_and_left_lying_is_offered_to_others(office):
    id = await bring_to(office, "claimed")
    office.world.clock.advance(timedelta(hours=3))

    await compare(office, id)


async def test_what_somebody_has_gone_on_with_is_not_taken_back(office):
    id = await bring_to(office, "done")
    [task] = await office.world.database["worklist.tasks"].find({"node": "review_town"}).to_list(2)
    await office.ask(office.town(), CLAIM, id=task["_id"])

    await compare(office, id)
