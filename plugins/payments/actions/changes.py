"""享受 as handlers change it: 暂停, 恢复, 停发, 终止, and how much one payment is."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from hub.api import Asked, Button, Conflict, Context, Moved, Reason, ReasonRequest, money, shown
from plugins.payments.business import BENEFITS, benefit_told
from plugins.payments.documents import Benefit
from plugins.payments.events import BenefitEnded, BenefitResumed, BenefitStopped, BenefitSuspended


class AmountRequest(ReasonRequest, frozen=True, kw_only=True):
    """``amount`` of one payment in yuan, as text: ``"120.50"``."""

    amount: Annotated[str, Asked("每次发放的金额", "单位：元，如120.50。已编制的名册不变。")]


def check_not_ended(ctx: Context, benefit: Benefit) -> None:
    if not benefit.open:
        raise Conflict("享受已终止，不能再设定金额。", state=shown(benefit))


async def suspend(ctx: Context, benefit: Benefit, form: ReasonRequest) -> Moved[Benefit]:
    """暂停: nothing is paid until it is resumed."""
    return Moved(benefit, (benefit_told(BenefitSuspended, form.reason),))


async def resume(ctx: Context, benefit: Benefit, form: ReasonRequest) -> Moved[Benefit]:
    """恢复享受."""
    return Moved(benefit, (benefit_told(BenefitResumed, form.reason),))


async def stop(ctx: Context, benefit: Benefit, form: ReasonRequest) -> Moved[Benefit]:
    """停发."""
    return Moved(benefit, (benefit_told(BenefitStopped, form.reason),))


async def end(ctx: Context, benefit: Benefit, form: ReasonRequest) -> Moved[Benefit]:
    """终止: closed for good."""
    return Moved(benefit, (benefit_told(BenefitEnded, form.reason),))


async def set_amount(ctx: Context, benefit: Benefit, form: AmountRequest) -> Moved[Benefit]:
    """设定金额: how much one payment is.

    Rosters that were already made keep theirs.
    """
    amount = money.written(money.read_amount(form.amount))
    line = BENEFITS.line(ctx, benefit, "amount", "设定金额", f"{amount}元：{form.reason}")
    return Moved(msgspec.structs.replace(benefit, amount=amount), line=line)


WHY = Reason("理由")
# What harms stands last: a page means its first button.
BUTTONS: tuple[Button[Benefit, Any], ...] = (
    Button(name="resume", call=resume, form=ReasonRequest, reason=WHY),
    Button(
        name="amount",
        call=set_amount,
        form=AmountRequest,
        reason=WHY,
        rows=(),
        checks=(check_not_ended,),
        label="设定金额",
    ),
    Button(name="suspend", call=suspend, form=ReasonRequest, reason=WHY),
    Button(name="stop", call=stop, form=ReasonRequest, reason=WHY),
    Button(name="end", call=end, form=ReasonRequest, reason=WHY),
)
