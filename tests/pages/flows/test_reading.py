"""Every page of every app, as it is read and tapped: in both modes, on a narrow phone, in the largest type."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from hub.app import Hub
from hub.words.actors import APPS, App
from tests.pages.flows.openings import AT_THE_CITY, PLAIN, USERS, opening_of, pages_of, signed_in
from tests.pages.flows.phone import Phone, opened
from tests.pages.looking import OUTSIDE, RAGGED, SAID_TWICE, SMALL, violations
from tests.rows.rows import Walk
from tests.world import ANJU, CITY

# Width and 字号: as most read it, on the narrowest phone, and there in the largest type.
LOOKS = ((375, "1"), (320, "1"), (320, "4"))
# Where axe looks: a width alone changes none of its rules.
FOR_AXE = {("1", 375, "1"), ("e1", 375, "1"), ("1", 320, "4")}
IN_THE_LARGEST = "Object.assign(document.documentElement.dataset, { size: '4', large: '' })"


@pytest.fixture
def hub(own_hub: Hub) -> Hub:
    """For each app: some of what the pages are opened on may be made a few times an hour."""
    return own_hub


@pytest.mark.parametrize("app", APPS)
async def test_anybody_can_read_and_tap_every_page(browser: Browser, walk: Walk, app: App) -> None:
    """axe finds nothing, nothing stands beyond the edge or its box, every target is as large as a thumb, every row has what its
    table has heads for, 怎么用 repeats nothing."""
    openings = [(USERS[app], path) for path in (*PLAIN, f"/{ANJU}")]
    openings += [(USERS[app], f"/{CITY}{path}") for path in AT_THE_CITY.get(app, ())]
    openings += [await opening_of(walk.scene, app, page) for page in pages_of(walk.hub, app)]
    wrong: dict[str, list[str]] = {}

    for view in ("1", "e1"):
        phone = await opened(browser, walk.hub.url, app, "", view=view)
        for who, path in openings:
            await signed_in(walk.scene, phone, app, who)
            wrong |= {f"{view} {look} {path}": found async for look, found in looked_at(phone, f"/{app}{path}", view)}
        await phone.page.context.close()

    assert {where: found for where, found in wrong.items() if found} == {}


async def looked_at(phone: Phone, address: str, view: str) -> AsyncIterator[tuple[str, list[str]]]:
    page = phone.page
    await page.set_viewport_size({"width": LOOKS[0][0], "height": 812})
    answer = await page.goto(phone.url + address)
    assert answer is not None and answer.status == (404 if address.endswith("/nowhere") else 200), address
    yield "help", await page.evaluate(SAID_TWICE)
    for width, size in LOOKS:
        await page.set_viewport_size({"width": width, "height": 812})
        if size == "4":
            # As the server would write it for whoever reads the largest type.
            await page.evaluate(IN_THE_LARGEST)
        found = [each for look in (SMALL, OUTSIDE, RAGGED) for each in await page.evaluate(look)]
        found += await violations(page) if (view, width, size) in FOR_AXE else []
        yield f"{width}px {size}", found
