"""What goes by the clock."""

from __future__ import annotations

from datetime import timedelta

from hub.api import Context, Job
from plugins.overdue import looking, morning
from plugins.overdue.config import OverdueConfig
from plugins.overdue.counting import fold
from plugins.overdue.documents import watches_of
from plugins.overdue.watching import AT_ONCE, look_at_clock, own


async def run_clock(ctx: Context) -> None:
    """What has passed its limit, what was tallied, what was kept long enough: in small transactions."""
    for some in (look_at_clock, fold, forget):
        while await ctx.in_transaction(some) == AT_ONCE:
            pass


async def forget(ctx: Context) -> int:
    old = {**own(ctx), "state": "over", "over_at": {"$lte": ctx.now() - ctx.settings(OverdueConfig).kept}}
    found = await watches_of(ctx).find(old, sort=(("over_at", 1),), limit=AT_ONCE)
    await watches_of(ctx).delete_many(found)
    return len(found)


JOBS = (
    Job(name="clock", call=run_clock, label="逾期计时", every=timedelta(minutes=1), transaction=False, at_city=True),
    Job(name="morning", call=morning.begin, label="每日临期和逾期提醒", every=timedelta(minutes=5), at_city=True),
    Job(name="look_over", call=looking.begin, label="核对逾期件数", cron="40 3 * * *", at_city=True),
)
