"""What comes round by itself, and what stands still while publicity is off."""

from __future__ import annotations

from datetime import timedelta

from hub.api import Context, Job, Waiting
from plugins.publicity.actions.glances import fold
from plugins.publicity.actions.watching import watch
from plugins.publicity.documents import publicities_of

COUNTED_AT_MOST = 100_000


async def count_open(ctx: Context) -> int:
    """Publicities that are not through."""
    wanted = {"state": {"$in": ["preparing", "running", "due"]}}
    return await publicities_of(ctx).count(wanted, at_most=COUNTED_AT_MOST)


JOBS = (
    Job(name="watch", call=watch, label="公示到期提醒", every=timedelta(minutes=5), transaction=False),
    Job(name="fold_views", call=fold, label="汇总公示浏览次数", every=timedelta(minutes=10), transaction=False),
)

WAITING = (Waiting(label="未办结的公示", count=count_open),)
