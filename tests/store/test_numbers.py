"""Ascending series: nobody gets a number twice, and a hub that stops in order leaves no gap."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from hub.store.cipher import FieldCipher, new_key_file
from hub.store.database import Database
from hub.store.numbers import Numbers


@pytest.fixture
async def database(mongo_uri: str, database_name: str) -> AsyncIterator[Database]:
    found = Database.connect(mongo_uri, database_name, FieldCipher(new_key_file()))
    yield found
    await found.close()


async def test_whoever_starts_next_goes_on_where_the_last_has_stopped(database: Database) -> None:
    first = Numbers(database)
    taken = [await first.next("510904-2026") for _ in range(3)]

    await first.give_back()

    assert [*taken, await Numbers(database).next("510904-2026")] == [1, 2, 3, 4]


async def test_what_another_has_begun_meanwhile_is_not_given_twice(database: Database) -> None:
    """The gap of the one that stops stays."""
    first, second = Numbers(database), Numbers(database)
    taken = [await first.next("510904-2026"), await second.next("510904-2026")]

    await first.give_back()

    taken += [await second.next("510904-2026") for _ in range(10)]
    assert len(set(taken)) == len(taken)


async def test_two_nodes_that_stop_one_after_the_other_leave_the_gap_of_the_first(database: Database) -> None:
    first, second = Numbers(database), Numbers(database)
    taken = [await first.next("510904-2026"), await second.next("510904-2026")]

    await first.give_back()
    await second.give_back()

    assert taken == [1, 11] and await Numbers(database).next("510904-2026") == 12
