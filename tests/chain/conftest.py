"""Whole hubs with every plugin on in two counties."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import aiohttp
import pytest

from hub.app import Hub
from hub.words.clock import MovingClock
from tests.chain.cast import City, settle_in
from tests.whole import ALL_ON, whole_hub
from tests.world import ANJU, MONDAY_MORNING, SHEHONG


@asynccontextmanager
async def city_on(hub: Hub, chance: Random) -> AsyncIterator[City]:
    """Its people have settled in."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        city = City(hub, http, chance)
        await settle_in(city)
        yield city


@asynccontextmanager
async def new_hub(uri: str, folder: Path) -> AsyncIterator[Hub]:
    counties = {ANJU: ALL_ON, SHEHONG: ALL_ON}
    async with whole_hub(uri, folder, counties, clock=MovingClock(MONDAY_MORNING)) as hub:
        yield hub


@pytest.fixture(scope="module")
async def hub(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    """One for the tests of a module, each with people of its own."""
    async with new_hub(mongo_uri, tmp_path_factory.mktemp("hub")) as made:
        yield made


@pytest.fixture
async def city(hub: Hub) -> AsyncIterator[City]:
    async with city_on(hub, Random(0)) as made:
        yield made


@pytest.fixture(params=[1, 2], ids=["one", "two"])
async def walked(request: pytest.FixtureRequest, mongo_uri: str, tmp_path: Path, seed: int) -> AsyncIterator[City]:
    """A fresh city for a walk of this seed: what is checked afterwards is all that is in it."""
    async with (
        new_hub(mongo_uri, tmp_path) as made,
        city_on(made, Random(f"{seed}-{request.param}")) as city,
    ):
        yield city
