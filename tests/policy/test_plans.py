"""What is asked of 20,000 files, passages and subscriptions: by index, and in order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from hub.testing import County
from hub.testing.plans import Explain
from hub.words.actors import GUEST, Actor
from plugins.policy.handlers import DESK_LIST, MINE, PUBLISHED
from tests.plans import Question, fill_alike
from tests.policy.conftest import CIVIL, FARMING, OLD_AGE
from tests.world import ANJU, MONDAY_MORNING, VILLAGE

STATES = ("published", "draft", "superseded")


@pytest.fixture(scope="module")
async def people(explain: Explain) -> Mapping[str, Actor]:
    def file(n: int) -> Mapping[str, Any]:
        """A third is published; every 300th of the project, every 200th another bureau's."""
        at = MONDAY_MORNING + timedelta(seconds=n)
        return {
            "_id": f"f{n:05d}",
            "created_at": at,
            "published_at": at,
            "title": f"通知{n}",
            "state": STATES[n % 3] if n % 100 else "withdrawn",
            "bureau": FARMING if n % 200 == 3 else CIVIL,
            "projects": [OLD_AGE] if n % 300 == 6 else ["10001"],
        }

    def passage(n: int) -> Mapping[str, Any]:
        words = ["高龄", "龄津", "津贴"] if n % 300 == 0 else ["通知", "津贴"]
        return {"_id": f"p{n:05d}", "file": f"f{n // 4:05d}", "words": words}

    def subscription(n: int) -> Mapping[str, Any]:
        project = OLD_AGE if n % 100 == 0 else "10001"
        at = MONDAY_MORNING + timedelta(seconds=n)
        return {"_id": f"s{n:05d}", "person": f"p{n // 20:05d}", "project": project, "created_at": at}

    world = explain.world
    kept = {"file": "x", "media_type": "x", "size": 1, "sha256": "", "pages": 1}
    await fill_alike(world, "policy.files", file, place=ANJU, **kept)
    await fill_alike(world, "policy.passages", passage, place=ANJU)
    await fill_alike(world, "policy.subscriptions", subscription, place=VILLAGE)
    county = County(world)
    clerk = await county.staff("handler", region=ANJU, bureau=FARMING)
    chief = await county.staff("handler", region=ANJU)
    return {"guest": GUEST, "clerk": clerk, "chief": chief, "wang": Actor(kind="resident", app="ykt", person="p00010")}


FIRST = (("person", 1),)
QUESTIONS = {
    "the newest": Question(PUBLISHED, {}, "guest"),
    "of a project": Question(PUBLISHED, {"project": OLD_AGE}, "guest"),
    "of a bureau": Question(PUBLISHED, {"bureau": FARMING}, "guest"),
    "with words": Question(
        PUBLISHED, {"keyword": "津贴"}, "guest", below={"_id": {"$in": ["f00003", "f00006"]}}, sorts=True
    ),
    "a passage with words": Question("policy.passages", {"words": {"$all": ["高龄", "龄津"]}}),
    "the passages of a file": Question("policy.passages", {"file": "f00003"}),
    "a bureau's own": Question(DESK_LIST, {}, "clerk"),
    "a place's own": Question(DESK_LIST, {}, "chief"),
    "in a state": Question(DESK_LIST, {"state": "withdrawn"}, "chief"),
    "one's subscriptions": Question(MINE, {}, "wang"),
    "one's of a project": Question("policy.subscriptions", {"person": "p00010", "project": "10001"}),
    "who wants to hear of a project": Question(
        "policy.subscriptions",
        {"county": ANJU, "path": ANJU, "project": OLD_AGE, "person": {"$gt": "p00500"}},
        order=FIRST,
    ),
}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_by_index_and_only_what_is_wanted(explain: Explain, people: Mapping[str, Actor], name: str) -> None:
    await QUESTIONS[name].by_index(explain, people)
