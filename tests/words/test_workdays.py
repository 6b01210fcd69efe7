"""Working days, limits and quiet hours, on fixed days of the State Council's calendar."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.words.clock import SHANGHAI, shanghai
from hub.words.workdays import Calendar, Limit, in_quiet_hours, next_open


def at(text: str) -> datetime:
    """`2026-09-30 15:00` in Shanghai, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def end_of(text: str) -> datetime:
    return at(f"{text} 23:59:59")


@pytest.fixture
def guessed() -> list[int]:
    """The years that a calendar had to guess."""
    return []


@pytest.fixture
def calendar(guessed) -> Calendar:
    return Calendar({}, guessed.append)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2026-11-23", True),  # a Monday
        ("2026-11-22", False),  # a Sunday
        ("2026-10-01", False),  # 国庆
        ("2026-10-10", True),  # the Saturday worked for it
        ("2026-02-14", True),  # the Saturday worked for 春节
        ("2026-02-16", False),  # 除夕, a Monday
        ("2025-10-06", False),  # 中秋
        ("2026-01-04", True),  # the Sunday worked for 元旦
    ],
)
def test_known_days(calendar, guessed, day, worked):
    """Holidays rest, make-up weekends work."""
    answer = calendar.is_workday(date.fromisoformat(day))

    assert answer is worked
    assert guessed == []


@pytest.mark.parametrize(
    ("start", "days", "last"),
    [
        ("2026-11-23 09:00", 5, "2026-11-30"),  # over a weekend
        ("2026-09-30 16:59", 1, "2026-10-08"),  # 国庆 between
        ("2026-09-30 16:59", 3, "2026-10-10"),  # the third is a worked Saturday
        ("2026-02-13 09:00", 1, "2026-02-14"),  # a worked Saturday before 春节
        ("2026-02-13 09:00", 2, "2026-02-24"),  # 春节 between
        ("2025-12-31 09:00", 2, "2026-01-05"),  # the year's edge: 元旦 rests 1 to 3 January, the 4th is a worked Sunday
        ("2026-11-22 10:00", 1, "2026-11-23"),  # begun on a Sunday
        ("2026-11-23 00:00", 0, "2026-11-23"),
        ("2026-11-23 23:59", 1, "2026-11-24"),  # a late start is still that day's
    ],
)
def test_a_limit_in_working_days_ends_at_the_end_of_its_last_one(calendar, start, days, last):
    """The day of the start is not counted."""
    due = calendar.due(at(start), Limit(days))

    assert due == end_of(last)
    assert due.tzinfo is UTC


def test_a_limit_in_calendar_days_counts_holidays(calendar):
    """A village reads its publicity on holidays too."""
    due = calendar.due(at("2026-09-29 10:00"), Limit(7, "calendar"))

    assert due == end_of("2026-10-06")


@pytest.mark.parametrize(
    ("pauses", "last"),
    [
        ([("2026-11-24 10:00", "2026-11-25 11:00")], "2026-11-30"),  # touches two working days
        ([("2026-11-24 10:00", "2026-11-24 10:05"), ("2026-11-24 15:00", "2026-11-24 16:00")], "2026-11-27"),  # one day
        ([("2026-11-24 10:00", "2026-11-25 00:00")], "2026-11-27"),  # its end is not included
        ([("2026-11-27 10:00", "2026-11-30 11:00")], "2026-11-26"),  # begins after the limit has ended
        ([("2026-11-23 10:00", "2026-11-23 11:00")], "2026-11-26"),  # the first day does not count anyway
        ([("2026-11-24 10:00", "2026-11-24 10:00")], "2026-11-26"),  # lasts no time
    ],
)
def test_days_that_a_pause_touches_do_not_count(calendar, pauses, last):
    """Waiting for 补正 and declared outages are nobody's delay."""
    intervals = [(at(start), at(end)) for start, end in pauses]

    due = calendar.due(at("2026-11-23 09:00"), Limit(3), intervals)

    assert due == end_of(last)


def test_after_the_packages_end_weekdays_are_worked_and_the_year_is_reported_once(calendar, guessed):
    """2027 is not known to the package: somebody must fill in the table."""
    due = calendar.due(at("2026-12-30 09:00"), Limit(5))

    assert due == end_of("2027-01-07")
    assert guessed == [2027]


@pytest.mark.parametrize(
    ("year", "holidays"),
    [
        (2027, {"01-01", "04-05", "05-03", "10-01"}),  # 1 and 2 May, 2 and 3 October are on a weekend
        (2028, {"04-04", "05-01", "05-02", "05-03", "10-02", "10-03"}),
        (2101, {"05-02", "05-03", "10-03"}),  # after the solar terms that are known
    ],
)
def test_fixed_holidays_of_law_rest_in_years_that_nobody_has_told_yet(calendar, guessed, year, holidays):
    """元旦, 清明, 劳动节, 国庆: of all weekdays of the year they alone rest; the year is reported all the same."""
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]

    rest = {f"{day:%m-%d}" for day in days if day.weekday() < 5 and not calendar.is_workday(day)}

    assert rest == holidays
    assert guessed == [year]


