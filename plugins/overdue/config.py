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
    see are 少于5.

    Of orders: ``answer_within`` is the date by which one is to be answered, where its form says none. Unread after ``read_within``, or
    without feedback ``late_after`` that date, its person is warned; ``escalate_after`` that, the leaders one level up are told.
    ``at_once_most`` cases may be ordered by one 一键督办."""

    morning: Annotated[time, Asked("每天提醒的时间")] = time(8, 30)
    soon: Annotated[Limit, Asked("提前提醒")] = Limit(1)
    kept: Annotated[timedelta, Range(DAY, 3660 * DAY), Asked("办结后保留")] = 400 * DAY
    least_shown: Annotated[int, Range(1, 100), Asked("小于此数显示为“少于”")] = 5
    answer_within: Annotated[Limit, Asked("督办反馈期限")] = Limit(3)
    read_within: Annotated[Limit, Asked("督办单多久未读即警告")] = Limit(1)
    late_after: Annotated[Limit, Asked("反馈逾期多久即警告")] = Limit(3)
    escalate_after: Annotated[Limit, Asked("警告后多久升级")] = Limit(1)
    at_once_most: Annotated[int, Range(1, 2000), Asked("一键督办最多多少件")] = 2000
