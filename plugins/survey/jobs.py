"""What comes round by itself, and what stands still while surveys are off."""

from __future__ import annotations

from datetime import timedelta

from hub.api import Context, Job, Waiting
from plugins.survey.actions.sweeping import call_off_over, forget_drafts
from plugins.survey.documents import TODO, surveys_of

COUNTED_AT_MOST = 100_000


async def count_open(ctx: Context) -> int:
    """Households that somebody still has to look at."""
    return await surveys_of(ctx).count({"state": {"$in": list(TODO)}}, at_most=COUNTED_AT_MOST)


JOBS = (
    Job(
        name="call_off_over",
        call=call_off_over,
        label="撤销不再需要的入户调查",
        every=timedelta(hours=6),
        transaction=False,
    ),
    Job(name="forget_drafts", call=forget_drafts, label="清理调查草稿", every=timedelta(days=1), transaction=False),
)

WAITING = (Waiting(label="未完成的入户调查", count=count_open),)
