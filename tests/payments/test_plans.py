"""The lists that people open all day, at 20,000 documents: by index, in order, without looking at what is others'."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from hub.api import Context, Identity, IdNumberText, Secret
from hub.rules.context import unit_of
from hub.testing.plans import Explain, Plan
from hub.words.actors import Actor
from plugins.payments.actions import years
from plugins.payments.actions.life import mine
from plugins.payments.documents import PAYABLE
from plugins.payments.handlers import BATCH_LIST, BENEFIT_LIST, INTAKES, REJECTS, ROW_LIST
from tests.payments.conftest import ANJU, FARMING, FINANCE, LAND, Guarding, PayOffice, number_of
from tests.plans import Question, fill_alike
from tests.world import MONDAY_MORNING, VILLAGE

NUMBER, BOTH = IdNumberText(number_of(1)), (FARMING, FINANCE)
SHARED = Identity(name=Secret("张一"), id_number=NUMBER, region=VILLAGE)
STATES = ("listed", "confirmed", "sent", "paid", "failed")


def benefit(n: int) -> Mapping[str, Any]:
    asked, state = n % 50 == 0, "active" if n % 3 else "stopped"
    project, bureau = (LAND, FARMING) if asked else ("other", "民政局")
    return {"_id": f"b{n:05d}", "project": project, "bureau": bureau, "state": state}


def row(n: int) -> Mapping[str, Any]:
    same = {"number": f"n{n:05d}", "serial": n, "benefit": f"b{n % 2000:05d}", "period": f"p{n}"}
    state = STATES[n // 100 % 5]
    return {"_id": f"r{n:05d}", "batch": f"batch-{n % 100}", **same, "readers": [f"person-{n % 1000}"], "state": state}


def batch(n: int) -> Mapping[str, Any]:
    project, period = LAND if n % 50 == 0 else f"other-{n % 50}", f"{2000 + n // 50 % 100}"
    return {"_id": f"batch-{n}", "number": f"n{n:05d}", "project": project, "period": period}


def schedule(n: int) -> Mapping[str, Any]:
    return {"_id": f"{ANJU}:{n:05d}", "project": f"{n}"}


def intake(n: int) -> Mapping[str, Any]:
    broken = {"state": "receiving", "created_at": MONDAY_MORNING - timedelta(days=2)}
    return {"_id": f"i{n}", **(broken if n == 7 else {})}


def reject(n: int) -> Mapping[str, Any]:
    return {"_id": f"j{n}", "intake": f"i{n % 20}", "line": n}


@pytest.fixture(scope="module")
async def people(explain: Explain, guarding: Guarding) -> Mapping[str, Actor]:
    """Who asks, when all is there."""
    world, few = explain.world, {"many": 200, "place": ANJU, "project": LAND, "bureau": BOTH}
    await fill_alike(world, "payments.benefits", benefit, identity=SHARED)
    await fill_alike(world, "payments.rows", row, identity=SHARED, project=LAND, bureau=BOTH, sole=True)
    await fill_alike(world, "payments.batches", batch, place=ANJU, bureau=BOTH, state="done")
    await fill_alike(world, "payments.schedules", schedule, place=ANJU, bureau=FARMING)
    await fill_alike(world, "payments.intakes", intake, **few)
    await fill_alike(world, "payments.rejects", reject, **few)
    office = PayOffice(world, guarding)
    return {"farmer": office.farmer(), "resident": office.proved("person-7", 1)}


BENEFITS, BATCHES, ROWS = "payments.benefits", "payments.batches", "payments.rows"
BATCH = {"batch": "batch-7"}
COLLECTED = {"project": LAND, "state": "active", "_id": {"$gt": "b01000"}}
BROKEN = {"state": "receiving", "created_at": {"$lt": MONDAY_MORNING}}
NOT_OWN = {"$and": [BATCH | {"state": "failed"}, {"$nor": [{"avoid": "p"}]}]}
OF_PERIOD = {"project": LAND, "identity.id_number": NUMBER, "period": "p7", "live": True, "sole": True}
AT_ALL = {"benefit": {"$in": ["b00007"]}, "case": {"$in": [None, "case-7"]}, "live": True}
PERIODS = {"project": LAND, "period": {"$in": ["2026", "2026-Q4", "2026-12"]}, "state": {"$ne": "cancelled"}}
NEWEST = (("created_at", -1), ("_id", -1))


def in_a_year(ctx: Context) -> Mapping[str, Any]:
    return years.within(ctx, NUMBER, 2026, mine(ctx))


EXPECTED = {"project": {"$in": [LAND]}, "period": {"$in": ["2026", "2025"]}, "state": {"$ne": "cancelled"}}
QUESTIONS = {
    # Lists of a whole county also step over other bureaus' documents.
    "benefits": Question(BENEFIT_LIST, {}, "farmer", spare=10_000),
    "benefits of a project": Question(BENEFIT_LIST, {"project": LAND}, "farmer"),
    "benefits in a state": Question(BENEFIT_LIST, {"state": "stopped"}, "farmer", spare=7_000),
    "batches": Question(BATCH_LIST, {}, "farmer"),
    "batches in a state": Question(BATCH_LIST, {"state": "done"}, "farmer"),
    "collecting": Question(BENEFITS, COLLECTED, order=(("_id", 1),)),
    "tables": Question(INTAKES, {}, "farmer"),
    "broken uploads": Question("payments.intakes", BROKEN, order=(("created_at", 1),)),
    "lines left out": Question(REJECTS, {}, "farmer", below={"intake": "i7"}),
    "rows of a batch": Question(ROW_LIST, {}, "farmer", below=BATCH),
    "rows in a state": Question(ROW_LIST, {"state": "sent"}, "farmer", below=BATCH),
    "offering": Question(ROWS, BATCH | {"state": "listed", "serial": {"$gt": 500}}, order=(("serial", 1),)),
    "correcting": Question(ROWS, BATCH | {"state": "failed"}),
    "correcting, but one's own": Question(ROWS, NOT_OWN),
    "paying": Question(ROWS, BATCH | {"state": {"$in": list(PAYABLE)}, "run": {"$lt": 1}}),
    "answers": Question(ROWS, BATCH | {"number": {"$in": ["n00007", "n00107"]}}),
    "once per period": Question(ROWS, OF_PERIOD),
    "once at all": Question(ROWS, AT_ALL),
    "crossing periods": Question(BATCHES, PERIODS, "farmer"),
    "what is paid here": Question("payments.schedules", {}, "farmer", order=(("_id", 1),), spare=10_000),
    "of these periods": Question(BATCHES, EXPECTED, "farmer"),
    "mine in a year": Question(ROWS, in_a_year, "resident", order=NEWEST, spare=20),
    "mine": Question(ROWS, mine, "resident", order=NEWEST),
}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_by_index_and_only_ones_own(explain, people, name):
    await QUESTIONS[name].by_index(explain, people)


@pytest.mark.parametrize(
    ("plugin", "collection", "field"),
    [("payments", "payments.benefits", "identity"), ("declaration", "declaration.cases", "beneficiary")],
)
async def test_where_somebody_is_known_is_asked_by_their_number_in_all_counties(
    explain, people, plugin, collection, field
):
    """Before every proof: not a document of anybody else is looked at."""

    async def look(ctx):
        lent = unit_of(ctx).belongings(ctx, plugin)
        return await lent.store[collection].explain({f"{field}.id_number.b": "the key of nobody"})

    world = explain.world
    plan = Plan.of(await world.units.read(look, plugin="proofs", place=world.place(VILLAGE)))

    assert (plan.stages & {"COLLSCAN", "SORT"}, plan.looked_at) == (set(), 0)
    assert plan.keys < 50
