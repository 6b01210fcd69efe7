"""Whole hubs with every plugin on in two counties."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import aiohttp
import pytest

from hub.app import Hub
from hub.testing import HubSetup, served_hub
from tests.chain.cast import City, settle_in
from tests.whole import everything_on


@asynccontextmanager
async def city_on(hub: Hub, chance: Random) -> AsyncIterator[City]:
    """Its people have settled in."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        city = City(hub, http, chance)
        await settle_in(city)
        yield city


@pytest.fixture(scope="session")
def hub_setup() -> HubSetup:
    return everything_on()


@pytest.fixture
async def city(hub: Hub) -> AsyncIterator[City]:
    async with city_on(hub, Random(0)) as made:
        yield made


@pytest.fixture(params=[1, 2], ids=["one", "two"])
async def walked(
    request: pytest.FixtureRequest, hub_setup: HubSetup, mongo_uri: str, tmp_path: Path, seed: int
) -> AsyncIterator[City]:
    """A fresh city for a walk of this seed: what is checked afterwards is all that is in it."""
    async with (
        served_hub(mongo_uri, tmp_path, hub_setup) as made,
        city_on(made, Random(f"{seed}-{request.param}")) as city,
    ):
        yield city
