"""The lists that people open all day, at 20,000 documents: by index, in order, without looking at what is others'."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from hub.api import PositionChanged, Secret
from hub.testing.plans import Explain
from hub.words.actors import Actor
from hub.worklist.actions.holders import stood_in_for
from hub.worklist.actions.offers import waiting_for
from hub.worklist.documents import Act
from hub.worklist.handlers import BY_DUE, DONE, HISTORY, TODO
from plugins.declaration.handlers import MY_CASES, MY_DRAFTS, REVIEW_LIST
from plugins.declaration.people import OF_ONE
from plugins.declaration.windows import BEGUN, ENTERED
from tests.plans import MANY, Question, fill_alike
from tests.plugins.conftest import CIVIL, Office, Watcher
from tests.world import ANJU, CITY, JUXIAN, MONDAY_MORNING, VILLAGE

TASKS, TITLE = "worklist.tasks", "高龄津贴 · 李*兰"


@pytest.fixture(scope="module")
async def people(explain: Explain, watcher: Watcher) -> Mapping[str, Actor]:
    """Who asks, when all is there: 20,000 undone tasks, 50 of them at the county and 10 of these overdue; as many that are done,
    touched or declared."""
    world = explain.world
    towns = [region.code for region in world.places.tree if region.county == ANJU and region.level == "town"]

    def task(n: int) -> Mapping[str, Any]:
        """Those that are done come after those that are not."""
        return undone(n, towns) if n < MANY else done(n - MANY)

    of_task = {"node": "accept", "bureau": CIVIL, "project": "30005", "title": TITLE, "hidden": False}
    [act] = [world.database.encode(Act(kind="task", label="受理：通过", at=MONDAY_MORNING))]
    touch_of = {"place": JUXIAN, "title": TITLE, "bureau": CIVIL, "project": "30005", "link": "/", "kinds": ["task"]}
    draft_of = {"updated_at": MONDAY_MORNING, "project": "30005", "content": Secret("{}")}
    await fill_alike(world, TASKS, task, many=2 * MANY, **of_task)
    await fill_alike(world, "worklist.touches", touch, acts=[act], **touch_of)
    of_case = {"place": VILLAGE, "declared_for": "self", "bureau": CIVIL, "sensitive": False}
    await fill_alike(world, "declaration.cases", case, **of_case)
    await fill_alike(world, "declaration.drafts", draft, many=400, **draft_of)
    of_project = {"by": "林运维", "why": "", "what": [], "terms": {}}
    await fill_alike(world, "declaration.editions", edition, **of_project)
    await fill_alike(world, "declaration.revisions", revision, many=400, on="", **of_project)
    await fill_alike(world, "declaration.window_drafts", lambda n: draft(n, "zhou"), many=400, **draft_of)
    office = Office(world, watcher)
    county, window = office.position("handler", ANJU, bureau=CIVIL), office.position("window", JUXIAN)
    return {
        "county": office.staff("luo", county),
        "window": office.staff("zhou", window),
        "both": office.staff("he", county, window),
        "ops": office.staff("lin", office.position("ops_system", ANJU)),
        "resident": office.resident("wang"),
    }


def undone(n: int, towns: list[str]) -> Mapping[str, Any]:
    """Every 400th waits at the county's own bureau, the others at the windows of its towns."""
    place = ANJU if n % 400 == 0 else towns[n % len(towns)]
    return {
        "_id": f"t{n:05d}",
        "place": place,
        "at": place,
        "role": "handler" if place == ANJU else "window",
        "subject": f"s{n}",
        "number": str(n),
        "subject_key": f"k{n % 500}",
        "due_at": MONDAY_MORNING + timedelta(minutes=n - 4_000),
        "state": "claimed" if n % 3 else "open",
    }


def done(n: int) -> Mapping[str, Any]:
    """Each handler of 400 has finished 50."""
    at = MONDAY_MORNING + timedelta(minutes=n)
    over = {"_id": f"d{n:05d}", "round": 2, "state": "done", "move": "pass", "done_by": one_of(n, 400, "zhou")}
    return {**undone(n, [JUXIAN]), **over, "place": JUXIAN, "done_at": at}


def touch(n: int) -> Mapping[str, Any]:
    """Each handler of 400 has touched 50."""
    at = MONDAY_MORNING + timedelta(minutes=n)
    return {"_id": f"h{n:05d}", "person": one_of(n, 400, "zhou"), "subject": f"s{n}", "number": str(n), "last_at": at}


def case(n: int) -> Mapping[str, Any]:
    """Each resident of 400 has declared 50, of whom one comes to the window; of all these 50 have not ended."""
    who, at = one_of(n, 400, "wang"), MONDAY_MORNING + timedelta(minutes=n)
    more = {"created_at": at, "number": f"C{n}", "open": n % 401 == 0, "state": "correcting" if n % 800 else "approved"}
    if n % 400 == 1:
        return {"_id": f"c{n:05d}", "applicant": "", "readers": [], "entry": {"place": JUXIAN}, **more}
    return {"_id": f"c{n:05d}", "applicant": who, "readers": [who], **more}


def draft(n: int, whose: str = "wang") -> Mapping[str, Any]:
    return {"_id": f"f{n:05d}", "person": one_of(n, 40, whose)}


def edition(n: int) -> Mapping[str, Any]:
    """Of 500 projects at the city and at the county 20 each."""
    place, code, number = (ANJU, CITY)[n % 2], f"{n // 2 % 500:05}", n // 1000
    return {"_id": f"{place}:{code}:{number}", "place": place, "code": code, "number": number}


