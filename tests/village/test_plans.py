"""What is asked of 20,000 entries, receipts, follows and readings: by index, and in order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from hub.testing.plans import Explain
from hub.words.actors import Actor
from plugins.village.documents import LATEST
from plugins.village.following import MINE
from plugins.village.loudspeaker import LIST
from tests.payments.conftest import Guarding
from tests.plans import Question, fill_alike
from tests.village.conftest import LAND, OTHER_VILLAGE, VILLAGE, VillageOffice
from tests.world import ANJU, MONDAY_MORNING


def entry(n: int) -> Mapping[str, Any]:
    """Every 200th is of the village in question, of which every other one is of the project; a tenth are shown."""
    return {
        "_id": f"p{n // 4:05d}:{n}",
        "place": VILLAGE if n % 200 == 0 else OTHER_VILLAGE,
        "publicity": f"p{n // 4:05d}",
        "kind": "payment" if n % 3 else "case",
        "project": LAND if n % 400 == 0 else "30005",
        "year": 2026 - n % 7,
        "people": n // 200 % 50,
        "state": "confirmed" if n % 10 else "shown",
        "started_at": MONDAY_MORNING - timedelta(minutes=n),
    }


def receipt(n: int) -> Mapping[str, Any]:
    return {"_id": f"r{n:05d}", "batch": f"b{n // 20:04d}"}


def follow(n: int) -> Mapping[str, Any]:
    place = VILLAGE if n % 100 == 0 else OTHER_VILLAGE
    return {"_id": f"f{n:05d}", "place": place, "person": f"p{n // 10:05d}"}


def reading(n: int) -> Mapping[str, Any]:
    place, state = (VILLAGE, "logged") if n % 200 else (OTHER_VILLAGE, "withdrawn")
    return {
        "_id": f"n{n:05d}",
        "place": place,
        "number": f"n{n:05d}",
        "state": state,
        "created_at": MONDAY_MORNING + timedelta(seconds=n),
    }


@pytest.fixture(scope="module")
async def people(explain: Explain) -> Mapping[str, Actor]:
    kept = {"number": "1", "short": "地力保护", "label": "发放公示", "period": "2026", "batch": "b", "sensitive": False}
    await fill_alike(explain.world, "village.entries", entry, cents=100, heard=[], **kept)
    await fill_alike(explain.world, "village.receipts", receipt, paid_at=MONDAY_MORNING)
    await fill_alike(explain.world, "village.follows", follow)
    await fill_alike(explain.world, "village.readings", reading, read_at=MONDAY_MORNING, text=[], publicities=1)
    office = VillageOffice(explain.world, Guarding())
    return {
        "wang": office.villager("p00010"),
        "village": office.reader(VILLAGE),
        "leader": office.reader(ANJU, "leader"),
    }


OF_YEAR = {"place": VILLAGE, "year": 2026}
QUESTIONS = {
    "a village's year": Question("village.entries", OF_YEAR, "wang"),
    "the long lists of a year": Question(
        "village.entries", {**OF_YEAR, "kind": "payment", "people": {"$gte": 3}}, "wang"
    ),
    "a project's lists": Question("village.entries", {**OF_YEAR, "project": LAND}, "wang", order=LATEST),
    "what hangs in a village": Question("village.entries", {"place": VILLAGE, "state": "shown"}, "wang", order=LATEST),
    "the villages of a publicity": Question("village.entries", {"publicity": "p00010"}, order=(("_id", 1),)),
    "what was paid of a batch": Question("village.receipts", {"place": VILLAGE, "batch": {"$in": ["b0003"]}}, "wang"),
    "whom one follows": Question(MINE, {}, "wang"),
    "one's of a village": Question("village.follows", {"place": VILLAGE}, "wang"),
    "who follows a village": Question(
        "village.follows", {"county": ANJU, "place": VILLAGE, "person": {"$gt": "p00500"}}, order=(("person", 1),)
    ),
    "which villages are followed": Question("village.follows", {"county": ANJU, "place": {"$in": [VILLAGE]}}),
    "the log of a village": Question(LIST, {}, "village"),
    "the log of a county": Question(LIST, {"state": "withdrawn"}, "leader"),
}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_by_index_and_only_what_is_wanted(explain: Explain, people: Mapping[str, Actor], name: str) -> None:
    await QUESTIONS[name].by_index(explain, people)
