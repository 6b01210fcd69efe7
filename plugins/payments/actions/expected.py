"""应发未发: periods of a project whose money should be on the cards by now, and no batch has gone to the bank."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

import msgspec

from hub.api import Context, shanghai
from plugins.payments.actions import periods
from plugins.payments.actions.periods import MONTHS, OVER, Period
from plugins.payments.config import PaymentsConfig
from plugins.payments.documents import Schedule, batches_of, schedules_of
from plugins.payments.events import PeriodUnpaid

# Projects of a county that are paid here, and their batches by period and state.
MOST, MOST_BATCHES = 200, 20_000
AT_THE_BANK = ("paying", "done")
# A period is told of for so long, once to each: a run that was missed is made up for.
TOLD_FOR = timedelta(days=3)


class Unpaid(msgspec.Struct, frozen=True, kw_only=True):
    """A period that was to be paid by the day ``due``. ``batch`` is the one that is on its way, "" where nobody has begun."""

    project: str
    short: str
    bureau: str
    period: str
    due: date
    batch: str
    batch_state: str


def due_of(period: Period, months: int | None) -> date:
    """The last day of the month in which a period is paid: the n-th from its first one, else its own last one."""
    last = period.start + (months or MONTHS[period.unit]) - 1
    return Period("month", last).last


def expected(schedule: Schedule, months: int | None, today: date) -> Iterator[Period]:
    """The periods of a project that were to be paid before today, the newest first: none from before it was paid here, and no more than
    a new batch may still pay."""
    if schedule.cycle not in MONTHS or months == 0:
        return
    first = periods.at(shanghai(schedule.created_at).date(), schedule.cycle) if schedule.created_at else None
    period = periods.at(today, schedule.cycle)
    for _ in range(OVER[schedule.cycle] + 1):
        if first is not None and period.start >= first.start and due_of(period, months) < today:
            yield period
        period = Period(period.unit, period.start - MONTHS[period.unit])


async def unpaid(ctx: Context) -> list[Unpaid]:
    """Within reach, what has waited longest first: two queries."""
    schedules: list[Schedule] = await schedules_of(ctx).find({}, sort=(("_id", 1),), limit=MOST)
    by, today = ctx.settings(PaymentsConfig).pay_month, shanghai(ctx.now()).date()
    wanted = {
        (each.project, period.text): (each, period)
        for each in schedules
        for period in expected(each, by.get(each.project), today)
    }
    batches = await batches_for(ctx, list(wanted))
    found = [
        unpaid_of(schedule, period, by.get(schedule.project), batch)
        for key, (schedule, period) in wanted.items()
        if (batch := batches.get(key, ("", "")))[0] not in AT_THE_BANK
    ]
    return sorted(found, key=lambda each: (each.due, each.project))


async def batches_for(ctx: Context, wanted: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], tuple[str, str]]:
    """Of each project and period the one that has come farthest: its state and its id."""
    if not wanted:
        return {}
    asked = {
        "project": {"$in": sorted({project for project, _ in wanted})},
        "period": {"$in": sorted({period for _, period in wanted})},
        "state": {"$ne": "cancelled"},
    }
    found = await batches_of(ctx).groups(asked, ("project", "period", "state"), ("_id",), at_most=MOST_BATCHES)
    farthest = sorted(found, key=lambda group: group.key[2] in AT_THE_BANK)
    return {(group.key[0], group.key[1]): (group.key[2], group.least[0]) for group in farthest}


def unpaid_of(schedule: Schedule, period: Period, months: int | None, batch: tuple[str, str]) -> Unpaid:
    state, id = batch
    return Unpaid(
        project=schedule.project,
        short=schedule.short or schedule.project,
        bureau=schedule.bureau,
        period=period.text,
        due=due_of(period, months),
        batch=id,
        batch_state=state,
    )


async def look(ctx: Context) -> None:
    """Each morning: what has come due since the last days is told to those who pay it."""
    today = shanghai(ctx.now()).date()
    for each in await unpaid(ctx):
        if today - each.due <= TOLD_FOR:
            told = {"short": each.short, "bureau": each.bureau, "period": each.period}
            ctx.emit(PeriodUnpaid(place=ctx.place.code, project=each.project, at=ctx.now(), **told))
