"""Where the plugin is off nothing of it exists; where publicity is off there is nothing to show."""

from __future__ import annotations

import pytest

from hub.testing import HubSetup, Phones
from tests.world import ANJU, SHEHONG, VILLAGE


@pytest.fixture(scope="module")
def hub_setup() -> HubSetup:
    return HubSetup(plugins=("village",), on=(ANJU,), off=(SHEHONG,))


async def test_it_is_silent_where_it_is_off(phones: Phones) -> None:
    await phones.expect_silence("village", SHEHONG)


async def test_alone_it_has_nothing_to_show(resident) -> None:
    wang = await resident("王建国")

    shown = await wang.get(f"/{VILLAGE}/village")

    assert (shown["open"], shown["projects"]) == ([], [])
