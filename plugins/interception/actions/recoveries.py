"""追缴: what somebody has got and must give back, until it has come or need not."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from hub.api import Context, Invalid, NotFound, money, read_reason
from plugins.interception.actions.acts import (
    act,
    check_confirms,
    check_here,
    check_version,
    touched,
    visible,
    with_act,
)
from plugins.interception.documents import RECOVERY, Hit, Recovery, recoveries_of


class RecoveredRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``amount`` that came back, all of it or a part, in yuan as text; ``reason`` says how (receipt, account)."""

    version: int
    amount: str
    reason: str


class WaiveRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Why nothing is asked for any more."""

    version: int
    reason: str


async def open_recovery(ctx: Context, hit: Hit, amount: Decimal, reason: str) -> Recovery:
    """With the confirmation of a hit."""
    if hit.recovery is not None:
        raise Invalid(fields={"recover": "本件已登记追缴，请在追缴记录中办理。"})
    recovery: Recovery = await recoveries_of(ctx).insert(
        Recovery(
            id=ctx.new_id(),
            place=hit.place,
            hit=hit.id,
            number=hit.number,
            identity=hit.identity,
            project=hit.project,
            short=hit.short,
            bureau=hit.bureau,
            sensitive=hit.sensitive,
            avoid=hit.avoid,
            avoid_keys=hit.avoid_keys,
            amount=money.written(amount),
            acts=(act(ctx, "open", "登记追缴", bureau=hit.bureau, why=reason),),
        )
    )
    ctx.audit("interception.recovery", recovery.id, why=reason, number=hit.number)
    return recovery


async def recovery_of(ctx: Context, id: str) -> Recovery:
    recovery: Recovery | None = await recoveries_of(ctx).first(visible(ctx.actor, {"_id": id}))
    if recovery is None:
        raise NotFound
    return recovery


async def recovered(ctx: Context, id: str, request: RecoveredRequest) -> Recovery:
    """登记追回 of a sum: a part leaves the rest open, the last of it closes, more than is owed is refused."""
    recovery = await own(ctx, id, request.version)
    RECOVERY.follow("recover", recovery.state, version=recovery.version)
    came = money.read_amount(request.amount)
    if came > recovery.remaining:
        raise Invalid(fields={"amount": f"待追缴余额为{recovery.remaining}元，登记金额不能超过余额。"})
    left = recovery.remaining - came
    move, words = (
        ("receive", f"{money.written(came)}元，尚欠{money.written(left)}元")
        if left
        else ("recover", f"{money.written(came)}元")
    )
    returned = money.written(Decimal(recovery.amount) - left)
    return await moved(ctx, recovery, move, f"{words}：{read_reason(request.reason)}", returned=returned)


async def waive(ctx: Context, id: str, request: WaiveRequest) -> Recovery:
    """不予追缴 of what has not come back."""
    recovery = await own(ctx, id, request.version)
    return await moved(ctx, recovery, "waive", read_reason(request.reason))


async def own(ctx: Context, id: str, version: int) -> Recovery:
    """A recovery that the one who acts may decide, as they have seen it."""
    recovery = await recovery_of(ctx, id)
    check_here(ctx, recovery)
    check_confirms(ctx, recovery)
    check_version(recovery, version)
    return recovery


async def moved(ctx: Context, recovery: Recovery, move: str, why: str, **changes: str) -> Recovery:
    """After a move, with who, when, why."""
    state = RECOVERY.follow(move, recovery.state, version=recovery.version)
    label = RECOVERY.moves[move].label
    acts = with_act(recovery.acts, act(ctx, move, label, bureau=recovery.bureau, why=why))
    saved: Recovery = await recoveries_of(ctx).save(
        msgspec.structs.replace(recovery, state=state, acts=acts, **changes)
    )
    ctx.audit(f"interception.{move}", saved.id, why=why, number=saved.number, **changes)
    touched(ctx, label, saved)
    return saved
