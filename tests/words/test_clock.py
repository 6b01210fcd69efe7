"""The time that is handed in, and how it reads on a screen."""

from datetime import UTC, date, datetime, timedelta

import pytest

from hub.words.clock import MovingClock, SystemClock, day_in_chinese, in_chinese, shanghai, today

EVENING = datetime(2026, 11, 22, 16, 1, tzinfo=UTC)


def test_moving_clock_stands_until_it_is_moved():
    """A test decides when time passes."""
    clock = MovingClock(EVENING)

    clock.advance(timedelta(hours=2))

    assert clock.now() == clock.now() == EVENING + timedelta(hours=2)


def test_moving_clock_jumps_and_answers_in_utc():
    """Whatever zone it was set in."""
    clock = MovingClock(EVENING)

    clock.set(shanghai(EVENING - timedelta(days=3)))

    assert clock.now() == EVENING - timedelta(days=3)
    assert clock.now().tzinfo is UTC


def test_system_clock_is_shifted_by_its_offset():
    """A subprocess joins a test's time by an offset."""
    here, ahead = SystemClock(), SystemClock(timedelta(days=40))

    present, shifted = here.now(), ahead.now()

    assert timedelta(days=40) <= shifted - present < timedelta(days=40, minutes=1)


def test_the_day_changes_at_midnight_in_shanghai():
    """16:01 UTC is one minute past midnight there."""
    clock = MovingClock(EVENING)

    day = today(clock)

    assert day == date(2026, 11, 23)


def test_screens_read_shanghai_time_in_chinese():
    """The form that WeChat's field type `time` wants: no zero before month and day, two digits in hour and minute."""
    moment = datetime(2026, 11, 3, 1, 5, tzinfo=UTC)

    text = in_chinese(moment)

    assert text == "2026年11月3日 09:05"


@pytest.mark.parametrize("day", [EVENING, date(2026, 11, 23)])
def test_days_read_in_chinese(day):
    """Of a moment it is the Shanghai day."""
    text = day_in_chinese(day)

    assert text == "2026年11月23日"


def test_a_moment_without_zone_is_refused():
    """It would mean something else on another machine."""
    naive = datetime(2026, 11, 23, 9, 0)  # noqa: DTZ001 - that is the point

    with pytest.raises(ValueError, match="time zone"):
        shanghai(naive)
