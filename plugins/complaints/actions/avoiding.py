"""回避: whom a complaint accuses, who belongs to the accused office, and who complained, neither sees nor handles it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.api import Actor, Context, NotFound, Office, Position
from plugins.complaints.documents import NODE, Complaint, complaints_of


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
    return any(
        position.role == "handler" and position.region in complaint.path and _fits(position, complaint)
        for position in actor.positions
    )


def _fits(position: Position, complaint: Complaint) -> bool:
    wanted = {"bureau": complaint.bureau, "project": complaint.project, "node": NODE}
    return all(getattr(position, field) in (None, value) for field, value in wanted.items())


def sees_persons(actor: Actor, complaint: Complaint) -> bool:
    """Of a sensitive project: those whose own work it is, and 纪委; others get counts."""
    if not complaint.sensitive:
        return True
    return handles(actor, complaint) or any(position.role == "discipline" for position in actor.positions)


def is_accused(complaint: Complaint, office: Office) -> bool:
    """Whether an office is one of those that must keep away."""
    return any(
        each.region == office.region and each.bureau in (None, office.bureau) for each in complaint.avoid_offices
    )
