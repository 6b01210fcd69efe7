"""Following a small collection: call somebody whenever it changed, through failures of the server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from pymongo.errors import PyMongoError

from hub.store.mongo import AsyncCollection

log = structlog.get_logger("hub.store")

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0


async def follow(
    collection: AsyncCollection[dict[str, object]], changed: Callable[[], Awaitable[None]], what: str
) -> None:
    """Await ``changed()`` at the start, after every batch of changes, and again after the stream was lost. Ends when cancelled."""
    pause = FIRST_PAUSE
    while True:
        try:
            async with await collection.watch(max_await_time_ms=500) as stream:
                # Between the last load and this moment something may have changed: read once the stream stands.
                await changed()
                pause = FIRST_PAUSE
                async for _ in stream:
                    while await stream.try_next() is not None:
                        pass
                    await changed()
        except PyMongoError as error:
            log.warning(
                "change stream lost, opening it again", collection=what, error=type(error).__name__, pause=pause
            )
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
