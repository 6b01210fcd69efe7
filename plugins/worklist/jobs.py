"""What the worklist does by itself."""

from __future__ import annotations

from datetime import timedelta

from hub.api import Job
from plugins.worklist.actions import release_expired

JOBS = (
    Job(
        name="release_expired",
        call=release_expired,
        label="退还超时未办的认领",
        every=timedelta(minutes=1),
        transaction=False,
    ),
)
