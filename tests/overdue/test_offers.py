"""What is offered on an order is what is accepted: in every state, to every kind of reader, each button is tried and undone."""

from __future__ import annotations

import pytest

from hub.testing import ANJU, JUXIAN, SHEHONG, VILLAGE
from plugins.overdue.orderpages import FACE
from plugins.overdue.orders import ORDER
from tests.offered import accepted, seen
from tests.overdue.conftest import FARMING

CITY = "510900"
FORMS = {
    "feed": {"text": "在办"},
    "return": {"reason": "请再办"},
    "withdraw": {"reason": "发错了"},
}


@pytest.mark.parametrize("state", ORDER.states)
async def test_what_is_offered_is_what_is_accepted(office, state):
    yang, leader = await office.handler(), await office.leader()
    order = await office.ordered(leader, yang)
    await office.world.database["overdue.orders"].update_one({"_id": order.id}, {"$set": {"state": state}})
    version = (await office.stored(order.id)).version
    readers = {
        "who got it": (yang, ANJU),
        "who got it, in the village": (yang, VILLAGE),
        "who issued it": (leader, ANJU),
        "who issued it, from the city": (leader, CITY),
        "a colleague": (await office.handler("同村"), ANJU),
        "another leader": (await office.leader("高明"), ANJU),
        "a leader below": (await office.leader("唐丽", JUXIAN), JUXIAN),
        "a leader of another bureau": (await office.leader("外局", bureau=FARMING), ANJU),
        "a leader of another county": (await office.leader("外县", SHEHONG), SHEHONG),
        "discipline": (await office.staff("discipline", region=ANJU), ANJU),
        "a resident": (await office.resident(), ANJU),
    }

    for who, (actor, at) in readers.items():
        page = await seen(office, actor, "GET overdue/orders/{id}", at=at, id=order.id)
        made = {
            move
            for move in FACE.offers.moves
            if await accepted(
                office,
                actor,
                f"POST overdue/orders/{{id}}/{move}",
                at=at if at != CITY else ANJU,
                id=order.id,
                body={"version": version, **FORMS.get(move, {})},
            )
        }
        assert set(page.moves if page else ()) == made, (state, who)
