"""应发未发: what should be on the cards by now is listed and told once, from the first period that was paid here."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from hub.rules.switching import switch
from hub.words.actors import HUB
from plugins.payments.actions.expected import due_of, expected
from plugins.payments.actions.periods import read
from plugins.payments.documents import Schedule
from tests.payments.conftest import ANJU, FARMING, LAND, line
from tests.world import MONDAY_MORNING, SHEHONG

UNPAID = "GET payments/unpaid"
# The world's clock stands in November 2026.
YEARS_END = MONDAY_MORNING.replace(year=2027, month=1, day=1)


@pytest.mark.parametrize(
    ("period", "months", "due"),
    [
        ("2026", None, date(2026, 12, 31)),
        ("2026", 6, date(2026, 6, 30)),
        ("2026", 14, date(2027, 2, 28)),
        ("2026-11", None, date(2026, 11, 30)),
        ("2026-12", 2, date(2027, 1, 31)),
        ("2026-Q1", None, date(2026, 3, 31)),
        ("2026-H2", 1, date(2026, 7, 31)),
    ],
)
def test_a_period_is_due_at_the_end_of_its_month(period, months, due):
    assert due_of(read(period), months) == due


def schedule(cycle: str | None) -> Schedule:
    return Schedule(id="s", place=ANJU, project=LAND, bureau=FARMING, cycle=cycle, created_at=MONDAY_MORNING)


@pytest.mark.parametrize(
    ("cycle", "months", "today", "periods"),
    [
        ("month", None, date(2026, 11, 30), []),
        ("month", None, date(2026, 12, 1), ["2026-11"]),
        ("month", None, date(2027, 2, 1), ["2027-01", "2026-12", "2026-11"]),
        ("month", 2, date(2027, 2, 1), ["2026-12", "2026-11"]),
        ("year", 6, date(2026, 11, 24), ["2026"]),
        ("year", 0, date(2028, 1, 1), []),
        ("once", None, date(2028, 1, 1), []),
        (None, None, date(2028, 1, 1), []),
    ],
)
def test_only_what_its_project_has_been_paid_for_here(cycle, months, today, periods):
    assert [each.text for each in expected(schedule(cycle), months, today)] == periods


def test_no_more_than_a_batch_may_still_pay():
    assert len(list(expected(schedule("month"), None, date(2030, 1, 1)))) == 12


async def yearly(office, period: str = "2026"):
    """A batch of the project that pays by the year, which nobody carries on."""
    await office.enrol(line(1))
    return await office.new_batch(period, cycle="year")


async def at_years_end(office) -> None:
    await office.travel(YEARS_END - office.world.clock.now())


async def test_what_no_batch_took_to_the_bank_is_listed(office):
    batch = await yearly(office)
    before = (await office.ask(office.farmer(), UNPAID)).items

    await at_years_end(office)

    [after] = (await office.ask(office.farmer(), UNPAID)).items
    assert before == []
    assert (after.project, after.short, after.period, after.due) == (LAND, "地力保护", "2026", date(2026, 12, 31))
    assert (after.batch, after.batch_state) == (batch.id, "roster")


async def test_what_is_with_the_bank_is_not(office):
    await office.enrol(line(1))
    await office.paying("2026", cycle="year")

    await at_years_end(office)

    assert (await office.ask(office.farmer(), UNPAID)).items == []


async def test_another_bureau_and_another_county_read_none_of_it(office):
    await yearly(office)
    await at_years_end(office)

    other = await office.ask(office.farmer("外局", bureau="民政局"), UNPAID)
    away = await office.ask(office.farmer("外县", SHEHONG), UNPAID, at=SHEHONG)

    assert (other.items, away.items) == ([], [])


async def test_the_granting_bureau_hears_of_it_once(office):
    """In the morning after, and not again on the days after that."""
    await yearly(office)
    await at_years_end(office)

    told = [push for push in office.pushes if push.message == "payments.unpaid"]
    await office.travel(timedelta(days=4))

    assert [push.key for push in told] == [f"{LAND}:2026"]
    assert [push for push in office.pushes if push.message == "payments.unpaid"] == told
    assert (told[0].to.role, told[0].to.bureau, told[0].data["period"]) == ("handler", FARMING, "2026年")


async def test_nobody_waits_for_what_the_county_says_is_not_paid(office):
    await yearly(office)
    await switch(office.world.units, ANJU, "payments", on=True, settings={"pay_month": {LAND: 0}}, actor=HUB)
    await at_years_end(office)

    listed = (await office.ask(office.farmer(), UNPAID)).items

    await switch(office.world.units, ANJU, "payments", on=True, settings={}, actor=HUB)
    assert listed == []
