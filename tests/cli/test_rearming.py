"""What was cut off, and setting it going again by hand when its cause is mended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from hub import demo
from tests.cli.conftest import Hub
from tests.world import ANJU

LATER = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
TELL, SWEEP = "trigger:worklist.tell_holders:TaskArrived", "worklist.release_expired"
CUT_OFF = {
    "_id": f"{ANJU}|{TELL}",
    "county": ANJU,
    "name": TELL,
    "failures": 5,
    "error": "KeyError at worklist/triggers.py:57",
}
JOB = {
    "_id": f"{ANJU}|{SWEEP}",
    "plugin": "worklist",
    "job": "release_expired",
    "county": ANJU,
    "failures": 5,
    "next_at": LATER,
}


@pytest.fixture
async def stored(empty: Hub, mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str) -> Any:
    """The database of a hub in which a trigger and a job of one county were cut off."""
    assert (await empty("regions", "import", str(demo.REGIONS))).code == 0
    database = mongo_client[database_name]
    await database["cutoffs"].insert_one({**CUT_OFF, "cut_at": LATER, "probe_at": LATER})
    await database["jobs"].insert_one(JOB)
    return database


async def _noted(stored: Any, what: str) -> list[tuple[str, str]]:
    return [(row["subject"], row["place"]) async for row in stored["audit"].find({"what": what})]


async def test_a_trigger_that_was_cut_off_is_listed_with_its_cause_and_set_going(empty: Hub, stored: Any) -> None:
    """With an audit line; then there is none, and the exit code says so."""
    listed = await empty("deliveries", "cut-off", "--json")
    elsewhere = await empty("deliveries", "cut-off", "--county", "city")
    done = await empty("deliveries", "rearm", TELL, "--county", ANJU)
    left = await empty("deliveries", "cut-off")

    assert [(row["name"], row["error"]) for row in listed.json] == [(TELL, "KeyError at worklist/triggers.py:57")]
    assert (listed.code, elsewhere.code, done.code, left.code) == (1, 0, 0, 0), done.err
    assert await _noted(stored, "deliveries.rearm") == [(TELL, ANJU)]


async def test_a_job_that_was_cut_off_is_due_at_once(empty: Hub, stored: Any) -> None:
    done = await empty("jobs", "rearm", SWEEP, "--county", ANJU)

    row = await stored["jobs"].find_one({"_id": JOB["_id"]})
    assert done.code == 0, done.err
    assert row["failures"] == 0 and row["next_at"].replace(tzinfo=UTC) < LATER
    assert await _noted(stored, "jobs.rearm") == [(SWEEP, ANJU)]


async def test_what_is_not_there_is_told_with_the_nearest_name(empty: Hub, stored: Any) -> None:
    trigger = await empty("deliveries", "rearm", TELL[:-1], "--county", ANJU)
    job = await empty("jobs", "rearm", SWEEP[:-1], "--county", ANJU)

    assert (trigger.code, job.code) == (2, 2)
    assert f"Did you mean '{TELL}'?" in trigger.err and f"Did you mean '{SWEEP}'?" in job.err
    assert await _noted(stored, "jobs.rearm") == []
