"""The lists that people open all day, at 20,000 documents: by index, in order, without looking at what is others'."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from hub.testing import HubSetup
from hub.testing.plans import Explain
from hub.words.actors import Actor
from plugins.message_board.documents import FINAL
from plugins.message_board.handlers import LIST, MY_LIST
from tests.message_board.conftest import ALL, ANJU, CIVIL, FARMING, MessageOffice
from tests.plans import Question, fill_alike
from tests.world import JUXIAN, MONDAY_MORNING, VILLAGE

STATES = ("waiting", "handling", "replied", "closed", "rated")


def message(n: int) -> Mapping[str, Any]:
    state, person = STATES[n % 5], f"person-{n % 1000}"
    due = MONDAY_MORNING + timedelta(days=n % 400 - 10)
    return {
        "_id": f"m{n:05d}",
        "place": JUXIAN if n % 3 == 0 else ANJU,
        "number": f"n{n:05d}",
        "kind": "suggest" if n % 200 == 1 else "consult",
        "bureau": CIVIL if n % 50 == 0 else FARMING,
        "readers": [person],
        "avoid": [person],
        "state": state,
        "due_at": due,
        "ends_at": due if state == "replied" else None,
        "remind_at": due if state in ("waiting", "handling") else None,
        "open_as": "" if state in FINAL else f"{person}:{n}",
        "created_at": MONDAY_MORNING - timedelta(minutes=n),
    }


@pytest.fixture(scope="module")
def hub_setup() -> HubSetup:
    """Alone: complaints have lists of the same paths."""
    return HubSetup(plugins=("message_board",))


@pytest.fixture(scope="module")
async def people(explain: Explain) -> Mapping[str, Actor]:
    """Who asks, when all is there."""
    await fill_alike(explain.world, ALL, message, home=VILLAGE)
    office = MessageOffice(explain.world)
    return {
        "handler": office.handler(),
        "leader": office.leader(),
        "resident": office.citizen("person-7", "510921196711053319"),
    }


OPEN = {"readers": "person-7", "state": {"$nin": list(FINAL)}}
LAPSED = {"state": "replied", "ends_at": {"$lte": MONDAY_MORNING}}
QUESTIONS = {
    "of a bureau": Question(LIST, {}, "handler"),
    "of a county": Question(LIST, {}, "leader"),
    "in a state": Question(LIST, {"state": "handling"}, "leader"),
    "of a kind": Question(LIST, {"kind": "suggest"}, "leader"),
    "to one bureau": Question(LIST, {"bureau": CIVIL}, "leader"),
    "by number": Question(LIST, {"number": "n00100"}, "leader"),
    "overdue": Question(LIST, {"overdue": True}, "leader", spare=50),
    "mine": Question(MY_LIST, {}, "resident"),
    "my open ones": Question(ALL, OPEN, "resident", spare=20),
    "lapsed": Question(ALL, LAPSED, order=(("ends_at", 1), ("_id", 1))),
    "to be reminded of": Question(ALL, {"remind_at": {"$lte": MONDAY_MORNING}}, order=(("remind_at", 1),)),
}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_by_index_and_only_ones_own(explain, people, name):
    await QUESTIONS[name].by_index(explain, people)
