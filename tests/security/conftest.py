"""Attacks are played over HTTP, on a whole hub with every plugin on in two counties."""

from __future__ import annotations

from collections.abc import AsyncIterator
from random import Random

import pytest

from hub.app import Hub
from tests.chain.cast import City
from tests.chain.conftest import city_on, new_hub


@pytest.fixture(scope="module")
async def hub(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    async with new_hub(mongo_uri, tmp_path_factory.mktemp("hub")) as made:
        yield made


@pytest.fixture
async def city(hub: Hub) -> AsyncIterator[City]:
    """Signed-in residents, clerks and leaders; see tests/chain/cast.py."""
    async with city_on(hub, Random(0)) as made:
        yield made
