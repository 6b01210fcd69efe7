"""A publicity as a whole: made, moved from state to state, its tasks, what it tells, and who may act on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from hub.api import (
    Actor,
    BusinessTouched,
    Conflict,
    Context,
    Duty,
    Forbidden,
    Identity,
    Limit,
    NotFound,
    Stale,
    TaskEnded,
    TaskSettled,
    TaskWanted,
    duties,
    masking,
    shanghai,
)
from plugins.publicity.documents import (
    PUBLICITY,
    Act,
    Publicity,
    Standing,
    publicities_of,
    standings_of,
)
from plugins.publicity.events import PublicityFact

# Rows of one transaction: well under a second, and a conflict with a complaint costs little.
AT_ONCE = 200
# Of one thing; an endless to and fro is cut at its old end.
MOST_ACTS = 60
PAYMENT = "publicity_payment"
LABELS = {
    "publicity_village": "村级公示",
    "publicity_town": "乡镇公示",
    "publicity_county": "县级公示",
    PAYMENT: "发放公示",
}
READERS = ("handler", "leader", "discipline")


# --- made ------------------------------------------------------------------------------------------------------------


async def number_of(ctx: Context) -> str:
    """Such as 510904-2026-G0012."""
    year = shanghai(ctx.now()).year
    serial = await ctx.store.next_number(f"publicity-{ctx.county}-{year}")
    return f"{ctx.county}-{year}-G{serial:04d}"


async def add(ctx: Context, publicity: Publicity) -> Publicity:
    """Store a new publicity, and where it stands."""
    added: Publicity = await publicities_of(ctx).insert(publicity)
    await standings_of(ctx).insert(Standing(id=added.id, place=added.place))
    ctx.audit("publicity.create", added.id, number=added.number)
    return added


def unit_of(ctx: Context, place: str, bureau: str) -> str:
    """公示机构, such as 安居区聚贤镇万古桥村村（居）民委员会, 安居区聚贤镇民政局."""
    office = "村（居）民委员会" if ctx.regions[place].level == "village" else bureau
    return f"{ctx.regions.full_name(place)}{office}"


# --- moved -----------------------------------------------------------------------------------------------------------


async def moved(
    ctx: Context, publicity: Publicity, move: str, *, why: str = "", standing: str | None = None, **changes: Any
) -> Publicity:
    """The publicity after a move, with who, when, why; ``standing`` where that changes too."""
    state = PUBLICITY.follow(move, publicity.state, version=publicity.version)
    line = act(ctx, move, PUBLICITY.moves[move].label, why=why)
    after = msgspec.structs.replace(publicity, state=state, acts=with_act(publicity.acts, line), **changes)
    saved: Publicity = await publicities_of(ctx).save(after)
    await stand(ctx, publicity.id, standing, line if move == "confirm" else None)
    ctx.audit(f"publicity.{move}", publicity.id, why=why, number=publicity.number)
    return saved


async def stand(ctx: Context, id: str, phase: str | None = None, confirmed: Act | None = None) -> Standing:
    """Write where a publicity stands; without a new ``phase`` it is only held."""
    standing: Standing = await standings_of(ctx).get(id)
    changes: dict[str, Any] = {"phase": phase} if phase else {}
    if confirmed:
        changes |= {"person": confirmed.person, "shown": confirmed.handler}
    written: Standing = await standings_of(ctx).save(msgspec.structs.replace(standing, **changes))
    return written


def act(ctx: Context, move: str, label: str, *, why: str = "") -> Act:
    """What the one who acts has just done; without a person it was the hub."""
    return Act(at=ctx.now(), move=move, label=label, handler=shown_name(ctx.actor), person=ctx.actor.person, why=why)


def with_act(acts: tuple[Act, ...], new: Act) -> tuple[Act, ...]:
    return (*acts, new)[-MOST_ACTS:]


def longer(ctx: Context, one: Limit, other: Limit) -> Limit:
    """Of two limits the one that ends later if it began now; they may be in different units."""
    return other if ctx.calendar.due(ctx.now(), other) > ctx.calendar.due(ctx.now(), one) else one


# --- tasks -----------------------------------------------------------------------------------------------------------


def want(ctx: Context, publicity: Publicity, label: str, limit: Limit, *, announced: bool = False) -> Publicity:
    """Ask the holders of its node for the next step; the caller saves the ``round`` that comes back."""
    round = publicity.round + 1
    ctx.emit(
        TaskWanted(
            place=publicity.place,
            subject=publicity.id,
            node=publicity.node,
            label=label,
            round=round,
            role="handler",
            bureau=publicity.bureau,
            project=publicity.project,
            title=title_of(publicity),
            number=publicity.number,
            link=link_of(publicity),
            due_at=ctx.calendar.due(ctx.now(), limit),
            sensitive=publicity.sensitive,
            announced=announced,
        )
    )
    return msgspec.structs.replace(publicity, round=round)


def finish_task(ctx: Context, publicity: Publicity, move: str, opinion: str = "") -> None:
    """The present task is done by whoever acts on the publicity's own page; where the hub acts, nobody need do it."""
    named: Mapping[str, Any] = {
        "place": publicity.place,
        "subject": publicity.id,
        "node": publicity.node,
        "round": publicity.round,
    }
    if ctx.actor.person is None:
        ctx.emit(TaskEnded(**named))
        return
    person = ctx.actor.person
    ctx.emit(TaskSettled(**named, move=move, opinion=opinion, person=person, shown=shown_name(ctx.actor)))


