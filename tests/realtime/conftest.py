from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.realtime.nodes import Node, Town


@pytest.fixture
async def town(mongo_uri: str, database_name: str) -> AsyncIterator[Town]:
    """A database with people; nodes that a test starts are stopped with it."""
    made = await Town.make(mongo_uri, database_name)
    yield made
    await made.stop()


@pytest.fixture
async def node(town: Town) -> Node:
    """One node with the settings as they come."""
    return await town.start()
