"""Pace: so many calls per second, one at a time per phone, ever longer pauses while nobody answers."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from hub.push.batches import Batches
from hub.push.pacing import Breaker, Bucket, Lanes
from tests.waiting import PATIENCE


class Seconds:
    """The machine's seconds, moved by the test."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_lets_its_rate_through_and_no_more() -> None:
    """200 per second: half a second's worth at once, the next 60 after 0.3 s; idle, it fills up again."""
    seconds = Seconds()
    bucket = Bucket(200, seconds)

    pauses = [bucket.reserve(100), bucket.reserve(60)]
    seconds.now += 10
    refilled = bucket.reserve(100)

    assert pauses == pytest.approx([0, 0.3])
    assert refilled == 0


async def test_a_bucket_keeps_its_callers_waiting() -> None:
    """In real seconds: never sooner than it said."""
    loop = asyncio.get_running_loop()
    bucket = Bucket(200, loop.time)
    began = loop.time()

    await bucket.take(100)
    await bucket.take(20)

    assert loop.time() - began >= 0.09


async def test_one_lane_per_phone() -> None:
    """Two messages to one phone follow each other; another phone does not wait."""
    lanes, inside, most = Lanes(), {"a": 0, "b": 0}, {"a": 0, "b": 0}
    both = asyncio.Event()

    async def send(phone: str) -> None:
        async with lanes.of(phone):
            inside[phone] += 1
            most[phone] = max(most[phone], inside[phone])
            if inside["a"] and inside["b"]:
                both.set()
            await asyncio.wait_for(both.wait(), PATIENCE)
            inside[phone] -= 1

    await asyncio.gather(*(send(phone) for phone in "aaabbb"))

    assert most == {"a": 1, "b": 1}
    assert lanes._locks == {}


def test_a_breaker_opens_tries_once_and_doubles_its_pause() -> None:
    """Ten failures in a row open it; one try at a time; any answer closes it."""
    opened: list[int] = []
    seconds = Seconds()
    breaker = Breaker(10, timedelta(seconds=2), timedelta(seconds=3), lambda: opened.append(1), seconds)

    for _ in range(9):
        breaker.unanswered()
    before = breaker.tries
    breaker.unanswered()
    while_open = (breaker.tries, breaker.pause)
    seconds.now += 2
    half_open = breaker.tries
    breaker.unanswered()
    second_pause = breaker.pause
    breaker.answered()

    assert before is None
    assert while_open == (0, 2)
    assert half_open == 1
    assert second_pause == 3
    assert breaker.tries is None and len(opened) == 2


async def test_what_comes_during_a_write_is_written_together() -> None:
    """The first alone, the crowd behind it in batches of at most 5; everyone gets their own result."""
    batches: list[list[int]] = []
    go = asyncio.Event()

    async def write(items: list[int]) -> list[int]:
        batches.append(items)
        await go.wait()
        return [item * 10 for item in items]

    together = Batches(write, most=5, weight=lambda item: 1)
    waiting = [asyncio.create_task(together.add(n)) for n in range(12)]
    await asyncio.sleep(0)
    go.set()
    results = await asyncio.gather(*waiting)

    assert results == [n * 10 for n in range(12)]
    assert [len(batch) for batch in batches] == [5, 5, 2]


async def test_a_failed_batch_tells_all_its_callers() -> None:
    """And the next batch is written."""

    async def write(items: list[str]) -> list[str]:
        if "bad" in items:
            raise ValueError
        return items

    together = Batches(write, most=2, weight=lambda item: 1)
    results = await asyncio.gather(*(together.add(item) for item in ("bad", "unlucky", "good")), return_exceptions=True)

    assert [type(result) for result in results] == [ValueError, ValueError, str]


@pytest.mark.parametrize("weight", [3, 100])
async def test_a_heavy_item_goes_alone(weight: int) -> None:
    """Heavier than a batch may be, it is still written."""
    batches: list[list[int]] = []

    async def write(items: list[int]) -> list[int]:
        batches.append(items)
        return items

    together = Batches(write, most=4, weight=lambda item: item)
    await asyncio.gather(*(together.add(item) for item in (weight, weight)))

    assert batches == [[weight], [weight]]
