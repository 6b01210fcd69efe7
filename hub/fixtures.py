"""What pytest finds of an installed hub: fixtures for whoever tests plugins. docs/writing-plugins.md shows them at work.

Every pytest of the environment loads this file, whatever it tests. So it imports pytest alone, and each fixture what it needs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from hub.app import Hub
    from hub.store.embedded import EmbeddedServer
    from hub.testing import County, Explain, HubSetup, Phone, Phones, World

# A hub belongs to the loop that it was started in: under a test on another one it would stand still.
WANTED = {
    "asyncio_mode": "auto",
    "asyncio_default_fixture_loop_scope": "session",
    "asyncio_default_test_loop_scope": "session",
}


def problem_of(config: pytest.Config) -> str | None:
    """Why our fixtures cannot work with these settings, and what to do about it."""
    if not config.pluginmanager.hasplugin("asyncio"):
        return "the fixtures of hub.testing need pytest-asyncio: pip install yikatong-hub[testing]"
    mode = config.getoption("asyncio_mode") or config.getini("asyncio_mode")
    given = {name: mode if name == "asyncio_mode" else config.getini(name) for name in WANTED}
    if lines := [f"{name} = {wanted}" for name, wanted in WANTED.items() if given[name] != wanted]:
        return f"the fixtures of hub.testing need these lines in pytest's settings: {'; '.join(lines)}"
    return None


@pytest.fixture(scope="session")
def one_loop(pytestconfig: pytest.Config) -> None:
    """Fails in one line where a test would hang. Passwords of invented people are cheap from here on, log lines plain."""
    if problem := problem_of(pytestconfig):
        pytest.fail(problem, pytrace=False)
    from hub.testing.hashing import hash_cheaply
    from hub.web import logs

    hash_cheaply()
    logs.configure("info")


# --- what all tests of a session share -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
async def mongo_server(one_loop: None) -> AsyncIterator[EmbeddedServer]:
    """One for the session, or for each worker of pytest-xdist."""
    from hub.testing.servers import mongod

    async with mongod() as server:
        yield server


@pytest.fixture(scope="session")
def mongo_uri(mongo_server: EmbeddedServer) -> str:
    """A one-node replica set with transactions and change streams; each hub has a database of its own there."""
    return mongo_server.uri


@pytest.fixture(scope="session")
async def county_worlds(mongo_uri: str) -> AsyncIterator[Callable[[HubSetup], Awaitable[World]]]:
    """Made once for each setup, since that takes longer than most tests, and kept to the end of the session."""
    from hub.testing import county_world

    async with AsyncExitStack() as stack:
        known: dict[HubSetup, World] = {}

        async def of(setup: HubSetup) -> World:
            if setup not in known:
                known[setup] = await stack.enter_async_context(county_world(mongo_uri, setup))
            return known[setup]

        yield of


# --- the hub of a module -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hub_setup() -> HubSetup:
    """Which plugins, and where they are on. Say it in a fixture of this name, of a module or, with the scope "session", of a
    folder's conftest."""
    from hub.testing import HubSetup

    return HubSetup()


@pytest.fixture(scope="module")
async def hub(hub_setup: HubSetup, mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    """A whole hub that serves, built as `hub serve` builds it: one for a module, on a database of its own."""
    from hub.testing import served_hub

    async with served_hub(mongo_uri, tmp_path_factory.mktemp("hub"), hub_setup) as serving:
        yield serving


@pytest.fixture
async def phones(hub: Hub) -> AsyncIterator[Phones]:
    """Hands out the phones of people who are signed in to `hub`."""
    import aiohttp

    from hub.testing import Phones

    async with aiohttp.ClientSession() as http:
        yield Phones(hub, http)


@pytest.fixture
def resident(phones: Phones) -> Callable[..., Awaitable[Phone]]:
    """``await resident("王建国", region=VILLAGE, proved=False)``: the phone of somebody who has said who they are, at home in that
    village."""
    return phones.resident


@pytest.fixture
def staff(phones: Phones) -> Callable[..., Awaitable[Phone]]:
    """``await staff("handler", region=ANJU, bureau=None, node=None)``: the phone of somebody who holds this position."""
    return phones.staff


# --- a county without doors ----------------------------------------------------------------------------------------------


@pytest.fixture
async def county(hub_setup: HubSetup, county_worlds: Callable[[HubSetup], Awaitable[World]]) -> County:
    """Where nothing has happened yet: people act through the routes of plugins, nothing is served. Quicker than `hub`."""
    from hub.testing import County

    world = await county_worlds(hub_setup)
    await world.begin()
    return County(world)


@pytest.fixture(scope="module")
async def explain(hub_setup: HubSetup, county_worlds: Callable[[HubSetup], Awaitable[World]]) -> Explain:
    """``(await explain(LIST, {"state": "open"}, by=zhou)).by_index()``, after ``await explain.fill("visits.visits", many)``: once
    for a module. A test that has a `county` too begins with none."""
    from hub.testing import Explain

    world = await county_worlds(hub_setup)
    await world.begin()
    return Explain(world)


# --- either of them ------------------------------------------------------------------------------------------------------


@pytest.fixture
def expect_push(request: pytest.FixtureRequest) -> Callable[..., Awaitable[Any]]:
    """``await expect_push(zhou, "visits.asked", "上门预约")``: it has reached this phone, or this person of `county`;
    ``times=1``: that once."""
    watched = _watched(request)

    async def expect(who: Phone | Any, message: str, text: str = "", *, times: int | None = None) -> Any:
        return await watched(who).expect_push(who, message, text, times=times)

    return expect


@pytest.fixture
def expect_no_push(request: pytest.FixtureRequest) -> Callable[..., Awaitable[None]]:
    """``await expect_no_push(zhou, "visits.asked")``: when all is heard, it has not reached them."""
    watched = _watched(request)

    async def expect_none(who: Phone | Any, message: str, text: str = "") -> None:
        await watched(who).expect_no_push(who, message, text)

    return expect_none


def _watched(request: pytest.FixtureRequest) -> Callable[[Phone | Any], Any]:
    """Where it is seen what has reached somebody: a phone's hub, or the county."""
    asked = _asked_for(request, "phones", "county")

    def watched(who: Phone | Any) -> Any:
        from hub.testing import Phone

        return asked["phones" if isinstance(who, Phone) else "county"]

    return watched


@pytest.fixture
def travel(request: pytest.FixtureRequest) -> Callable[..., Awaitable[None]]:
    """``await travel(days=3)``: all is heard, time passes, what came due runs once, all is heard again."""
    asked = _asked_for(request, "hub", "county")

    async def go(**step: float) -> None:
        from hub.testing import served

        if "hub" in asked:
            await served.travel(asked["hub"], timedelta(**step))
        if "county" in asked:
            await asked["county"].travel(timedelta(**step))

    return go


def _asked_for(request: pytest.FixtureRequest, *names: str) -> dict[str, Any]:
    """Those of these fixtures that the test has."""
    return {name: request.getfixturevalue(name) for name in names if name in request.fixturenames}
