"""The questions that are asked all day, at 20,000 hits and as many people: by index, in order, without looking at others'."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub.api import Secret
from hub.testing.plans import MANY, explained, fill, stages_of
from plugins.interception.documents import Hit, Person, Recovery, hits_of, lists_of, parts_of, people_of
from plugins.interception.handlers import CHECK_LISTS, ENTRIES, LIST, RECOVERY_LIST, REJECTS
from tests.interception.conftest import CIVIL, FARMING, HitOffice, identity
from tests.payments.conftest import number_of
from tests.world import ANJU, MONDAY_MORNING, VILLAGE

STATES = ("waiting", "proposed", "confirmed", "cleared", "reviewed", "archived")


def hit(n: int, office: HitOffice, villages: list[str], shared: Any, evidence: Secret) -> Hit:
    """Half are of the bureau that asks; every 100th in each of the filters."""
    place = villages[n % len(villages)]
    return Hit(
        id=f"h{n:05d}",
        place=place,
        path=office.world.place(place).path,
        county=ANJU,
        created_at=office.world.clock.now() + timedelta(seconds=n),
        number=f"L{n}",
        rule="R09" if n % 100 == 0 else "R01",
        label="已死亡仍领取",
        severity="warn" if n % 100 == 0 else "block",
        key=f"k{n % 10_000}",
        identity=shared,
        project="10001" if n % 100 == 0 else "30005",
        short="高龄津贴",
        bureau=CIVIL if n % 2 == 0 else FARMING,
        sensitive=False,
        town=place[:9],
        month=f"20{20 + n // 4000}-{1 + n // 400 % 10:02d}",
        source="entry",
        at_entry=n % 50 == 0,
        evidence=evidence,
        print="p",
        state=STATES[n % 6] if n % 100 else "noted",
        open=n % 300 == 0,
    )


def person(n: int) -> Person:
    return Person(
        id=f"{ANJU}:k{n:05d}", place=ANJU, path=("510900", ANJU), county=ANJU, key=f"k{n:05d}",
        kinds=("death",) if n % 50 == 0 else ("identities",), staked=n % 40 == 0,
    )  # fmt: skip


def recovery(n: int, shared: Any, office: HitOffice) -> Recovery:
    return Recovery(
        id=f"r{n:05d}", place=VILLAGE, path=office.world.place(VILLAGE).path, county=ANJU,
        created_at=office.world.clock.now() + timedelta(seconds=n), hit=f"h{n:05d}", number=f"L{n}", identity=shared,
        project="30005", short="高龄津贴", bureau=CIVIL, sensitive=False, amount="1.00",
        state="waived" if n % 100 == 0 else "recovered",
    )  # fmt: skip


@pytest.fixture(scope="module")
async def busy(hit_world, surveys, meanwhile):
    await hit_world.begin()
    office = HitOffice(hit_world, surveys, meanwhile)
    tree = office.world.places.tree
    villages = [each.code for each in tree if each.county == ANJU and each.level == "village"]
    shared, evidence = identity(number_of(1)), Secret("[]")
    many: dict[str, list[Any]] = {
        "hits": [hit(n, office, villages, shared, evidence) for n in range(MANY)],
        "people": [person(n) for n in range(MANY)],
        "recoveries": [recovery(n, shared, office) for n in range(MANY)],
    }
    for name, documents in many.items():
        await fill(office.world.database, f"interception.{name}", documents)
    small = {
        "parts": {"list": "l1", "number": 3},
        "rejects": {"list": "l1", "line": 3},
        "lists": {"kind": "death", "state": "receiving", "created_at": office.world.clock.now() - timedelta(days=2)},
    }
    for name, fields in small.items():
        await office.world.database[f"interception.{name}"].insert_many(
            [{"_id": f"{name}{n}", "county": ANJU, "path": ["510900", ANJU], "place": ANJU, **fields,
              **({"list": f"l{n}"} if "list" in fields else {})} for n in range(200)]
        )  # fmt: skip
    return office


CLERK, LEADER, HUB = "clerk", "leader", "hub"
MANY_KEYS = {"_id": {"$in": [f"{ANJU}:k{n:05d}" for n in range(0, 400, 2)]}}
# what is asked: (list, query, None, or collection, filter, order; who asks)
QUERIES: dict[str, tuple[Any, Any, Any, str]] = {
    "the newest": (LIST, {}, None, CLERK),
    "for a leader": (LIST, {}, None, LEADER),
    "in a state": (LIST, {"state": "noted"}, None, CLERK),
    "of a rule": (LIST, {"rule": "R09"}, None, CLERK),
    "of a project": (LIST, {"project": "10001"}, None, CLERK),
    "of a severity": (LIST, {"severity": "warn"}, None, CLERK),
    "of a person": (LIST, {}, {"key": "k78"}, CLERK),
    "of a bureau": (LIST, {"bureau": FARMING}, None, LEADER),
    "of a month": (LIST, {"month": "2021-01"}, None, CLERK),
    "open ones": (LIST, {"open": True}, None, CLERK),
    "at entry": (ENTRIES, {}, None, CLERK),
    "at entry of a rule": (ENTRIES, {"rule": "R09"}, None, CLERK),
    "at entry of a project": (ENTRIES, {"project": "10001"}, None, CLERK),
    "at entry in a state": (ENTRIES, {"state": "noted"}, None, CLERK),
    "at entry without a declaration": (ENTRIES, {"attempt": True}, None, CLERK),
    "one": (hits_of, {"_id": "h00078"}, (), CLERK),
    "open": (hits_of, {"open": True}, (), HUB),
    "of some months": (hits_of, {"month": {"$gte": "2021-01", "$lte": "2021-01"}}, (), HUB),
    "200 people": (people_of, MANY_KEYS, (), HUB),
    "of a kind": (people_of, {"kinds": "death", "_id": {"$gt": f"{ANJU}:k00100"}}, (("_id", 1),), HUB),
    "with a stake": (people_of, {"staked": True, "_id": {"$gt": f"{ANJU}:k00100"}}, (("_id", 1),), HUB),
    "recoveries": (RECOVERY_LIST, {}, None, CLERK),
    "recoveries in a state": (RECOVERY_LIST, {"state": "waived"}, None, CLERK),
    "a part": (parts_of, {"list": "l3", "number": 3}, (), HUB),
    "rejects": (REJECTS, {}, {"list": "l3"}, HUB),
    "uploads": (CHECK_LISTS, {}, None, CLERK),
    "broken uploads": (
        lists_of,
        {"state": "receiving", "created_at": {"$lt": MONDAY_MORNING}},
        (("created_at", 1),),
        HUB,
    ),
}


@pytest.mark.parametrize("name", QUERIES)
async def test_by_index_and_only_ones_own(busy, name):
    collection, wanted, sort, who = QUERIES[name]
    actor = {CLERK: busy.clerk(), LEADER: busy.leader(), HUB: None}[who]

    async def look(ctx):
        return await explained(ctx, collection, wanted, sort)

    asked = {"actor": actor, "permission": "interception.read"} if actor else {}
    answer = await busy.world.units.read(look, plugin="interception", place=busy.world.place(ANJU), **asked)
    used, stats = stages_of(answer), answer["executionStats"]

    assert not {"COLLSCAN", "SORT"} & used, used
    # Half of a county's hits are another bureau's; of a list's page each document is looked at once.
    assert 0 < stats["totalDocsExamined"] <= stats["nReturned"] * 2 + 10, stats["totalDocsExamined"]
