"""The questions that are asked all day, at 20,000 hits and as many people: by index, in order, without looking at others'."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from hub.testing.plans import Explain
from hub.words.actors import Actor
from plugins.interception.handlers import CHECK_LISTS, ENTRIES, LIST, RECOVERY_LIST, REJECTS
from tests.interception.conftest import CIVIL, FARMING, HitOffice, Meanwhile, Surveys
from tests.plans import Question, fill_alike
from tests.world import ANJU, MONDAY_MORNING

STATES = ("waiting", "proposed", "confirmed", "cleared", "reviewed", "archived")


@pytest.fixture(scope="module")
async def people(explain: Explain, surveys: Surveys, meanwhile: Meanwhile) -> Mapping[str, Actor]:
    """Who asks, when all is there."""
    world = explain.world
    villages = [each.code for each in world.places.tree if each.county == ANJU and each.level == "village"]

    def hit(n: int) -> Mapping[str, Any]:
        """Half are of the bureau that asks; every 100th in each of the filters."""
        rare, place = n % 100 == 0, villages[n % len(villages)]
        return {
            "_id": f"h{n:05d}",
            "place": place,
            "created_at": MONDAY_MORNING + timedelta(seconds=n),
            "number": f"L{n}",
            "key": f"k{n % 10_000}",
            "rule": "R09" if rare else "R01",
            "severity": "warn" if rare else "block",
            "project": "10001" if rare else "30005",
            "bureau": CIVIL if n % 2 == 0 else FARMING,
            "month": f"20{20 + n // 4000}-{1 + n // 400 % 10:02d}",
            "at_entry": n % 50 == 0,
            "state": "noted" if rare else STATES[n % 6],
            "open": n % 300 == 0,
        }

    await fill_alike(world, "interception.hits", hit)
    await fill_alike(world, "interception.people", person, place=ANJU)
    await fill_alike(world, "interception.recoveries", recovery)
    for name, same in SMALL.items():
        await fill_alike(world, f"interception.{name}", lambda n: {"_id": f"{n}", "list": f"l{n}"}, many=200, **same)
    office = HitOffice(world, surveys, meanwhile)
    return {"clerk": office.clerk(), "leader": office.leader()}


def person(n: int) -> Mapping[str, Any]:
    kinds = ["death"] if n % 50 == 0 else ["identities"]
    return {"_id": f"{ANJU}:k{n:05d}", "key": f"k{n:05d}", "kinds": kinds, "staked": n % 40 == 0}


def recovery(n: int) -> Mapping[str, Any]:
    at, state = MONDAY_MORNING + timedelta(seconds=n), "waived" if n % 100 == 0 else "recovered"
    return {"_id": f"r{n:05d}", "created_at": at, "hit": f"h{n:05d}", "number": f"L{n}", "state": state}


BEFORE = MONDAY_MORNING - timedelta(days=2)
SMALL: Mapping[str, Mapping[str, Any]] = {
    "parts": {"place": ANJU, "number": 3},
    "rejects": {"place": ANJU, "line": 3},
    "lists": {"place": ANJU, "kind": "death", "state": "receiving", "created_at": BEFORE},
}
HITS, PEOPLE = "interception.hits", "interception.people"
BY_ID = (("_id", 1),)
FURTHER = {"_id": {"$gt": f"{ANJU}:k00100"}}
MANY_KEYS = {"_id": {"$in": [f"{ANJU}:k{n:05d}" for n in range(0, 400, 2)]}}
BROKEN = {"state": "receiving", "created_at": {"$lt": MONDAY_MORNING}}
QUESTIONS = {
    "the newest": Question(LIST, {}, "clerk"),
    "for a leader": Question(LIST, {}, "leader"),
    "in a state": Question(LIST, {"state": "noted"}, "clerk"),
    "of a rule": Question(LIST, {"rule": "R09"}, "clerk"),
    "of a project": Question(LIST, {"project": "10001"}, "clerk"),
    "of a severity": Question(LIST, {"severity": "warn"}, "clerk"),
    "of a person": Question(LIST, {}, "clerk", below={"key": "k78"}),
    "of a bureau": Question(LIST, {"bureau": FARMING}, "leader"),
    # Half of a month's are another bureau's.
    "of a month": Question(LIST, {"month": "2021-01"}, "clerk", spare=210),
    "of a span": Question(LIST, {"since": "2021-01", "until": "2021-01"}, "clerk", spare=210),
    "open ones": Question(LIST, {"open": True}, "clerk"),
    "at entry": Question(ENTRIES, {}, "clerk"),
    "at entry of a rule": Question(ENTRIES, {"rule": "R09"}, "clerk"),
    "at entry of a project": Question(ENTRIES, {"project": "10001"}, "clerk"),
    "at entry in a state": Question(ENTRIES, {"state": "noted"}, "clerk"),
    "at entry without a declaration": Question(ENTRIES, {"attempt": True}, "clerk"),
    "one": Question(HITS, {"_id": "h00078"}, "clerk"),
    "open": Question(HITS, {"open": True}),
    "of some months": Question(HITS, {"month": {"$gte": "2021-01", "$lte": "2021-01"}}),
    "200 people": Question(PEOPLE, MANY_KEYS),
    "of a kind": Question(PEOPLE, {"kinds": "death"} | FURTHER, order=BY_ID),
    "with a stake": Question(PEOPLE, {"staked": True} | FURTHER, order=BY_ID),
    "recoveries": Question(RECOVERY_LIST, {}, "clerk"),
    "recoveries in a state": Question(RECOVERY_LIST, {"state": "waived"}, "clerk"),
    "a part": Question("interception.parts", {"list": "l3", "number": 3}),
    "rejects": Question(REJECTS, {}, below={"list": "l3"}),
    "uploads": Question(CHECK_LISTS, {}, "clerk"),
    "broken uploads": Question("interception.lists", BROKEN, order=(("created_at", 1),)),
}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_by_index_and_only_ones_own(explain, people, name):
    await QUESTIONS[name].by_index(explain, people)
