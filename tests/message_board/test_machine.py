"""The table of moves: what is allowed leads where it says, the rest is refused with the present state."""

from __future__ import annotations

import pytest

from hub.words.errors import Conflict
from plugins.message_board.documents import FINAL, MESSAGE, WITH_OFFICE, WITH_WRITER
from tests.message_board.conftest import OWN_MOVES, WAYS

CELLS = [(move, state) for move in MESSAGE.moves for state in MESSAGE.states]
# What comes by itself nobody presses; what was returned has to come from somewhere.
PRESSED = sorted(set(MESSAGE.moves) - {"lapse", "go_on", "return"})


@pytest.mark.parametrize(("move", "state"), CELLS)
def test_each_move_in_each_state(move, state):
    if state in MESSAGE.moves[move].before:
        assert MESSAGE.transition(move, state) == MESSAGE.moves[move].after
    else:
        with pytest.raises(Conflict) as refused:
            MESSAGE.transition(move, state, version=3)
        assert refused.value.state == {"state": state, "version": 3}


def test_every_state_can_be_reached_and_what_is_final_stays():
    found, todo = {"waiting"}, ["waiting"]
    while todo:
        state = todo.pop()
        for move in MESSAGE.moves.values():
            if state in move.before and move.after not in found:
                found.add(move.after)
                todo.append(move.after)

    assert found == set(MESSAGE.states)
    assert not {state for move in MESSAGE.moves.values() for state in move.before} & set(FINAL)
    assert {*FINAL, *WITH_OFFICE, *WITH_WRITER} == set(MESSAGE.states)


@pytest.mark.parametrize("state", WAYS)
@pytest.mark.parametrize("move", PRESSED)
async def test_each_button_in_each_state(office, move, state):
    """Those that the table allows work, the others answer 409 with the state as it is."""
    stored = await office.in_state(state)
    press = office.own if move in OWN_MOVES else office.do

    if MESSAGE.allows(move, state):
        await press(move, stored["_id"])
        assert (await office.stored(stored["_id"]))["state"] == MESSAGE.moves[move].after
    else:
        with pytest.raises(Conflict) as refused:
            await press(move, stored["_id"])
        assert refused.value.state["state"] == state
