"""What a county can set."""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.api import Asked, Limit, Range


class OverdueConfig(msgspec.Struct, frozen=True, kw_only=True):
    """``answer_within``: the date by which an order is to be answered, where its form says none. Unread after ``read_within``, or
    without feedback ``late_after`` that date, its person is warned; ``escalate_after`` that, the leaders one level up are told.
    ``at_once_most`` cases may be ordered by one 一键督办.
    """

    answer_within: Annotated[Limit, Asked("督办反馈期限")] = Limit(3)
    read_within: Annotated[Limit, Asked("督办单多久未读即警告")] = Limit(1)
    late_after: Annotated[Limit, Asked("反馈逾期多久即警告")] = Limit(3)
    escalate_after: Annotated[Limit, Asked("警告后多久升级")] = Limit(1)
    at_once_most: Annotated[int, Range(1, 2000), Asked("一键督办最多多少件")] = 2000
