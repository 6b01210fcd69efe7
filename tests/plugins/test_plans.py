"""The lists that people open all day, at 20,000 documents: by index, in order, without looking at what is others'."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from hub.api import PositionChanged
from hub.worklist.actions.holders import stood_in_for
from hub.worklist.actions.offers import waiting_for
from hub.worklist.documents import Act, Task, Touch, tasks_of, touches_of
from hub.worklist.handlers import BY_DUE, TodoQuery, todo_filter
from tests.plugins.conftest import CIVIL, Office
from tests.world import ANJU, JUXIAN

MANY = 20_000


def open_task(office, number, towns):
    """Every 400th waits at the county's own bureau, the others at the windows of its towns."""
    tree, now = office.world.places.tree, office.world.clock.now()
    place = ANJU if number % 400 == 0 else towns[number % len(towns)]
    return Task(
        id=f"t{number:05d}",
        place=place,
        at=place,
        path=tree[place].path,
        county=ANJU,
        subject=f"s{number}",
        node="accept",
        label="受理",
        round=1,
        role="handler" if place == ANJU else "window",
        bureau=CIVIL,
        project="30005",
        title="高龄津贴 · 李*兰",
        number=str(number),
        link="/",
        arrived_at=now,
        created_at=now,
        sensitive=False,
        due_at=now + timedelta(minutes=number),
        state="claimed" if number % 3 else "open",
        subject_key=f"k{number % 500}",
    )


@pytest.fixture(scope="module")
async def busy(shared_world, watcher):
    """20,000 undone tasks, 50 of them at the county."""
    await shared_world.begin()
    office = Office(shared_world, watcher)
    towns = [region.code for region in office.world.places.tree if region.county == ANJU and region.level == "town"]
    rows = [office.world.database.encode(open_task(office, number, towns)) for number in range(MANY)]
    await office.world.database["worklist.tasks"].insert_many(rows)
    touches = [office.world.database.encode(touched(office, number)) for number in range(MANY)]
    await office.world.database["worklist.touches"].insert_many(touches)
    return office


def touched(office, number):
    """Each handler of 400 has touched 50."""
    at = office.world.clock.now() + timedelta(minutes=number)
    return Touch(
        id=f"h{number:05d}",
        place=JUXIAN,
        path=office.world.places.tree[JUXIAN].path,
        county=ANJU,
        person="zhou" if number % 400 == 0 else f"p{number % 400}",
        subject=f"s{number}",
        title="高龄津贴 · 李*兰",
        number=str(number),
        bureau=CIVIL,
        project="30005",
        link="/",
        kinds=("task",),
        acts=(Act(kind="task", label="受理：通过", at=at),),
        last_at=at,
    )


def stages(plan: Mapping[str, Any]) -> Iterator[str]:
    yield plan["stage"]
    for below in [*plan.get("inputStages", ()), *filter(None, [plan.get("inputStage")])]:
        yield from stages(below)


async def explained(office, actor, filter_of, sort, documents=tasks_of):
    async def look(ctx):
        return await documents(ctx).explain(filter_of(ctx), sort)

    answer = await office.world.units.read(
        look, plugin="worklist", place=office.world.place(ANJU), actor=actor, permission="worklist.decide"
    )
    return set(stages(answer["queryPlanner"]["winningPlan"])), answer["executionStats"]


def people(office):
    county = office.position("handler", ANJU, bureau=CIVIL)
    window = office.position("window", JUXIAN)
    return {
        "county": office.staff("luo", county),
        "window": office.staff("zhou", window),
        "both": office.staff("he", county, window),
    }


@pytest.mark.parametrize("who", ["county", "window", "both"])
async def test_todo_reads_only_ones_own(busy, who):
    """In due order from the index: no scan, no sort in memory, not a document of somebody else."""
    actor = people(busy)[who]

    used, stats = await explained(busy, actor, lambda ctx: todo_filter(ctx, TodoQuery()), BY_DUE)

    assert not {"COLLSCAN", "SORT"} & used
    # Each is looked at once below the merge and once above it.
    assert 0 < stats["totalDocsExamined"] <= stats["nReturned"] * 2 + 10


async def test_what_one_stands_in_for_is_counted_within_ones_own_list(busy):
    actor = people(busy)["county"]

    used, stats = await explained(busy, actor, stood_in_for, BY_DUE)

    assert not {"COLLSCAN", "SORT"} & used
    assert stats["totalDocsExamined"] <= 50 * 2 + 10


async def test_a_change_of_a_position_looks_at_its_own_tasks_alone(busy):
    actor = people(busy)["county"]
    event = PositionChanged(place=JUXIAN, region=JUXIAN, role="handler", bureau=CIVIL, left="zhou")

    used, stats = await explained(busy, actor, lambda ctx: {"$or": list(waiting_for(event, ctx))}, BY_DUE)

    assert "COLLSCAN" not in used
    assert stats["totalDocsExamined"] <= 10


async def test_history_reads_only_that_person(busy):
    """By the person's key."""
    actor = people(busy)["county"]
    wanted = {"subject_key": "k0", "subject": {"$ne": "s0"}}

    used, stats = await explained(busy, actor, lambda ctx: wanted, (("arrived_at", -1),))

    assert not {"COLLSCAN", "SORT"} & used
    assert 0 < stats["totalDocsExamined"] <= stats["nReturned"] + 10


async def test_a_number_is_found_at_once(busy):
    """受理编号, whole."""
    actor = people(busy)["county"]

    used, stats = await explained(busy, actor, lambda ctx: {"number": "400"}, BY_DUE)

    assert "COLLSCAN" not in used
    assert stats["totalDocsExamined"] <= 2


@pytest.mark.parametrize("wanted", [{}, {"number": "400"}, {"title": {"$regex": "李"}}])
async def test_ones_own_history_reads_nothing_of_others(busy, wanted):
    """The latest first from the index; a word is looked for among one's own alone."""
    actor = people(busy)["window"]

    used, stats = await explained(busy, actor, lambda ctx: wanted, (("last_at", -1),), touches_of)

    assert "COLLSCAN" not in used
    assert 0 < stats["totalDocsExamined"] <= 50
