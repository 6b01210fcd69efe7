"""P01 待办到达: the holders of a position hear of a task, and need not any more once somebody has it. And reminders of all business."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from hub.api import (
    Context,
    MessageType,
    Push,
    Remind,
    RemindNoMore,
    TaskArrived,
    TaskClaimed,
    TaskClosed,
    TaskHalted,
    TaskPassedOn,
    Trigger,
    Withdraw,
    audience_of,
    taken,
)

ARRIVED = "worklist.arrived"

MESSAGE_TYPES = (
    MessageType(
        name="arrived",
        code="P01",
        kind="todo",
        app="ydsh",
        label="待办到达",
        link="/pages/task?id={task}",
        bundle=timedelta(minutes=10),
        sample={
            "task": "0190a000-0000-7000-8000-000000000000",
            "title": "高龄津贴 · 王*",
            "node": "受理",
            "number": "510904-2026-000123",
            "arrived_at": "2026-11-23T07:01:00Z",
            "due_at": "2026-11-30T15:59:59Z",
        },
    ),
)


async def tell_holders(event: TaskArrived, ctx: Context) -> Sequence[Push]:
    """Whoever holds the task's position hears of it, except those who must keep away from it; unless they are told already."""
    if event.announced:
        return []
    data = {
        "task": event.task,
        "title": event.title,
        "node": event.label,
        "number": event.number,
        "arrived_at": event.arrived_at,
        "due_at": event.due_at,
    }
    audience = audience_of(event)
    return [Push(to=audience, message=ARRIVED, key=key_of(event.task, event.offer), data=data, urgent=event.urgent)]


async def withdraw_from_others(event: TaskClaimed, ctx: Context) -> Sequence[Withdraw]:
    """Once claimed, the task leaves the others' lists and phones."""
    return [
        Withdraw(
            message=ARRIVED, key=key_of(event.task, event.offer), keep=(event.person,), reason="其他经办人员正在处理"
        )
    ]


async def withdraw_from_all(event: TaskClosed, ctx: Context) -> Sequence[Withdraw]:
    """A task that ended by itself need not be looked at."""
    return [Withdraw(message=ARRIVED, key=key_of(event.task, event.offer), reason="该件已撤销")]


async def withdraw_for_now(event: TaskHalted, ctx: Context) -> Sequence[Withdraw]:
    """A paused task cannot be worked on; when it can, the next offer is told."""
    return [Withdraw(message=ARRIVED, key=key_of(event.task, event.offer), reason="该件暂缓办理")]


async def withdraw_passed_on(event: TaskPassedOn, ctx: Context) -> Sequence[Withdraw]:
    """Others have it now, and are told of the next offer."""
    return [Withdraw(message=ARRIVED, key=key_of(event.task, event.offer), reason="已转由其他岗位人员办理")]


async def remind(event: Remind, ctx: Context) -> Sequence[Push]:
    """In the message of the plugin whose business it is; each wait is another."""
    data = taken(event, "subject", "number", "title", "state", "state_label", "at", "until")
    # Told by an older version, it says not since when.
    key = key_of_wait(event.subject, event.since) if event.since else f"{event.subject}:{ctx.event_id}"
    return [Push(to=event.to, message=event.message, key=key, data=data)]


async def withdraw_reminder(event: RemindNoMore, ctx: Context) -> Sequence[Withdraw]:
    """What went on meanwhile need not be looked at, also where the reminder still waits for the end of quiet hours."""
    return [Withdraw(message=event.message, key=key_of_wait(event.subject, event.since), reason="该件已继续办理")]


def key_of(task: str, offer: int) -> str:
    """Each offer is a fact of its own: a task that comes back is told again."""
    return f"{task}:{offer}"


def key_of_wait(subject: str, since: datetime) -> str:
    return f"{subject}:{since.isoformat()}"


TRIGGERS = (
    Trigger(event=TaskArrived, call=tell_holders),
    Trigger(event=TaskClaimed, call=withdraw_from_others),
    Trigger(event=TaskClosed, call=withdraw_from_all),
    Trigger(event=TaskHalted, call=withdraw_for_now),
    Trigger(event=TaskPassedOn, call=withdraw_passed_on),
    Trigger(event=Remind, call=remind),
    Trigger(event=RemindNoMore, call=withdraw_reminder),
)
