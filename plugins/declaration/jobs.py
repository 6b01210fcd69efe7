"""What the declaration does by itself."""

from __future__ import annotations

from datetime import timedelta

from hub.api import Job
from plugins.declaration.actions.chain import watch_nodes

JOBS = (
    Job(
        name="watch_nodes",
        call=watch_nodes,
        label="环节功能开启后继续等待中的申报",
        every=timedelta(minutes=1),
        transaction=False,
    ),
)
