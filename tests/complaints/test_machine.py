"""The table of moves, walked in the table and through the operations: what is allowed leads where it says, the rest is refused
with the present state."""

from __future__ import annotations

import pytest

from hub.words.errors import Conflict
from plugins.complaints.documents import COMPLAINT, FINAL, WITH_OFFICE
from tests.complaints.conftest import ANJU, CIVIL, FARMING, WAYS

CELLS = [(move, state) for move in COMPLAINT.moves for state in COMPLAINT.states]
# What people press for each move; found and lapse come by themselves, conclude is a reply in the second round.
PRESSED = (
    "accept",
    "refuse",
    "return",
    "transfer",
    "merge",
    "investigate",
    "reply",
    "satisfied",
    "dissatisfied",
    "withdraw",
)


@pytest.mark.parametrize(("move", "state"), CELLS)
def test_each_move_in_each_state(move, state):
    if state in COMPLAINT.moves[move].before:
        assert COMPLAINT.transition(move, state) == COMPLAINT.moves[move].after
    else:
        with pytest.raises(Conflict) as refused:
            COMPLAINT.transition(move, state, version=3)
        assert refused.value.state == {"state": state, "version": 3}


def test_every_state_can_be_reached_and_what_is_final_stays():
    found, todo = {"filed"}, ["filed"]
    while todo:
        state = todo.pop()
        for move in COMPLAINT.moves.values():
            if state in move.before and move.after not in found:
                found.add(move.after)
                todo.append(move.after)

    assert found == set(COMPLAINT.states)
    assert not {state for move in COMPLAINT.moves.values() for state in move.before} & set(FINAL)
    assert {*FINAL, *WITH_OFFICE, "replied"} == set(COMPLAINT.states)


async def press(office, move, stored):
    id = stored["_id"]
    handler = office.handler(bureau=stored["bureau"] or None)
    match move:
        case "satisfied" | "dissatisfied":
            return await office.own("answer", id, satisfied=move == "satisfied", words="没有说清")
        case "withdraw":
            return await office.own("withdraw", id)
        case "transfer":
            other = CIVIL if stored["bureau"] == FARMING else FARMING
            return await office.do("transfer", id, handler, region=ANJU, bureau=other)
        case "merge":
            twin = await office.twin(stored)
            return await office.do("merge", id, handler, into=twin)
        case _:
            return await office.do(move, id, handler)


@pytest.mark.parametrize("state", WAYS)
async def test_each_button_in_each_state(office, state):
    """One complaint per button: those that the table allows work, the others answer 409 with the state as it is."""
    for move in PRESSED:
        stored = await office.in_state(state)
        name = "conclude" if move == "reply" and stored["round"] > 1 else move
        if COMPLAINT.allows(name, state):
            await press(office, move, stored)
            assert (await office.stored(stored["_id"]))["state"] == COMPLAINT.moves[name].after, move
        else:
            with pytest.raises(Conflict) as refused:
                await press(office, move, stored)
            assert refused.value.state["state"] == state, move
            assert (await office.stored(stored["_id"]))["version"] == stored["version"]
