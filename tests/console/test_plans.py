"""Every list of the console reads an index: the history of switches, jobs, mini programs' credits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from hub.console import imports
from hub.jobs import runner
from hub.store.database import Database
from hub.store.indexes import of_plugin
from hub.testing.plans import MANY, Plan, fill
from tests.push.office import ANJU, MORNING, SHEHONG, furnished
from tests.world import CITY


def change(n: int) -> dict[str, Any]:
    return {"_id": f"{n}", "county": ANJU if n % 2 else SHEHONG, "version": n // 2, "at": MORNING, "plugins": {}}


def job(n: int) -> dict[str, Any]:
    return {"_id": f"{n}", "county": f"c{n % 20}", "plugin": f"p{n % 30}", "next_at": MORNING + timedelta(seconds=n)}


def run(n: int) -> dict[str, Any]:
    """Of 数据导入; nearly all are over."""
    at = {"place": CITY, "path": [CITY], "county": None, "created_at": MORNING + timedelta(seconds=n)}
    return {"_id": f"{n}", **at, "kind": f"k{n % 3}", "state": "tried" if n % 1000 == 0 else "done", "busy": False}


def roll(n: int) -> dict[str, Any]:
    """What the last tables of two kinds name."""
    at = {"place": CITY, "path": [CITY], "county": None}
    return {"_id": f"{n}", **at, "kind": f"k{n % 2}", "number": n // 2}


def credit(n: int) -> dict[str, Any]:
    return {"_id": f"{n}", "account": f"wx{n % 3}", "available": 1 if n % 100 == 0 else 0, "holds": []}


@pytest.fixture(scope="module")
async def full(mongo_uri: str) -> AsyncIterator[Database]:
    async with furnished(mongo_uri, f"test_{uuid4().hex}") as database:
        await database.ensure([*runner.COLLECTIONS, *map(of_plugin, imports.COLLECTIONS)])
        rows = {"switch_history": change, "jobs": job, "credits": credit, "ops.imports": run, "ops.import_rolls": roll}
        for name, row in rows.items():
            await fill(database, name, [row(n) for n in range(MANY)])
        yield database


HERE = {"path": CITY, "county": None}
NEWEST = [("created_at", -1), ("_id", -1)]
# What is asked: (collection, filter, order, how many keys may be looked at).
QUERIES: Mapping[str, tuple[str, Mapping[str, Any], list[tuple[str, int]], int]] = {
    "history": ("switch_history", {"county": ANJU}, [("version", -1)], 60),
    "jobs of a county": ("jobs", {"county": {"$in": ["c1"]}}, [("next_at", 1)], 1100),
    "runs of imports": ("ops.imports", {**HERE, "kind": {"$nin": ["k1"]}}, NEWEST, 120),
    "runs at work": ("ops.imports", {**HERE, "state": {"$in": ["trying", "running"]}}, [("created_at", 1)], 10),
    "runs to give up": ("ops.imports", {**HERE, "state": "tried", "created_at": {"$lt": MORNING}}, [], 10),
    "a part of the last table": ("ops.import_rolls", {**HERE, "kind": "k1", "number": 7}, [], 10),
    "credits": ("credits", {"account": "wx1", "available": {"$gt": 0}}, [], 80),
}


@pytest.mark.parametrize("name", QUERIES)
async def test_queries_stay_within_their_index(full: Database, name: str) -> None:
    """Explained and run with a limit of 50."""
    collection, wanted, order, most = QUERIES[name]

    plan = Plan.of(await full[collection].find(wanted, sort=order or None, limit=50).explain())

    assert not plan.stages & {"COLLSCAN", "SORT"}
    assert plan.keys <= most
