"""What may be done with a publicity now: asked by the pages and by the calls."""

from __future__ import annotations

from hub.api import Conflict, Context, Forbidden, Offers, during
from plugins.publicity.actions.boards import about, check_own, check_quiet, check_version, seen, shown
from plugins.publicity.documents import LIVE_ROWS, PUBLICITY, Publicity, rows_of


def check_started_by_hand(ctx: Context, publicity: Publicity) -> None:
    if publicity.kind == "payment":
        raise Conflict("发放公示在名单接收完成后自动开始，无需发起。", state=shown(publicity))


def check_extendable(ctx: Context, publicity: Publicity) -> None:
    if publicity.limit.days >= ctx.config.longest:
        raise Conflict(f"公示总天数已达{ctx.config.longest}天，不能再延长。", state=shown(publicity))


def check_quiet_now(ctx: Context, publicity: Publicity) -> None:
    check_quiet(publicity)


def check_run_out(ctx: Context, publicity: Publicity) -> None:
    if publicity.ends_at is None or ctx.now() <= publicity.ends_at:
        raise Conflict("公示期未满，不能最终确认。", state=shown(publicity))


async def check_not_in_it(ctx: Context, publicity: Publicity) -> None:
    """回避: nobody confirms a 资格公示 that they stand in or declared for. A batch may hold half the county, its clerks too."""
    if publicity.kind == "payment":
        return
    mine = {"publicity": publicity.id, "state": {"$in": ["shown", "objected"]}, "$or": about(ctx.actor)}
    if await rows_of(ctx).first(mine) is not None:
        raise Forbidden("名单中有您本人申报的事项，按规定应当回避，请由其他经办人员确认。")


async def check_renewable(ctx: Context, publicity: Publicity) -> None:
    """Of cases of which some still wait; a batch comes again through its own application."""
    if publicity.kind == "payment":
        raise Conflict("发放公示由发放申请重新审核后发起。", state=shown(publicity))
    left = {"publicity": publicity.id, "state": {"$in": list(LIVE_ROWS)}}
    if not await rows_of(ctx).count(left, at_most=1):
        raise Conflict("名单中已没有需要重新公示的人员。", state=shown(publicity))


OFFERS: Offers[Publicity] = Offers(
    {
        "start": (check_own, during(PUBLICITY, "start"), check_started_by_hand),
        "extend": (check_own, during(PUBLICITY, "extend"), check_extendable),
        "confirm": (check_own, during(PUBLICITY, "confirm"), check_quiet_now, check_run_out, check_not_in_it),
        "end": (check_own, during(PUBLICITY, "end")),
        "renew": (check_own, during(PUBLICITY, "renew"), check_renewable),
    }
)


async def taken(ctx: Context, id: str, version: int, move: str) -> Publicity:
    """A publicity that the one who acts may bring on by this move, as they have seen it."""
    publicity = await seen(ctx, id)
    await OFFERS.check(move, ctx, publicity)
    check_version(publicity, version)
    return publicity
