"""Attacks are played over HTTP, on a whole hub with every plugin on in two counties."""

from __future__ import annotations

from collections.abc import AsyncIterator
from random import Random

import pytest

from hub.app import Hub
from hub.testing import HubSetup
from tests.chain.cast import City
from tests.chain.conftest import city_on
from tests.whole import everything_on


@pytest.fixture(scope="session")
def hub_setup() -> HubSetup:
    return everything_on()


@pytest.fixture
async def city(hub: Hub) -> AsyncIterator[City]:
    """Signed-in residents, clerks and leaders; see tests/chain/cast.py."""
    async with city_on(hub, Random(0)) as made:
        yield made
