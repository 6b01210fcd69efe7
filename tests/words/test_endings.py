"""Tasks end when they are told to, also where the interpreter loses the telling."""

from __future__ import annotations

import ast
import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from hub.words.endings import cancel_and_wait

ROOT = Path(__file__).parents[2]


async def test_tasks_have_ended_afterwards_however_they_end() -> None:
    """One that waits, one that puts its things away first, one that fails at it."""
    put_away = []

    async def waits() -> None:
        await asyncio.Event().wait()

    async def tidies() -> None:
        try:
            await waits()
        finally:
            await asyncio.sleep(0)
            put_away.append("all")

    async def fails() -> None:
        try:
            await waits()
        finally:
            raise ValueError

    tasks = [asyncio.create_task(work()) for work in (waits, tidies, fails)]
    await asyncio.sleep(0)

    await cancel_and_wait(tasks)

    assert [task.cancelled() for task in tasks] == [True, True, False]
    assert put_away == ["all"]
    with pytest.raises(ValueError, match=r"^$"):
        tasks[2].result()


async def test_a_lost_cancellation_is_repeated() -> None:
    """The cancellation comes when what ``wait_for`` waits for is just done: Python 3.11 forgets it, and the task goes on."""
    first: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def works() -> None:
        await asyncio.wait_for(first, 60)
        await asyncio.Event().wait()

    task = asyncio.create_task(works())
    await asyncio.sleep(0)
    first.set_result(None)

    await asyncio.wait_for(cancel_and_wait([task], ask_again=timedelta(milliseconds=10)), 10)

    assert task.cancelled()


def test_whoever_waits_for_a_task_to_end_goes_through_end() -> None:
    """Everywhere in the hub and the plugins: cancelling and then waiting by hand may wait for ever."""
    by_hand = [
        f"{path.relative_to(ROOT)}:{function.name}"
        for folder in ("hub", "plugins")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path.name != "endings.py"
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.AsyncFunctionDef) and _cancels_and_waits(function)
    ]

    assert by_hand == []


@pytest.mark.parametrize("waiting", ["gather(self.task)", "gather(*self.all, return_exceptions=True)", "self.task"])
def test_cancelling_and_waiting_by_hand_is_seen(waiting: str) -> None:
    function = ast.parse(f"async def stop(self):\n    self.task.cancel()\n    await {waiting}").body[0]

    assert _cancels_and_waits(function)


def _cancels_and_waits(function: ast.AST) -> bool:
    """Whether it cancels something, and waits for that or for several whatever becomes of them."""
    awaited = {
        ast.unparse(part) for node in ast.walk(function) if isinstance(node, ast.Await) for part in ast.walk(node)
    }
    cancelled = {
        ast.unparse(node.func.value)
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "cancel"
    }
    by_all = any("return_exceptions=True" in text for text in awaited)
    return bool(cancelled) and (by_all or bool(cancelled & awaited))
