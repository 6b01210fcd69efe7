"""When a job is due next."""

from __future__ import annotations

from datetime import UTC, datetime

from croniter import croniter

from hub.words.clock import SHANGHAI
from hub.words.contributions import Job


def next_time(job: Job, after: datetime) -> datetime:
    """The first moment after ``after``. Cron fields are read as Asia/Shanghai, as the people who set them live there."""
    if job.every is not None:
        return after + job.every
    following: datetime = croniter(job.cron or "", after.astimezone(SHANGHAI)).get_next(datetime)
    return following.astimezone(UTC)
