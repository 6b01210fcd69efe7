"""The operations staff's console."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import date, timedelta
from uuid import uuid4

from hub.jobs.runner import JobRow
from hub.store.database import to_milliseconds
from tests.web.samples.core import OPS, constantly
from tests.web.scope import REFUSED, Question, Sample, Scene, Staff
from tests.world import ANJU, CITY

CITY_OPS = Staff("ops_system", CITY)

OPS_PATH = f"/api/v1/{ANJU}/ops"
_NUMBERS = itertools.count(10)


async def changed(scene: Scene) -> int:
    """A setting of 投诉举报 was changed; the version of the county's switches since."""
    visitor = await scene.visitor(OPS)
    body = {"on": True, "settings": {"least_shown": next(_NUMBERS)}, "why": "试验"}
    answer = await visitor.ask("PUT", f"{OPS_PATH}/plugins/complaints", json=body)
    assert answer.status == 200, answer.body
    version: int = answer.json["version"]
    return version


async def undo(scene: Scene) -> Question:
    return Question(json={"version": await changed(scene), "why": "改错了"}, guards=("switches", ANJU))


async def setting(scene: Scene) -> Question:
    path = {"name": "complaints", "setting": "least_shown"}
    return Question(path=path, json={"value": str(next(_NUMBERS)), "why": "试验"}, guards=("switches", ANJU))


async def run_job(scene: Scene) -> Question:
    """Of 安居区, due in a day."""
    database, name = scene.hub.database, f"test{uuid4().hex[:8]}"
    tomorrow = to_milliseconds(scene.hub.clock.now() + timedelta(days=1))
    row = JobRow(id=f"{ANJU}|complaints.{name}", plugin="complaints", job=name, county=ANJU, next_at=tomorrow)
    await database["jobs"].insert_one(database.encode(row))
    return Question(json={"job": f"complaints.{name}", "why": "试验"}, guards=("jobs", row.id))


async def jobs(scene: Scene) -> Question:
    return Question(shows=(await run_job(scene)).json["job"])


async def one_message(scene: Scene) -> Question:
    return Question(path={"name": "worklist.arrived"}, shows="thing1")


async def one_day(scene: Scene) -> Question:
    """Another day each time: what is so already is refused."""
    day = date(2028, 1, 1) + timedelta(days=next(_NUMBERS))
    return Question(path={"day": day.isoformat()}, json={"kind": "rest", "why": "试验"})


async def notice(scene: Scene) -> Question:
    day = date(2028, 1, 1) + timedelta(days=next(_NUMBERS))
    return Question(json={"lines": [f"{day.isoformat()} 休"], "why": "试验", "dry_run": False}, shows=day.isoformat())


SAMPLES: Mapping[str, Sample] = {
    "POST /api/v1/{place}/ops/plugins/undo": Sample(OPS, undo, ANJU, refusals=REFUSED | {409}),
    "GET /api/v1/{place}/ops/health": Sample(OPS, constantly(Question(shows=f'"place":"{ANJU}"')), ANJU),
    "GET /api/v1/{place}/ops/jobs": Sample(OPS, jobs, ANJU),
    "POST /api/v1/{place}/ops/jobs/run": Sample(OPS, run_job, ANJU),
    "GET /api/v1/{place}/ops/wechat": Sample(CITY_OPS, constantly(Question()), CITY),
    "POST /api/v1/{place}/ops/wechat/{account}/resume": Sample(
        CITY_OPS,
        constantly(Question(path={"account": "oa"}, json={"why": "试验"})),
        CITY,
        unproved="the hub of this test has no account; tests/console/test_wechat.py resumes one",
    ),
    "PUT /api/v1/{place}/ops/plugins/{name}/settings/{setting}": Sample(OPS, setting, ANJU),
    # The same in every county, for its operators; tests/console/test_console.py asks as the others.
    "GET /api/v1/{place}/ops/messages": Sample(
        OPS, constantly(Question(shows="worklist.arrived")), ANJU, only_guests=True
    ),
    "GET /api/v1/{place}/ops/messages/{name}": Sample(OPS, one_message, ANJU, only_guests=True),
    "GET /api/v1/{place}/ops/workdays": Sample(OPS, constantly(Question()), ANJU, only_guests=True),
    "PUT /api/v1/{place}/ops/workdays/{day}": Sample(CITY_OPS, one_day, CITY, refusals=REFUSED | {400}),
    "POST /api/v1/{place}/ops/workdays/import": Sample(CITY_OPS, notice, CITY),
}
