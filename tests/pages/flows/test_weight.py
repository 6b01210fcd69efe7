"""What a phone loads that opens an app for the first time: on a village's network every ten KB are a moment more."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from bench.pages import GOAL, First, weighed
from hub.app import Hub
from tests.pages.flows.conftest import token_of
from tests.rows.rows import Walk
from tests.world import ANJU, VILLAGE


@pytest.mark.parametrize("page", ["/ykt/signin", f"/ykt/{VILLAGE}", f"/ykt/{VILLAGE}/complaints/new"])
async def test_a_residents_first_page_is_light(browser: Browser, hub: Hub, walk: Walk, page: str) -> None:
    """With all that it loads: styles, icons, scripts."""
    resident = await walk.resident("王建国")
    token = "" if page.endswith("signin") else await token_of(hub, resident.person, "ykt")

    weight = await weighed(browser, hub.url, First("", "ykt", "", page), token)

    assert set(weight) >= {"Document", "Stylesheet", "Script"}
    assert sum(weight.values()) <= GOAL


async def test_a_handlers_first_page_is_light(browser: Browser, hub: Hub, walk: Walk) -> None:
    handler = await walk.staff("handler", ANJU, "民政局", "complaints")

    weight = await weighed(
        browser, hub.url, First("", "ydsh", "", f"/ydsh/{ANJU}"), await token_of(hub, handler.person, "ydsh")
    )

    assert sum(weight.values()) <= GOAL
