"""回避: whom a complaint accuses, who belongs to the accused office, and who complained, neither sees nor handles it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.api import Actor, Context, Duty, NotFound, Office, duties
from plugins.complaints.documents import NODE, Complaint, complaints_of

HANDLING = Duty(role="handler", nodes=(NODE,))
WATCHING = Duty(role="discipline")


async def complaint_of(ctx: Context, id: str) -> Complaint:
    """A complaint within reach; ``NotFound`` also for those who must keep away from it."""
    found: Complaint | None = await complaints_of(ctx).first({"_id": id, **not_avoided(ctx.actor)})
    if found is None:
        raise NotFound
    return found


async def complaint_here(ctx: Context, id: str) -> Complaint:
    """The same, to be changed: in its own county, whose switches count."""
    found = await complaint_of(ctx, id)
    if found.county != ctx.county:
        raise NotFound
    return found


def not_avoided(actor: Actor) -> Mapping[str, Any]:
    """A filter: without the complaints that the one who asks must not see, under whatever account or position."""
    about_me: list[dict[str, Any]] = [{"avoid": actor.person}]
    if actor.id_key is not None:
        about_me.append({"avoid_keys": actor.id_key})
    for position in actor.positions:
        ours = {"region": position.region, "bureau": {"$in": [None, position.bureau]}}
        about_me.append({"avoid_offices": {"$elemMatch": ours}})
    return {"$nor": about_me}


def handles(actor: Actor, complaint: Complaint) -> bool:
    """Whether one of the actor's positions is the one that this complaint waits for, at its place or above."""
    return duties.does(actor, complaint, HANDLING)


def sees_persons(actor: Actor, complaint: Complaint) -> bool:
    """Of a sensitive project: those whose own work it is, and 纪委; others get counts."""
    return duties.sees_persons(actor, complaint, HANDLING, WATCHING)


def sees_all(ctx: Context) -> bool:
    """Whether the reader may see the persons of all that they reach, so that numbers tell them nothing new."""
    return duties.sees_all(ctx.actor, ctx.scope.reaches, HANDLING, WATCHING)


def is_accused(complaint: Complaint, office: Office) -> bool:
    """Whether an office is one of those that must keep away."""
    return any(
        each.region == office.region and each.bureau in (None, office.bureau) for each in complaint.avoid_offices
    )
