"""Who did what: the lines of a hit, the words that are read, and whether the one who acts may."""

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
from plugins.interception.documents import Act, Hit, Recovery

NODE = "interception"
# A town's handler reads and does not decide.
READING = Duty(role="handler", nodes=(NODE,))
CONFIRMING = Duty(role="handler", nodes=(NODE,), from_county=True)
LEADING = Duty(role="leader", from_county=True)
WATCHING = Duty(role="discipline")
# 纪委's own moves.
WATCHED = ("review", "send_back", "archive")
MOST_ACTS = 60


def act(ctx: Context, move: str, label: str, *, bureau: str = "", why: str = "") -> Act:
    """What the one who acts has just done; without a person it was the hub."""
    return Act(
        at=ctx.now(),
        move=move,
        label=label,
        unit=unit_of(ctx, "纪委" if move in WATCHED else bureau),
        handler=shown_name(ctx.actor),
        person=ctx.actor.person,
        why=why,
    )


def with_act(acts: tuple[Act, ...], new: Act) -> tuple[Act, ...]:
    return (*acts, new)[-MOST_ACTS:]


def unit_of(ctx: Context, bureau: str) -> str:
    """Such as 安居区民政局, 安居区纪委."""
    if ctx.actor.kind != "staff" or ctx.county is None:
        return ""
    return f"{ctx.regions.full_name(ctx.county)}{bureau}"


def shown_name(actor: Actor) -> str:
    """A handler's name stands open: who decides on public money does it by name."""
    return actor.name.reveal() if actor.kind == "staff" and actor.name else ""


def masked(identity: Identity) -> str:
    return masking.name(identity.name.reveal(), minor=identity.minor)


def title_of(thing: Hit | Recovery) -> str:
    return f"{thing.short} · {masked(thing.identity)}"


def link_of(hit: str) -> str:
    return f"/pages/hit?id={hit}"


def touched(ctx: Context, label: str, thing: Hit | Recovery) -> None:
    """Onto the 经办历史 of the one who acts; what tasks tell is there already."""
    ctx.emit(
        BusinessTouched(
            place=thing.place,
            subject=thing.id,
            kind="interception",
            label=label,
            title=title_of(thing),
            number=thing.number,
            person=ctx.actor.person or "",
            bureau=thing.bureau,
            project=thing.project,
            link=link_of(thing.hit if isinstance(thing, Recovery) else thing.id),
            at=ctx.now(),
        )
    )


# --- who may ---------------------------------------------------------------------------------------------------------


def kept_from(actor: Actor) -> Mapping[str, Any]:
    """A filter: without what one must not even see, since it is about oneself or about whom one declared for."""
    about_me: list[dict[str, Any]] = [{"avoid": actor.person}]
    if actor.id_key is not None:
        about_me.append({"avoid_keys": actor.id_key})
    return {"$nor": about_me}


def open_to(actor: Actor) -> Mapping[str, Any]:
    """A filter: of sensitive projects persons are for 纪委 and those whose work it is; others get counts."""
    return duties.seen(actor, READING, WATCHING)


def sees_all(ctx: Context) -> bool:
    """Whether the reader may see the persons of all that they reach, so that numbers tell them nothing new."""
    return duties.sees_all(ctx.actor, ctx.scope.reaches, READING, WATCHING)


def visible(actor: Actor, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """``wanted`` without what the actor may not see."""
    return {"$and": [wanted, kept_from(actor), open_to(actor)]}


def confirms(actor: Actor, thing: Hit | Recovery) -> bool:
    """Whether hits like this are put to the actor: by the bureau's position at the county, or above, to stand in there."""
    return duties.does(actor, thing, CONFIRMING)


def seconds(actor: Actor, thing: Hit) -> bool:
    """Whether the actor may be the second person: the same, or the bureau's own leader."""
    return duties.does(actor, thing, CONFIRMING, LEADING)


def watches(actor: Actor, thing: Hit | Recovery) -> bool:
    return duties.does(actor, thing, WATCHING)


def check_confirms(ctx: Context, thing: Hit | Recovery) -> None:
    if not confirms(ctx.actor, thing):
        raise Forbidden("由区县主管部门的拦截信息确认岗位办理。")


def check_evidence(ctx: Context, hit: Hit) -> None:
    if not (confirms(ctx.actor, hit) or watches(ctx.actor, hit)):
        raise Forbidden("比对依据只供确认的主管部门和纪委查看。")


def check_here(ctx: Context, document: Document) -> None:
    """What is seen from the city is changed in its own county, whose switches count."""
    if document.county != ctx.county:
        raise NotFound


def check_version(document: Hit | Recovery, version: int) -> None:
    if document.version != version:
        raise Stale(state=shown(document))


def shown(document: Hit | Recovery) -> dict[str, Any]:
    return {"state": document.state, "version": document.version}
