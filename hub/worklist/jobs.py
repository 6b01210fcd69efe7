"""What the worklist does by itself, and what stands still without it."""

from __future__ import annotations

from datetime import timedelta

from hub.api import Job, OpenWork, counting
from hub.worklist.actions.decisions import release_expired
from hub.worklist.actions.offers import look_at_all
from hub.worklist.documents import LEFT, tasks_of

JOBS = (
    Job(
        name="release_expired",
        call=release_expired,
        label="退还超时未办的认领",
        every=timedelta(minutes=1),
        transaction=False,
    ),
    Job(
        name="look_at_all",
        call=look_at_all,
        label="核对待办由谁办理",
        every=timedelta(days=1),
        transaction=False,
    ),
)

OPEN_WORK = (OpenWork(label="未办结的待办", count=counting(tasks_of, {"state": {"$in": LEFT}})),)
