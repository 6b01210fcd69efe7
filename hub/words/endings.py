"""Ending background tasks so that they have really ended."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
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
