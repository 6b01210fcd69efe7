"""The stand-in's clock: somebody else's, shifted on request."""

from __future__ import annotations

from datetime import datetime, timedelta

from hub.clock import Clock


class ShiftedClock:
    """Tomorrow's quota and an old token can be had without waiting."""

    def __init__(self, base: Clock) -> None:
        self._base = base
        self.offset = timedelta(0)

    def now(self) -> datetime:
        """The base clock's time plus the offset."""
        return self._base.now() + self.offset
