from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from pymongo import AsyncMongoClient

from tests.realtime.nodes import Node, Town
from tests.world import World


@pytest.fixture(scope="package")
async def world(mongo_uri: str, mongo_client: AsyncMongoClient[dict[str, Any]]) -> AsyncIterator[World]:
    """One database for all tests of live sessions; each finds it empty."""
    name = f"test_{uuid4().hex}"
    made = await Town.found(mongo_uri, name)
    yield made
    await made.database.close()
    await mongo_client.drop_database(name)


@pytest.fixture
async def town(world: World) -> AsyncIterator[Town]:
    """The people; nodes that a test starts are stopped with it."""
    made = await Town.make(world)
    yield made
    await made.stop()


@pytest.fixture
async def node(town: Town) -> Node:
    """One node with the settings as they come."""
    return await town.start()
