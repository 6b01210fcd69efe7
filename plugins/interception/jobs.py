"""What comes round by itself, and what stands still while interception is off."""

from __future__ import annotations

from datetime import timedelta

from hub.api import Job, OpenWork, counting
from plugins.interception.actions.recheck import recheck, sweep
from plugins.interception.documents import hits_of

JOBS = (
    # At night, in small transactions: a county has some ten thousand people with a stake.
    Job(
        name="recheck",
        call=recheck,
        label="定期复查享受和申报人员",
        cron="30 2 * * *",
        budget=timedelta(hours=2),
        transaction=False,
    ),
    Job(name="sweep", call=sweep, label="清理未完成的名单上传", cron="50 3 * * *", transaction=False),
)

OPEN_WORK = (OpenWork(label="待确认的拦截信息", count=counting(hits_of, {"open": True})),)
