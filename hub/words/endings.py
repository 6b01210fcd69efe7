"""Ending background tasks so that they have really ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

# Long enough for a task to put its things away before it is asked again.
ASK_AGAIN = timedelta(seconds=5)


async def cancel_and_wait(tasks: Iterable[asyncio.Task[Any]], ask_again: timedelta = ASK_AGAIN) -> None:
    """Cancel the tasks and wait until all have ended, however they end: an error raised on the way out is dropped.

    Before Python 3.12 ``asyncio.wait_for`` loses a cancellation that comes when what it waits for is just done, and PyMongo
    sends every command through it: here one stop in some 300 waited for ever on a task that had never heard of it. So whoever
    goes on is asked again.
    """
    running = {task for task in tasks if not task.done()}
    while running:
        for task in running:
            task.cancel()
        ended, running = await asyncio.wait(running, timeout=ask_again.total_seconds())
        await asyncio.gather(*ended, return_exceptions=True)


@asynccontextmanager
async def within(limit: timedelta, ask_again: timedelta = ASK_AGAIN) -> AsyncIterator[asyncio.Timeout]:
    """``asyncio.timeout``, for what may lose or swallow a cancellation: it is cancelled again, so long after each time."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None, "a coroutine runs in a task"
    asked = 0
    alarm: asyncio.TimerHandle

    def ask() -> None:
        nonlocal asked, alarm
        asked += 1
        task.cancel()
        alarm = loop.call_later(ask_again.total_seconds(), ask)

    alarm = loop.call_later((limit + ask_again).total_seconds(), ask)
    async with asyncio.timeout(limit.total_seconds()) as timeout:
        try:
            yield timeout
        finally:
            alarm.cancel()
            # The timeout takes back its own cancellation alone.
            for _ in range(asked):
                task.uncancel()
