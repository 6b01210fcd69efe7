"""The operations staff's console."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from aiohttp import FormData

from hub.console.imports import Content, Run, Signer
from hub.jobs.runner import JobRow
from hub.store.database import to_milliseconds
from hub.words.personal import Secret
from tests.waiting import until
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


async def run(scene: Scene) -> Question:
    """A table of regions that was tried, and has nothing new."""
    await at_rest(scene)
    return question_of(await stored_run(scene, "tried"))


async def confirmed(scene: Scene) -> Question:
    """By what was seen of it."""
    await at_rest(scene)
    made = await stored_run(scene, "tried")
    return replace(question_of(made), json={"seen": made.mark})


async def runs(scene: Scene) -> Question:
    return replace(await run(scene), path={})


async def stored_run(scene: Scene, state: str, **told: Any) -> Run:
    """A run of 地区 in this state, with its file."""
    database, now = scene.hub.database, to_milliseconds(scene.hub.clock.now())
    place = {"place": CITY, "path": (CITY,), "created_at": now, "updated_at": now}
    confirmer = None if state in ("trying", "tried", "left") else Signer(person="someone")
    made = Run(
        id=uuid4().hex,
        kind="regions",
        label="地区",
        maker=Signer(person="someone"),
        maker_name="何军",
        state=state,
        mark="nothing new",
        **{"busy": False, "places": (CITY,), "confirmer": confirmer, **place, **told},
    )
    kept = Content(id=made.id, said=Secret("[]"), **place)
    await database["ops.imports"].insert_one(database.encode(made))
    await database["ops.import_contents"].insert_one(database.encode(kept))
    return made


def question_of(made: Run) -> Question:
    return Question(path={"id": made.id}, shows=made.id, guards=("ops.imports", made.id))


async def at_rest(scene: Scene) -> None:
    """Until no import is at work: of one kind there is one at a time."""

    async def rests() -> bool:
        return not await scene.hub.database["ops.imports"].count_documents({"busy": True}, limit=1)

    await until(rests)


def _regions() -> FormData:
    data = FormData()
    data.add_field("file", f"code,name,level,parent,status\n{CITY},遂宁市,city,,active\n".encode(), filename="r.csv")
    return data


async def upload(scene: Scene) -> Question:
    await at_rest(scene)
    return Question(path={"kind": "regions"}, form=_regions)


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
    "GET /api/v1/{place}/ops/imports": Sample(CITY_OPS, runs, CITY),
    "GET /api/v1/{place}/ops/imports/kinds": Sample(CITY_OPS, constantly(Question(shows='"regions"')), CITY),
    "GET /api/v1/{place}/ops/imports/kinds/{kind}/template": Sample(
        CITY_OPS, constantly(Question(path={"kind": "regions"})), CITY, only_guests=True
    ),
    "POST /api/v1/{place}/ops/imports/kinds/{kind}": Sample(CITY_OPS, upload, CITY),
    "GET /api/v1/{place}/ops/imports/{id}": Sample(CITY_OPS, run, CITY),
    "POST /api/v1/{place}/ops/imports/{id}/run": Sample(CITY_OPS, confirmed, CITY),
    "POST /api/v1/{place}/ops/imports/{id}/stop": Sample(
        CITY_OPS, run, CITY, unproved="none is at work for long; tests/console/test_imports.py stops one"
    ),
    "POST /api/v1/{place}/ops/imports/{id}/report": Sample(
        CITY_OPS, run, CITY, unproved="an XLSX file; tests/console/test_imports.py reads one"
    ),
    "POST /api/v1/{place}/ops/imports/{id}/missing": Sample(
        CITY_OPS, run, CITY, unproved="an XLSX file; tests/console/test_staff_table.py reads one"
    ),
}
