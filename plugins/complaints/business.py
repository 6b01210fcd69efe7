"""A complaint as a business: what waits for whom, what happens by itself and when, what is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from hub.api import Actor, Business, Context, Duty, Fact, Followable, Office, Task, duties, shared
from plugins.complaints.config import ComplaintsConfig
from plugins.complaints.documents import COMPLAINT, FINAL, KINDS, NODE, WITH_OFFICE, Complaint
from plugins.complaints.events import ComplaintFact

LABEL = "投诉处理"
ASK_AGAIN = timedelta(hours=1)
HANDLING = Duty(role="handler", nodes=(NODE,))
WATCHING = Duty(role="discipline")


def title_of(complaint: Complaint) -> str:
    return f"{complaint.subject} · {complaint.type_label}"


def link_to(complaint: Complaint) -> str:
    return f"/pages/complaint?id={complaint.id}"


def office_of(complaint: Complaint) -> Office:
    """Where it is handled."""
    return Office(complaint.seat, complaint.bureau)


def tasks_of(ctx: Context, complaint: Complaint) -> Sequence[Task]:
    """One task per office that has it, hidden from whom it accuses. Its holders hear of it by P05."""
    if complaint.state not in WITH_OFFICE:
        return ()
    due = complaint.task_due
    return (
        Task(
            node=NODE,
            label=LABEL,
            round=complaint.step,
            due_at=due,
            hidden=True,
            sensitive=complaint.sensitive,
            announced=True,
        ),
    )


def derived(ctx: Context, complaint: Complaint) -> Complaint:
    """Whether it is open, when it ended, and when something happens by itself."""
    final = complaint.state in FINAL
    closed_at = (complaint.closed_at or ctx.now()) if final else None
    after = msgspec.structs.replace(complaint, open=not final, closed_at=closed_at)
    return msgspec.structs.replace(after, next_at=next_moment(ctx, after))


def next_moment(ctx: Context, complaint: Complaint) -> datetime | None:
    """One working day before the limit, the limit, and then no more; after a reply the end of the time for an answer. Over,
    while its row is still to be let go."""
    if not complaint.open:
        return ctx.now() + ASK_AGAIN if complaint.owed else None
    if complaint.state == "replied":
        return ctx.calendar.due(complaint.replies[-1].at, ctx.settings(ComplaintsConfig).answer_within)
    if complaint.urged == "":
        return ctx.calendar.add_workdays(complaint.task_due, -1)
    return complaint.task_due if complaint.urged == "near" else None


COMPLAINTS: Business[Complaint] = Business(
    collection="complaints.complaints",
    kind="complaint",
    machine=COMPLAINT,
    title=title_of,
    link=link_to,
    office=office_of,
    about=lambda complaint: complaint.accused.id_number if complaint.accused else None,
    tasks=tasks_of,
    derive=derived,
    followed=Followable(read="complaints.read"),
)


# --- whose it is -----------------------------------------------------------------------------------------------------


def handles(actor: Actor, complaint: Complaint) -> bool:
    """Whether one of the actor's positions is the one that this complaint waits for, at its place or above."""
    return duties.does(actor, complaint, HANDLING)


def sees_persons(actor: Actor, complaint: Complaint) -> bool:
    """Of a sensitive project: those whose own work it is, and 纪委; others get counts."""
    return duties.sees_persons(actor, complaint, HANDLING, WATCHING)


def sees_all(ctx: Context) -> bool:
    """Whether the reader may see the persons of all that they reach, so that numbers tell them nothing new."""
    return duties.sees_all(ctx.actor, ctx.scope.reaches, HANDLING, WATCHING)


# --- facts -----------------------------------------------------------------------------------------------------------


def told(kind: type[ComplaintFact], **more: Any) -> Fact[Complaint]:
    """The fact of this kind about a complaint as it was saved."""

    def fact(ctx: Context, complaint: Complaint) -> ComplaintFact:
        return kind(
            complaint=complaint.id,
            kind_label=KINDS[complaint.kind],
            short=complaint.subject,
            persons=(complaint.complainant,),
            due_at=complaint.task_due,
            at=ctx.now(),
            **shared(kind, complaint, but=("short", "due_at", *more)),
            **more,
        )

    return fact
