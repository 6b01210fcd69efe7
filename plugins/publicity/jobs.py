"""What comes round by itself, and what stands still while publicity is off."""

from __future__ import annotations

from datetime import timedelta

from hub.api import Job, OpenWork, counting
from plugins.publicity.actions.view_counts import fold
from plugins.publicity.actions.watching import watch
from plugins.publicity.documents import publicities_of

JOBS = (
    Job(name="watch", call=watch, label="公示到期提醒", every=timedelta(minutes=5), transaction=False),
    Job(name="fold_views", call=fold, label="汇总公示浏览次数", every=timedelta(minutes=10), transaction=False),
)

OPEN_WORK = (
    OpenWork(label="未办结的公示", count=counting(publicities_of, {"state": {"$in": ("preparing", "running", "due")}})),
)
