"""逾期督办: what is late in a county, its numbers and its cases, for the leader of a bureau."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import uuid4

from hub.store.database import to_milliseconds
from plugins.overdue.documents import NodeCount, Tally, Watch
from tests.web.scope import Question, Sample, Scene, Staff
from tests.world import ANJU, JUXIAN

CIVIL, OLD_AGE, NODE = "民政局", "30005", "review_town"
LEADER = Staff("leader", ANJU, CIVIL)


async def late(scene: Scene) -> Watch:
    """A late task of the bureau, and its number; how they come to be is tested with the plugin."""
    now, day = to_milliseconds(scene.hub.clock.now()), timedelta(days=1)
    path = scene.hub.places.tree[JUXIAN].path
    watch = Watch(
        id=uuid4().hex,
        place=JUXIAN,
        path=path,
        county=ANJU,
        row=JUXIAN,
        subject=uuid4().hex,
        node=NODE,
        label="乡镇审核",
        round=1,
        role="handler",
        bureau=CIVIL,
        project=OLD_AGE,
        title="高龄津贴 · 张*",
        number=f"{ANJU}-2026-{uuid4().int % 1_000_000:06}",
        link="/pages/case",
        arrived_at=now - 10 * day,
        limit_at=now - day,
        due_at=now - day,
        days=5,
        state="late",
    )
    count = NodeCount(node=NODE, label="乡镇审核", change=1)
    tally = Tally(
        id=uuid4().hex,
        place=JUXIAN,
        path=path,
        county=ANJU,
        bureau=CIVIL,
        project=OLD_AGE,
        short="高龄津贴",
        sensitive=False,
        nodes=(count,),
        change=1,
    )
    await scene.hub.database["overdue.watches"].insert_one(scene.hub.database.encode(watch))
    await scene.hub.database["overdue.tallies"].insert_one(scene.hub.database.encode(tally))
    return watch


async def case(scene: Scene) -> Question:
    watch = await late(scene)
    return Question({"id": watch.id}, shows=watch.number)


async def cases(scene: Scene) -> Question:
    watch = await late(scene)
    return Question(shows=watch.number)


async def cells(scene: Scene) -> Question:
    await late(scene)
    return Question(query=f"?row={JUXIAN}", shows='"short":"高龄津贴"')


async def board(scene: Scene) -> Question:
    await late(scene)
    return Question(shows='"projects":1')


async def wishes(scene: Scene) -> Question:
    return Question(shows="安居区")


async def choose(scene: Scene) -> Question:
    return Question(json={"region": ANJU, "mode": "at_once"})


SAMPLES: Mapping[str, Sample] = {
    "GET /api/v1/{place}/overdue/board": Sample(LEADER, board, ANJU, bureaus=True),
    "GET /api/v1/{place}/overdue/board/cells": Sample(LEADER, cells, ANJU, bureaus=True),
    "GET /api/v1/{place}/overdue/cases": Sample(LEADER, cases, ANJU, bureaus=True),
    "GET /api/v1/{place}/overdue/cases/{id}": Sample(LEADER, case, ANJU, bureaus=True),
    "GET /api/v1/{place}/overdue/wishes": Sample(LEADER, wishes, ANJU, only_guests=True),
    "PUT /api/v1/{place}/overdue/wishes": Sample(LEADER, choose, ANJU, only_guests=True),
}
