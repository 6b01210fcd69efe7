"""What the worklist is told of a task that waits, by what it was before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.business.tasks import Offered, OpenTask, PauseTask, ResumeTask, changes

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
    return Offered(OpenTask(**(given | more)), paused=paused, told=told)


PLAIN, PAUSED, ELSEWHERE = offered(), offered(paused=True), offered(told=False)
ELSEWHERE_PAUSED = offered(told=False, paused=True)


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        (None, PLAIN, [OpenTask]),
        (None, PAUSED, [OpenTask, PauseTask]),
        (None, ELSEWHERE, []),
        (PLAIN, PLAIN, []),
        (PLAIN, offered(due_at=LATER), [OpenTask]),
        (PLAIN, offered(avoid=("wang",)), [OpenTask]),
        (PLAIN, PAUSED, [PauseTask]),
        (PLAIN, offered(paused=True, due_at=LATER), [PauseTask]),
        (PAUSED, offered(due_at=LATER), [ResumeTask]),
        (PAUSED, offered(due_at=LATER, avoid=("wang",)), [OpenTask, ResumeTask]),
        (PAUSED, offered(paused=True, avoid=("wang",)), [OpenTask]),
        (PLAIN, ELSEWHERE, []),
        (ELSEWHERE, PLAIN, [OpenTask]),
        (ELSEWHERE, offered(told=False, due_at=LATER), []),
        (ELSEWHERE, ELSEWHERE_PAUSED, [PauseTask]),
        (ELSEWHERE_PAUSED, ELSEWHERE, [ResumeTask]),
    ],
)
def test_what_is_told(was: Offered | None, now: Offered, told: list[type]) -> None:
    assert [type(fact) for fact in changes(was, now)] == told


def test_a_task_goes_on_with_the_limit_that_it_has_now() -> None:
    [resumed] = changes(PAUSED, offered(due_at=LATER))

    assert isinstance(resumed, ResumeTask)
    assert resumed.due_at == LATER
