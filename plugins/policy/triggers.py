"""P10: who wanted to hear of such files, and the bureau's handlers, hear of one that was published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.api import (
    ANY,
    App,
    Context,
    Holders,
    MessageClass,
    MessageType,
    Persons,
    Push,
    StepHandler,
    Trigger,
    Withdraw,
    taken,
)
from plugins.policy import finding
from plugins.policy.documents import files_of, subscriptions_of
from plugins.policy.events import FileAnnounced, FilePublished, FileWithdrawn, TellSubscribers

AT_ONCE = 200
NAMES: Mapping[str, App] = {"announced": "ykt", "published": "ydsh"}
SAMPLE: Mapping[str, Any] = {
    "subject": "0190a000-0000-7000-8000-000000000000",
    "place": "510904",
    "title": "关于发放2026年高龄津贴的通知",
    "number": "510904-2026-Z000012",
    "at": "2026-11-23T07:01:00Z",
}

MESSAGE_TYPES = tuple(
    MessageType(
        name=name,
        code="P10",
        kind="progress",
        app=app,
        label="政策文件发布",
        link="/{place}/policy/files/{subject}",
        message_class=MessageClass.NOTICE,
        sample=SAMPLE,
    )
    for name, app in NAMES.items()
)


def push(event: FilePublished | FileAnnounced, to: Holders | Persons, message: str) -> Sequence[Push]:
    data = {name: getattr(event, name) for name in SAMPLE}
    return [Push(to=to, message=message, key=key_of(event), data=data)]


def key_of(event: FilePublished | FileAnnounced | FileWithdrawn) -> str:
    return f"{event.subject}:{event.edition}"


async def tell_handlers(event: FilePublished, ctx: Context) -> Sequence[Push]:
    """Of the bureau, at the place; who published it knows."""
    to = Holders(role="handler", place=event.place, bureau=event.bureau, project=ANY, node=ANY, but_not=(event.maker,))
    return push(event, to, "policy.published")


async def tell_subscribers(event: FileAnnounced, ctx: Context) -> Sequence[Push]:
    """Once each, whichever of the file's projects they wanted to hear of."""
    return push(event, Persons(event.persons), "policy.announced")


async def find_subscribers(step: TellSubscribers, ctx: Context) -> None:
    """The next 200 of one project; then the next project."""
    file = await files_of(ctx).first({"_id": step.file})
    if file is None or file.state != "published" or file.edition != step.edition or step.at >= len(file.projects):
        return
    behind = {"person": {"$gt": step.after}} if step.after else {}
    wanted = {"county": file.county, "path": file.place, "project": file.projects[step.at], **behind}
    found = await subscriptions_of(ctx).find(wanted, sort=(("person", 1),), limit=AT_ONCE)
    if found:
        persons = tuple(dict.fromkeys(each.person for each in found))
        said = taken(file, "place", "title", "number", "edition")
        ctx.emit(FileAnnounced(subject=file.id, at=ctx.now(), persons=persons, **said))
    full = len(found) == AT_ONCE
    at, after = (step.at, found[-1].person) if full else (step.at + 1, "")
    ctx.enqueue(TellSubscribers(place=step.place, file=step.file, edition=step.edition, at=at, after=after))


async def take_back(event: FileWithdrawn, ctx: Context) -> Sequence[Withdraw]:
    """What waits for the morning is not sent any more, and inboxes say why."""
    reason = f"文件{event.state_label}"
    return [Withdraw(message=f"policy.{name}", key=key_of(event), reason=reason) for name in NAMES]


TRIGGERS = (
    Trigger(event=FilePublished, call=tell_handlers),
    Trigger(event=FileAnnounced, call=tell_subscribers),
    Trigger(event=FileWithdrawn, call=take_back),
)
STEPS = (StepHandler(step=TellSubscribers, call=find_subscribers), *finding.STEPS)
