"""Who did what: the lines of a life cycle, and whether the one who acts belongs to the right bureau."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.api import (
    Actor,
    BusinessTouched,
    Context,
    Document,
    Duty,
    Forbidden,
    Identity,
    NotFound,
    Stale,
    duties,
    masking,
)
from plugins.payments.documents import Act, Batch, Benefit, Row

# The nodes of payments; a position of a bureau that is bound to none does their work too.
PAYING = Duty(
    role="handler",
    nodes=("disburse", "pay", "payments_review", "payments_disburse", "payments_pay", "payments_correct"),
)
# Who has approved it may read of it.
READING = Duty(role="handler", nodes=(*(PAYING.nodes or ()), "approve_county"))
WATCHING = Duty(role="discipline")
# Of one thing; an endless to and fro is cut at its old end.
MOST_ACTS = 60


def act(ctx: Context, move: str, label: str, *, bureau: str = "", why: str = "") -> Act:
    """What the one who acts has just done; without a person it was the hub."""
    return Act(
        at=ctx.now(),
        move=move,
        label=label,
        unit=unit_of(ctx, bureau),
        handler=shown_name(ctx.actor),
        person=ctx.actor.person,
        why=why,
    )


def with_act(acts: tuple[Act, ...], new: Act) -> tuple[Act, ...]:
    return (*acts, new)[-MOST_ACTS:]


def unit_of(ctx: Context, bureau: str) -> str:
    """Such as 安居区财政局."""
    return f"{ctx.regions.full_name(ctx.county)}{bureau}" if ctx.county and bureau else ""


def touched(
    ctx: Context, label: str, *, place: str, subject: str, title: str, number: str, bureau: str, project: str, link: str
) -> None:
    """Onto the 经办历史 of the handler who acts; what tasks tell is there already."""
    if ctx.actor.kind != "staff" or ctx.actor.person is None:
        return
    ctx.emit(
        BusinessTouched(
            place=place,
            subject=subject,
            kind="payment",
            label=label,
            title=title,
            number=number,
            person=ctx.actor.person,
            bureau=bureau,
            project=project,
            link=link,
            at=ctx.now(),
        )
    )


def touched_benefit(ctx: Context, label: str, benefit: Benefit) -> None:
    touched(
        ctx,
        label,
        place=benefit.place,
        subject=benefit.id,
        title=f"{benefit.short} · {masked(benefit.identity)}",
        number=benefit.number,
        bureau=benefit.bureau,
        project=benefit.project,
        link=f"/pages/benefit?id={benefit.id}",
    )


def touched_row(ctx: Context, label: str, row: Row) -> None:
    touched(
        ctx,
        label,
        place=row.place,
        subject=row.id,
        title=f"{row.short} · {masked(row.identity)}",
        number=row.number,
        bureau=row.bureau[0],
        project=row.project,
        link=f"/pages/payment?id={row.id}",
    )


def touched_batch(ctx: Context, label: str, batch: Batch) -> None:
    touched(
        ctx,
        label,
        place=batch.place,
        subject=batch.id,
        title=f"{batch.short} · {batch.title}",
        number=batch.number,
        bureau=batch.owner,
        project=batch.project,
        link=f"/pages/batch?id={batch.id}",
    )


def shown_name(actor: Actor) -> str:
    """A handler's name stands open: who decides on public money does it by name."""
    return actor.name.reveal() if actor.kind == "staff" and actor.name else ""


def check_bureau(ctx: Context, document: duties.Placed, bureau: str, *, at: str | None = None) -> None:
    """``Forbidden`` for who may read it, yet holds no handler's position of this bureau for it: one grants, the other pays."""
    if not duties.does(ctx.actor, document, PAYING, at=at, bureau=bureau):
        raise Forbidden(f"此操作由{bureau}办理。")


def sees_persons(ctx: Context, document: duties.Sensitive) -> bool:
    """Of a sensitive project: the resident themself, 纪委, and those whose own work it is."""
    return duties.sees_persons(ctx.actor, document, READING, WATCHING)


def open_to(ctx: Context) -> Mapping[str, Any]:
    """The same as a filter."""
    return duties.seen(ctx.actor, READING, WATCHING)


def check_version(document: Document, version: int, state: str) -> None:
    if document.version != version:
        raise Stale(state={"state": state, "version": document.version})


def check_here(ctx: Context, document: Document) -> None:
    """What is seen from the city or from another county is changed in its own, whose switches count."""
    if document.county != ctx.county:
        raise NotFound


def masked(identity: Identity) -> str:
    return masking.name(identity.name.reveal(), minor=identity.minor)
