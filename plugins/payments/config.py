"""What a county can set."""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.api import Asked, Limit, Range
from plugins.payments.returns import ReturnName


class PaymentsConfig(msgspec.Struct, frozen=True, kw_only=True):
    """``show_handler``: the life of a payment names the 经办人员 beside the unit, else the unit alone. ``finance_bureau``
    decides 拨付 and 发放. ``second_person``: whoever made a batch may not review its application. ``limits``: working
    days of each step; ``publicity`` of a 发放公示 when its maker names no other. ``phones``: bureau → where it is asked about payments;
    ``hotline`` for those that are not there. ``bank_codes``: the return codes of the county's bank, each with what it means
    (``plugins/payments/returns.py``); without them its words say it. ``pay_month``: project → the month in which a period's money should
    be on the cards, counted from the period's first one; 0: nobody waits for it. Without it, the period's last month.
    """

    show_handler: Annotated[bool, Asked("显示经办人员")] = True
    finance_bureau: Annotated[str, Asked("财政部门名称")] = "财政局"
    second_person: Annotated[bool, Asked("审核须换人")] = False
    limits: Annotated[dict[str, Limit], Asked("各环节期限")] = msgspec.field(
        default_factory=lambda: {
            "payments_review": Limit(5),
            "payments_disburse": Limit(10),
            "payments_pay": Limit(3),
            "payments_correct": Limit(5),
            "disburse": Limit(10),
        }
    )
    publicity: Annotated[Limit, Asked("发放公示时间")] = Limit(7, "calendar")
    phones: Annotated[dict[str, str], Asked("各部门咨询电话")] = {}
    pay_month: Annotated[dict[str, Annotated[int, Range(0, 24)]], Asked("各项目应发月份", "从期次的第一个月数起")] = {}
    bank_codes: Annotated[dict[str, ReturnName], Asked("银行退回码的含义")] = {}
    hotline: Annotated[str, Asked("咨询电话", "其他部门的")] = "12345"
