"""What a county can set."""

from __future__ import annotations

from datetime import timedelta

import msgspec


class WorklistConfig(msgspec.Struct, frozen=True, kw_only=True):
    """``claim_for``: how long a claimed task stays with its handler before the others may take it.
    ``history_at_most``: lines of 历史审核记录 shown beside a task."""

    claim_for: timedelta = timedelta(hours=2)
    history_at_most: int = 50
