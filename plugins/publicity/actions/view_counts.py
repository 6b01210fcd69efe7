"""How often a publicity was opened: a small line each time, folded into a tally by a job, read as the sum of both."""

from __future__ import annotations

from collections import Counter

import msgspec

from hub.api import Context
from plugins.publicity.documents import Glance, Publicity, Tally, glances_of, tallies_of

# Of one transaction.
AT_ONCE = 200


async def note(ctx: Context, publicity: Publicity) -> None:
    await glances_of(ctx).insert(Glance(id=ctx.new_id(), place=publicity.place, publicity=publicity.id))


async def views_of(ctx: Context, publicity: str) -> int:
    """Counted exactly up to a thousand lines that are not folded in yet."""
    tally: Tally | None = await tallies_of(ctx).first({"_id": publicity})
    return (tally.views if tally else 0) + await glances_of(ctx).count({"publicity": publicity})


async def fold(ctx: Context) -> None:
    """Until no line is left, in small transactions."""
    while await ctx.in_transaction(fold_some) == AT_ONCE:
        pass


async def fold_some(ctx: Context) -> int:
    """The oldest lines; returns how many."""
    lines: list[Glance] = await glances_of(ctx).find({}, sort=(("created_at", 1), ("_id", 1)), limit=AT_ONCE)
    seen = Counter(line.publicity for line in lines)
    places = {line.publicity: line.place for line in lines}
    known: list[Tally] = await tallies_of(ctx).find({"_id": {"$in": list(seen)}})
    await tallies_of(ctx).save_many(
        [msgspec.structs.replace(tally, views=tally.views + seen[tally.id]) for tally in known]
    )
    fresh = seen.keys() - {tally.id for tally in known}
    await tallies_of(ctx).insert_many([Tally(id=id, place=places[id], views=seen[id]) for id in sorted(fresh)])
    await glances_of(ctx).delete_many(lines)
    return len(lines)
