"""Tasks end when they are told to, also where the interpreter loses the telling."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from hub.endings import end


async def test_tasks_have_ended_afterwards_however_they_end() -> None:
    """One that waits, one that puts its things away first, one that fails at it."""
    put_away = []

    async def waits() -> None:
        await asyncio.Event().wait()

    async def tidies() -> None:
        try:
            await waits()
        finally:
            await asyncio.sleep(0)
            put_away.append("all")

    async def fails() -> None:
        try:
            await waits()
        finally:
            raise ValueError

    tasks = [asyncio.create_task(work()) for work in (waits, tidies, fails)]
    await asyncio.sleep(0)

    await end(tasks)

    assert [task.cancelled() for task in tasks] == [True, True, False]
    assert put_away == ["all"]
    with pytest.raises(ValueError, match=r"^$"):
        tasks[2].result()


async def test_a_lost_cancellation_is_repeated() -> None:
    """The cancellation comes when what ``wait_for`` waits for is just done: Python 3.11 forgets it, and the task goes on."""
    first: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def works() -> None:
        await asyncio.wait_for(first, 60)
        await asyncio.Event().wait()

    task = asyncio.create_task(works())
    await asyncio.sleep(0)
    first.set_result(None)

    await asyncio.wait_for(end([task], ask_again=timedelta(milliseconds=10)), 10)

    assert task.cancelled()