def end_task(ctx: Context, publicity: Publicity) -> None:
    """Nobody is wanted for the present task any more."""
    ctx.emit(TaskEnded(place=publicity.place, subject=publicity.id, node=publicity.node, round=publicity.round))


def touched(ctx: Context, publicity: Publicity, label: str) -> None:
    """Onto the 经办历史 of the handler who acts; what tasks tell is there already."""
    if ctx.actor.person is None:
        return
    ctx.emit(
        BusinessTouched(
            place=publicity.place,
            subject=publicity.id,
            kind="publicity",
            label=label,
            title=title_of(publicity),
            number=publicity.number,
            person=ctx.actor.person,
            bureau=publicity.bureau,
            project=publicity.project,
            link=link_of(publicity),
            at=ctx.now(),
        )
    )


def title_of(publicity: Publicity) -> str:
    return f"{publicity.short} · {publicity.label}"


def link_of(publicity: Publicity) -> str:
    """The publicity in the handlers' app."""
    return f"/pages/board?id={publicity.id}&place={publicity.place}"


# --- told ------------------------------------------------------------------------------------------------------------


def tell(ctx: Context, kind: type[PublicityFact], publicity: Publicity, **more: Any) -> None:
    same = ("place", "kind", "number", "title", "project", "short", "bureau", "node", "sensitive", "ends_at")
    known = {name: getattr(publicity, name) for name in same}
    ctx.emit(kind(publicity=publicity.id, at=ctx.now(), **known, **more))


def result_of(publicity: Publicity) -> dict[str, Any]:
    """What ``PublicityConfirmed`` and ``PublicityEnded`` tell alike."""
    same = ("place", "subject", "kind", "number", "title", "project", "short", "bureau")
    return {name: getattr(publicity, name) for name in same} | {"publicity": publicity.id}


# --- who may ---------------------------------------------------------------------------------------------------------


def runs(ctx: Context, publicity: Publicity) -> bool:
    """Whether the actor holds its post, or stands in from above."""
    return duties.does(ctx.actor, publicity, Duty(role="handler", nodes=(publicity.node,)))


def mine(ctx: Context) -> dict[str, Any]:
    """A filter for the publicities of the actor's own positions: below their region, of their bureau, project, node.

    The store lets everybody read publicities, since they are public; what handlers work with is not.
    """
    clauses: list[dict[str, Any]] = []
    for position in ctx.actor.positions:
        if position.role in READERS:
            bound = {name: getattr(position, name) for name in ("bureau", "project", "node")}
            known = {name: value for name, value in bound.items() if value is not None}
            clauses.append({"path": position.region, **known})
    if not clauses:
        return {"_id": {"$in": []}}
    return clauses[0] if len(clauses) == 1 else {"$or": clauses}


async def seen(ctx: Context, id: str) -> Publicity:
    """A publicity that the one who acts may work with or look on, ``NotFound`` else."""
    found: Publicity | None = await publicities_of(ctx).first({"$and": [{"_id": id}, mine(ctx)]})
    if found is None:
        raise NotFound
    return found


async def own(ctx: Context, id: str, version: int | None = None) -> Publicity:
    """A publicity of the actor's own post (or one below, standing in), as they have seen it, in its own county."""
    publicity = await seen(ctx, id)
    check_own(ctx, publicity)
    if version is not None:
        check_version(publicity, version)
    return publicity


def check_own(ctx: Context, publicity: Publicity) -> None:
    if publicity.county != ctx.county:
        # Seen from the city; what is changed goes by the switches of its own county.
        raise NotFound
    if not runs(ctx, publicity):
        raise Forbidden("此公示由公示岗位的经办人员办理。")


def about(actor: Actor) -> list[dict[str, Any]]:
    """Filters for the rows that one stands in or declared for, under whatever account."""
    return [{"persons": actor.person}, {"identity.id_number.b": actor.id_key or ""}]


def check_version(document: Any, version: int) -> None:
    if document.version != version:
        raise Stale(state={"state": document.state, "version": document.version})


def check_quiet(publicity: Publicity) -> None:
    """``Conflict`` while parts of it are on their way."""
    if publicity.working:
        raise Conflict("名单正在处理，请稍候再操作。", state=shown(publicity))


def shown(publicity: Publicity) -> dict[str, object]:
    return {"state": publicity.state, "version": publicity.version}


# --- small words -----------------------------------------------------------------------------------------------------


def shown_name(actor: Actor) -> str:
    """A handler's name stands open: who publishes for an office does it by name."""
    return actor.name.reveal() if actor.kind == "staff" and actor.name else ""


def masked(identity: Identity) -> str:
    return masking.name(identity.name.reveal(), minor=identity.minor)
