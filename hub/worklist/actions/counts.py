"""How much waits for a position: what administrators ask before they give or end one. Numbers alone."""

from __future__ import annotations

from hub.api import Context
from hub.identity.waiting import ClaimedWork, HeldWork, PostWork, UnattendedWork, WorkHeld
from hub.worklist.actions.holders import at_rest
from hub.worklist.documents import DECIDERS, UNDONE, tasks_of

# Posts with work in a city; of more than that the smallest are left out.
MOST_GROUPS = 5000


async def unattended(ctx: Context, question: UnattendedWork) -> tuple[PostWork, ...]:
    """Undone tasks that are not on the lists of their own place."""
    wanted = {"path": question.place, "role": {"$in": DECIDERS}, "state": {"$in": UNDONE}, "$nor": at_rest(ctx)}
    by = ("role", "place", "bureau", "node", "label", "at", "unfilled")
    groups = await tasks_of(ctx).groups(wanted, by, least=("arrived_at",), at_most=MOST_GROUPS)
    found = []
    for group in groups:
        role, place, bureau, node, label, at, unfilled = group.key
        if unfilled or at != place:
            oldest = group.least[0]
            post = PostWork(
                role=role, place=place, bureau=bureau, node=node, label=label, count=group.count, oldest=oldest
            )
            found.append(post)
    return tuple(found)


async def work_held(ctx: Context, question: WorkHeld) -> HeldWork:
    """What is on the position's list, and what its holder has claimed there."""
    bound = {name: getattr(question, name) for name in ("bureau", "project", "node")}
    known = {name: value for name, value in bound.items() if value is not None}
    post = {"path": question.region, "role": question.role, **known}
    mine = {**post, "state": "claimed", "claimed_by": question.person}
    groups = await tasks_of(ctx).groups(
        {"$or": [{**post, "at": question.region, "state": "open"}, mine]}, ("state",), least=("arrived_at",)
    )
    counts = {group.key[0]: group.count for group in groups}
    oldest = min((group.least[0] for group in groups), default=None)
    return HeldWork(waiting=counts.get("open", 0), claimed=counts.get("claimed", 0), oldest=oldest)


async def claimed_work(ctx: Context, question: ClaimedWork) -> int:
    """All that somebody has claimed."""
    return await tasks_of(ctx).count({"state": "claimed", "claimed_by": question.person})
