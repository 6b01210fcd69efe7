"""Calls of plugins: they end with their budget whatever they do about it, and what they use of the loop is told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from hub.rules.traces import cause
from hub.rules.turns import GaveUp, HeldUp, Turns
from hub.store.mongo import ConnectionFailure
from hub.words.errors import Conflict
from tests.waiting import patience

AT_ONCE = timedelta(0)


class Clock:
    """Time passes only where a call works."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> float:
        return self.at

    def work(self, seconds: float) -> None:
        self.at += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def turns(clock: Clock, registry: CollectorRegistry) -> Turns:
    """Without patience: whoever goes on after its budget is told again at once."""
    return Turns(registry, clock.now, ask_again=AT_ONCE)


@pytest.fixture
def figure(registry: CollectorRegistry) -> Callable[[str, str], float | None]:
    """Of the plugin visits."""
    return lambda name, entry: registry.get_sample_value(
        f"hub_plugin_{name}_total", {"plugin": "visits", "entry": entry}
    )


async def waiting() -> None:
    await asyncio.Event().wait()


async def deaf() -> None:
    """Hears nothing, however often it is told."""
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await waiting()


async def polite() -> str:
    """Is told to end, and answers all the same."""
    with contextlib.suppress(asyncio.CancelledError):
        await waiting()
    return "half of it"


async def angry() -> None:
    try:
        await waiting()
    except asyncio.CancelledError:
        raise ZeroDivisionError from None


def line_of(call: Callable[..., Any], offset: int) -> str:
    return f"tests/core/test_turns.py:{call.__code__.co_firstlineno + offset}"


# --- that they end -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", [waiting, deaf, polite], ids=lambda call: call.__name__)
async def test_its_budget_ends_it(turns: Turns, figure: Any, call: Callable[[], Awaitable[object]]) -> None:
    """Also one that swallows its end, and what one answers after it does not count; the line where it stood is kept."""
    with pytest.raises(TimeoutError) as ended:
        async with patience(), turns.within("visits", "trigger", AT_ONCE):
            await turns.take("visits", "trigger", call())

    assert cause(ended.value, lambda file: file == __file__) == f"TimeoutError at {line_of(waiting, 1)}"
    assert figure("failures", "trigger") == 1
    assert not asyncio.current_task().cancelling()


async def test_who_answers_its_end_with_an_error_has_failed_by_it(turns: Turns, figure: Any) -> None:
    """Once, not twice."""
    with pytest.raises(ZeroDivisionError):
        async with turns.within("visits", "job", AT_ONCE):
            await turns.take("visits", "job", angry())

    assert figure("failures", "job") == 1


async def test_a_time_of_its_own_is_its_own_business(turns: Turns, figure: Any) -> None:
    """It has ended it itself, and goes on."""

    async def careful() -> str:
        try:
            async with asyncio.timeout(0):
                await waiting()
        except TimeoutError:
            return "without it"
        return ""

    async with patience(), turns.within("visits", "route", timedelta(hours=1)):
        answer = await turns.take("visits", "route", careful())

    assert answer == "without it"
    assert figure("failures", "route") == 0


async def test_whoever_is_stopped_twice_is_left(turns: Turns) -> None:
    """At a stop of the hub as well, which asks again."""
    task = asyncio.create_task(turns.take("visits", "job", deaf()))
    await asyncio.sleep(0)

    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    async with patience():
        await asyncio.wait([task])

    assert task.cancelled()


async def test_a_call_that_is_left_and_does_not_let_go_is_told(turns: Turns, caplog: pytest.LogCaptureFixture) -> None:
    """What it holds cannot be freed: the operator hears of it."""

    async def holding() -> None:
        try:
            await deaf()
        finally:
            await asyncio.sleep(0)

    task = asyncio.create_task(turns.take("visits", "job", holding()))
    for _ in range(2):
        await asyncio.sleep(0)
        task.cancel()
    async with patience():
        await asyncio.wait([task])

    assert "a call that was left did not let go" in caplog.text


