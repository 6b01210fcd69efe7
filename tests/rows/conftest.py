"""A whole hub with every plugin on, and a walk through it that keeps its word."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from hub.app import Hub
from hub.testing import HubSetup
from tests.rows.rows import Walk
from tests.web.scope import Scene
from tests.whole import everything_on


@pytest.fixture(scope="session")
def hub_setup() -> HubSetup:
    return everything_on()


@pytest.fixture
async def walk(hub: Hub, request: pytest.FixtureRequest) -> AsyncIterator[Walk]:
    """Notes what is asked and what lands; afterwards the test's ``row`` must be true."""
    mark = request.node.get_closest_marker("row")
    assert mark is not None, "a test of this folder says which row it walks"
    _, operations, pushes = mark.args
    began = [entry["_id"] async for entry in hub.database["inbox"].find({}, {"_id": 1})]
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        walk = Walk(Scene(hub, http), began=began)
        yield walk
        await walk.settled()
    assert set(operations) - walk.asked == set(), "the row names operations that its walk never asked"
    assert set(pushes) - await walk.pushes() == set(), "the row names pushes that never landed"
