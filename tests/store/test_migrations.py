"""Migrations of large collections: in short writes, which tell how far they are and may be broken off."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import structlog

from hub.store.cipher import FieldCipher, new_key_file
from hub.store.database import Database
from hub.store.migrations import update_in_ranges

LEFT = {"seen": {"$exists": False}}
SEEN = [{"$set": {"seen": True}}]


@pytest.fixture
async def database(mongo_uri: str, database_name: str) -> AsyncIterator[Database]:
    found = Database.connect(mongo_uri, database_name, FieldCipher(new_key_file()))
    await found["many"].insert_many([{"_id": f"row-{n}"} for n in range(7)])
    yield found
    await found.close()


async def test_what_is_many_is_changed_in_ranges_that_tell_how_far_they_are(database: Database) -> None:
    with structlog.testing.capture_logs() as lines:
        await update_in_ranges(database["many"], LEFT, SEEN, size=3)

    assert [(line["done"], line["of"], line["changed"]) for line in lines] == [(3, 7, 3), (6, 7, 3), (7, 7, 1)]
    assert await database["many"].count_documents(LEFT) == 0


async def test_broken_off_it_goes_on_with_what_is_left(database: Database) -> None:
    """What was changed before is not written again."""
    await database["many"].update_many({"_id": {"$lt": "row-4"}}, SEEN)

    with structlog.testing.capture_logs() as lines:
        await update_in_ranges(database["many"], LEFT, SEEN, size=3)

    assert [line["changed"] for line in lines] == [0, 2, 1]
