"""Publicities and their rows as business: what waits for whom, whose it is, what is told of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import msgspec

from hub.api import Actor, Business, Context, Duty, Event, Fact, Limit, Task, duties, recusal, shared, shown_name
from plugins.declaration.events import TakeStep
from plugins.publicity.documents import PUBLICITY, ROW, Phase, Publicity, Row, Standing, standings_of
from plugins.publicity.events import (
    PublicityConfirmed,
    PublicityEnded,
    PublicityFact,
    RowConfirmed,
    RowStruck,
)
from plugins.publicity.steps import ConfirmPart, FreezePart, RenewPart

# A person, and their name as the flow shows it.
By: TypeAlias = tuple[str | None, str]

PAYMENT = "publicity_payment"
LABELS = {
    "publicity_village": "村级公示",
    "publicity_town": "乡镇公示",
    "publicity_county": "县级公示",
    PAYMENT: "发放公示",
}
READERS = ("handler", "leader", "discipline")
# In these states it waits for its handlers, to do this.
WAITS = {"preparing": "发起公示", "due": "公示最终确认", "ended": "重新公示"}
PHASES: Mapping[str, Phase] = {
    "preparing": "preparing",
    "running": "open",
    "due": "open",
    "confirmed": "confirmed",
    "ended": "over",
    "renewed": "over",
}


def title_of(publicity: Publicity) -> str:
    return f"{publicity.short} · {publicity.label}"


def link_of(publicity: Publicity) -> str:
    """The publicity in the handlers' app."""
    return f"/{publicity.place}/publicity/board/{publicity.id}"


# --- whose it is -----------------------------------------------------------------------------------------------------


def runs(actor: Actor, publicity: Publicity) -> bool:
    """Whether the actor holds its post, or stands in from above."""
    return duties.does(actor, publicity, Duty(role="handler", nodes=(publicity.node,)))


def mine(actor: Actor) -> Mapping[str, Any]:
    """A filter for the publicities of the actor's own positions: below their region, of their bureau, project, node.

    The store lets everybody read publicities, since they are public; what handlers work with is not.
    """
    clauses: list[dict[str, Any]] = []
    for position in actor.positions:
        if position.role in READERS:
            bound = {name: getattr(position, name) for name in ("bureau", "project", "node")}
            known = {name: value for name, value in bound.items() if value is not None}
            clauses.append({"path": position.region, **known})
    if not clauses:
        return {"_id": {"$in": []}}
    return clauses[0] if len(clauses) == 1 else {"$or": clauses}


def about(actor: Actor) -> list[dict[str, Any]]:
    """Filters for the rows that one stands in or declared for, under whatever account."""
    # Rows from before they said who keeps away name the persons and the number alone.
    return [*recusal.avoided(actor), {"persons": actor.person}, {"identity.id_number.b": actor.id_key or ""}]


def is_about(ctx: Context, row: Row) -> bool:
    """Whether a row is the actor's own, or one that they declared for."""
    me = ctx.actor
    same = me.id_key is not None and ctx.store.blind(row.identity.id_number) == me.id_key
    return recusal.is_avoided(me, row) or same or (me.person is not None and me.person in row.persons)


# --- what waits for whom ---------------------------------------------------------------------------------------------


def tasks_of(ctx: Context, publicity: Publicity) -> Sequence[Task]:
    """One at a time, for the holders of its node. That it waits for 最终确认 they hear by P03."""
    label = WAITS.get(publicity.state)
    if label is None or not publicity.round or has_gone(publicity):
        return ()
    # Of one that asked before the moment was written down the worklist knows it.
    due = publicity.task_due or publicity.created_at or ctx.now()
    same: Mapping[str, Any] = {"node": publicity.node, "label": label, "round": publicity.round}
    return (Task(due_at=due, sensitive=publicity.sensitive, announced=publicity.state == "due", **same),)


