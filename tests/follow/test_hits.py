"""A hit that is followed: who compares data, and who watches over it."""

from __future__ import annotations

from typing import Any

import pytest

from hub.api import Push
from hub.testing import HubSetup
from hub.testing.world import World
from tests.follow.conftest import MOVED, ONE
from tests.interception.conftest import HitOffice, Meanwhile, Surveys, meanwhile, prepare, surveys
from tests.payments.conftest import publicity_facts
from tests.world import ANJU, SHEHONG, UNHURRIED

__all__ = ["meanwhile", "surveys"]


@pytest.fixture(scope="module")
def hub_setup(surveys: Surveys, meanwhile: Meanwhile) -> HubSetup:
    return HubSetup(
        plugins=("declaration", "publicity", "survey", "meanwhile", "payments", "interception", "follow"),
        stand_ins={"publicity": publicity_facts(), "survey": surveys, "meanwhile": meanwhile},
        on=(ANJU, SHEHONG),
        settings=UNHURRIED,
        prepare=prepare,
    )


@pytest.fixture
async def office(hub_setup: HubSetup, county_worlds: Any, surveys: Surveys, meanwhile: Meanwhile) -> HitOffice:
    world: World = await county_worlds(hub_setup)
    await world.begin()
    return HitOffice(world, surveys, meanwhile)


async def test_discipline_hears_what_becomes_of_a_hit(office: HitOffice) -> None:
    """Of a project that has become sensitive a leader hears no more."""
    wei = await office.employ("纪伟", office.position("discipline", ANJU))
    lin = await office.employ("林峰", office.position("leader", ANJU))
    await office.dead()
    await office.typed()
    hit = await office.hit()
    for who in (wei, lin):
        await office.ask(who, f"POST {ONE}", kind="interception", id=hit.id)
    await office.world.database["interception.hits"].update_one({"_id": hit.id}, {"$set": {"sensitive": True}})

    await office.do(office.clerk(), "confirm", hit, reason="已经核实")

    told = [push for push in office.pushes if isinstance(push, Push) and push.message == MOVED]
    assert [(await office.reached(push), push.data["moved"]) for push in told] == [(("纪伟",), "确认属实")]
    lines = [(await office.ask(who, "GET follow")).items for who in (wei, lin)]
    assert [[line.state for line in each] for each in lines] == [["属实"], []]
