"""What the devices have: watermarks, collected for a moment and written together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import structlog

from hub.store.mongo import PyMongoError

log = structlog.get_logger("hub.realtime")


class Keeper(Protocol):
    """What is asked of hub.store.inbox.Inbox."""

    async def acknowledge_all(self, marks: Mapping[tuple[str, str], int]) -> None: ...


class Acknowledgements:
    """The highest acknowledged sequence number per stream and device: bounded by the number of live devices."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._waiting: dict[tuple[str, str], int] = {}

    def add(self, stream: str, device: str, seq: int) -> None:
        key = (stream, device)
        self._waiting[key] = max(seq, self._waiting.get(key, 0))

    async def flush(self) -> None:
        """Write what has come; after a failure it is kept for the next time."""
        waiting, self._waiting = self._waiting, {}
        if not waiting:
            return
        try:
            await self._keeper.acknowledge_all(waiting)
        except PyMongoError as error:
            log.warning("acknowledgements could not be written, they are tried again", error=type(error).__name__)
            for (stream, device), seq in waiting.items():
                self.add(stream, device, seq)
