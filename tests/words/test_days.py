"""Days in tables: read in the shapes that offices write, and never guessed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.words import days

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    "text",
    [
        "2027-12-31",
        "2027/12/31",
        "2027.12.31",
        "2027年12月31日",
        "20271231",
        " ２０２７－１２－３１ ",
        "2027-12-31 00:00:00",
        "2027/12/31 8:30",
    ],
)
def test_a_day_in_the_shapes_that_offices_write(text):
    assert days.read(text, TODAY) == date(2027, 12, 31)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("27-12-31", "format"),
        ("27/12/31", "format"),
        ("12/31/27", "format"),
        ("12/31/2027", "format"),
        ("27年12月31日", "format"),
        ("0027-12-31", "range"),
        ("1899-12-31", "range"),
        ("2077-01-01", "range"),
        ("2027-02-29", "missing"),
        ("2027-13-01", "missing"),
        ("2027-12/31", "format"),
        ("2027-12", "format"),
        ("٢٠٢٧-12-31", "format"),
        ("46022", "format"),
        ("", "format"),
    ],
)
def test_two_digit_years_and_days_out_of_range_are_no_days(text, reason):
    with pytest.raises(days.BadDay) as refused:
        days.read(text, TODAY)

    assert refused.value.reason == reason
    assert refused.value.text == days.REASONS[reason]


def test_what_has_happened_lies_not_in_the_future():
    assert days.read("2026-11-23", TODAY, past=True) == TODAY

    with pytest.raises(days.BadDay, match="future"):
        days.read("2026-11-24", TODAY, past=True)


@given(st.dates(days.EARLIEST, date(TODAY.year + days.AHEAD, 12, 31)))
def test_every_day_in_range_is_read_back(day):
    assert days.read(day.isoformat(), TODAY) == day


@given(st.text())
def test_any_text_is_a_day_or_refused(text):
    try:
        day = days.read(text, TODAY)
    except days.BadDay:
        return
    assert day >= days.EARLIEST
