"""What a county can set."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated

import msgspec

from hub.api import Asked, Limit, Range

DAY = timedelta(days=1)


class OverdueConfig(msgspec.Struct, frozen=True, kw_only=True):
    """``morning``: from when on handlers and leaders are told on a working day. ``soon``: what ends within so long is told ahead.
    ``kept``: how long what ended late stays to be looked at. ``least_shown``: smaller numbers of projects whose persons one may not
    see are 少于5."""

    morning: Annotated[time, Asked("每天提醒的时间")] = time(8, 30)
    soon: Annotated[Limit, Asked("提前提醒")] = Limit(1)
    kept: Annotated[timedelta, Range(DAY, 3660 * DAY), Asked("办结后保留")] = 400 * DAY
    least_shown: Annotated[int, Range(1, 100), Asked("小于此数显示为“少于”")] = 5
