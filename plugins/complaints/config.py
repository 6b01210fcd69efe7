"""What a county can set."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from hub.api import Limit, Range


class ComplaintsConfig(msgspec.Struct, frozen=True, kw_only=True):
    """``handled_at``: where complaints about rows and projects are handled. ``dispatch_bureau`` gets what was sent to the
    wrong bureau, ``unit_bureau`` what accuses a unit of no bureau; empty: positions that are bound to none. ``types``: the
    投诉类型 by code. Limits of law: ``accept_within`` of filing, ``close_within`` of 受理, ``extension`` once; ``limits``: a
    project's own, shorter ones. ``return_within``: a wrong dispatch; ``again_within``: the second round; ``answer_within``:
    without an answer of the complainant a reply stands. ``show_handler``: residents read the 处理人, else the unit alone.
    ``unproved_hold``: from when the complaint of somebody who only claims who they are holds its row:
    ``accepted`` 受理, or ``filing``. ``least_shown``: smaller numbers are 少于5 to those who may not see the persons behind them.
    """

    handled_at: Literal["county", "town"] = "county"
    dispatch_bureau: str = ""
    unit_bureau: str = ""
    types: dict[str, str] = msgspec.field(
        default_factory=lambda: {
            "eligibility": "不符合享受条件",
            "fraud": "弄虚作假",
            "favour": "优亲厚友",
            "amount": "标准或金额不符",
            "unpaid": "未按时发放",
            "deducted": "截留克扣",
            "procedure": "程序不规范",
            "attitude": "服务态度",
            "other": "其他",
        }
    )
    accept_within: Limit = Limit(15, "calendar")
    close_within: Limit = Limit(60, "calendar")
    extension: Limit = Limit(30, "calendar")
    again_within: Limit = Limit(30, "calendar")
    answer_within: Limit = Limit(15, "calendar")
    return_within: Limit = Limit(2)
    limits: dict[str, Limit] = {}
    show_handler: bool = True
    unproved_hold: Literal["accepted", "filing"] = "accepted"
    least_shown: Annotated[int, Range(1, 100)] = 5
