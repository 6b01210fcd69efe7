"""What complaints do by themselves, and what stands still while they are off."""

from __future__ import annotations

from datetime import timedelta

from hub.api import Job, OpenWork, counting
from plugins.complaints.actions.deadlines import watch
from plugins.complaints.documents import complaints_of

JOBS = (Job(name="watch", call=watch, label="投诉办理期限检查", every=timedelta(minutes=10), transaction=False),)

OPEN_WORK = (OpenWork(label="未办结的投诉", count=counting(complaints_of, {"open": True})),)