def revision(n: int) -> Mapping[str, Any]:
    place, code = (ANJU, CITY)[n % 2], f"{n // 2:05}"
    return {"_id": f"{place}:{code}", "place": place, "code": code}


def one_of(n: int, many: int, first: str) -> str:
    """One of so many people, who take turns."""
    return f"p{n % many}" if n % many else first


# Among one's own what was asked for is looked for; of a list of tasks each is looked at once below the merge and once above it.
OWN = {"by": "window", "spare": 60}
RESIDENT = {"by": "resident", "spare": 60}
MERGED = {"by": "county", "spare": 60}
# What is found by its number is one, and put in order afterwards.
QUESTIONS = {
    "todo of a county": Question(TODO, **MERGED),
    "todo of a window": Question(TODO, {}, "window", spare=210),
    "todo of both": Question(TODO, {}, "both", spare=210),
    "todo of a project": Question(TODO, {"project": "30005"}, **MERGED),
    "todo at a node": Question(TODO, {"node": "accept"}, **MERGED),
    "todo by number": Question(TODO, {"number": "400"}, **MERGED, sorts=True),
    "what is overdue": Question(TODO, {"overdue": True}, "county"),
    "what waits below": Question(TODO, {"stand_in": True}, **MERGED),
    "done": Question(DONE, {}, "window"),
    "done of a project": Question(DONE, {"project": "30005"}, **OWN),
    "done by number": Question(DONE, {"number": "400"}, **OWN, sorts=True),
    "done at a node": Question(DONE, {"node": "accept"}, **OWN),
    "done by a move": Question(DONE, {"move": "pass"}, **OWN),
    "done with a word": Question(DONE, {"keyword": "李"}, **OWN),
    "done since": Question(DONE, {"since": "2026-11-23"}, **OWN),
    "done until": Question(DONE, {"until": "2026-11-24"}, **OWN),
    "touched": Question(HISTORY, {}, "window"),
    "touched of a project": Question(HISTORY, {"project": "30005"}, **OWN),
    "touched by number": Question(HISTORY, {"number": "400"}, **OWN, sorts=True),
    "touched of a kind": Question(HISTORY, {"kind": "task"}, **OWN),
    "touched with a word": Question(HISTORY, {"keyword": "李"}, **OWN),
    "touched since": Question(HISTORY, {"since": "2026-11-23"}, **OWN),
    "touched until": Question(HISTORY, {"until": "2026-11-24"}, **OWN),
    "my declarations": Question(MY_CASES, **RESIDENT),
    "mine for myself": Question(MY_CASES, {"declared_for": "self"}, **RESIDENT),
    "mine of a project": Question(MY_CASES, {"project": "30005"}, **RESIDENT),
    "mine by number": Question(MY_CASES, {"number": "C400"}, **RESIDENT, sorts=True),
    "those of one person": Question(OF_ONE, below={"beneficiary.id_number.b": "k7"}, **RESIDENT),
    "mine that are to be mended": Question(MY_CASES, {"state": "correcting"}, **RESIDENT),
    "entered at my window": Question(ENTERED, {}, "window"),
    "entered and to be mended": Question(ENTERED, {"state": "correcting"}, "window"),
    "entered, of a project": Question(ENTERED, {"project": "30005"}, **OWN),
    "entered, by number": Question(ENTERED, {"number": "C400"}, **OWN, sorts=True),
    "begun at my window": Question(BEGUN, {}, "window"),
    "what has not ended": Question(REVIEW_LIST, {}, "county"),
    "a declaration by number": Question(REVIEW_LIST, {"number": "c400"}, "county", sorts=True),
    "my drafts": Question(MY_DRAFTS, **RESIDENT),
    "what is being changed of the catalogue": Question("declaration.revisions", {"place": ANJU}, order=(("code", 1),)),
    "versions of a project": Question(
        "declaration.editions", {"place": ANJU, "code": "00007"}, order=(("number", -1),)
    ),
}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_lists_read_only_ones_own(explain, people, name):
    await QUESTIONS[name].by_index(explain, people)


async def test_what_one_stands_in_for_is_counted_within_ones_own_list(explain, people):
    plan = await explain(TASKS, stood_in_for, by=people["county"], order=BY_DUE, permission="worklist.decide")

    plan.by_index(spare=60)


async def test_a_change_of_a_position_looks_at_its_own_tasks_alone(explain, people):
    event = PositionChanged(place=JUXIAN, region=JUXIAN, role="handler", bureau=CIVIL, left="zhou")

    def waiting(ctx):
        return {"$or": list(waiting_for(event, ctx))}

    plan = await explain(TASKS, waiting, by=people["county"], order=BY_DUE, permission="worklist.decide")

    assert "COLLSCAN" not in plan.stages
    assert plan.looked_at <= 10


@pytest.mark.parametrize("wanted", [{"open": True}, {"open": True, "project": "30005"}])
async def test_open_declarations_are_counted_by_index(explain, people, wanted):
    plan = await explain("declaration.cases", wanted, by=people["ops"], permission="declaration.catalogue")

    plan.by_index(60)


async def test_what_there_was_before_reads_only_that_business_and_that_person(explain, people):
    """By the subject, and by the person's key."""
    rounds = {"subject": "s0", "_id": {"$ne": "t00000"}, "state": {"$in": ("done", "recalled")}}
    wanted, newest = {"$or": [rounds, {"subject_key": "k0", "subject": {"$ne": "s0"}}]}, (("arrived_at", -1),)

    plan = await explain(TASKS, wanted, by=people["county"], order=newest, permission="worklist.decide")

    # Each is looked at once below the merge of both and once above it.
    plan.by_index(90, sorts=True)
