"""What a publicity's page offers is what is accepted: in every state, to every kind of reader, each move is tried and undone."""

from __future__ import annotations

import pytest

from hub.api import shanghai
from plugins.publicity.documents import PUBLICITY
from plugins.publicity.handlers import BOARD
from tests.offered import accepted, seen
from tests.publicity.conftest import ANJU, CIVIL, FARMING, JUXIAN, LINE, SHEHONG
from tests.publicity.test_machines import BY_HAND, come_to
from tests.world import CITY

VERBS = {move: (verb, body) for verb, (body, move) in BY_HAND.items()}
PHOTOS = {"put_up": "put-up", "at_end": "at-end"}


def readers(office):
    def position(role, region, **more):
        return office.position(role, region, **more)

    return {
        "own position": (office.clerk(), ANJU),
        "who stands in it": (office.clerk("declarant-1"), ANJU),
        "the position above": (office.clerk("县局", ANJU), ANJU),
        "the position above, from the city": (office.clerk("市局", CITY), CITY),
        "another bureau": (office.clerk("外局", bureau=FARMING), ANJU),
        "another node": (office.clerk("县级", ANJU, "publicity_county"), ANJU),
        "the county's node of batches": (office.payer(), ANJU),
        "the village": (office.village_clerk(), ANJU),
        "another county": (office.clerk("外县", SHEHONG), ANJU),
        "leader": (office.staff("高峰", position("leader", JUXIAN, bureau=CIVIL)), ANJU),
        "discipline": (office.staff("纪伟", position("discipline", ANJU)), ANJU),
        "a resident": (office.resident(), ANJU),
    }


async def photographed(office, actor, move, ends_at):
    """What shows that it was put up is of the days before the end."""
    days = [office.world.clock.now(), *([ends_at] if move == "put_up" and ends_at else [])]
    return {"day": shanghai(min(days)).date().isoformat(), "photos": [await office.upload(actor)]}


async def compare(office, id):
    stored = await office.stored(id)
    for who, (actor, at) in readers(office).items():
        page = await seen(office, actor, f"GET {LINE}", at=at, id=id)
        made = set()
        for move in BOARD.offers.moves:
            photo = await photographed(office, actor, move, stored.get("ends_at")) if move in PHOTOS else None
            verb, body = (PHOTOS[move], photo) if photo else VERBS[move]
            given = {"version": stored["version"], **body}
            if await accepted(office, actor, f"POST {LINE}/{verb}", at=at, id=id, body=given):
                made.add(move)
        assert set(page.moves if page else ()) == made, (stored["state"], stored["kind"], who)


@pytest.mark.parametrize("state", PUBLICITY.states)
async def test_what_is_offered_is_what_is_accepted(office, state):
    await compare(office, await come_to(office, state))


@pytest.mark.parametrize("state", ["running", "due", "confirmed", "ended"])
async def test_a_batch_starts_and_comes_again_by_itself(office, state):
    await office.offer(2)
    id = await office.payment()
    if state in ("due", "confirmed"):
        await office.pass_end(id)
    if state in ("confirmed", "ended"):
        verb = "confirm" if state == "confirmed" else "end"
        await office.do(verb, id, office.payer(), **BY_HAND[verb][0])
    assert (await office.stored(id))["state"] == state

    await compare(office, id)


@pytest.mark.parametrize("change", [{"working": "freezing"}, {"limit.days": 60}])
async def test_what_else_a_publicity_is_counts_too(office, change):
    """Parts of it are under way; it is as long as it may be."""
    id = await come_to(office, "due")
    await office.world.database["publicity.publicities"].update_one({"_id": id}, {"$set": change})

    await compare(office, id)


async def test_nothing_is_published_again_of_which_nobody_is_left(office):
    id = await come_to(office, "ended")
    await office.world.database["publicity.rows"].update_many({}, {"$set": {"state": "withdrawn"}})

    await compare(office, id)
