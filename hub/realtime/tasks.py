"""Work in the background that nobody waits for: kept from the garbage collector, logged when it fails, ended at the stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

from hub.words.endings import cancel_and_wait

log = structlog.get_logger("hub.realtime")


class Tasks:
    """The running tasks of one owner."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def every(self, seconds: Callable[[], float], work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        """Again and again with this pause; a failure is logged and does not end it."""
        return self.start(_again(seconds, work))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("background work of live sessions failed", exc_info=error)

    async def stop(self) -> None:
        await cancel_and_wait(list(self._running))


async def _again(seconds: Callable[[], float], work: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(seconds())
        try:
            await work()
        except Exception as error:
            # A database that is away for a minute must not end the sweeping for good.
            log.error("periodic work of live sessions failed, it goes on", work=work.__name__, exc_info=error)
