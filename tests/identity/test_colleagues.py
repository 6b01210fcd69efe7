"""Who holds what, asked for many positions at once; and who somebody of the staff is."""

from __future__ import annotations

import pytest

from hub.api import ANY, Holders, IdNumberText, Office
from hub.identity.positions import POSITIONS
from hub.testing import ANJU, JUXIAN, SHEHONG, VILLAGE, HubSetup

CIVIL, FARMING = "民政局", "农业农村局"
NUMBER = "510904194809200027"


@pytest.fixture(scope="module")
def hub_setup():
    return HubSetup(plugins=(), on=(ANJU,))


async def in_unit(county, call, at=ANJU):
    """What a plugin would be told."""
    return await county.world.units.read(call, plugin="worklist", place=county.world.place(at))


@pytest.fixture
async def staffed(county):
    """A town's clerk of each sort, one of them away with a deputy; a vacant village; a county's."""
    await county.employ("all", county.position("handler", JUXIAN))
    await county.employ("civil", county.position("handler", JUXIAN, bureau=CIVIL), number=NUMBER)
    await county.employ("node", county.position("handler", JUXIAN, bureau=CIVIL, node="survey"))
    await county.employ("away", county.position("handler", JUXIAN, project="30005"))
    await county.employ("top", county.position("handler", ANJU, bureau=FARMING))
    await county.employ("led", county.position("leader", JUXIAN))
    away = {"$set": {"on_leave": True, "deputy": "deputy"}}
    await county.world.database[POSITIONS].update_one({"person": "away"}, away)
    return county


AUDIENCES = [
    Holders(role=role, place=place, bureau=bureau, project=project, node=node, **left_out)
    for role in ("handler", "leader")
    for place in (VILLAGE, JUXIAN, ANJU, SHEHONG)
    for bureau in (None, CIVIL, FARMING, ANY)
    for project in (None, "30005")
    for node in (None, "survey", ANY)
    for left_out in ({}, {"but_not": ("all", "led")}, {"but_not_offices": (Office(JUXIAN, CIVIL),)})
]


async def test_many_are_answered_as_each_by_itself(staffed):
    key = staffed.world.database.blind(IdNumberText(NUMBER))
    asked = [*AUDIENCES, Holders(role="handler", place=VILLAGE, bureau=CIVIL, but_not_keys=(key,))]

    async def both(ctx):
        return await ctx.holders_of_each(asked), {each: await ctx.holders(each) for each in asked}

    together, alone = await in_unit(staffed, both)
    assert {each: (set(answer.persons), answer.at, answer.vacant) for each, answer in together.items()} == {
        each: (set(answer.persons), answer.at, answer.vacant) for each, answer in alone.items()
    }


async def test_a_colleague_has_a_name_positions_and_may_be_away(staffed):
    found = await in_unit(staffed, lambda ctx: ctx.colleagues(("all", "away", "deputy", "left")))

    assert {person: (each.name, each.away, len(each.positions)) for person, each in found.items()} == {
        "all": ("all", False, 1),
        "away": ("away", True, 1),
        "deputy": ("", False, 1),
    }
