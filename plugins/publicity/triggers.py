"""P03: handlers hear that a publicity ends and waits for them. P04: whoever stands in one hears of its start and result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hub.api import Context, Holders, MessageType, Persons, Push, Trigger
from plugins.publicity.events import PublicityDue, RowsPublished

SAMPLE = {
    "publicity": "0190a000-0000-7000-8000-000000000000",
    "place": "510904114204",
    "project": "高龄津贴",
    "title": "万古桥村高龄津贴村级公示",
    "number": "510904-2026-G0012",
    "ends_at": "2026-11-30T15:59:59Z",
}
WORDS: Mapping[str, str] = {
    "before": "公示即将到期",
    "end": "公示已到期，请最终确认",
    "after": "公示到期未确认，请尽快办理",
}
LINK = "/{place}/publicity/notices/{publicity}"

MESSAGE_TYPES = (
    MessageType(
        name="due",
        code="P03",
        kind="reminder",
        app="ydsh",
        label="公示到期提醒",
        link="/{place}/publicity/board/{publicity}",
        sample=SAMPLE | {"words": WORDS["end"]},
    ),
    MessageType(
        name="started",
        code="P04",
        kind="progress",
        app="ykt",
        label="公示开始",
        link=LINK,
        sample=SAMPLE | {"at": "2026-11-23T01:00:00Z"},
    ),
    MessageType(
        name="confirmed",
        code="P04",
        kind="result",
        app="ykt",
        label="公示结果",
        link=LINK,
        sample=SAMPLE | {"at": "2026-12-01T01:00:00Z"},
    ),
)


async def tell_handlers(event: PublicityDue, ctx: Context) -> Sequence[Push]:
    """Each phase once; after an extension the new end is reminded of anew."""
    handlers = Holders(role="handler", place=event.place, bureau=event.bureau, project=event.project, node=event.node)
    data = data_of(event) | {"words": WORDS[event.phase]}
    key = f"{event.publicity}:{event.phase}:{event.extension}"
    return [Push(to=handlers, message="publicity.due", key=key, data=data)]


async def tell_persons(event: RowsPublished, ctx: Context) -> Sequence[Push]:
    """Once per publicity, phase and person. No name and no amount: many people get the same message."""
    if not event.persons:
        return []
    key = f"{event.publicity}:{event.phase}"
    data = data_of(event) | {"at": event.at}
    return [Push(to=Persons(event.persons), message=f"publicity.{event.phase}", key=key, data=data)]


def data_of(event: PublicityDue | RowsPublished) -> dict[str, object]:
    return {
        "publicity": event.publicity,
        "place": event.place,
        "project": event.short,
        "title": event.title,
        "number": event.number,
        "ends_at": event.ends_at,
    }


TRIGGERS = (
    Trigger(event=PublicityDue, call=tell_handlers),
    Trigger(event=RowsPublished, call=tell_persons),
)