def test_a_limit_before_may_ends_after_it_in_an_unknown_year(calendar):
    """Due on 4 May, not on the 3rd: the day on which offices open again."""
    due = calendar.due(at("2027-04-30 10:00"), Limit(1))

    assert due == end_of("2027-05-04")


def test_the_table_may_call_a_fixed_holiday_a_working_day(guessed):
    calendar = Calendar({date(2027, 5, 3): "work"}, guessed.append)

    assert calendar.is_workday(date(2027, 5, 3))


def test_the_administrators_table_goes_first(guessed):
    """It overrides the package."""
    table = {date(2026, 11, 24): "rest", date(2026, 11, 28): "work", date(2027, 1, 1): "rest"}
    calendar = Calendar(table, guessed.append)

    due = calendar.due(at("2026-11-23 09:00"), Limit(4))
    new_year = calendar.due(at("2026-12-31 09:00"), Limit(1))

    assert due == end_of("2026-11-28")
    assert new_year == end_of("2027-01-04")


SPRING_FESTIVAL = tuple(date(2027, 2, day) for day in (5, 8, 9, 10, 11))


@pytest.mark.parametrize(("rests", "known"), [(SPRING_FESTIVAL, True), (SPRING_FESTIVAL[1:], False)])
def test_a_year_is_known_by_its_notice_and_not_by_some_days(guessed, rests, known):
    """As many weekdays of rest as 春节 has; fewer were changed one by one, and the year is still reported."""
    calendar = Calendar(dict.fromkeys(rests, "rest"), guessed.append)

    calendar.is_workday(date(2027, 3, 3))

    assert (calendar.knows(2027), guessed) == (known, [] if known else [2027])


def test_a_year_of_the_package_stays_known_when_its_first_day_was_changed(guessed):
    assert Calendar({date(2026, 1, 1): "rest"}, guessed.append).knows(2026)


def test_adding_working_days_keeps_the_time_of_day(calendar):
    """Forward over 国庆, and back again to the day before."""
    start = at("2026-09-30 10:30")

    later = calendar.add_workdays(start, 1)
    earlier = calendar.add_workdays(later, -1)

    assert later == at("2026-10-08 10:30")
    assert earlier == start


def test_days_between_are_the_days_overdue(calendar):
    """The first day is not counted, the last one is."""
    due, looked_at = end_of("2026-09-29"), at("2026-10-10 08:00")

    late = calendar.workdays_between(due, looked_at)

    assert late == 4  # 30 September, 8, 9 and 10 October
    assert calendar.workdays_between(looked_at, due) == -4
    assert calendar.workdays_between(due, due) == 0


@given(
    # Hypothesis wants the bounds without a zone and adds it.
    start=st.datetimes(datetime(2005, 1, 1), datetime(2026, 6, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    days=st.integers(0, 60),
    minutes=st.integers(0, 60 * 24 * 20),
)
def test_a_limit_holds_exactly_its_working_days(start, days, minutes):
    """Counting back gives the limit; a pause never makes it shorter."""
    calendar = Calendar({}, lambda _: None)

    due = calendar.due(start, Limit(days))
    paused = calendar.due(start, Limit(days), [(start, start + timedelta(minutes=minutes))])

    assert calendar.workdays_between(start, due) == days
    assert shanghai(due).time() == time(23, 59, 59)
    assert paused >= due


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-23 20:59", "2026-11-23 20:59"),
        ("2026-11-23 21:00", "2026-11-24 08:00"),
        ("2026-11-24 00:00", "2026-11-24 08:00"),
        ("2026-11-24 07:59", "2026-11-24 08:00"),
        ("2026-11-24 08:00", "2026-11-24 08:00"),
        ("2026-12-31 23:00", "2027-01-01 08:00"),
    ],
)
def test_nights_are_quiet(moment, opens):
    """21:00 to 08:00 in Shanghai, over midnight and over the year's edge."""
    opening = next_open(at(moment), time(21), time(8))

    assert opening == at(opens)
    assert in_quiet_hours(at(moment), time(21), time(8)) == (moment != opens)


@pytest.mark.parametrize(("hour", "quiet"), [(11, False), (12, True), (13, True), (14, False)])
def test_quiet_hours_may_lie_within_a_day(hour, quiet):
    """A noon rest, for a county that wants one."""
    answer = in_quiet_hours(at(f"2026-11-23 {hour}:00"), time(12), time(14))

    assert answer is quiet


def test_equal_ends_mean_never_quiet():
    """How a county turns the rule off."""
    moment = at("2026-11-23 23:00")

    answer = next_open(moment, time(0), time(0))

    assert answer == moment
