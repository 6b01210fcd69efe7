"""Where the plugin is off nothing of it exists."""

from __future__ import annotations

import pytest

from hub.testing import HubSetup, Phones
from tests.world import ANJU, SHEHONG


@pytest.fixture(scope="module")
def hub_setup() -> HubSetup:
    return HubSetup(plugins=("notices",), on=(ANJU,), off=(SHEHONG,))


async def test_it_is_silent_where_it_is_off(phones: Phones) -> None:
    await phones.expect_silence("notices", SHEHONG)
