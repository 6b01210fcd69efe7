"""What may not be done with a publicity now, though its state allows it: asked by the pages and by the calls."""

from __future__ import annotations

from hub.api import Conflict, Context, Forbidden, shown
from plugins.publicity.business import about, is_about, runs
from plugins.publicity.config import PublicityConfig
from plugins.publicity.documents import LIVE_ROWS, Publicity, Row, rows_of


def check_runs(ctx: Context, publicity: Publicity) -> None:
    if not runs(ctx.actor, publicity):
        raise Forbidden("此公示由公示岗位的经办人员办理。")


def check_started_by_hand(ctx: Context, publicity: Publicity) -> None:
    if publicity.kind == "payment":
        raise Conflict("发放公示在名单接收完成后自动开始，无需发起。", state=shown(publicity))


def check_extendable(ctx: Context, publicity: Publicity) -> None:
    if publicity.limit.days >= ctx.settings(PublicityConfig).longest:
        raise Conflict(f"公示总天数已达{ctx.settings(PublicityConfig).longest}天，不能再延长。", state=shown(publicity))


def check_quiet(ctx: Context, publicity: Publicity) -> None:
    """Not while parts of it are on their way."""
    if publicity.working:
        raise Conflict("名单正在处理，请稍候再操作。", state=shown(publicity))


def check_run_out(ctx: Context, publicity: Publicity) -> None:
    if publicity.ends_at is None or ctx.now() <= publicity.ends_at:
        raise Conflict("公示期未满，不能最终确认。", state=shown(publicity))


async def check_not_in_it(ctx: Context, publicity: Publicity) -> None:
    """回避: nobody confirms a 资格公示 that they stand in or declared for. A batch may hold half the county, its clerks too."""
    if publicity.kind == "payment":
        return
    mine = {"publicity": publicity.id, "state": {"$in": ["shown", "objected"]}, "$or": about(ctx.actor)}
    if await rows_of(ctx).first(mine) is not None:
        raise Forbidden("名单中有您本人申报或代录的事项，按规定应当回避，请由其他经办人员确认。")


def check_not_ones_own(ctx: Context, row: Row) -> None:
    """回避: nobody sends back what they stand in or declared."""
    if is_about(ctx, row):
        raise Forbidden("这是您本人申报或代录的事项，按规定应当回避，请由其他经办人员办理。")


async def check_renewable(ctx: Context, publicity: Publicity) -> None:
    """Of cases of which some still wait; a batch comes again through its own application."""
    if publicity.kind == "payment":
        raise Conflict("发放公示由发放申请重新审核后发起。", state=shown(publicity))
    left = {"publicity": publicity.id, "state": {"$in": list(LIVE_ROWS)}}
    if not await rows_of(ctx).count(left, at_most=1):
        raise Conflict("名单中已没有需要重新公示的人员。", state=shown(publicity))
