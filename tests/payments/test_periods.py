"""What one is paid for once: what a text means, from when to when, and which of them share a day."""

from __future__ import annotations

from datetime import date

import pytest

from plugins.payments.actions import periods
from plugins.payments.actions.periods import Period


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-H1", date(2026, 1, 1), date(2026, 6, 30)),
        ("2026-H2", date(2026, 7, 1), date(2026, 12, 31)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_has_its_first_and_last_day(text, first, last):
    period = periods.read(text)

    assert period is not None
    assert (period.first, period.last, period.text) == (first, last, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026", "2026年"),
        ("2026-H1", "2026年上半年"),
        ("2026-H2", "2026年下半年"),
        ("2026-Q4", "2026年第4季度"),
        ("2026-12", "2026年12月"),
        ("补发", "补发"),
    ],
)
def test_a_period_is_said_as_people_say_it(text, said):
    assert periods.in_chinese(text) == said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "26",
        "1999",
        "2026-13",
        "2026-00",
        "2026-1",
        "2026-Q5",
        "2026-H3",
        "2026-S1",
        "2026\n",
        "２０２６",
        "2026-q4",
    ],
)
def test_anything_else_is_none(text):
    assert periods.read(text) is None


def test_a_period_crosses_all_that_share_a_day_with_it_and_no_other():
    """Asked for by their texts: the same answer as by their days, for every pair of the years around."""
    all_of_them = [
        Period(unit, start)
        for unit, long in periods.MONTHS.items()
        for start in range(2025 * 12, 2028 * 12, long)
        if start % long == 0
    ]
    for one in all_of_them:
        by_days = {other.text for other in all_of_them if other != one and one.overlaps(other)}
        assert set(periods.crossing(one)) == by_days

    [quarter] = [each for each in all_of_them if each.text == "2026-Q4"]
    assert set(periods.crossing(quarter)) == {"2026", "2026-H2", "2026-10", "2026-11", "2026-12"}


def test_the_next_one_follows_at_once():
    assert periods.at(date(2026, 11, 28), "quarter").text == "2026-Q4"
    assert periods.at(date(2026, 11, 28), "quarter").next.text == "2027-Q1"
    assert periods.at(date(2026, 12, 31), "month").next.text == "2027-01"


def test_what_may_be_paid_is_offered_in_words():
    """The next, the present, and those lately over; the longest first. What is offered is never refused as too far ahead."""
    offered = periods.offered(date(2026, 11, 23))

    said = [periods.in_chinese(each.text) for each in offered]
    assert said[:8] == [
        "2027年",
        "2026年",
        "2025年",
        "2024年",
        "2027年上半年",
        "2026年下半年",
        "2026年上半年",
        "2025年下半年",
    ]
    assert (said[8], said[14], said[-1], len(said)) == ("2027年第1季度", "2026年12月", "2025年11月", len(set(said)))
    assert all(periods.read(each.text) == each for each in offered)
