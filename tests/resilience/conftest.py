from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pymongo import AsyncMongoClient

from hub.wechat.simulator import Simulator, SimulatorSettings
from hub.words.clock import SystemClock
from tests.forked import Forker
from tests.resilience.town import Town

Found = Callable[..., Awaitable[Town]]


@pytest.fixture(scope="session", autouse=True)
def _without_imports(forking: Forker) -> None:
    """Hubs are copies of a process that has imported everything."""


@pytest.fixture
async def wechat() -> AsyncIterator[Simulator]:
    """A stand-in that remembers every message of a load."""
    simulator = Simulator([], SystemClock(), SimulatorSettings(keep_messages=100_000))
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
async def short_transactions(mongo_client: AsyncMongoClient[dict[str, Any]]) -> AsyncIterator[None]:
    """What a killed hub has locked is free again after 5 s: as in production, before anybody else's turn comes."""
    name = "transactionLifetimeLimitSeconds"
    usual = (await mongo_client.admin.command({"getParameter": 1, name: 1}))[name]
    await mongo_client.admin.command({"setParameter": 1, name: 5})
    yield
    await mongo_client.admin.command({"setParameter": 1, name: usual})


@pytest.fixture
async def found(
    tmp_path: Path, mongo_uri: str, database_name: str, wechat: Simulator, short_transactions: None
) -> AsyncIterator[Found]:
    """``town = await found(push={…})``: a town with these settings; its hubs end with the test."""
    towns: list[Town] = []
    connector = aiohttp.TCPConnector(limit=0, force_close=False)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as http:

        async def make(**settings: Any) -> Town:
            towns.append(await Town.found(tmp_path, mongo_uri, database_name, wechat, http, **settings))
            return towns[-1]

        yield make
        for town in towns:
            await town.stop()
