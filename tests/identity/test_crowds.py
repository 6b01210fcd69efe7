"""Many people of a place are found in parts; nobody who does not live or work there."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from hub.api import Crowd
from hub.identity.crowds import Member
from hub.identity.people import PEOPLE
from hub.testing import NEXT_VILLAGE, VILLAGE, County, HubSetup
from tests.world import ANJU, JUXIAN, SHEHONG

TOWN = Crowd(places=(JUXIAN,))


@pytest.fixture
def hub_setup() -> HubSetup:
    return HubSetup(plugins=("branches",), on=(ANJU,), off=())


async def found(county: County, crowd: Crowd, part: int) -> list[Member]:
    """All of them, in parts."""

    async def look(ctx: Any) -> list[Member]:
        members: list[Member] = []
        while some := await ctx.crowd(crowd, members[-1].mark if members else (), part):
            members += some
        return members

    return await county.world.units.read(look, plugin="branches", place=county.world.place(ANJU))


async def size(county: County, *crowds: Crowd) -> int:
    async def look(ctx: Any) -> int:
        return await ctx.crowd_size(*crowds)

    return await county.world.units.read(look, plugin="branches", place=county.world.place(ANJU))


@pytest.mark.parametrize("part", [1, 2, 100])
async def test_residents_of_a_town_in_parts_of_any_size(county: County, part: int) -> None:
    """Those of both its villages, masked; not whoever has not said who they are, took that back, or lives elsewhere."""
    there = [await county.resident(region=region) for region in (VILLAGE, NEXT_VILLAGE, VILLAGE)]
    unknown, gone = await county.resident(), await county.resident()
    await county.resident(region=SHEHONG)
    people = county.world.database[PEOPLE]
    await people.update_one({"_id": unknown.person}, {"$set": {"assurance": "none"}})
    await people.update_one({"_id": gone.person}, {"$set": {"withdrawn_at": county.world.clock.now()}})

    members = await found(county, TOWN, part)

    assert sorted(each.person for each in members) == sorted(str(each.person) for each in there)
    assert {each.name for each in members} == {"王*国"} and await size(county, TOWN) == 3


async def test_staff_below_a_place_once_however_many_posts(county: County) -> None:
    """Counted once though they hold two posts and live there; a post of no bureau is of all."""
    both = await county.employ(
        uuid4().hex, county.position("handler", VILLAGE), county.position("leader", JUXIAN, bureau="民政局")
    )
    other = await county.staff("handler", region=JUXIAN, bureau="农业农村局")
    await county.world.database[PEOPLE].update_one(
        {"_id": both.person}, {"$set": {"region": VILLAGE, "assurance": "claimed"}}
    )
    staff = Crowd(places=(JUXIAN,), roles=("handler", "leader"), bureaus=("民政局",))

    members = await found(county, staff, 1)

    assert {each.person for each in members} == {both.person} and len(members) == 2
    assert await size(county, staff, TOWN) == 1 and other.person not in {each.person for each in members}
