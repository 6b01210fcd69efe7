"""What complaints do by themselves, and what stands still while they are off."""

from __future__ import annotations

from datetime import timedelta

from hub.api import Context, Job, Waiting
from plugins.complaints.actions.moments import watch
from plugins.complaints.documents import complaints_of

COUNTED_AT_MOST = 100_000


async def count_open(ctx: Context) -> int:
    """Complaints that have not come to an end."""
    return await complaints_of(ctx).count({"open": True}, at_most=COUNTED_AT_MOST)


JOBS = (Job(name="watch", call=watch, label="投诉办理期限检查", every=timedelta(minutes=10), transaction=False),)

WAITING = (Waiting(label="未办结的投诉", count=count_open),)