def has_gone(publicity: Publicity) -> bool:
    """Ended, and not to be published again: a batch comes by its own application, of an empty list nobody is left."""
    empty = any(line.move == "dissolve" for line in publicity.acts)
    return publicity.state == "ended" and (publicity.kind == "payment" or empty)


def asking(ctx: Context, publicity: Publicity, limit: Limit) -> Publicity:
    """As it asks its handlers for the next step, in a round of its own."""
    due = ctx.calendar.due(ctx.now(), limit)
    return msgspec.structs.replace(publicity, round=publicity.round + 1, task_due=due)


# --- where it stands -------------------------------------------------------------------------------------------------


async def stand(ctx: Context, publicity: Publicity) -> None:
    """Beside it, for those who do not reach it; written when that is another than before."""
    standing: Standing | None = await standings_of(ctx).first({"_id": publicity.id})
    if standing is None:
        await standings_of(ctx).insert(Standing(id=publicity.id, place=publicity.place))
        return
    phase = PHASES[publicity.state]
    if standing.phase == phase:
        return
    changed = msgspec.structs.replace(standing, phase=phase)
    if phase == "confirmed":
        line = publicity.acts[-1]
        changed = msgspec.structs.replace(changed, person=line.person, shown=line.handler)
    await standings_of(ctx).save(changed)


# --- the two of them -------------------------------------------------------------------------------------------------


PUBLICITIES: Business[Publicity] = Business(
    collection="publicity.publicities",
    kind="publicity",
    machine=PUBLICITY,
    title=title_of,
    link=link_of,
    # Of many: who stands in one does not confirm it.
    about=lambda publicity: None,
    tasks=tasks_of,
    sees=mine,
    beside=stand,
)
# One by one; where all of a list are moved, they are written in parts.
ROWS: Business[Row] = Business(
    collection="publicity.rows",
    kind="publicity",
    machine=ROW,
    title=lambda row: f"{row.short} · {row.identity.masked}",
    # Of a village; who publishes it may sit above.
    link=lambda row: f"/{row.county or row.place}/publicity/board/{row.publicity}",
    about=lambda row: row.identity.id_number,
    noted=lambda ctx, row: {},
    audited_as={move: f"{move}_row" for move in ROW.moves},
)


# --- facts -----------------------------------------------------------------------------------------------------------


def told(kind: type[PublicityFact], **more: Any) -> Fact[Publicity]:
    """The fact of this kind about a publicity as it was saved."""

    def fact(ctx: Context, publicity: Publicity) -> Event:
        same = shared(kind, publicity, but=tuple(more))
        return kind(publicity=publicity.id, at=ctx.now(), **same, **more)

    return fact


def result(kind: type[PublicityConfirmed | PublicityEnded], **more: Any) -> Fact[Publicity]:
    """What has come of it, for whoever offered its rows."""

    def fact(ctx: Context, publicity: Publicity) -> Event:
        return kind(publicity=publicity.id, **shared(kind, publicity, but=tuple(more)), **more)

    return fact


def part_due(kind: type[FreezePart | ConfirmPart | RenewPart], part: int = 0) -> Fact[Publicity]:
    """Its own work: some rows of it after the other."""
    return lambda ctx, publicity: kind(place=publicity.place, subject=publicity.id, part=part)


def row_told(kind: type[RowConfirmed | RowStruck], place: str) -> Fact[Row]:
    """For whoever offered the row, at the place of the unit that publishes."""
    return lambda ctx, row: kind(place=place, subject=row.subject, row=row.id, subject_row=row.about)


def decided(move: Literal["pass", "return", "refuse"], opinion: str, by: By | None = None) -> Fact[Row]:
    """For the case of a row: by the one who acts, or ``by`` somebody before."""

    def fact(ctx: Context, row: Row) -> Event:
        person, shown = by or (ctx.actor.person, shown_name(ctx.actor))
        same: Mapping[str, Any] = {"place": row.place, "case": row.about, "round": row.round}
        return TakeStep(move=move, opinion=opinion, person=person, shown=shown, **same)

    return fact
