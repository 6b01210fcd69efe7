"""A node's name belongs to one living process; a dead one's is free."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from hub.store import nodes
from hub.store.cipher import FieldCipher, new_key_file
from hub.store.database import Database
from hub.store.nodes import NodeName
from hub.words.errors import SetupError


@pytest.fixture
async def database(mongo_uri: str, database_name: str) -> AsyncIterator[Database]:
    found = Database.connect(mongo_uri, database_name, FieldCipher(new_key_file()))
    await found.ensure(nodes.COLLECTIONS)
    yield found
    await found.close()


async def test_a_second_living_node_of_the_same_name_is_refused(database: Database) -> None:
    """It sees the first renew; another name is free."""
    first, second, other = NodeName(database, "hub-1"), NodeName(database, "hub-1"), NodeName(database, "hub-2")
    await first.take()
    keeping = asyncio.create_task(first.keep())

    with pytest.raises(SetupError, match="a node named 'hub-1' is serving on this database already"):
        await second.take()
    await other.take()

    keeping.cancel()


async def test_a_name_is_free_when_its_node_has_left(database: Database) -> None:
    first, second = NodeName(database, "hub-1"), NodeName(database, "hub-1")
    await first.take()

    await first.leave()

    assert await second._try() is None


async def test_the_name_of_a_killed_process_of_this_machine_is_free_at_once(
    database: Database, database_name: str, mongo_client: AsyncMongoClient[dict[str, Any]]
) -> None:
    """A service that is started again after kill -9 does not wait for a lease."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "input()", stdin=asyncio.subprocess.PIPE)
    await NodeName(database, "hub-1").take()
    held = {
        "pid": process.pid,
        "born": nodes._born(process.pid),
        "until": await database.server_now() + nodes.HELD_FOR * 100,
    }
    await mongo_client[database_name]["nodes"].update_one({"_id": "hub-1"}, {"$set": held})
    while_it_lives = await NodeName(database, "hub-1")._try()

    process.kill()
    await process.wait()

    assert while_it_lives is not None
    assert await NodeName(database, "hub-1")._try() is None


async def test_a_name_whose_lease_has_run_out_is_free(
    database: Database, database_name: str, mongo_client: AsyncMongoClient[dict[str, Any]]
) -> None:
    """Of another machine only that tells."""
    await NodeName(database, "hub-1").take()
    away = {"machine": "another", "until": await database.server_now() - nodes.HELD_FOR}
    await mongo_client[database_name]["nodes"].update_one({"_id": "hub-1"}, {"$set": away})

    assert await NodeName(database, "hub-1")._try() is None
