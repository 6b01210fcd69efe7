"""Deleting what is old: the oldest first, and never more than a share of what there is in one go.

Whatever makes a sweep believe that everything is old, a wrong clock or a setting with a slip, costs a share of it and not
all, and is seen before the next one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from hub.store.mongo import AsyncCollection

log = structlog.get_logger("hub.store")

# What is kept for months goes by tenths, what lives for minutes by halves.
KEPT, FLEETING = 10, 2
# So many may go of however little.
LEAST = 100
# Of one go, however much there is; and of one command.
MOST, AT_ONCE = 200_000, 5000


async def allowance(collection: AsyncCollection[dict[str, Any]], part: int = KEPT) -> int:
    """How many documents one go may delete: one in ``part``."""
    return min(MOST, max(LEAST, await collection.estimated_document_count() // part))


async def sweep(
    collection: AsyncCollection[dict[str, Any]], old: Mapping[str, Any], *, by: str, part: int = KEPT
) -> int:
    """Delete the oldest documents, by the field ``by``, of those that are ``old``; returns how many went."""
    allowed = await allowance(collection, part)
    found = collection.find(old, {"_id": 1}, sort=[(by, 1)], limit=allowed + 1)
    ids = [row["_id"] async for row in found]
    if len(ids) > allowed:
        log.info("more is old than is deleted in one go, the next goes on", collection=collection.name, at_most=allowed)
    gone = 0
    for at in range(0, allowed, AT_ONCE):
        # Asked once more: it may have been renewed meanwhile.
        these = {"_id": {"$in": ids[at : min(at + AT_ONCE, allowed)]}, **old}
        gone += (await collection.delete_many(these)).deleted_count if ids[at:] else 0
    return gone
