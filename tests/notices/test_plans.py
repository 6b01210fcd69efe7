"""What is asked of 20,000 notices, receipts and people: by index, and in order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from hub.testing import County
from hub.testing.plans import Explain
from hub.words.actors import Actor
from plugins.notices.handlers import DESK_LIST, GOT, RECEIPTS
from tests.plans import Question, fill_alike
from tests.world import ANJU, MONDAY_MORNING

STATES = ("sent", "draft", "scheduled", "recalled")


@pytest.fixture(scope="module")
async def people(explain: Explain) -> Mapping[str, Actor]:
    def notice(n: int) -> Mapping[str, Any]:
        at = MONDAY_MORNING + timedelta(seconds=n)
        return {"_id": f"n{n:05d}", "created_at": at, "send_at": at, "title": f"通知{n}", "state": STATES[n % 4]}

    def receipt(n: int) -> Mapping[str, Any]:
        """Of every notice 200, of which a tenth is read."""
        person, at = f"p{n % 200:05d}", MONDAY_MORNING + timedelta(seconds=n)
        return {
            "_id": f"r{n:05d}",
            "created_at": at,
            "notice": f"n{n // 200:05d}",
            "person": person,
            "readers": [person],
            "read": n % 10 == 0,
            "recalled": n % 200 < 100,
        }

    world = explain.world
    kept = {"text": "x", "unit": "x", "roles": ["resident"], "urgent": False, "asks": True}
    await fill_alike(world, "notices.notices", notice, place=ANJU, **kept)
    told = {"app": "ykt", "name": "王*", "home": ANJU, "title": "x", "unit": "x", "urgent": False, "asks": True}
    await fill_alike(world, "notices.receipts", receipt, place=ANJU, **told)
    clerk = await County(world).staff("handler", region=ANJU)
    return {"clerk": clerk, "wang": Actor(kind="resident", app="ykt", person="p00010")}


LEFT = {"notice": "n00003", "recalled": False}
QUESTIONS = {
    "a place's own": Question(DESK_LIST, {}, "clerk"),
    "in a state": Question(DESK_LIST, {"state": "scheduled"}, "clerk"),
    "what one got": Question(GOT, {}, "wang"),
    "who has not read": Question(RECEIPTS, {}, "clerk", below={"notice": "n00003"}),
    "who has read": Question(RECEIPTS, {"read": True}, "clerk", below={"notice": "n00003"}),
    "one's of a notice": Question("notices.receipts", {"notice": "n00003", "person": "p00010"}),
    "those told of some": Question("notices.receipts", {"notice": "n00003", "person": {"$in": ["p00010", "p00011"]}}),
    "from whom it is taken back": Question(
        "notices.receipts", {"county": ANJU, "path": ANJU, **LEFT}, order=(("_id", 1),)
    ),
    "what is due": Question(
        "notices.notices",
        {"place": ANJU, "state": "scheduled", "send_at": {"$lte": MONDAY_MORNING + timedelta(minutes=1)}},
        order=(("send_at", 1), ("_id", 1)),
    ),
}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_by_index_and_only_what_is_wanted(explain: Explain, people: Mapping[str, Actor], name: str) -> None:
    await QUESTIONS[name].by_index(explain, people)
