"""The lists that people open all day, at 20,000 documents: by index, in order, without looking at what is others'."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from hub.api import CardText, Identity, IdNumberText, Limit, Secret
from hub.rules.context import unit_of
from hub.testing.plans import MANY, explained, fill, stages_of
from plugins.payments.actions.life import mine
from plugins.payments.documents import PAYABLE, Batch, Benefit, Row, batches_of, benefits_of, intakes_of, rows_of
from plugins.payments.handlers import BATCH_LIST, BENEFIT_LIST, INTAKES, REJECTS, ROW_LIST
from tests.payments.conftest import ANJU, FARMING, FINANCE, LAND, PayOffice, card_of, number_of
from tests.world import MONDAY_MORNING, VILLAGE


def benefit(n: int, shared: Identity) -> Benefit:
    return Benefit(
        id=f"b{n:05d}",
        place=VILLAGE,
        county=ANJU,
        project=LAND if n % 50 == 0 else "other",
        short="地力保护",
        bureau=FARMING if n % 50 == 0 else "民政局",
        source="roster",
        identity=shared,
        amount="1.00",
        state="active" if n % 3 else "stopped",
        open=False,
    )


def row(n: int, shared: Identity) -> Row:
    return Row(
        id=f"r{n:05d}",
        place=VILLAGE,
        county=ANJU,
        batch=f"batch-{n % 100}",
        number=f"n{n:05d}",
        serial=n,
        benefit=f"b{n % 2000:05d}",
        case=None,
        project=LAND,
        short="地力保护",
        bureau=(FARMING, FINANCE),
        sensitive=False,
        identity=shared,
        readers=(f"person-{n % 1000}",),
        agents=(),
        told=(),
        period=f"p{n}",
        sole=True,
        standard="",
        quantity="",
        amount="1.00",
        state=("listed", "confirmed", "sent", "paid", "failed")[n // 100 % 5],
    )


def batch(n: int, shared: Identity) -> Batch:
    return Batch(
        id=f"batch-{n}",
        place=ANJU,
        county=ANJU,
        number=f"n{n:05d}",
        title="补贴",
        project=LAND if n % 50 == 0 else f"other-{n % 50}",
        short="补贴",
        bureau=(FARMING, FINANCE),
        sensitive=False,
        period=f"{2000 + n // 50 % 100}",
        publicity=Limit(7, "calendar"),
        maker="somebody",
        state="done",
    )


@pytest.fixture(scope="module")
async def busy(pay_world, guarding):
    await pay_world.begin()
    office = PayOffice(pay_world, guarding)
    shared = Identity(
        name=Secret("张一"), id_number=IdNumberText(number_of(1)), card=CardText(card_of(1)), region=VILLAGE
    )
    now = pay_world.clock.now()
    for collection, make in (("payments.benefits", benefit), ("payments.rows", row), ("payments.batches", batch)):
        made = [make(n, shared) for n in range(MANY)]
        documents = [replace(each, path=pay_world.place(each.place).path, created_at=now) for each in made]
        await fill(pay_world.database, collection, documents)
    small = {"path": list(pay_world.place(ANJU).path), "county": ANJU, "place": ANJU, "bureau": [FARMING, FINANCE]}
    intakes = [{**small, "_id": f"i{n}", "project": LAND, "created_at": now} for n in range(200)]
    intakes[7]["state"], intakes[7]["created_at"] = "receiving", now - timedelta(days=2)
    await pay_world.database["payments.intakes"].insert_many(intakes)
    rejects = [{**small, "_id": f"j{n}", "project": LAND, "intake": f"i{n % 20}", "line": n} for n in range(200)]
    await pay_world.database["payments.rejects"].insert_many(rejects)
    return office


FARMER, RESIDENT, HUB = "farmer", "resident", "hub"
# what is asked: (list, query, what it stands below, or collection, filter, order; who asks)
QUERIES = {
    "benefits": (BENEFIT_LIST, {}, None, FARMER),
    "benefits of a project": (BENEFIT_LIST, {"project": LAND}, None, FARMER),
    "benefits in a state": (BENEFIT_LIST, {"state": "stopped"}, None, FARMER),
    "batches": (BATCH_LIST, {}, None, FARMER),
    "batches in a state": (BATCH_LIST, {"state": "done"}, None, FARMER),
    "collecting": (benefits_of, {"project": LAND, "state": "active", "_id": {"$gt": "b01000"}}, (("_id", 1),), HUB),
    "tables": (INTAKES, {}, None, FARMER),
    "broken uploads": (
        intakes_of,
        {"state": "receiving", "created_at": {"$lt": MONDAY_MORNING}},
        (("created_at", 1),),
        HUB,
    ),
    "lines left out": (REJECTS, {}, {"intake": "i7"}, FARMER),
    "rows of a batch": (ROW_LIST, {}, {"batch": "batch-7"}, FARMER),
    "rows in a state": (ROW_LIST, {"state": "sent"}, {"batch": "batch-7"}, FARMER),
    "offering": (rows_of, {"batch": "batch-7", "state": "listed", "serial": {"$gt": 500}}, (("serial", 1),), HUB),
    "correcting": (rows_of, {"batch": "batch-7", "state": "failed"}, (), HUB),
    "correcting, but one's own": (
        rows_of,
        {"$and": [{"batch": "batch-7", "state": "failed"}, {"$nor": [{"avoid": "p"}]}]},
        (),
        HUB,
    ),
    "paying": (rows_of, {"batch": "batch-7", "state": {"$in": list(PAYABLE)}, "run": {"$lt": 1}}, (), HUB),
    "answers": (rows_of, {"batch": "batch-7", "number": {"$in": ["n00007", "n00107"]}}, (), HUB),
    "once per period": (
        rows_of,
        {"project": LAND, "identity.id_number": IdNumberText(number_of(1)), "period": "p7", "live": True, "sole": True},
        (),
        HUB,
    ),
    "once at all": (
        rows_of,
        {"benefit": {"$in": ["b00007"]}, "case": {"$in": [None, "case-7"]}, "live": True},
        (),
        HUB,
    ),
    "crossing periods": (
        batches_of,
        {"project": LAND, "period": {"$in": ["2026", "2026-Q4", "2026-12"]}, "state": {"$ne": "cancelled"}},
        (),
        FARMER,
    ),
    "mine": (rows_of, None, (("created_at", -1), ("_id", -1)), RESIDENT),
}


@pytest.mark.parametrize("name", QUERIES)
async def test_by_index_and_only_ones_own(busy, name):
    collection, wanted, sort, who = QUERIES[name]
    actor = {FARMER: busy.farmer(), RESIDENT: busy.proved("person-7", 1), HUB: None}[who]

    async def look(ctx):
        return await explained(ctx, collection, mine(ctx) if wanted is None else wanted, sort)

    asked = {"actor": actor, "permission": "payments.read" if who == FARMER else None} if actor else {}
    answer = await busy.world.units.read(look, plugin="payments", place=busy.world.place(ANJU), **asked)
    used, stats = stages_of(answer), answer["executionStats"]

    assert not {"COLLSCAN", "SORT"} & used, used
    # Lists of a whole county also step over other bureaus' documents, by key alone where the index has it.
    spare = 60 * stats["nReturned"] if name in ("benefits", "benefits in a state") else 10
    assert 0 < stats["totalDocsExamined"] <= stats["nReturned"] + spare


@pytest.mark.parametrize(
    ("plugin", "collection", "field"),
    [("payments", "payments.benefits", "identity"), ("declaration", "declaration.cases", "beneficiary")],
)
async def test_where_somebody_is_known_is_asked_by_their_number_in_all_counties(busy, plugin, collection, field):
    """Before every proof: not a document of anybody else is looked at."""

    async def look(ctx):
        lent = unit_of(ctx).belongings(ctx, plugin)
        return await lent.store[collection].explain({f"{field}.id_number.b": "the key of nobody"})

    answer = await busy.world.units.read(look, plugin="proofs", place=busy.world.place(VILLAGE))

    used, stats = stages_of(answer), answer["executionStats"]
    assert (used & {"COLLSCAN", "SORT"}, stats["totalDocsExamined"]) == (set(), 0)
    assert stats["totalKeysExamined"] < 50
