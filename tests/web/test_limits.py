"""Token buckets on a clock of our own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.web.limits import Buckets, Slots
from hub.web.settings import Rate
from hub.words.errors import TooMany, Unavailable


class Watch:
    """A monotonic clock that is moved."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_bucket_gives_its_period_at_once_then_one_by_one() -> None:
    watch = Watch()
    buckets, rate = Buckets(watch, 10), Rate(3, timedelta(seconds=30))
    for _ in range(3):
        buckets.take("a", rate)

    with pytest.raises(TooMany) as refused:
        buckets.take("a", rate)
    watch.seconds = 10.0
    buckets.take("a", rate)

    assert refused.value.retry_after == 10


def test_asking_while_empty_does_not_put_it_off() -> None:
    watch = Watch()
    buckets, rate = Buckets(watch, 10), Rate(1, timedelta(seconds=10))
    buckets.take("a", rate)

    for watch.seconds in (2.0, 4.0, 6.0, 8.0):
        with pytest.raises(TooMany):
            buckets.take("a", rate)
    watch.seconds = 10.0

    buckets.take("a", rate)


def test_callers_do_not_share() -> None:
    buckets, rate = Buckets(Watch(), 10), Rate(1)

    buckets.take("a", rate)
    buckets.take("b", rate)

    assert len(buckets) == 2


def test_memory_is_bounded_and_the_longest_unseen_goes() -> None:
    buckets, rate = Buckets(Watch(), 2), Rate(1)
    for caller in ("a", "b", "c"):
        buckets.take(caller, rate)

    buckets.take("a", rate)  # forgotten, so full again

    assert len(buckets) == 2
    with pytest.raises(TooMany):
        buckets.take("c", rate)


def test_slots_come_back() -> None:
    slots = Slots(1, of_one=1)
    slots.take("a")
    with pytest.raises(Unavailable):
        slots.take("b")

    slots.give_back("a")

    slots.take("b")


def test_one_caller_leaves_slots_to_others() -> None:
    slots = Slots(4, of_one=2)
    slots.take("a")
    slots.take("a")

    with pytest.raises(TooMany):
        slots.take("a")

    slots.take("b")
    assert slots.taken == 3
