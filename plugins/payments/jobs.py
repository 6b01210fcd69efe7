"""What stands still while payments are off."""

from __future__ import annotations

from hub.api import Context, Waiting
from plugins.payments.documents import batches_of

COUNTED_AT_MOST = 100_000
UNDER_WAY = ("roster", "applied", "publicity", "confirmed", "disbursed", "paying")


async def count_batches(ctx: Context) -> int:
    """Batches that are not through."""
    return await batches_of(ctx).count({"state": {"$in": list(UNDER_WAY)}}, at_most=COUNTED_AT_MOST)


WAITING = (Waiting(label="未办结的发放批次", count=count_batches),)
