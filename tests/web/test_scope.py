"""Every route of every plugin, tried by everybody who must not get in: so that no new one escapes.

Another county's reader, a sibling town's, another bureau's, another person, somebody without the right, and somebody who is not
signed in are refused; nothing changes by their trying; the one who may gets it. What two positions see together: test_contents.py.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import aiohttp
import msgspec
import pytest

from hub.api import Anyone, Context, Route, hookimpl
from hub.app import Hub
from hub.rules.context import unit_of
from hub.web.operations import Operation
from hub.words.clock import MovingClock
from tests.waiting import until
from tests.web import samples
from tests.web.samples import core
from tests.web.scope import Question, Sample, Scene, check
from tests.whole import ALL_ON, whole_hub
from tests.world import ANJU, MONDAY_MORNING, SHEHONG


class Found(msgspec.Struct):
    ids: list[str]


async def every_task(ctx: Context) -> Found:
    """Goes past the store."""
    return Found([row["_id"] async for row in unit_of(ctx).database["worklist.tasks"].find({}, {"_id": 1})])


class Forgetful:
    """Routes as somebody in a hurry might write them."""

    @hookimpl
    def routes(self) -> Sequence[Route]:
        return [
            Route(method="GET", path="/with-right", call=every_task, access="worklist.decide"),
            Route(method="GET", path="/signed-in", call=every_task, access=Anyone.SIGNED_IN),
        ]


@pytest.fixture(scope="module")
async def hub(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    """Every plugin there is, on in two counties, dispatcher and all."""
    on = {**ALL_ON, "forgetful": True}
    async with whole_hub(
        mongo_uri,
        tmp_path_factory.mktemp("hub"),
        {ANJU: on, SHEHONG: on},
        clock=MovingClock(MONDAY_MORNING),
        extra_plugins=[("forgetful", Forgetful())],
    ) as made:
        yield made


@pytest.fixture
async def scene(hub: Hub) -> AsyncIterator[Scene]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Scene(hub, http)


def test_every_route_has_a_sample_or_a_reason(hub: Hub) -> None:
    """A route that is missing here was not thought about: add it to tests/web/samples/."""
    routes = {operation.name for operation in _operations(hub) if operation.plugin != "forgetful"}

    assert routes - set(samples.SAMPLES) - set(samples.OPEN) == set(), "routes without a sample"
    assert (set(samples.SAMPLES) | set(samples.OPEN)) - routes == set(), "samples of routes that are gone"


def test_what_is_open_is_so_on_purpose(hub: Hub) -> None:
    open_to_all = {operation.name for operation in _operations(hub) if operation.access is Anyone.PUBLIC}

    assert open_to_all == set(samples.OPEN)


@pytest.mark.parametrize("name", sorted(samples.SAMPLES))
async def test_scope(scene: Scene, name: str) -> None:
    operation = _named(scene.hub, name)

    await check(scene, operation, samples.SAMPLES[name])


async def test_what_the_sample_of_a_batch_has_asked_for_is_carried_out(scene: Scene) -> None:
    """A step that fails is tried again, beside all that follows."""
    name, steps = "POST /api/v1/{place}/payments/batches/{id}/collect", scene.hub.database["events"]

    await check(scene, _named(scene.hub, name), samples.SAMPLES[name])

    async def all_done() -> bool:
        return not await steps.count_documents({"type": "payments.CollectPart", "state": "pending"}, limit=1)

    await until(all_done)
    assert await steps.count_documents({"type": "payments.CollectPart"}, limit=1)


@pytest.mark.parametrize(
    ("path", "stranger"), [("with-right", "another county's reader"), ("signed-in", "another resident")]
)
async def test_a_route_that_forgets_scope_is_found(scene: Scene, path: str, stranger: str) -> None:
    operation = _named(scene.hub, f"GET /api/v1/{{place}}/forgetful/{path}")
    insider = core.WINDOW if path == "with-right" else core.APPLICANT

    with pytest.raises(AssertionError, match=f"{stranger} at .* was let in"):
        await check(scene, operation, Sample(insider, core.tasks))


async def test_a_sample_that_asks_for_nothing_real_is_found(scene: Scene) -> None:
    """Everybody would be refused, also the one who may."""
    operation = _named(scene.hub, "GET /api/v1/{place}/worklist/tasks/{id}")

    with pytest.raises(AssertionError, match="the sample proves nothing"):
        await check(scene, operation, Sample(core.WINDOW, core.constantly(Question(path={"id": "nothing"}))))


def _operations(hub: Hub) -> Sequence[Operation]:
    return hub.application.parts.router.operations


def _named(hub: Hub, name: str) -> Operation:
    return next(operation for operation in _operations(hub) if operation.name == name)
