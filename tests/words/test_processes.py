"""Work in processes that can be ended."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from hub.words.errors import Invalid, TooMany, Unavailable
from hub.words.processes import Processes, TooCostly

PATIENT = timedelta(minutes=1)
ENDLESS = 3600


@pytest.fixture
async def pool() -> AsyncIterator[Processes]:
    made = Processes(at_once=1, waiting=1, of_one=1, memory=1 << 30)
    yield made
    made.close()


def refuse() -> None:
    raise Invalid("不行", fields={"file": "坏了"})


async def test_the_answer_and_the_refusal_come_back(pool: Processes) -> None:
    answer = await pool.run("a", PATIENT, sum, [1, 2])

    with pytest.raises(Invalid) as refused:
        await pool.run("a", PATIENT, refuse)

    assert (answer, refused.value.text, refused.value.fields) == (3, "不行", {"file": "坏了"})


async def test_what_takes_too_long_is_ended_and_the_next_is_served(pool: Processes) -> None:
    with pytest.raises(TooCostly):
        await pool.run("a", timedelta(milliseconds=10), time.sleep, ENDLESS)

    assert await pool.run("a", PATIENT, sum, [1]) == 1


async def test_what_takes_too_much_memory_is_refused(pool: Processes) -> None:
    with pytest.raises(TooCostly):
        await pool.run("a", PATIENT, bytearray, 1 << 31)


async def test_a_process_that_dies_is_replaced(pool: Processes) -> None:
    with pytest.raises(TooCostly):
        await pool.run("a", PATIENT, os._exit, 9)

    assert await pool.run("a", PATIENT, sum, [1]) == 1


async def test_one_person_and_all_together_are_bounded(pool: Processes) -> None:
    first = asyncio.create_task(pool.run("a", PATIENT, time.sleep, ENDLESS))
    second = asyncio.create_task(pool.run("b", PATIENT, time.sleep, ENDLESS))
    await asyncio.sleep(0)

    with pytest.raises(TooMany):
        await pool.run("a", PATIENT, sum, [1])
    with pytest.raises(Unavailable):
        await pool.run("c", PATIENT, sum, [1])

    for task in (first, second):
        task.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    assert pool.busy == 0
    assert await pool.run("a", PATIENT, sum, [1]) == 1
