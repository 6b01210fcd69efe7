"""A publicity is made: its number, who publishes it, and where it stands, which others may hold."""

from __future__ import annotations

from typing import Any

import msgspec

from hub.api import Context, Limit, shanghai, unit_of
from plugins.publicity.business import PUBLICITIES
from plugins.publicity.documents import Publicity, Standing, standings_of

# Rows of one transaction: well under a second, and a conflict with a complaint costs little.
AT_ONCE = 200


async def number_of(ctx: Context) -> str:
    """Such as 510904-2026-G0012."""
    year = shanghai(ctx.now()).year
    serial = await ctx.store.next_number(f"publicity-{ctx.county}-{year}")
    return f"{ctx.county}-{year}-G{serial:04d}"


async def add(ctx: Context, publicity: Publicity) -> Publicity:
    """Store a new publicity, and where it stands."""
    added = await PUBLICITIES.add(ctx, publicity, what="create")
    await standings_of(ctx).insert(Standing(id=added.id, place=added.place))
    return added


async def stand(ctx: Context, id: str, phase: str | None = None, **changes: Any) -> Standing:
    """Write where a publicity stands, and who confirmed; without a new ``phase`` it is only held."""
    standing: Standing = await standings_of(ctx).get(id)
    if phase is not None:
        changes["phase"] = phase
    written: Standing = await standings_of(ctx).save(msgspec.structs.replace(standing, **changes))
    return written


def publisher(ctx: Context, place: str, bureau: str) -> str:
    """公示机构, such as 安居区聚贤镇万古桥村村（居）民委员会, 安居区聚贤镇民政局."""
    return unit_of(ctx, place, "村（居）民委员会" if ctx.regions[place].level == "village" else bureau)


def longer(ctx: Context, one: Limit, other: Limit) -> Limit:
    """Of two limits the one that ends later if it began now; they may be in different units."""
    return other if ctx.calendar.due(ctx.now(), other) > ctx.calendar.due(ctx.now(), one) else one
