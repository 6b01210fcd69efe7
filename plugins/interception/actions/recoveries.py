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
    """``amount`` that came back, in yuan as text; ``reason`` says how (receipt, account)."""

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
    """登记追回."""
    returned = money.written(money.read_amount(request.amount))
    return await close(ctx, id, "recover", request.version, request.reason, returned=returned)


async def waive(ctx: Context, id: str, request: WaiveRequest) -> Recovery:
    """不予追缴."""
    return await close(ctx, id, "waive", request.version, request.reason, returned="")


async def close(ctx: Context, id: str, move: str, version: int, reason: str, *, returned: str) -> Recovery:
    recovery = await recovery_of(ctx, id)
    check_here(ctx, recovery)
    check_confirms(ctx, recovery)
    check_version(recovery, version)
    state = RECOVERY.follow(move, recovery.state, version=recovery.version)
    label, why = RECOVERY.moves[move].label, read_reason(reason)
    line = act(ctx, move, label, bureau=recovery.bureau, why=f"{returned}元：{why}" if returned else why)
    closed: Recovery = await recoveries_of(ctx).save(
        msgspec.structs.replace(recovery, state=state, returned=returned, acts=with_act(recovery.acts, line))
    )
    ctx.audit(f"interception.{move}", closed.id, why=why, number=closed.number)
    touched(ctx, label, closed)
    return closed
