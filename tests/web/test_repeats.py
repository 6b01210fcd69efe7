"""Every operation that may be repeated, over HTTP: what changes nothing says so, and keeps nothing of its answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import aiohttp
import pytest

from hub.app import Hub
from hub.testing import settled
from hub.web.idempotency import keeps
from hub.words.clock import MovingClock
from tests.web import samples
from tests.web.scope import Scene, put
from tests.whole import ALL_ON, whole_hub
from tests.world import ANJU, MONDAY_MORNING, SHEHONG

# They change something, but not in their samples: nothing is cut off, disabled or locked there.
NOTHING_TO_DO = {
    "POST /api/v1/{place}/deliveries/cut-off/rearm",
    "POST /api/v1/{place}/staff/accounts/{id}/enable",
    "POST /api/v1/{place}/staff/accounts/{id}/unlock",
}


@pytest.fixture(scope="module")
async def hub(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    counties = {ANJU: ALL_ON, SHEHONG: ALL_ON}
    async with whole_hub(mongo_uri, tmp_path_factory.mktemp("hub"), counties, clock=MovingClock(MONDAY_MORNING)) as hub:
        yield hub


@pytest.fixture
async def scene(hub: Hub) -> AsyncIterator[Scene]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Scene(hub, http)


WRITES = sorted(
    name
    for name, sample in samples.SAMPLES.items()
    if not name.startswith("GET ") and name not in NOTHING_TO_DO and sample.unproved is None
)


@pytest.mark.parametrize("name", WRITES)
async def test_what_changes_nothing_says_so_and_looks_again(scene: Scene, name: str) -> None:
    """What a search or a reason has opened is opened again by its right alone: nothing of it is kept for a repeat."""
    [operation] = [each for each in scene.hub.application.parts.router.operations if each.name == name]
    sample, looks = samples.SAMPLES[name], operation.route.changes_nothing
    question, visitor = await sample.ask(scene), await scene.visitor(sample.insider)
    visitor = visitor.with_headers(Idempotency_Key=uuid4().hex)
    if looks:
        # At the first look a feature may come to know who looks.
        await put(visitor, operation, sample.place, question)
    # What came of the sample itself, such as an alert, is heard meanwhile.
    await settled(scene.hub)
    before = await scene.stored()

    answer = await put(visitor, operation, sample.place, question)

    assert (answer.status < 300, "Idempotency-Replayed" in answer.headers) == (True, False), answer.body
    if looks or keeps(operation):
        assert (await scene.stored() == before) == looks, (
            "Route(changes_nothing=True) is for what changes nothing, and for it alone"
        )
    else:
        again = await put(visitor, operation, sample.place, question)
        assert "Idempotency-Replayed" not in again.headers, "a file or a secret is never kept"
