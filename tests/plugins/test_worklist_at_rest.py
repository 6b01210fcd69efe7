"""A node whose plugin is off: its tasks are on nobody's list and in no count, nobody works on them, and they come back with it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.api import Conflict, OpenTask
from tests.plugins.conftest import CIVIL, turn
from tests.world import ANJU, CITY, SHEHONG

LIST, COUNT, GROUPS = "GET worklist/tasks", "GET worklist/tasks/count", "GET worklist/tasks/groups"
SHOW, CLAIM, DECIDE = "GET worklist/tasks/{id}", "POST worklist/tasks/{id}/claim", "POST worklist/tasks/{id}/decide"


@pytest.fixture
async def surveyed(office):
    """Both counties have a task at the node of another plugin, which is on."""
    for county in (ANJU, SHEHONG):
        await turn(office, "survey", on=True, county=county)
        await office.tell(wanted(office, county))
    return office


def wanted(office, county):
    due = office.world.clock.now() + timedelta(days=3)
    named = {"label": "入户调查", "round": 1, "role": "handler", "project": "30005", "title": "高龄津贴 · 李*兰"}
    return OpenTask(
        place=county, subject=f"s-{county}", node="survey", bureau=CIVIL, number="S1", link="/", due_at=due, **named
    )


def surveyor(office, region=ANJU):
    return office.staff("杨帆", office.position("handler", region, bureau=CIVIL, node="survey"))


async def told(office, actor, at=ANJU):
    """What the one who asks hears of their tasks: the list, the counts, the groups."""
    page = await office.ask(actor, LIST, at=at, query={"stand_in": True})
    counts, groups = await office.ask(actor, COUNT, at=at), await office.ask(actor, GROUPS, at=at)
    return len(page.items), (counts.todo, counts.overdue, counts.claimed_by_me), len(groups.lines)


async def test_a_task_of_a_plugin_that_is_off_is_on_no_list_and_comes_back(surveyed):
    """Also what somebody had claimed."""
    clerk, id = surveyor(surveyed), (await surveyed.task(f"s-{ANJU}"))["_id"]
    await surveyed.ask(clerk, CLAIM, id=id)

    await turn(surveyed, "survey", on=False)
    without = await told(surveyed, clerk)
    await turn(surveyed, "survey", on=True)

    assert without == (0, (0, 0, 0), 0)
    assert await told(surveyed, clerk) == (1, (1, 0, 1), 1)


async def test_a_task_of_a_plugin_that_is_off_is_neither_claimed_nor_decided(surveyed):
    """In words; its page offers nothing."""
    clerk, id = surveyor(surveyed), (await surveyed.task(f"s-{ANJU}"))["_id"]
    await turn(surveyed, "survey", on=False)
    with pytest.raises(Conflict, match="该环节在本区县已暂停办理"):
        await surveyed.ask(clerk, CLAIM, id=id)

    await turn(surveyed, "survey", on=True)
    line = await surveyed.ask(clerk, CLAIM, id=id)
    await turn(surveyed, "survey", on=False)

    with pytest.raises(Conflict, match="该环节在本区县已暂停办理"):
        await surveyed.ask(clerk, DECIDE, id=id, body={"move": "pass", "version": line.version})
    assert (await surveyed.ask(clerk, SHOW, id=id)).moves == ["release"]
    await turn(surveyed, "survey", on=True)
    done = await surveyed.ask(clerk, DECIDE, id=id, body={"move": "pass", "version": line.version})
    assert done.move == "pass"


async def test_from_the_city_each_county_goes_by_its_own_switches(surveyed):
    """Off in one, its task is left out, and the other's stands there."""
    above = surveyor(surveyed, CITY)
    await turn(surveyed, "survey", on=False, county=SHEHONG)

    page = await surveyed.ask(above, LIST, at=CITY, query={"stand_in": True})

    assert [line.place for line in page.items] == [surveyed.world.places.tree[ANJU].name]
