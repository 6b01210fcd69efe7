"""追缴: what somebody has got and must give back, until it has come or need not."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import msgspec

from hub.api import Asked, Button, Context, Invalid, Moved, Reason, ReasonRequest, money, recusal, taken
from plugins.interception.business import RECOVERIES
from plugins.interception.documents import Hit, Recovery


class RecoveredRequest(ReasonRequest, frozen=True, kw_only=True):
    """``amount`` that came back, all of it or a part, in yuan as text; ``reason`` says how (receipt, account)."""

    amount: Annotated[str, Asked("追回金额", "单位：元，如120.50。只追回一部分的，填这一次的金额。")]


class WaiveRequest(ReasonRequest, frozen=True, kw_only=True):
    """Why nothing is asked for any more."""


async def open_recovery(ctx: Context, hit: Hit, amount: Decimal, reason: str) -> Recovery:
    """With the confirmation of a hit."""
    if hit.recovery is not None:
        raise Invalid(fields={"recover": "本件已登记追缴，请在追缴记录中办理。"})
    new = Recovery(
        id=ctx.new_id(),
        hit=hit.id,
        amount=money.written(amount),
        **taken(hit, "place", "county", "number", "identity", "project", "short", "bureau", "sensitive"),
        **taken(hit, "avoid", "avoid_keys"),
    )
    return await RECOVERIES.open(ctx, new, "登记追缴", what="recovery", why=reason)


async def keep_away_too(ctx: Context, hit: Hit) -> None:
    """Who must keep away from a hit must from what is to be given back for it."""
    if hit.recovery is None:
        return
    recovery = await RECOVERIES.within(ctx).get(hit.recovery)
    if (widened := recusal.widened(recovery, hit)) != recovery:
        await RECOVERIES.keep(ctx, recovery, widened)


async def recovered(ctx: Context, recovery: Recovery, form: RecoveredRequest) -> Moved[Recovery]:
    """登记追回.

    A part leaves the rest open, the last of it closes, more than is owed is refused.
    """
    came = money.read_amount(form.amount)
    if came > recovery.remaining:
        raise Invalid(fields={"amount": f"待追缴余额为{recovery.remaining}元，登记金额不能超过余额。"})
    left = recovery.remaining - came
    row, words = (
        ("receive", f"{money.written(came)}元，尚欠{money.written(left)}元")
        if left
        else ("recover", f"{money.written(came)}元")
    )
    after = msgspec.structs.replace(recovery, returned=money.written(Decimal(recovery.amount) - left))
    return Moved(after, row=row, why=f"{words}：{form.reason}")


async def waive(ctx: Context, recovery: Recovery, form: WaiveRequest) -> Moved[Recovery]:
    """不予追缴, with the reason."""
    return Moved(recovery)


HOW = Reason("追回情况（凭证、账户）")
BUTTONS: tuple[Button[Recovery, Any], ...] = (
    Button(name="recovered", call=recovered, form=RecoveredRequest, reason=HOW, rows=("recover", "receive")),
    Button(name="waive", call=waive, form=WaiveRequest, reason=Reason("理由")),
)
