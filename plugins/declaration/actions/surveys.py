"""What surveys ask of cases, when they may have missed what became of them."""

from __future__ import annotations

from hub.api import Context
from plugins.declaration.documents import Case, cases_of
from plugins.survey.events import NoLongerWanted

# The name under which surveys keep those of cases.
ORIGIN = "declaration"


async def no_longer_wanted(ctx: Context, asked: NoLongerWanted) -> frozenset[tuple[str, int]] | None:
    """Over with the case, or with its stay at the node."""
    if asked.origin != ORIGIN:
        return None
    ids = sorted({case for case, _ in asked.stays})
    found: list[Case] = await cases_of(ctx).find({"_id": {"$in": ids}})
    # None: it is at no node any more.
    present = {case.id: case.progress[-1].round if case.open and case.progress else None for case in found}
    return frozenset((id, round) for id, round in asked.stays if id in present and present[id] != round)
