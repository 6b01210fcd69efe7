"""A message as a business: what waits for whom, what follows from its state, what is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from hub.api import (
    NEWEST_FIRST,
    Actor,
    Business,
    Collection,
    Context,
    Duty,
    Followable,
    Index,
    Office,
    OneOpen,
    Reminder,
    Task,
    duties,
)
from plugins.message_board.documents import FINAL, KINDS, MESSAGE, NODE, WITH_OFFICE, WITH_WRITER, Message

LABEL = "留言处理"
TOO_MANY = "您还有留言没有办完，办完一件再写新的。"
HANDLING = Duty(role="handler", nodes=(NODE,))


def title_of(message: Message) -> str:
    """What lists of tasks and pushes call it: nothing that somebody wrote."""
    return f"{KINDS[message.kind]} · {message.bureau}"


def office_of(message: Message) -> Office:
    """Where it is handled."""
    return Office(message.place, message.bureau)


def tasks_of(ctx: Context, message: Message) -> Sequence[Task]:
    """One for each office and turn, hidden from whoever wrote it. Its holders hear of it by P13."""
    if message.state not in WITH_OFFICE:
        return ()
    return (Task(node=NODE, label=LABEL, round=message.step, due_at=message.due_at, hidden=True, announced=True),)


def derived(ctx: Context, message: Message) -> Message:
    """It ends by itself while it waits for its writer alone."""
    if message.state in WITH_WRITER or message.ends_at is None:
        return message
    return msgspec.structs.replace(message, ends_at=None)


def late_at(message: Message) -> datetime | None:
    """When its office is told that it is late: not again when it takes up what was told as late before."""
    taken = message.taken_at if message.state == "handling" else None
    return message.due_at if taken is None or taken <= message.due_at else None


MESSAGES: Business[Message] = Business(
    collection="message_board.messages",
    kind="message",
    machine=MESSAGE,
    letter="M",
    title=title_of,
    office=office_of,
    about=lambda message: None,
    tasks=tasks_of,
    derive=derived,
    reminders=(Reminder(states=WITH_OFFICE, until=late_at, message="message_board.overdue", to="holders"),),
    followed=Followable(read="message_board.read", heading=lambda message: message.subject.reveal()),
    one_open=OneOpen(per=("slot",), states=tuple(set(MESSAGE.states) - set(FINAL)), says=TOO_MANY),
)


def handles(actor: Actor, message: Message) -> bool:
    """Whether one of the actor's positions is the one that this message waits for, at its place or above."""
    return duties.does(actor, message, HANDLING)


def sees_all(ctx: Context) -> bool:
    """Whether the reader handles all that they reach, so that numbers tell them nothing new."""
    return duties.sees_all(ctx.actor, ctx.scope.reaches, HANDLING)


# --- how it is kept ----------------------------------------------------------------------------------------------------------


def by(name: str) -> Index:
    """Those with one value of this field, the newest first."""
    return Index(((name, 1), *NEWEST_FIRST.keys), name=name)


KEPT = Collection(
    name="message_board.messages",
    document=Message,
    scope="subtree",
    narrowed_by=("bureau", "project", "node"),
    indexes=(
        NEWEST_FIRST,
        *map(by, ("state", "kind", "bureau", "number")),
        *MESSAGES.indexes,
        Index((("due_at", 1), ("_id", 1)), partial={"state": {"$in": list(WITH_OFFICE)}}, name="due"),
        Index((("state", 1), ("ends_at", 1), ("_id", 1)), name="ends"),
    ),
)
