"""经办历史: what each person has done in which piece of business, gathered from facts."""

from __future__ import annotations

import msgspec

from hub.api import (
    Context,
    RecordActivity,
    TaskDone,
    TaskRecalled,
    taken,
)
from hub.worklist.documents import Act, Touch, touches_of

MOVES = {"pass": "通过", "correct": "补正", "return": "退回", "refuse": "驳回"}
# Of one piece of business, by one person: more is not looked through.
MOST_ACTS = 100


async def note_decision(event: TaskDone, ctx: Context) -> None:
    """A task that somebody finished."""
    move = MOVES.get(event.move)
    await note(ctx, event, Act(kind="task", label=f"{event.label}：{move}" if move else event.label, at=event.at))


async def note_recall(event: TaskRecalled, ctx: Context) -> None:
    """A pass that its maker took back."""
    await note(ctx, event, Act(kind="task", label=f"{event.label}：撤销通过", at=event.at))


async def note_touch(event: RecordActivity, ctx: Context) -> None:
    """What another plugin tells of."""
    await note(ctx, event, Act(kind=event.kind, label=event.label, at=event.at))


async def note(ctx: Context, event: TaskDone | TaskRecalled | RecordActivity, act: Act) -> None:
    """Add an act to its person's history of this business, once. What was done by nobody in particular is nobody's."""
    if not event.person:
        return
    id = f"{event.person}:{event.subject}:{event.place}"
    known: Touch | None = await touches_of(ctx).first({"_id": id})
    if known is None:
        await touches_of(ctx).insert(first_touch(id, event, act))
    elif act not in known.acts:
        acts = tuple(sorted((*known.acts, act), key=lambda each: each.at))[-MOST_ACTS:]
        kinds = tuple(dict.fromkeys((*known.kinds, act.kind)))
        await touches_of(ctx).save(msgspec.structs.replace(known, acts=acts, kinds=kinds, last_at=acts[-1].at))


def first_touch(id: str, event: TaskDone | TaskRecalled | RecordActivity, act: Act) -> Touch:
    return Touch(
        id=id,
        kinds=(act.kind,),
        acts=(act,),
        last_at=act.at,
        **taken(event, "place", "person", "subject", "title", "number", "bureau", "project", "link"),
    )
