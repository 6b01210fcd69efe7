"""What every act on a complaint does: the line of the flow, the limits, the facts, the task in the worklist."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from hub.api import Actor, BusinessTouched, Context, Limit, Stale, TaskEnded, TaskSettled, TaskWanted
from plugins.complaints.documents import COMPLAINT, FINAL, KINDS, NODE, Act, Complaint, complaints_of
from plugins.complaints.events import ComplaintFact
from plugins.survey.events import SurveyCancelled

# Of one complaint; an endless to and fro is cut at its old end.
MOST_ACTS = 100
LABEL = "投诉处理"
# What surveys that complaints ask for are told to come from.
ORIGIN = "complaints"


def act(ctx: Context, complaint: Complaint, move: str, label: str, why: str = "", *, open: bool = False) -> Act:
    """What the one who acts has just done. The complainant's own acts name nobody; without a person it was the hub."""
    staff = ctx.actor.kind == "staff"
    return Act(
        at=ctx.now(),
        move=move,
        label=label,
        unit=unit_of(ctx, complaint.seat, complaint.bureau) if staff else "",
        handler=shown_name(ctx.actor) if staff else "",
        person=ctx.actor.person,
        why=why,
        open=open,
    )


def with_act(acts: tuple[Act, ...], new: Act) -> tuple[Act, ...]:
    return (*acts, new)[-MOST_ACTS:]


async def move_on(
    ctx: Context, complaint: Complaint, move: str, why: str = "", *, open: bool = False, **changes: Any
) -> Complaint:
    """Follow the table and write it down. ``open``: the complainant reads why."""
    state = COMPLAINT.follow(move, complaint.state, version=complaint.version)
    line = act(ctx, complaint, move, COMPLAINT.moves[move].label, why, open=open)
    final = state in FINAL
    after = msgspec.structs.replace(
        complaint,
        state=state,
        open=not final,
        closed_at=ctx.now() if final else None,
        acts=with_act(complaint.acts, line),
        **changes,
    )
    saved: Complaint = await complaints_of(ctx).save(scheduled(ctx, after))
    ctx.audit(f"complaints.{move}", saved.id, why=why, number=saved.number)
    return saved


def scheduled(ctx: Context, complaint: Complaint) -> Complaint:
    """With the moment at which something happens by itself."""
    return msgspec.structs.replace(complaint, next_at=next_moment(ctx, complaint))


def next_moment(ctx: Context, complaint: Complaint) -> datetime | None:
    """One working day before the limit, the limit, and then no more; after a reply the end of the time for an answer."""
    if not complaint.open:
        return None
    if complaint.state == "replied":
        return ctx.calendar.due(complaint.replies[-1].at, ctx.config.answer_within)
    if complaint.urged == "":
        return ctx.calendar.add_workdays(complaint.task_due, -1)
    return complaint.task_due if complaint.urged == "near" else None


def earlier(ctx: Context, complaint: Complaint, start: datetime, legal: datetime) -> datetime:
    """The legal limit, or the project's own where that is shorter."""
    own: Limit | None = ctx.config.limits.get(complaint.project)
    return legal if own is None else min(legal, ctx.calendar.due(start, own))


# --- facts -----------------------------------------------------------------------------------------------------------


def tell(ctx: Context, kind: type[ComplaintFact], complaint: Complaint, **more: Any) -> None:
    ctx.emit(
        kind(
            place=complaint.place,
            complaint=complaint.id,
            number=complaint.number,
            kind=complaint.kind,
            kind_label=KINDS[complaint.kind],
            type=complaint.type,
            type_label=complaint.type_label,
            project=complaint.project,
            short=complaint.subject,
            bureau=complaint.bureau,
            seat=complaint.seat,
            state=complaint.state,
            step=complaint.step,
            round=complaint.round,
            persons=(complaint.complainant,),
            avoid=complaint.avoid,
            avoid_keys=complaint.avoid_keys,
            avoid_offices=complaint.avoid_offices,
            due_at=complaint.task_due,
            at=ctx.now(),
            **more,
        )
    )


# --- the task in the worklist ----------------------------------------------------------------------------------------


def want_task(ctx: Context, complaint: Complaint) -> None:
    """One task per office that has it; told again, its limit moves. Its holders hear of it by P05."""
    ctx.emit(
        TaskWanted(
            place=complaint.place,
            subject=complaint.id,
            node=NODE,
            label=LABEL,
            round=complaint.step,
            role="handler",
            bureau=complaint.bureau,
            project=complaint.project,
            title=title_of(complaint),
            number=complaint.number,
            link=link_to(complaint),
            due_at=complaint.task_due,
            avoid=complaint.avoid,
            avoid_keys=complaint.avoid_keys,
            avoid_offices=complaint.avoid_offices,
            hidden=True,
            sensitive=complaint.sensitive,
            announced=True,
        )
    )


def settle_task(ctx: Context, complaint: Complaint, move: str, opinion: str = "") -> None:
    """The office is done with it. ``complaint`` is as it was before: its place and step are those of the task."""
    ctx.emit(
        TaskSettled(
            place=complaint.place,
            subject=complaint.id,
            node=NODE,
            round=complaint.step,
            move=move,
            opinion=opinion,
            person=ctx.actor.person or "",
            shown=shown_name(ctx.actor),
        )
    )


def end_task(ctx: Context, complaint: Complaint) -> None:
    """Nobody need do anything any more."""
    ctx.emit(TaskEnded(place=complaint.place, subject=complaint.id, node=NODE, round=complaint.step))


def cancel_survey(ctx: Context, complaint: Complaint) -> None:
    """A survey that is still out need not be made."""
    out = complaint.still_out
    if out is not None and complaint.row_place is not None:
        place = complaint.row_place
        ctx.emit(SurveyCancelled(place=place, subject=complaint.id, origin=ORIGIN, round=out.round))


def touched(ctx: Context, complaint: Complaint, label: str) -> None:
    """Onto the 经办历史 of the handler who acts; what ends a task is there already."""
    if ctx.actor.kind != "staff" or ctx.actor.person is None:
        return
    ctx.emit(
        BusinessTouched(
            place=complaint.place,
            subject=complaint.id,
            kind="complaint",
            label=label,
            title=title_of(complaint),
            number=complaint.number,
            person=ctx.actor.person,
            bureau=complaint.bureau,
            project=complaint.project,
            link=link_to(complaint),
            at=ctx.now(),
        )
    )


# --- small words -----------------------------------------------------------------------------------------------------


def title_of(complaint: Complaint) -> str:
    return f"{complaint.subject} · {complaint.type_label}"


def link_to(complaint: Complaint) -> str:
    return f"/pages/complaint?id={complaint.id}"


def unit_of(ctx: Context, region: str, bureau: str | None) -> str:
    """Such as 安居区民政局."""
    return f"{ctx.regions.full_name(region)}{bureau or ''}"


def shown_name(actor: Actor) -> str:
    """A handler's name stands open: who decides on complaints does it by name."""
    return actor.name.reveal() if actor.kind == "staff" and actor.name else ""


def check_version(complaint: Complaint, version: int) -> None:
    if complaint.version != version:
        raise Stale(state={"state": complaint.state, "version": complaint.version})
