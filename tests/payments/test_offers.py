"""What a benefit's page offers is what is accepted: in every state, to every kind of reader, each move is tried and undone."""

from __future__ import annotations

import pytest

from plugins.payments.documents import BENEFIT
from plugins.payments.handlers import BENEFIT as FACE
from tests.offered import accepted, seen
from tests.payments.conftest import FARMING, line
from tests.world import ANJU, CITY, JUXIAN, SHEHONG

WAYS = {"active": (), "suspended": ("suspend",), "stopped": ("stop",), "ended": ("end",)}
ONE = "payments/benefits/{id}"


def readers(office):
    def position(role, region, **more):
        return office.position(role, region, **more)

    return {
        "own position": (office.farmer(), ANJU),
        "the position above": (office.farmer("市局", CITY), ANJU),
        "the position above, from the city": (office.farmer("市局", CITY), CITY),
        "the bureau that pays": (office.finance(), ANJU),
        "another bureau": (office.farmer("外局", bureau="民政局"), ANJU),
        "another county": (office.farmer("外县", SHEHONG), ANJU),
        "the town": (office.farmer("乡镇", JUXIAN), ANJU),
        "another node": (office.staff("审批", position("handler", ANJU, bureau=FARMING, node="approve_county")), ANJU),
        "leader": (office.staff("高峰", position("leader", ANJU, bureau=FARMING)), ANJU),
        "leader and handler elsewhere": (
            office.staff("双岗", position("leader", ANJU), position("handler", SHEHONG, bureau=FARMING)),
            ANJU,
        ),
        "discipline": (office.staff("纪伟", position("discipline", ANJU)), ANJU),
        "a resident": (office.proved("wang", 1), ANJU),
    }


@pytest.mark.parametrize("state", BENEFIT.states)
async def test_what_is_offered_is_what_is_accepted(office, state):
    await office.enrol(line(1))
    [known] = (await office.ask(office.farmer(), "GET payments/benefits")).items
    for move in WAYS[state]:
        body = {"version": known.version, "reason": "核实"}
        known = (await office.ask(office.farmer(), f"POST {ONE}/{move}", id=known.id, body=body)).benefit

    for who, (actor, at) in readers(office).items():
        page = await seen(office, actor, f"GET {ONE}", at=at, id=known.id)
        made = set()
        for move in FACE.offers.moves:
            body = {"version": known.version, "reason": "核实"} | ({"amount": "12.50"} if move == "amount" else {})
            if await accepted(office, actor, f"POST {ONE}/{move}", at=at, id=known.id, body=body):
                made.add(move)
        assert set(page.moves if page else ()) == made, (state, who)
