"""What is misspelt, or belongs to another list, is told and never left out: half a question answers another one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from hub.app import Hub
from hub.web.operations import Operation
from tests.web import samples
from tests.web.samples import core
from tests.web.scope import RESIDENTS, Resident, Sample, Scene, Staff
from tests.web.small import Answer
from tests.world import ANJU

UNKNOWN = "没有这个字段。"


@pytest.fixture
async def scene(hub: Hub) -> AsyncIterator[Scene]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        made = Scene(hub, http)
        residents = [(await made.visitor(Resident(name))).person for name in RESIDENTS]
        # Some operations are for the proved alone; how one is proved is another test's.
        await hub.database["people"].update_many({"_id": {"$in": residents}}, {"$set": {"assurance": "proved"}})
        made.visitors.clear()
        yield made


async def test_a_misspelt_key_is_named_with_the_nearest_known_one(scene: Scene) -> None:
    """Else a complaint that asks for secrecy is filed without it, and a filtered list shows everything."""
    resident, bureau = await scene.visitor(core.APPLICANT), await scene.visitor(core.BUREAU)

    complaint = await resident.post(f"/api/v1/{ANJU}/complaints", {"type": "favour", "confidental": True})
    listed = await bureau.get(f"/api/v1/{ANJU}/survey/surveys?projct=30005")

    assert complaint.status == 422
    assert complaint.error["fields"]["confidental"] == "没有这个字段，是否应为“confidential”？"
    assert listed.status == 422
    assert listed.error["fields"] == {"projct": "没有这个字段，是否应为“project”？"}


async def test_no_operation_takes_a_key_that_it_does_not_know(scene: Scene) -> None:
    """Neither in the query nor in the body, also where it reads none."""
    for operation in scene.hub.application.parts.router.operations:
        asked = await put(scene, operation, "?unknown_key=1")
        sent = (
            asked if operation.upload or not operation.writes else await put(scene, operation, json={"unknown_key": 1})
        )

        assert (asked.status, asked.error["fields"].get("unknown_key")) == (422, UNKNOWN), operation.name
        assert (sent.status, sent.error["fields"].get("unknown_key")) == (422, UNKNOWN), operation.name


async def test_the_description_closes_every_body(scene: Scene) -> None:
    """And says how a time without a zone is read."""
    document = (await scene.guest.get("/openapi.json")).json
    schemas = document["components"]["schemas"]

    bodies = [
        content["schema"]["$ref"].rpartition("/")[2]
        for path in document["paths"].values()
        for operation in path.values()
        for kind, content in operation.get("requestBody", {}).get("content", {}).items()
        if kind == "application/json"
    ]

    assert bodies
    assert [name for name in bodies if schemas[name].get("additionalProperties") is not False] == []
    assert "Asia/Shanghai" in str(schemas["survey.DraftRequest"]["properties"]["saved_at"])


async def test_a_list_says_how_much_it_gives_at_most(scene: Scene) -> None:
    """And refuses more instead of giving less."""
    window = await scene.visitor(core.WINDOW)
    document = (await scene.guest.get("/openapi.json")).json

    refused = await window.get(f"{core.WORKLIST}/tasks?limit=201")
    limits = [
        given["schema"]
        for path in document["paths"].values()
        for given in path.get("get", {}).get("parameters", ())
        if given["name"] == "limit"
    ]

    assert (refused.status, refused.error["fields"]) == (422, {"limit": "不能大于200。"})
    assert {(limit["minimum"], limit["maximum"]) for limit in limits} == {(1, 200)}


async def test_a_cursor_opens_only_the_list_that_gave_it(scene: Scene) -> None:
    """Another list, or the same one filtered otherwise, would begin somewhere in its middle."""
    resident, path = await scene.visitor(core.APPLICANT), f"/api/v1/{ANJU}/declaration/projects"
    first = (await resident.get(f"{path}?limit=2")).json

    second = await resident.get(f"{path}?limit=3&cursor={first['next']}")
    elsewhere = [
        await resident.get(f"{path}?limit=2&open=true&cursor={first['next']}"),
        await resident.get(f"/api/v1/{core.JUXIAN}/declaration/projects?cursor={first['next']}"),
        await resident.get(f"/api/v1/{ANJU}/declaration/cases?cursor={first['next']}"),
        await resident.get(f"{path}?cursor={first['items'][1]['code']}"),
    ]

    assert second.status == 200
    assert len(second.json["items"]) == 3
    assert not {line["code"] for line in first["items"]} & {line["code"] for line in second.json["items"]}
    assert {(each.status, each.error["fields"]["cursor"]) for each in elsewhere} == {(422, "不是这个列表的页码。")}


async def put(scene: Scene, operation: Operation, query: str = "", **options: Any) -> Answer:
    """A question about nothing that is there, by somebody who may put it."""
    sample = samples.SAMPLES.get(operation.name, Sample(core.APPLICANT, core.tasks))
    visitor = await scene.visitor(sample.insider)
    known = {"place": sample.place, **dict.fromkeys(operation.parameters, "1")}
    return await visitor.ask(operation.method, operation.template.format(**known) + query, **options)


async def test_the_positions_of_a_place_are_read_page_by_page(scene: Scene) -> None:
    """A list takes the cursor back that it has given."""
    officer = await scene.visitor(Staff("ops_security", ANJU))
    await scene.visitor(core.WINDOW)
    path = f"/api/v1/{ANJU}/staff/positions?limit=1"

    first = (await officer.get(path)).json
    second = await officer.get(f"{path}&cursor={first['next']}")

    assert second.status == 200, second.body
    assert second.json["items"] != first["items"]
