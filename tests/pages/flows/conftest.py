"""A whole hub with every plugin on, its people, and their phones: whatever a browser complains of fails the test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, expect

from hub.app import Hub
from hub.words.clock import MovingClock
from tests.pages.flows.phone import Phone, opened
from tests.rows.rows import Walk, Walker
from tests.web.scope import Scene
from tests.whole import ALL_ON, whole_hub
from tests.world import ANJU, MONDAY_MORNING, SHEHONG

# With its token: who it is, and in which app.
Lends = Callable[..., Awaitable[Phone]]
expect.set_options(timeout=60_000)


@pytest.fixture(scope="module")
async def hub(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    folder, counties = tmp_path_factory.mktemp("hub"), {ANJU: ALL_ON, SHEHONG: ALL_ON}
    async with whole_hub(mongo_uri, folder, counties, clock=MovingClock(MONDAY_MORNING)) as made:
        yield made


@pytest.fixture
async def own_hub(mongo_uri: str, tmp_path: Path) -> AsyncIterator[Hub]:
    """The same, for one test alone."""
    async with whole_hub(
        mongo_uri, tmp_path, {ANJU: ALL_ON, SHEHONG: ALL_ON}, clock=MovingClock(MONDAY_MORNING)
    ) as made:
        yield made


@pytest.fixture
async def walk(hub: Hub) -> AsyncIterator[Walk]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Walk(Scene(hub, http))


@pytest.fixture(params=[True, False], ids=["script", "plain"])
def script(request: pytest.FixtureRequest) -> bool:
    """Every walk is walked twice: pages work without script too."""
    return bool(request.param)


@pytest.fixture
async def lends(browser: Browser, hub: Hub) -> AsyncIterator[Lends]:
    """``await lends(walker, "ydsh", script=False)``: a phone on which this person is signed in; None is a guest."""
    lent: list[Phone] = []

    async def lend(walker: Walker | None, app: str = "ykt", **how: object) -> Phone:
        token = await token_of(hub, walker.person, app) if walker else ""
        phone = await opened(browser, hub.url, app, token, **how)  # type: ignore[arg-type]
        lent.append(phone)
        return phone

    yield lend
    for phone in lent:
        await phone.page.context.close()
    assert [each for phone in lent for each in phone.complaints] == []


async def token_of(hub: Hub, person: str, app: str) -> str:
    """Of a new session."""
    kind = "resident" if app == "ykt" else "staff"
    opened_one = await hub.database.transaction(
        lambda session: hub.identity.sessions.open(session, app=app, kind=kind, person=person)  # type: ignore[arg-type]
    )
    return opened_one.token
