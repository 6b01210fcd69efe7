"""What a county can set."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import msgspec

from hub.api import Asked, Range


class WorklistConfig(msgspec.Struct, frozen=True, kw_only=True):
    """``claim_for``: how long a claimed task stays with its handler before the others may take it.
    ``history_at_most``: lines of 历史审核记录 shown beside a task."""

    claim_for: Annotated[timedelta, Range(timedelta(minutes=1), timedelta(days=7)), Asked("认领保留时间")] = timedelta(
        hours=2
    )
    history_at_most: Annotated[int, Range(1, 200), Asked("显示的历史记录数")] = 50
