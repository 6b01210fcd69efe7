"""The lists that people open all day, at 20,000 documents: by index, in order, without looking at what is others'."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from hub.api import IdNumberText, PhoneText, PositionChanged, Secret
from hub.testing.plans import MANY, explained, fill, stages_of
from hub.worklist.actions.holders import stood_in_for
from hub.worklist.actions.offers import waiting_for
from hub.worklist.documents import Act, Task, Touch, tasks_of
from hub.worklist.handlers import BY_DUE, DONE, HISTORY, TODO
from plugins.declaration.documents import Beneficiary, Case, Draft, Form
from plugins.declaration.handlers import MY_CASES, MY_DRAFTS, REVIEW_LIST
from tests.plugins.conftest import CIVIL, Office
from tests.world import ANJU, JUXIAN, VILLAGE

SOMEBODY = Beneficiary(
    name="李桂兰",
    id_number=IdNumberText("510904194403150023"),
    phone=PhoneText("13800000000"),
    region=VILLAGE,
    category="",
)


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
        due_at=now + timedelta(minutes=number - 4_000),
        state="claimed" if number % 3 else "open",
        subject_key=f"k{number % 500}",
    )


@pytest.fixture(scope="module")
async def busy(shared_world, watcher):
    """20,000 undone tasks, 50 of them at the county and 10 of these overdue; as many that are done, touched or declared."""
    await shared_world.begin()
    office = Office(shared_world, watcher)
    towns = [region.code for region in office.world.places.tree if region.county == ANJU and region.level == "town"]
    undone = [open_task(office, number, towns) for number in range(MANY)]
    many = {
        "worklist.tasks": [*undone, *(finished(office, number) for number in range(MANY))],
        "declaration.cases": [case(office, number) for number in range(MANY)],
        "declaration.drafts": [draft(office, number) for number in range(400)],
        "worklist.touches": [touched(office, number) for number in range(MANY)],
    }
    for collection, documents in many.items():
        await fill(office.world.database, collection, documents)
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


def finished(office, number):
    """Each handler of 400 has finished 50."""
    task = open_task(office, number, (JUXIAN,))
    by = "zhou" if number % 400 == 0 else f"p{number % 400}"
    at = office.world.clock.now() + timedelta(minutes=number)
    task = replace(task, place=JUXIAN, path=office.world.place(JUXIAN).path, id=f"d{number:05d}", round=2)
    return replace(task, state="done", move="pass", done_by=by, done_at=at)


def case(office, number):
    """Each resident of 400 has declared 50."""
    who = "wang" if number % 400 == 0 else f"r{number % 400}"
    return Case(
        id=f"c{number:05d}",
        place=VILLAGE,
        path=office.world.place(VILLAGE).path,
        county=ANJU,
        created_at=office.world.clock.now() + timedelta(minutes=number),
        number=f"C{number}",
        project="30005",
        project_name="高龄津贴",
        short="高龄津贴",
        bureau=CIVIL,
        sensitive=False,
        declared_for="self",
        applicant=who,
        applicant_name="",
        readers=(who,),
        beneficiary=SOMEBODY,
        files_of="",
        chain=("accept",),
        limits={},
        form=Form(),
        node="accept",
        open=False,
        submitted_at=office.world.clock.now(),
    )


def draft(office, number):
    now = office.world.clock.now()
    who = "wang" if number % 40 == 0 else f"r{number % 40}"
    same = {"place": VILLAGE, "path": office.world.place(VILLAGE).path, "county": ANJU, "created_at": now}
    return Draft(id=f"f{number:05d}", updated_at=now, person=who, project="30005", content=Secret("{}"), **same)


async def looked(office, actor, wanted, sort, asked=tasks_of, plugin="worklist", right="worklist.decide"):
    """The stages, and what was looked at; ``wanted`` may depend on who asks."""

    async def look(ctx):
        return await explained(ctx, asked, wanted(ctx) if callable(wanted) else wanted, sort)

    answer = await office.world.units.read(
        look, plugin=plugin, place=office.world.place(ANJU), actor=actor, permission=right
    )
    return stages_of(answer), answer["executionStats"]


def people(office):
    county = office.position("handler", ANJU, bureau=CIVIL)
    window = office.position("window", JUXIAN)
    return {
        "county": office.staff("luo", county),
        "window": office.staff("zhou", window),
        "both": office.staff("he", county, window),
        "resident": office.resident("wang"),
    }


FEW = 50
# what is asked: (list, query, who asks, documents that may be stepped over: among one's own what was asked for is looked for)
QUERIES: dict[str, tuple[Any, dict[str, Any], str, int]] = {
    "todo of a county": (TODO, {}, "county", 0),
    "todo of a window": (TODO, {}, "window", 0),
    "todo of both": (TODO, {}, "both", 0),
    "todo of a project": (TODO, {"project": "30005"}, "county", 0),
    "todo at a node": (TODO, {"node": "accept"}, "county", 0),
    "todo by number": (TODO, {"number": "400"}, "county", FEW),
    "what is overdue": (TODO, {"overdue": True}, "county", 0),
    "what waits below": (TODO, {"stand_in": True}, "county", 0),
    "done": (DONE, {}, "window", 0),
    "done of a project": (DONE, {"project": "30005"}, "window", FEW),
    "done by number": (DONE, {"number": "400"}, "window", FEW),
    "done at a node": (DONE, {"node": "accept"}, "window", FEW),
    "done by a move": (DONE, {"move": "pass"}, "window", FEW),
    "done with a word": (DONE, {"keyword": "李"}, "window", FEW),
    "done since": (DONE, {"since": "2026-11-23"}, "window", FEW),
    "done until": (DONE, {"until": "2026-11-24"}, "window", FEW),
    "touched": (HISTORY, {}, "window", 0),
    "touched of a project": (HISTORY, {"project": "30005"}, "window", FEW),
    "touched by number": (HISTORY, {"number": "400"}, "window", FEW),
    "touched of a kind": (HISTORY, {"kind": "task"}, "window", FEW),
    "touched with a word": (HISTORY, {"keyword": "李"}, "window", FEW),
    "touched since": (HISTORY, {"since": "2026-11-23"}, "window", FEW),
    "touched until": (HISTORY, {"until": "2026-11-24"}, "window", FEW),
    "my declarations": (MY_CASES, {}, "resident", FEW),
    "mine for myself": (MY_CASES, {"declared_for": "self"}, "resident", FEW),
    "mine of a project": (MY_CASES, {"project": "30005"}, "resident", FEW),
    "mine by number": (MY_CASES, {"number": "C400"}, "resident", FEW),
    "a declaration by number": (REVIEW_LIST, {"number": "c400"}, "county", 0),
    "my drafts": (MY_DRAFTS, {}, "resident", FEW),
}
# What is found by its number is one, and put in order afterwards.
SORTED = {"todo by number", "done by number", "touched by number", "mine by number", "a declaration by number"}
RIGHTS = {
    TODO: "worklist.decide",
    DONE: "worklist.decide",
    HISTORY: "worklist.history",
    REVIEW_LIST: "declaration.review",
}


@pytest.mark.parametrize("name", QUERIES)
async def test_lists_read_only_ones_own(busy, name):
    """In order from the index: no scan, no sort in memory, not a document of somebody else."""
    asked, query, who, spare = QUERIES[name]
    plugin = "worklist" if asked in (TODO, DONE, HISTORY) else "declaration"

    used, stats = await looked(
        busy, people(busy)[who], query, None, asked=asked, plugin=plugin, right=RIGHTS.get(asked)
    )

    assert not {"COLLSCAN", *(() if name in SORTED else ("SORT",))} & used, used
    # Each is looked at once below the merge and once above it.
    assert 0 < stats["totalDocsExamined"] <= stats["nReturned"] * 2 + spare + 10, stats["totalDocsExamined"]


async def test_what_one_stands_in_for_is_counted_within_ones_own_list(busy):
    actor = people(busy)["county"]

    used, stats = await looked(busy, actor, stood_in_for, BY_DUE)

    assert not {"COLLSCAN", "SORT"} & used
    assert stats["totalDocsExamined"] <= 50 * 2 + 10


async def test_a_change_of_a_position_looks_at_its_own_tasks_alone(busy):
    actor = people(busy)["county"]
    event = PositionChanged(place=JUXIAN, region=JUXIAN, role="handler", bureau=CIVIL, left="zhou")

    used, stats = await looked(busy, actor, lambda ctx: {"$or": list(waiting_for(event, ctx))}, BY_DUE)

    assert "COLLSCAN" not in used
    assert stats["totalDocsExamined"] <= 10


async def test_history_reads_only_that_person(busy):
    """By the person's key."""
    actor = people(busy)["county"]
    wanted = {"subject_key": "k0", "subject": {"$ne": "s0"}}

    used, stats = await looked(busy, actor, lambda ctx: wanted, (("arrived_at", -1),))

    assert not {"COLLSCAN", "SORT"} & used
    assert 0 < stats["totalDocsExamined"] <= stats["nReturned"] + 10
