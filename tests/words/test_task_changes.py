"""What the worklist is told of a task that waits, by what it was before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.business.tasks import Offered, TaskPaused, TaskResumed, TaskWanted, changes

DUE = datetime(2026, 11, 30, tzinfo=UTC)
LATER = DUE + timedelta(days=2)


def offered(*, paused: bool = False, told: bool = True, **more: Any) -> Offered:
    given: dict[str, Any] = {
        "place": "510904",
        "subject": "case",
        "node": "survey",
        "label": "入户调查",
        "round": 2,
        "role": "handler",
        "bureau": "民政局",
        "project": "10001",
        "title": "高龄津贴 · 王*",
        "number": "1",
        "link": "/pages/case",
        "due_at": DUE,
    }
    return Offered(TaskWanted(**(given | more)), paused=paused, told=told)


PLAIN, PAUSED, ELSEWHERE = offered(), offered(paused=True), offered(told=False)
ELSEWHERE_PAUSED = offered(told=False, paused=True)


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        (None, PLAIN, [TaskWanted]),
        (None, PAUSED, [TaskWanted, TaskPaused]),
        (None, ELSEWHERE, []),
        (PLAIN, PLAIN, []),
        (PLAIN, offered(due_at=LATER), [TaskWanted]),
        (PLAIN, offered(avoid=("wang",)), [TaskWanted]),
        (PLAIN, PAUSED, [TaskPaused]),
        (PLAIN, offered(paused=True, due_at=LATER), [TaskPaused]),
        (PAUSED, offered(due_at=LATER), [TaskResumed]),
        (PAUSED, offered(due_at=LATER, avoid=("wang",)), [TaskWanted, TaskResumed]),
        (PAUSED, offered(paused=True, avoid=("wang",)), [TaskWanted]),
        (PLAIN, ELSEWHERE, []),
        (ELSEWHERE, PLAIN, [TaskWanted]),
        (ELSEWHERE, offered(told=False, due_at=LATER), []),
        (ELSEWHERE, ELSEWHERE_PAUSED, [TaskPaused]),
        (ELSEWHERE_PAUSED, ELSEWHERE, [TaskResumed]),
    ],
)
def test_what_is_told(was: Offered | None, now: Offered, told: list[type]) -> None:
    assert [type(fact) for fact in changes(was, now)] == told


def test_a_task_goes_on_with_the_limit_that_it_has_now() -> None:
    [resumed] = changes(PAUSED, offered(due_at=LATER))

    assert isinstance(resumed, TaskResumed)
    assert resumed.due_at == LATER
