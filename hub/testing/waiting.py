"""Waiting for what happens in its own time: until it is there, however busy the machine is.

Only what hangs comes to the end of this patience: no test says how fast something must be.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE = 120.0
LOOK_AGAIN = 0.01


def patience() -> asyncio.Timeout:
    """``async with patience(): …`` fails what hangs."""
    return asyncio.timeout(PATIENCE)


async def until(condition: Callable[[], Awaitable[object]]) -> None:
    """Wait until the condition holds."""
    async with patience():
        while not await condition():  # noqa: ASYNC110 - nothing tells us
            await asyncio.sleep(LOOK_AGAIN)
