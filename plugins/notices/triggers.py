"""P11: whoever is named hears of a notice, once; of one that is taken back, no more; and may be reminded of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.api import App, Context, MessageClass, MessageType, Persons, Push, Trigger, Withdraw
from plugins.notices.events import NoticeRecalled, NoticeTold

NAMES: Mapping[App, str] = {"ykt": "resident", "ydsh": "handler", "ydjd": "leader"}
SAMPLE: Mapping[str, Any] = {
    "subject": "0190a000-0000-7000-8000-000000000000",
    "place": "510904",
    "number": "510904-2026-X000012",
    "title": "关于防汛期间暂停办理的通知",
    "unit": "安居区应急管理局",
    "says": "请打开查看",
    "at": "2026-11-23T07:01:00Z",
}
NEW, AGAIN = "请打开查看", "还没有确认，请查看"

MESSAGE_TYPES = tuple(
    MessageType(
        name=name,
        code="P11",
        kind="progress",
        app=app,
        label="重要信息通知",
        link="/{place}/notices/inbox/{subject}",
        message_class=MessageClass.NOTICE,
        sample=SAMPLE,
    )
    for app, name in NAMES.items()
)


def keys_of(event: NoticeTold | NoticeRecalled) -> list[str]:
    """By the notice, and by the day on which they were told once more; the hub adds the person."""
    return [event.subject, *([f"{event.subject}:{event.day}"] if event.day else [])]


async def tell(event: NoticeTold, ctx: Context) -> Sequence[Push]:
    said = {name: getattr(event, name) for name in SAMPLE if name != "says"}
    push = Push(
        to=Persons(event.persons),
        message=f"notices.{NAMES[event.app]}",
        key=keys_of(event)[-1],
        data={"says": AGAIN if event.day else NEW, **said},
        urgent=event.urgent,
        bulk=event.bulk,
    )
    return [push]


async def withdraw(event: NoticeRecalled, ctx: Context) -> Sequence[Withdraw]:
    message, why = f"notices.{NAMES[event.app]}", "发布单位已撤回"
    return [Withdraw(message=message, key=key, only=event.persons, reason=why) for key in keys_of(event)]


TRIGGERS = (Trigger(event=NoticeTold, call=tell), Trigger(event=NoticeRecalled, call=withdraw))
