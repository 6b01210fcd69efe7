"""What a county can set."""

from __future__ import annotations

import msgspec

from hub.api import Limit


class PaymentsConfig(msgspec.Struct, frozen=True, kw_only=True):
    """``show_handler``: the life of a payment names the 经办人员 beside the unit, else the unit alone. ``finance_bureau``
    decides 拨付 and 发放. ``second_person``: whoever made a batch may not review its application. ``limits``: working
    days of each step; ``publicity`` of a 发放公示 when its maker names no other. ``phones``: bureau → where it is asked about payments;
    ``hotline`` for those that are not there.
    """

    show_handler: bool = True
    finance_bureau: str = "财政局"
    second_person: bool = False
    limits: dict[str, Limit] = msgspec.field(
        default_factory=lambda: {
            "payments_review": Limit(5),
            "payments_disburse": Limit(10),
            "payments_pay": Limit(3),
            "payments_correct": Limit(5),
            "disburse": Limit(10),
        }
    )
    publicity: Limit = Limit(7, "calendar")
    phones: dict[str, str] = {}
    hotline: str = "12345"
