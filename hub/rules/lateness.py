"""What a plugin does for somebody who waits: ended after a time, and the log says where the plugin stood then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog

from hub.rules.traces import cause
from hub.rules.turns import Entry, HeldUp
from hub.rules.units import Units

log = structlog.get_logger("hub.plugins")


@asynccontextmanager
async def not_later(units: Units, plugin: str, entry: Entry, budget: timedelta) -> AsyncIterator[None]:
    """Raises ``TimeoutError`` after ``budget``; what it would have written is not kept."""
    try:
        async with units.turns.within(plugin, entry, budget):
            yield
    except HeldUp:
        log.warning("others kept the loop while somebody waited for a plugin", plugin=plugin, entry=entry)
        raise
    except TimeoutError as error:
        # It may have waited for another plugin, which it had asked.
        spot = cause(error, lambda file: units.host.owner_of_file(file) is not None)
        log.warning("a plugin took too long to answer and was ended", plugin=plugin, entry=entry, error=spot)
        raise
