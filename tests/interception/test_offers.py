"""What a hit's page offers is what is accepted: in every state, to every kind of reader, each move is tried and undone."""

from __future__ import annotations

import pytest

from plugins.interception.handlers import HIT
from tests.interception.conftest import CIVIL, ELDER, FARMING, ONE
from tests.interception.test_hits import PATHS, WARN, WAYS, come_to, found
from tests.offered import accepted, seen
from tests.world import ANJU, CITY, JUXIAN, SHEHONG


def readers(office):
    return {
        "who proposed": (office.clerk("甲"), ANJU),
        "own position": (office.clerk("乙"), ANJU),
        "the position above": (office.clerk("市局", county=CITY), ANJU),
        "the position above, from the city": (office.clerk("市局", county=CITY), CITY),
        "another bureau": (office.clerk("外局", FARMING), ANJU),
        "a town": (office.clerk("乡镇", county=JUXIAN), ANJU),
        "another county": (office.clerk("外县", county=SHEHONG), ANJU),
        "the person themself": (office.clerk("当事人", id_number=ELDER), ANJU),
        "the bureau's leader": (office.leader(bureau=CIVIL), ANJU),
        "another leader": (office.leader("高远", bureau=FARMING), ANJU),
        "a town's leader": (office.leader("镇长", JUXIAN), ANJU),
        "discipline": (office.discipline(), ANJU),
        "discipline, from the city": (office.discipline("市纪委", CITY), CITY),
        "discipline of a town": (office.discipline("镇纪委", JUXIAN), ANJU),
        "a resident": (office.resident(), ANJU),
    }


async def compare(office):
    hit = await office.hit()
    body = {"version": hit.version, "reason": "已核实"}
    for who, (actor, at) in readers(office).items():
        page = await seen(office, actor, f"GET {ONE}", at=at, id=hit.id)
        made = set()
        for move in HIT.offers.moves:
            given = body | ({"evidence": "户籍证明原件"} if move == "propose" else {})
            if await accepted(office, actor, f"POST {ONE}/{PATHS[move]}", at=at, id=hit.id, body=given):
                made.add(move)
        assert set(page.can if page else ()) == made, (hit.state, who)


@pytest.mark.parametrize("state", WAYS)
async def test_what_is_offered_is_what_is_accepted(office, state):
    await come_to(office, state)

    await compare(office)


async def test_a_warning_offers_to_take_note(office):
    hit = await found(office, WARN)

    await compare(office)

    assert (await office.ask(office.clerk(), f"GET {ONE}", id=hit.id)).can == ["confirm", "propose", "note"]


@pytest.mark.parametrize("state", ["proposed", "confirmed"])
async def test_what_has_been_overtaken_is_not_offered_again(office, state):
    """The person has a newer hit of the same kind: this one does not wait for the bureau once more."""
    await come_to(office, state)
    await office.world.database["interception.people"].update_many({}, {"$set": {"marks": []}})

    await compare(office)
