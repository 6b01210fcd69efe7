"""Hits and recoveries as business: what waits for whom, who sees and who may, what is told of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from hub.api import Actor, Business, Context, Duty, Fact, Followable, Office, Task, duties, not_avoided, shared
from plugins.interception.documents import HIT, OUTCOMES, RECOVERY, UNRESOLVED, Hit, Recovery
from plugins.interception.events import HitFact

NODE = "interception"
# A town's handler reads and does not decide.
READING = Duty(role="handler", nodes=(NODE,))
CONFIRMING = Duty(role="handler", nodes=(NODE,), from_county=True)
LEADING = Duty(role="leader", from_county=True)
WATCHING = Duty(role="discipline")


def title_of(thing: Hit | Recovery) -> str:
    return f"{thing.short} · {thing.identity.masked}"


def link_to(thing: Hit | Recovery, hit: str) -> str:
    """The page of a hit; ``thing`` is it, or what is to be given back for it."""
    return f"/{county_of(thing)}/interception/hits/{hit}"


# --- whose it is -----------------------------------------------------------------------------------------------------


def county_of(thing: Hit | Recovery) -> str:
    """Where it is decided; the place itself of one that is not stored yet."""
    return thing.county or thing.place


def bureau_of(thing: Hit | Recovery) -> Office:
    return Office(county_of(thing), thing.bureau)


def county_itself(thing: Hit | Recovery) -> Office:
    """Whoever met the person, in whatever bureau."""
    return Office(county_of(thing))


def discipline_of(thing: Hit | Recovery) -> Office:
    return Office(county_of(thing), "纪委")


def confirms(actor: Actor, thing: Hit | Recovery) -> bool:
    """Whether hits like this are put to the actor: by the bureau's position at the county, or above, to stand in there."""
    return duties.does(actor, thing, CONFIRMING)


def seconds(actor: Actor, thing: Hit) -> bool:
    """Whether the actor may be the second person: the same, or the bureau's own leader."""
    return duties.does(actor, thing, CONFIRMING, LEADING)


def of_discipline(actor: Actor) -> bool:
    """Whether watching is what the actor does, whatever it is that they look at."""
    return duties.holds(actor, WATCHING)


def watches(actor: Actor, thing: Hit | Recovery) -> bool:
    return duties.does(actor, thing, WATCHING)


def sees(actor: Actor) -> Mapping[str, Any]:
    """A filter: without what is about oneself or about whom one declared for; of sensitive projects persons are for 纪委 and those
    whose work it is, others get counts.
    """
    return {"$and": [not_avoided(actor), duties.seen(actor, READING, WATCHING)]}


def sees_all(ctx: Context) -> bool:
    """Whether the reader may see the persons of all that they reach, so that numbers tell them nothing new."""
    return duties.sees_all(ctx.actor, ctx.scope.reaches, READING, WATCHING)


# --- hits ------------------------------------------------------------------------------------------------------------


def tasks_of(ctx: Context, hit: Hit) -> Sequence[Task]:
    """For the bureau's position at the county. A second person's task is kept from the first, who proposed. P09 tells of the
    first round.
    """
    if hit.state not in ("waiting", "proposed"):
        return ()
    proposal = hit.proposal
    return (
        Task(
            place=county_of(hit),
            node=NODE,
            label="误报解除复核" if proposal else "拦截信息确认",
            round=hit.round,
            due_at=hit.due_at or ctx.now(),
            subject_key=hit.key,
            avoid=(proposal.person,) if proposal else (),
            avoid_keys=(proposal.id_key,) if proposal and proposal.id_key else (),
            hidden=True,
            sensitive=hit.sensitive,
            announced=hit.round == 1,
        ),
    )


def derived(ctx: Context, hit: Hit) -> Hit:
    """Whether the bureau has come to its result, and to which."""
    if hit.state in UNRESOLVED:
        return msgspec.structs.replace(hit, open=True, outcome="")
    outcome = hit.state if hit.state in OUTCOMES else hit.outcome
    return msgspec.structs.replace(hit, open=False, outcome=outcome)


HITS: Business[Hit] = Business(
    collection="interception.hits",
    kind="interception",
    machine=HIT,
    title=title_of,
    link=lambda hit: link_to(hit, hit.id),
    office=bureau_of,
    offices={"found": county_itself, "review": discipline_of, "send_back": discipline_of, "archive": discipline_of},
    about=lambda hit: hit.identity.id_number,
    tasks=tasks_of,
    derive=derived,
    noted=lambda ctx, hit: {"number": hit.number, "rule": hit.rule},
    sees=sees,
    followed=Followable(read="interception.read", page="/hits/{id}"),
)


def told(kind: type[HitFact], **more: Any) -> Fact[Hit]:
    """The fact of this kind about a hit as it was saved."""

    def fact(ctx: Context, hit: Hit) -> HitFact:
        same = shared(kind, hit, but=tuple(more))
        return kind(hit=hit.id, who=hit.identity.masked, at=ctx.now(), **same, **more)

    return fact


# --- recoveries --------------------------------------------------------------------------------------------------------


def noted_of(ctx: Context, recovery: Recovery) -> Mapping[str, Any]:
    """With money that came: how much of it is there now."""
    came = {"returned": recovery.returned} if recovery.acts[-1].move in ("receive", "recover") else {}
    return {"number": recovery.number, **came}


RECOVERIES: Business[Recovery] = Business(
    collection="interception.recoveries",
    kind="interception",
    machine=RECOVERY,
    title=title_of,
    link=lambda recovery: link_to(recovery, recovery.hit),
    office=bureau_of,
    about=lambda recovery: recovery.identity.id_number,
    noted=noted_of,
    sees=sees,
)