async def test_who_was_held_up_by_another_has_not_failed(turns: Turns, figure: Any, clock: Clock) -> None:
    """The loop was the other's for most of the budget."""

    async def working() -> None:
        clock.work(10)

    async def held_up() -> None:
        async with turns.within("visits", "trigger", timedelta(milliseconds=1)):
            other = asyncio.create_task(turns.take("parcels", "route", working()))
            await turns.take("visits", "trigger", waiting())
            await other

    with pytest.raises(HeldUp):
        await held_up()

    assert figure("failures", "trigger") == 0


async def test_what_it_has_asked_another_is_its_own_time(turns: Turns, figure: Any, clock: Clock) -> None:
    """Else one that asks what always takes too long would be tried again for ever."""

    async def answering() -> None:
        clock.work(10)

    async def asking() -> None:
        await turns.take("parcels", "answer", answering())
        await waiting()

    with pytest.raises(TimeoutError) as ended:
        async with turns.within("visits", "trigger", timedelta(milliseconds=1)):
            await turns.take("visits", "trigger", asking())

    assert not isinstance(ended.value, HeldUp)
    assert figure("failures", "trigger") == 1


async def test_who_cancels_itself_has_failed(turns: Turns, figure: Any) -> None:
    """Nobody has ended it: what it heard of is tried again as after any other error, and counted."""

    async def waiting_for_what_was_cancelled() -> None:
        task = asyncio.create_task(waiting())
        task.cancel()
        await task

    with pytest.raises(GaveUp):
        await turns.take("visits", "trigger", waiting_for_what_was_cancelled())

    assert figure("failures", "trigger") == 1


async def test_times_of_its_own_that_end_at_once_are_its_own_business() -> None:
    """Two time-outs, one in the other: nobody outside has asked for anything."""
    turns, ended = Turns(), asyncio.Event()

    async def careful() -> str:
        try:
            async with asyncio.timeout(0.02):
                try:
                    async with asyncio.timeout(0):
                        await waiting()
                finally:
                    await ended.wait()
        except TimeoutError:
            return "without it"
        return ""

    assert await turns.take("visits", "route", careful()) == "without it"


async def test_the_line_of_an_error_is_where_it_arose(turns: Turns) -> None:
    """Also below what it waited for."""

    def failing() -> None:
        raise ZeroDivisionError

    async def asking() -> None:
        await asyncio.to_thread(failing)

    with pytest.raises(ZeroDivisionError) as failed:
        await turns.take("visits", "job", asking())

    assert cause(failed.value, lambda file: file == __file__).endswith(line_of(failing, 1))


# --- what they use -----------------------------------------------------------------------------------------------------


async def test_the_time_between_two_waits_is_counted(turns: Turns, figure: Any, clock: Clock) -> None:
    """Not the wait itself, when others work."""

    async def working() -> None:
        clock.work(2)
        await asyncio.sleep(0)
        clock.work(3)

    task = asyncio.create_task(turns.take("visits", "route", working()))
    await asyncio.sleep(0)
    clock.work(100)
    await task

    assert figure("loop_seconds", "route") == 5
    assert figure("calls", "route") == 1


async def test_who_asks_another_does_not_pay_for_the_answer(turns: Turns, figure: Any, clock: Clock) -> None:
    async def answering() -> None:
        clock.work(40)
        await asyncio.sleep(0)
        clock.work(2)

    async def asking() -> None:
        clock.work(1)
        await turns.take("visits", "answer", answering())
        clock.work(1)

    await turns.take("visits", "route", asking())

    assert (figure("loop_seconds", "route"), figure("loop_seconds", "answer")) == (2, 42)


@pytest.mark.parametrize(
    ("entry", "error", "failures"),
    [
        ("route", ValueError(), 1),
        ("route", Conflict(), 0),
        ("reaction", Conflict(), 1),
        ("reaction", ConnectionFailure(), 0),
    ],
)
async def test_what_counts_as_a_failure(turns: Turns, figure: Any, entry: Any, error: Exception, failures: int) -> None:
    """Not what refuses somebody who asked, and not the database's."""

    async def failing() -> None:
        raise error

    with pytest.raises(type(error)):
        await turns.take("visits", entry, failing())

    assert figure("failures", entry) == failures
