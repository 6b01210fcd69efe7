"""What the demo page is told, in order: WeChat messages as they land, the story as it is played, and which day it is."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterator
from typing import Any

# A page that was away longer than this loads anew.
KEPT = 500


class Feed:
    """The last frames, numbered from 1, and those who wait for the next one."""

    def __init__(self) -> None:
        self._frames: deque[tuple[int, dict[str, Any]]] = deque(maxlen=KEPT)
        self._number = 0
        self._changed = asyncio.Event()

    def tell(self, kind: str, **frame: Any) -> None:
        """Add a frame."""
        self._number += 1
        self._frames.append((self._number, {"kind": kind, **frame}))
        self.stir()

    def after(self, number: int) -> Iterator[tuple[int, dict[str, Any]]]:
        """The frames behind a number; all that are kept for a number of an earlier start."""
        known = number if number <= self._number else 0
        return (frame for frame in list(self._frames) if frame[0] > known)

    def stir(self) -> None:
        """Let everybody who waits look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Return when something was told, or after so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()
