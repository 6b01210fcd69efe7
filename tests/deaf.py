"""A plugin's function that does not hear that its time is over."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any


async def deaf(*_: Any) -> None:
    """Waits for ever, however often it is cancelled."""
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
