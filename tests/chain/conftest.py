"""A whole hub with every plugin on in two counties."""

from __future__ import annotations

from collections.abc import AsyncIterator
from random import Random

import aiohttp
import pytest

from hub.clock import MovingClock
from tests.chain.cast import City, settle_in
from tests.whole import ALL_ON, whole_hub
from tests.world import ANJU, MONDAY_MORNING, SHEHONG


@pytest.fixture
async def city(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory, seed: int) -> AsyncIterator[City]:
    """A database of its own for each test: what is checked afterwards is all that is in it."""
    counties, folder = {ANJU: ALL_ON, SHEHONG: ALL_ON}, tmp_path_factory.mktemp("hub")
    async with (
        whole_hub(mongo_uri, folder, counties, clock=MovingClock(MONDAY_MORNING)) as hub,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
    ):
        made = City(hub, http, Random(seed))
        await settle_in(made)
        yield made
