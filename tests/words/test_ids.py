"""Identifiers sort by time and cannot be guessed."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from hub.words.clock import MovingClock
from hub.words.ids import IdMaker, is_id, new_id

START = datetime(2026, 11, 23, 7, 1, 2, 345000, tzinfo=UTC)


def test_an_id_is_a_uuid_of_version_7_made_at_the_clocks_time():
    """Read by the standard library as an independent peer."""
    clock = MovingClock(START)

    made = uuid.UUID(new_id(clock))

    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == int(START.timestamp() * 1000)


def test_ids_of_one_moment_differ_in_all_their_random_bits():
    """Each of the 74 random bits is seen as 0 and as 1; the odds against it are about 2^-190."""
    clock = MovingClock(START)

    made = [uuid.UUID(new_id(clock)).int for _ in range(200)]

    ever, always = 0, ~0
    for number in made:
        ever, always = ever | number, always & number
    assert (ever & ~always).bit_count() == 74


def test_a_maker_only_grows_while_the_clock_stands_or_steps_back():
    """Text order is the order of making."""
    clock = MovingClock(START)
    new = IdMaker(clock)

    made = [new() for _ in range(1000)]
    clock.advance(timedelta(seconds=-5))
    made += [new() for _ in range(1000)]
    clock.advance(timedelta(seconds=10))
    made.append(new())

    assert made == sorted(set(made))
    assert all(is_id(one) for one in made)


def test_a_maker_is_shared_by_threads():
    """No id twice, and each thread sees its own grow."""
    new = IdMaker(MovingClock(START))

    with ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(lambda _: [new() for _ in range(500)], range(8)))

    assert len({one for row in rows for one in row}) == 4000
    assert all(row == sorted(row) for row in rows)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "019acf3c-8e7f-7000-8000-00000000000",  # one digit short
        "019acf3c-8e7f-4000-8000-000000000000",  # version 4
        "019acf3c-8e7f-7000-c000-000000000000",  # another variant
        "019ACF3C-8E7F-7000-8000-000000000000",
        "019acf3c-8e7f-7000-8000-000000000000\n",
        "{019acf3c-8e7f-7000-8000-000000000000}",
        "019acf3c8e7f70008000000000000000",
    ],
)
def test_other_texts_are_no_ids(text):
    """One spelling alone, so that ids can be compared as texts."""
    answer = is_id(text)

    assert answer is False
