"""我代办的人: for whom a resident has declared."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.words.errors import NotFound
from tests.plugins.test_window import NUMBERS, enter

PEOPLE, THEIRS = "GET declaration/people", "GET declaration/people/{id}"


async def test_each_person_stands_there_once_the_newest_first(office):
    """By the name they gave, with how their newest declaration stands, and how many there are."""
    mother = await office.declare()
    office.world.clock.advance(timedelta(hours=1))
    await office.declare(beneficiary={"name": "张桂兰", "id_number": NUMBERS[1]})
    office.world.clock.advance(timedelta(hours=1))
    await office.decide(office.window(), mother.id, "refuse")
    await office.declare()

    found = (await office.ask(office.resident(), PEOPLE)).people

    assert [(each.who, each.declarations, each.state, each.agent) for each in found] == [
        ("李桂兰", 2, "handling", False),
        ("张桂兰", 1, "handling", False),
    ]


async def test_whose_proof_the_window_has_accepted_is_marked(office):
    case = await office.declare()
    await office.decide(office.window(), case.id, "pass", "材料齐全")

    [found] = (await office.ask(office.resident(), PEOPLE)).people

    assert (found.agent, found.node_label) == (True, "乡镇审核")


async def test_one_person_leads_to_all_that_was_declared_for_them(office):
    mother = await office.declare()
    await office.declare(beneficiary={"name": "张桂兰", "id_number": NUMBERS[1]})
    await office.decide(office.window(), mother.id, "refuse")
    again = await office.declare()

    theirs = await office.ask(office.resident(), THEIRS, id=again.id)

    assert [each.id for each in theirs.items] == [again.id, mother.id]


async def test_it_is_nobody_elses(office):
    """Neither what others declared, for the same person or not, nor what a window has entered."""
    case = await office.declare()
    await enter(office)
    neighbour = office.resident("zhang", name="张建国", id_number=NUMBERS[0])

    with pytest.raises(NotFound):
        await office.ask(neighbour, THEIRS, id=case.id)

    assert (await office.ask(neighbour, PEOPLE)).people == []
