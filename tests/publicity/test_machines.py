"""The tables of moves: every one that is allowed leads where it says, every other is refused with the present state."""

from __future__ import annotations

import pytest

from hub.words.errors import Conflict, Refused
from plugins.publicity.documents import LIVE_ROWS, PUBLIC_ROWS, PUBLICITY, ROW

MACHINES = {"publicity": PUBLICITY, "row": ROW}
CELLS = [
    (name, move, state) for name, machine in MACHINES.items() for move in machine.moves for state in machine.states
]


@pytest.mark.parametrize(("name", "move", "state"), CELLS)
def test_each_move_in_each_state(name, move, state):
    machine = MACHINES[name]

    if state in machine.moves[move].before:
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


def test_nothing_is_confirmed_that_was_not_shown_to_its_end():
    """Take showing or the end of the days out of the tables, and nothing is confirmed any more."""
    assert "confirmed" not in reachable(PUBLICITY, "preparing", but=("start",))
    assert "confirmed" not in reachable(PUBLICITY, "preparing", but=("expire",))
    assert "confirmed" not in reachable(ROW, "waiting", but=("show",))
    assert not ROW.allows("confirm", "objected")


@pytest.mark.parametrize(("machine", "start"), [(PUBLICITY, "preparing"), (ROW, "waiting")])
def test_every_state_can_be_reached(machine, start):
    assert reachable(machine, start) == set(machine.states)


def test_what_is_final_stays():
    for state in set(ROW.states) - set(LIVE_ROWS):
        assert all(state not in move.before for move in ROW.moves.values())
    assert all("confirmed" not in move.before for move in PUBLICITY.moves.values())
    assert set(PUBLIC_ROWS) < set(LIVE_ROWS)


BY_HAND = {
    "start": ({}, "start"),
    "extend": ({"days": 20, "reason": "群众要求"}, "extend"),
    "confirm": ({}, "confirm"),
    "end": ({"reason": "名单有误"}, "end"),
    "republish": ({}, "renew"),
}


async def come_to(office, state: str) -> str:
    """A publicity of two in this state."""
    if state == "preparing":
        return await office.prepared(1, 2)
    if state in ("running", "ended", "renewed"):
        id = await office.started(1, 2)
    else:
        id = await office.expired(1, 2)
    for verb in {"confirmed": ["confirm"], "ended": ["end"], "renewed": ["end", "republish"]}.get(state, []):
        await office.do(verb, id, **BY_HAND[verb][0])
    return id


@pytest.mark.parametrize("state", PUBLICITY.states)
@pytest.mark.parametrize("verb", BY_HAND)
async def test_each_verb_in_each_state(office, verb, state):
    """Through the operation itself: done and noted with who and why, or refused with the present state and nothing changed."""
    id = await come_to(office, state)
    body, move = BY_HAND[verb]
    before = await office.stored(id)

    if PUBLICITY.allows(move, state):
        await office.do(verb, id, **body)
        after = await office.stored(id)
        line = next(act for act in reversed(after["acts"]) if act["move"] == move)
        assert (after["state"], line["handler"]) == (PUBLICITY.moves[move].after, "唐丽")
        assert line["why"] == body.get("reason", "公示无异议" if verb == "confirm" else "")
        [logged] = await office.world.database["audit"].find({"what": f"publicity.{move}", "subject": id}).to_list(9)
        assert logged["actor"]["person"] == "唐丽"
    else:
        with pytest.raises(Refused) as refused:
            await office.do(verb, id, **body)
        assert (refused.value.status, refused.value.state) == (409, {"state": state, "version": before["version"]})
        assert await office.stored(id) == before
