"""The tables of moves: every one that is allowed leads where it says, every other is refused with the present state."""

from __future__ import annotations

import pytest

from hub.words.errors import Conflict
from plugins.payments.documents import BATCH, BENEFIT, FINAL, PAYABLE, ROW

MACHINES = {"benefit": BENEFIT, "batch": BATCH, "row": ROW}
CELLS = [
    (name, move, state) for name, machine in MACHINES.items() for move in machine.moves for state in machine.states
]


@pytest.mark.parametrize(("name", "move", "state"), CELLS)
def test_each_move_in_each_state(name, move, state):
    machine = MACHINES[name]
    allowed = state in machine.moves[move].before

    if allowed:
        assert machine.transition(move, state) == machine.moves[move].after
    else:
        with pytest.raises(Conflict) as refused:
            machine.transition(move, state, version=3)
        assert refused.value.state == {"state": state, "version": 3}


def reachable(machine, start, but=()):
    found, todo = {start}, [start]
    while todo:
        state = todo.pop()
        for name, move in machine.moves.items():
            if name not in but and state in move.before and move.after not in found:
                found.add(move.after)
                todo.append(move.after)
    return found


def test_no_money_without_the_final_confirmation():
    """Take it out of the tables, and neither a batch nor a row can be paid any more."""
    assert {"paying", "disbursed"} & reachable(BATCH, "roster", but=("confirm",)) == set()
    assert {"sent", "paid"} & reachable(ROW, "listed", but=("confirm",)) == set()


@pytest.mark.parametrize(("machine", "start"), [(BENEFIT, "active"), (BATCH, "roster"), (ROW, "listed")])
def test_every_state_can_be_reached(machine, start):
    assert reachable(machine, start) == set(machine.states)


def test_what_is_final_stays():
    assert all(state not in move.before for state in FINAL for move in ROW.moves.values())
    assert set(PAYABLE) == set(ROW.moves["send"].before)
