"""What comes round by itself, and what stands still while surveys are off."""

from __future__ import annotations

from datetime import timedelta

from hub.api import Job, OpenWork, counting
from plugins.survey.actions.sweeping import call_off_over, forget_drafts
from plugins.survey.documents import TODO, surveys_of

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

OPEN_WORK = (OpenWork(label="未完成的入户调查", count=counting(surveys_of, {"state": {"$in": TODO}})),)
