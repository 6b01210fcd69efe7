"""The list of what is late, what is looked for each minute and each morning, and what the numbers leave out, at 20,000 documents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from hub.testing import ANJU, HubSetup
from hub.testing.plans import Explain
from hub.words.actors import Actor
from plugins.overdue.late import LATE
from plugins.overdue.orderpages import ALL, ISSUED, MINE
from plugins.overdue.orders import NEWEST
from tests.overdue.watched import Watched
from tests.plans import Question, fill_alike
from tests.world import JUXIAN, MONDAY_MORNING

STATES = ("late", "waiting", "waiting", "waiting", "halted", "over")
WATCHES, TALLIES, WISHES, ORDERS = "overdue.watches", "overdue.tallies", "overdue.wishes", "overdue.orders"
ORDER_STATES = ("issued", "read", "doing", "returned", "fed_back", "closed")
DUE, OLD = (("due_at", 1), ("_id", 1)), (("over_at", 1),)


@pytest.fixture(scope="module")
def hub_setup() -> HubSetup:
    return HubSetup(plugins=("overdue",))


def watch(n: int) -> Mapping[str, Any]:
    state, at = STATES[n % 6], MONDAY_MORNING + timedelta(minutes=n - 10_000)
    place = JUXIAN if n // 6 % 2 else ANJU
    return {
        "_id": f"w{n:05d}",
        "place": place,
        "row": place,
        "subject": f"s{n:05d}",
        "project": f"p{n // 12 % 40}",
        "node": f"n{n // 480 % 3}",
        "state": state,
        "due_at": at,
        "over_at": at if state == "over" else None,
        "hidden": n % 500 == 0,
        "sensitive": n % 50 == 0,
    }


def order(n: int) -> Mapping[str, Any]:
    return {
        "_id": f"o{n:05d}",
        "place": ANJU if n % 40 == 1 else JUXIAN,
        "task": f"w{n // 2:05d}",
        "person": f"handler{n % 200}" if n % 200 else "杨帆",
        "issuer": "林峰" if n % 100 == 0 else f"leader{n % 100}",
        "state": ORDER_STATES[n // 200 % 6],
        "open_as": f"somebody:w{n:05d}",
        "next_at": MONDAY_MORNING + timedelta(minutes=n - 50),
        "created_at": MONDAY_MORNING + timedelta(seconds=n),
        "sensitive": False,
    }


def tally(n: int) -> Mapping[str, Any]:
    return {"_id": f"t{n:05d}", "place": JUXIAN if n % 40 == 0 else ANJU, "folded": n % 100 > 0}


def wish(n: int) -> Mapping[str, Any]:
    return {"_id": f"x{n:05d}", "place": JUXIAN, "mode": ("digest", "none", "at_once")[n % 3 if n % 100 == 2 else 0]}


@pytest.fixture(scope="module")
async def people(explain: Explain) -> Mapping[str, Actor]:
    """Who asks, when all is there."""
    await fill_alike(explain.world, WATCHES, watch)
    number = {"nodes": [{"node": "n", "label": "审核", "change": 1}], "change": 1}
    await fill_alike(
        explain.world, TALLIES, tally, bureau="民政局", project="p", short="津贴", sensitive=False, **number
    )
    await fill_alike(explain.world, WISHES, wish, person="somebody")
    await fill_alike(explain.world, ORDERS, order)
    office = Watched(explain.world)
    handler = office.acting("杨帆", office.position("handler", JUXIAN))
    return {"leader": await office.leader(), "discipline": await office.discipline(), "handler": handler}


QUESTIONS = {
    "of a county": Question(LATE, {}, "discipline"),
    "of a county, without persons that one may not see": Question(LATE, {}, "leader"),
    "of a row": Question(LATE, {"row": JUXIAN}, "leader"),
    "of a project": Question(LATE, {"row": JUXIAN, "project": "p7"}, "discipline"),
    "of a cell": Question(LATE, {"row": JUXIAN, "project": "p7", "node": "n1"}, "leader", spare=50),
    "over": Question(LATE, {"over": True}, "discipline"),
    "due now": Question(WATCHES, {"state": "waiting", "due_at": {"$lte": MONDAY_MORNING}}, order=DUE),
    "late since yesterday": Question(WATCHES, {"state": "late", "due_at": {"$gt": MONDAY_MORNING}}, order=DUE),
    "to be forgotten": Question(WATCHES, {"state": "over", "over_at": {"$lte": MONDAY_MORNING}}, order=OLD),
    "hidden": Question(WATCHES, {"state": "late", "hidden": True, "$or": [{"avoid": "林峰"}]}, spare=100),
    "numbers of a row": Question(TALLIES, {"place": JUXIAN}),
    "to be folded": Question(TALLIES, {"folded": False}, order=(("_id", 1),)),
    "orders that I got": Question(MINE, {}, "handler"),
    "orders that I got, in one state": Question(MINE, {"state": "read"}, "handler"),
    "orders that I got about one task": Question(MINE, {"task": "w00100"}, "handler"),
    "orders that I have issued": Question(ISSUED, {}, "leader"),
    "orders that I have issued, in one state": Question(ISSUED, {"state": "fed_back"}, "leader"),
    "orders that I have issued about one task": Question(ISSUED, {"task": "w00100"}, "leader"),
    "orders of a county": Question(ALL, {}, "leader"),
    "orders of a county, in one state": Question(ALL, {"state": "read"}, "discipline"),
    "orders about one task": Question(ALL, {"task": "w00100"}, "discipline"),
    "open orders about tasks": Question(ORDERS, {"task": {"$in": ["w00007"]}, "open_as": {"$ne": ""}}),
    "open orders, looked over": Question(ORDERS, {"state": {"$in": ["returned", "doing"]}}, order=NEWEST),
    "orders that are due": Question(ORDERS, {"next_at": {"$lte": MONDAY_MORNING}}, order=(("next_at", 1), ("_id", 1))),
    "orders of who has left": Question(ORDERS, {"person": "杨帆", "state": {"$in": ["issued", "read"]}}),
    "at once": Question(
        WISHES, {"mode": "at_once", "place": {"$in": [ANJU, JUXIAN]}}, order=(("place", 1), ("_id", 1))
    ),
}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_by_index_and_only_ones_own(explain: Explain, people: Mapping[str, Actor], name: str) -> None:
    await QUESTIONS[name].by_index(explain, people)
