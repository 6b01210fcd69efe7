"""What stands still while surveys are off."""

from __future__ import annotations

from hub.api import Context, Waiting
from plugins.survey.documents import TODO, surveys_of

COUNTED_AT_MOST = 100_000


async def count_open(ctx: Context) -> int:
    """Households that somebody still has to look at."""
    return await surveys_of(ctx).count({"state": {"$in": list(TODO)}}, at_most=COUNTED_AT_MOST)


WAITING = (Waiting(label="未完成的入户调查", count=count_open),)
