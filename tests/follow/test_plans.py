"""What is asked of 20,000 follows: by index, and in order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from hub.testing.county import County
from hub.testing.plans import Explain
from hub.words.actors import Actor
from plugins.follow.documents import Follow
from plugins.follow.handlers import LIST
from tests.plans import Question, fill_alike
from tests.world import ANJU, MONDAY_MORNING, SHEHONG

FOLLOWS = "follow.follows"
KINDS = ("complaint", "overdue", "message", "interception")


def follow(n: int) -> Mapping[str, Any]:
    """Each of 100 leaders follows 200 things; a hundred of them follow the same one."""
    moved = MONDAY_MORNING - timedelta(hours=n)
    return {
        "_id": f"f{n:05d}",
        "place": ANJU if n % 200 < 100 else SHEHONG,
        "person": f"p{n // 200:03d}",
        "subject": f"s{n % 200:03d}",
        "kind": KINDS[n % 4],
        "moved_at": moved,
        "over_at": moved if n % 10 == 0 else None,
    }


@pytest.fixture(scope="module")
async def people(explain: Explain) -> Mapping[str, Actor]:
    """Who asks, when all is there."""
    same = {"revision": 1, "moved": "受理", "unread": False, "version": 1}
    await fill_alike(explain.world, FOLLOWS, follow, **same)
    county = County(explain.world)
    return {"leader": county.acting("p007", county.position("leader", ANJU))}


QUESTIONS = {
    "mine": Question(LIST, {}, "leader"),
    "mine of a kind": Question(LIST, {"kind": "complaint"}, "leader"),
    "who follows a thing": Question(
        FOLLOWS, {"county": ANJU, "subject": "s007", "person": {"$gt": "p010"}}, order=(("person", 1),)
    ),
    "over long ago": Question(FOLLOWS, {"county": ANJU, "over_at": {"$lt": MONDAY_MORNING - timedelta(days=365)}}),
    "whether I follow it": Question(FOLLOWS, {"person": "p007", "subject": "s007"}),
}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_by_index_and_only_ones_own(explain: Explain, people: Mapping[str, Actor], name: str) -> None:
    await QUESTIONS[name].by_index(explain, people)


def test_the_stored_shape_is_that_of_the_plugin() -> None:
    assert set(follow(0)) - {"_id"} <= set(Follow.__struct_fields__)
