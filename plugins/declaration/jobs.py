"""What the declaration does by itself, and what stands still without it."""

from __future__ import annotations

from datetime import timedelta

from hub.api import Job, OpenWork, counting
from plugins.declaration.actions.chain import retry_parked, watch_nodes
from plugins.declaration.actions.passing import forget_left
from plugins.declaration.documents import cases_of

JOBS = (
    Job(
        name="watch_nodes",
        call=watch_nodes,
        label="环节功能开启后继续等待中的申报",
        every=timedelta(minutes=1),
        transaction=False,
    ),
    Job(
        name="retry_parked",
        call=retry_parked,
        label="继续因核验暂缓的环节结果",
        every=timedelta(minutes=1),
        transaction=False,
    ),
    Job(
        name="forget_window_drafts",
        call=forget_left,
        label="清理窗口没有录完的代录",
        every=timedelta(days=1),
        transaction=False,
    ),
)

OPEN_WORK = (OpenWork(label="在办的申报", count=counting(cases_of, {"open": True})),)
