"""What is asked of 20,000 branches of a county: by index, and in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from hub.testing.plans import Explain
from hub.words.actors import GUEST
from plugins.branches.handlers import BRANCHES, Whereabouts, near
from tests.plans import Question, fill_alike
from tests.world import ANJU, JUXIAN

HERE = Whereabouts(latitude=30.3, longitude=105.4)
ID = (("_id", 1),)


@pytest.fixture(scope="module")
async def filled(explain: Explain) -> None:
    def branch(n: int) -> Mapping[str, Any]:
        """Every 200th in the town, every 300th of the rare bank."""
        words = ["农商", "商储", "储蓄"] if n % 300 == 0 else ["银行", "农业"]
        return {
            "_id": f"{ANJU}:{n:05d}",
            "name": f"网点{n:05d}",
            "areas": [ANJU, JUXIAN if n % 200 == 0 else "510904100"],
            "words": words,
            "position": {"type": "Point", "coordinates": [104 + n % 200 / 100, 29.5 + n // 200 / 100]},
        }

    await fill_alike(explain.world, "branches.branches", branch, place=ANJU)


QUESTIONS = {
    "all": Question(BRANCHES, {}),
    "of a town": Question(BRANCHES, {"area": JUXIAN}),
    "by name": Question(BRANCHES, {"keyword": "农商储蓄"}),
    "one that is stored": Question("branches.branches", {"_id": {"$in": [f"{ANJU}:00001", f"{ANJU}:00002"]}}),
}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_by_index_and_in_order(explain: Explain, filled: None, name: str) -> None:
    await QUESTIONS[name].by_index(explain, {})


async def test_what_is_near_by_its_position(explain: Explain, filled: None) -> None:
    """It looks at those in the circle, and at what lies in the corners of its cells."""
    near_by = {"position": {"$nearSphere": near(HERE)["position"]["$nearSphere"] | {"$maxDistance": 3000}}}

    plan = await explain("branches.branches", near_by, by=GUEST)

    assert "GEO_NEAR_2DSPHERE" in plan.stages and "COLLSCAN" not in plan.stages
    assert 0 < plan.looked_at < 500
