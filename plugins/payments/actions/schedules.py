"""Which period a new batch may pay: one of its project's cycle, at most the next, and crossing no other of the project.

Whoever makes a batch writes the project's schedule, so that of two at once one comes after and sees the other's.
"""

from __future__ import annotations

import msgspec

from hub.api import Conflict, Context, Invalid, shanghai
from plugins.declaration.events import ProjectOf
from plugins.payments.actions import periods
from plugins.payments.actions.periods import CYCLES, EXAMPLES, Cycle, Period
from plugins.payments.documents import Batch, Benefit, Schedule, batches_of, schedules_of


async def agree(ctx: Context, benefit: Benefit, text: str, asked: Cycle | None) -> tuple[Period, Cycle | None]:
    """The period of a new batch, and how often its project pays (None: nobody has said); ``Invalid`` or ``Conflict`` else."""
    period = periods.read(text)
    if period is None:
        raise Invalid(fields={"period": f"应为年、半年、季度或月，如{'、'.join(EXAMPLES.values())}。"})
    cycle = await cycle_of(ctx, benefit, asked)
    if cycle not in (None, "once", period.unit):
        example = periods.in_chinese(periods.at(shanghai(ctx.now()).date(), cycle).text)
        raise Invalid(fields={"period": f"本项目{CYCLES[cycle]}发放，请选择如{example}的期次。"})
    check_not_ahead(ctx, period)
    await check_free(ctx, benefit.project, period)
    return period, cycle


async def cycle_of(ctx: Context, benefit: Benefit, asked: Cycle | None) -> Cycle | None:
    """As the catalogue says; of a project that is not in it, as its first batch said. The schedule is written either way."""
    schedule = await schedule_of(ctx, benefit)
    project = await ctx.ask(ProjectOf(code=benefit.project))
    known = (project and project.cycle) or schedule.cycle
    if None not in (known, asked) and known != asked:
        raise Invalid(fields={"cycle": f"本项目已登记为{CYCLES[known or '']}发放。"})
    cycle = known or asked
    await schedules_of(ctx).save(msgspec.structs.replace(schedule, cycle=cycle, short=benefit.short))
    return cycle


async def schedule_of(ctx: Context, benefit: Benefit) -> Schedule:
    place = ctx.county or benefit.place
    id = f"{place}:{benefit.project}"
    known: Schedule | None = await schedules_of(ctx).first({"_id": id})
    if known is not None:
        return known
    new = Schedule(id=id, place=place, project=benefit.project, bureau=benefit.bureau)
    made: Schedule = await schedules_of(ctx).insert(new)
    return made


def check_not_ahead(ctx: Context, period: Period) -> None:
    latest = periods.at(shanghai(ctx.now()).date(), period.unit).next
    if period.start > latest.start:
        raise Invalid(fields={"period": f"最多提前编制下一期（{periods.in_chinese(latest.text)}）的名册。"})


async def check_free(ctx: Context, project: str, period: Period) -> None:
    """Of the same period there may be a second batch, for those who came later; whom the first has, it does not take."""
    crossing = {"project": project, "period": {"$in": periods.crossing(period)}, "state": {"$ne": "cancelled"}}
    other: Batch | None = await batches_of(ctx).first(crossing)
    if other is not None:
        raise Conflict(
            f"与批次{other.number}的期次{periods.in_chinese(other.period)}时间重叠，同一时间不能重复发放。请更换期次，或先作废该批次。",
            state={"batch": other.id, "period": other.period},
        )
