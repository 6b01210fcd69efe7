"""What many people look at, at 20,000 documents: by index, in order, without looking at what is others'."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from hub.api import Limit
from hub.testing.plans import MANY, explained, fill, stages_of
from hub.words.actors import GUEST
from plugins.publicity.business import mine
from plugins.publicity.documents import (
    Appearance,
    Glance,
    Publicity,
    Row,
    appearances_of,
    glances_of,
    publicities_of,
    rows_of,
)
from plugins.publicity.handlers import BOARD_ROWS
from tests.payments.conftest import Guarding
from tests.publicity.conftest import ANJU, CIVIL, FARMING, JUXIAN, VILLAGE, SunOffice, person
from tests.world import MONDAY_MORNING

STATES = ("running", "due", "confirmed", "ended")


def publicity(n: int) -> Publicity:
    started = MONDAY_MORNING - timedelta(minutes=n)
    return Publicity(
        id=f"p{n:05d}",
        place=(ANJU, JUXIAN, VILLAGE)[n % 3],
        county=ANJU,
        number=f"n{n:05d}",
        kind="case" if n % 2 else "payment",
        title=f"第{n}期公示",
        project=f"project-{n % 20}",
        short="高龄津贴",
        bureau=CIVIL if n % 4 else FARMING,
        sensitive=False,
        node="publicity_town" if n % 2 else "publicity_payment",
        label="公示",
        unit="",
        subject="" if n % 2 else f"batch-{n}",
        least=Limit(7),
        limit=Limit(7),
        state=STATES[n % 4],
        started_at=started,
        ends_at=started + timedelta(days=7),
        look_at=started + timedelta(days=7) if n % 4 < 2 else None,
    )


def row(n: int) -> Row:
    return Row(
        id=f"r{n:05d}",
        place=VILLAGE,
        county=ANJU,
        publicity=f"p{n % 100:05d}",
        serial=n // 100,
        kind="case",
        about=f"case-{n}",
        round=3,
        project="project-1",
        short="高龄津贴",
        bureau=CIVIL,
        sensitive=False,
        identity=SHARED,
        persons=(f"person-{n}",),
        state=("shown", "objected", "confirmed", "waiting")[n // 100 % 4],
        objections=("c",) if n % 7 == 0 else (),
    )


SHARED = person(1)


@pytest.fixture(scope="module")
async def busy(sun_world):
    await sun_world.begin()
    office = SunOffice(sun_world, Guarding())
    now = sun_world.clock.now()
    listed = [publicity(n) for n in range(MANY)]
    path = sun_world.place(VILLAGE).path
    glances = [
        Glance(id=f"g{n}", place=VILLAGE, path=path, county=ANJU, created_at=now, publicity=f"p{n % 5000:05d}")
        for n in range(MANY)
    ]
    appearances = [
        Appearance(
            id=f"{each.id}:{VILLAGE}",
            place=VILLAGE,
            path=path,
            county=ANJU,
            publicity=each.id,
            **{name: getattr(each, name) for name in ("kind", "title", "project", "bureau", "started_at")},
        )
        for each in listed
    ]
    many = {
        "publicities": [
            replace(each, path=sun_world.place(each.place).path, created_at=each.started_at) for each in listed
        ],
        "rows": [replace(row(n), path=path, created_at=now) for n in range(MANY)],
        "appearances": appearances,
        "glances": glances,
    }
    for name, documents in many.items():
        await fill(sun_world.database, f"publicity.{name}", documents)
    return office


STARTED, NEWEST, SERIAL = (
    (("started_at", -1), ("_id", -1)),
    (("created_at", -1), ("_id", -1)),
    (("serial", 1), ("_id", 1)),
)
PUBLIC = {"started_at": {"$type": "date"}}
PREPARING = {"place": JUXIAN, "project": "project-1", "node": "publicity_town", "state": "preparing", "kind": "case"}
SHOWN = {"$in": ["shown", "objected"]}
GUESTS, CLERK, HUB = "guest", "clerk", "hub"
# What is asked: (collection, filter, order, who asks, documents that may be stepped over).
QUERIES = {
    "public list": (publicities_of, PUBLIC, STARTED, GUESTS, 0),
    "public list in a state": (publicities_of, PUBLIC | {"state": "running"}, STARTED, GUESTS, 0),
    "public list of a project": (publicities_of, PUBLIC | {"project": "project-7"}, STARTED, GUESTS, 0),
    "public list of a bureau": (publicities_of, PUBLIC | {"bureau": FARMING}, STARTED, GUESTS, 0),
    "list of a village": (appearances_of, {"place": VILLAGE}, STARTED, GUESTS, 0),
    "of a project": (appearances_of, {"place": VILLAGE, "project": "project-7"}, STARTED, GUESTS, 0),
    "of a bureau": (appearances_of, {"place": VILLAGE, "bureau": FARMING}, STARTED, GUESTS, 0),
    "looked up": (publicities_of, {"_id": {"$in": [f"p{n:05d}" for n in range(100)]}}, (), HUB, 0),
    "my board": (publicities_of, lambda ctx: mine(ctx.actor), NEWEST, CLERK, 2_000),
    "watch": (publicities_of, {"look_at": {"$lte": MONDAY_MORNING}}, (("look_at", 1),), HUB, 0),
    "preparing": (publicities_of, PREPARING, (), HUB, 0),
    "of a batch": (
        publicities_of,
        {"subject": "batch-4", "kind": "payment", "state": {"$nin": ["ended", "renewed"]}},
        (),
        HUB,
        0,
    ),
    "asked for by a batch": (
        publicities_of,
        {"subject": "batch-4", "kind": "payment", "asked": {"$in": [1, 0, None]}},
        (),
        HUB,
        0,
    ),
    "public rows": (rows_of, {"publicity": "p00007", "state": SHOWN}, SERIAL, GUESTS, 200),
    "rows of a village": (rows_of, {"publicity": "p00007", "place": VILLAGE}, SERIAL, GUESTS, 0),
    "rows on the board": (BOARD_ROWS, {}, {"publicity": "p00007"}, CLERK, 0),
    "rows on the board in a state": (BOARD_ROWS, {"state": "confirmed"}, {"publicity": "p00007"}, CLERK, 0),
    "rows on the board of a village": (BOARD_ROWS, {"village": VILLAGE}, {"publicity": "p00007"}, CLERK, 0),
    "rows that are objected to": (BOARD_ROWS, {"state": "objected"}, {"publicity": "p00007"}, CLERK, 0),
    "rows in a state": (rows_of, {"publicity": "p00007", "state": "objected"}, SERIAL, CLERK, 0),
    "freezing": (rows_of, {"publicity": "p00007", "state": "waiting"}, (("serial", 1),), HUB, 0),
    "arriving": (rows_of, {"about": "case-70", "round": 3}, (), HUB, 0),
    "objected before": (
        rows_of,
        {"about": {"$in": [f"case-{n}" for n in range(0, 700, 7)]}, "objections.0": {"$exists": True}},
        (),
        HUB,
        0,
    ),
    "回避": (
        rows_of,
        {"publicity": "p00007", "$or": [{"persons": "person-7"}, {"identity.id_number.b": "k"}]},
        (),
        CLERK,
        200,
    ),
    "views": (glances_of, {"publicity": "p00007"}, (), GUESTS, 0),
    "folding": (glances_of, {}, (("created_at", 1), ("_id", 1)), HUB, 0),
}


@pytest.mark.parametrize("name", QUERIES)
async def test_by_index_and_only_ones_own(busy, name):
    collection, wanted, sort, who, spare = QUERIES[name]
    asked = {
        GUESTS: {"actor": GUEST},
        CLERK: {"actor": busy.clerk(), "permission": "publicity.read"},
        HUB: {},
    }[who]

    async def look(ctx):
        return await explained(ctx, collection, wanted(ctx) if callable(wanted) else wanted, sort)

    answer = await busy.world.units.read(look, plugin="publicity", place=busy.world.place(ANJU), **asked)
    used, stats = stages_of(answer), answer["executionStats"]

    assert not {"COLLSCAN", "SORT"} & used, used
    assert stats["totalDocsExamined"] <= stats["nReturned"] + spare
    assert name == "preparing" or stats["nReturned"] > 0
