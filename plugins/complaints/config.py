"""What a county can set."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from hub.api import Asked, Limit, Range


class ComplaintsConfig(msgspec.Struct, frozen=True, kw_only=True):
    """``handled_at``: where complaints about rows and projects are handled. ``dispatch_bureau`` gets what was sent to the
    wrong bureau, ``unit_bureau`` what accuses a unit of no bureau; empty: positions that are bound to none. ``types``: the
    投诉类型 by code. Limits of law: ``accept_within`` of filing, ``close_within`` of 受理, ``extension`` once; ``limits``: a
    project's own, shorter ones. ``return_within``: a wrong dispatch; ``again_within``: the second round; ``answer_within``:
    without an answer of the complainant a reply stands. ``show_handler``: residents read the 处理人, else the unit alone.
    ``phones``: bureau → where it is asked about complaints; ``hotline`` for those that are not there.
    ``unproved_hold``: from when the complaint of somebody who only claims who they are holds its row:
    ``accepted`` 受理, or ``filing``. ``least_shown``: smaller numbers are 少于5 to those who may not see the persons behind them.
    """

    handled_at: Annotated[
        Literal["county", "town"], Asked("投诉在哪一级办理", choices={"county": "县级", "town": "乡镇"})
    ] = "county"
    dispatch_bureau: Annotated[str, Asked("转办错误时由哪个部门重新分派")] = ""
    unit_bureau: Annotated[str, Asked("投诉无主管部门的单位由哪个部门办理")] = ""
    types: Annotated[dict[str, str], Asked("投诉类型")] = msgspec.field(
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
    accept_within: Annotated[Limit, Asked("受理期限")] = Limit(15, "calendar")
    close_within: Annotated[Limit, Asked("办结期限")] = Limit(60, "calendar")
    extension: Annotated[Limit, Asked("延期一次的时间")] = Limit(30, "calendar")
    again_within: Annotated[Limit, Asked("二次办理期限")] = Limit(30, "calendar")
    answer_within: Annotated[Limit, Asked("评价期限")] = Limit(15, "calendar")
    return_within: Annotated[Limit, Asked("退回转办的期限")] = Limit(2)
    limits: Annotated[dict[str, Limit], Asked("各项目更短的期限")] = {}
    show_handler: Annotated[bool, Asked("向居民显示处理人")] = True
    phones: Annotated[dict[str, str], Asked("各部门咨询电话")] = {}
    hotline: Annotated[str, Asked("咨询电话", "其他部门的")] = "12345"
    unproved_hold: Annotated[
        Literal["accepted", "filing"],
        Asked("未核验身份的投诉从何时起暂停公示行", choices={"accepted": "受理时", "filing": "提交时"}),
    ] = "accepted"
    least_shown: Annotated[int, Range(1, 100), Asked("小于此数显示为“少于”")] = 5
