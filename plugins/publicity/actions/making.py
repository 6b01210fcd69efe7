"""What a publicity is made with: its number, who publishes it, its days; and how others hold it where it stands."""

from __future__ import annotations

from hub.api import Context, Limit, next_number, unit_of
from plugins.publicity.documents import Standing, standings_of

# Rows of one transaction: well under a second, and a conflict with a complaint costs little.
AT_ONCE = 200


async def number_of(ctx: Context) -> str:
    """Such as 510904-2026-G0012."""
    return await next_number(ctx, "G", 4, series="publicity-")


async def hold(ctx: Context, id: str) -> Standing:
    """Where a publicity stands, written: of whoever relies on it and whoever moves it at once, one comes after."""
    standing: Standing = await standings_of(ctx).get(id)
    held: Standing = await standings_of(ctx).save(standing)
    return held


def publisher(ctx: Context, place: str, bureau: str) -> str:
    """公示机构, such as 安居区聚贤镇万古桥村村（居）民委员会, 安居区聚贤镇民政局."""
    return unit_of(ctx, place, "村（居）民委员会" if ctx.regions[place].level == "village" else bureau)


def longer(ctx: Context, one: Limit, other: Limit) -> Limit:
    """Of two limits the one that ends later if it began now; they may be in different units."""
    return other if ctx.calendar.due(ctx.now(), other) > ctx.calendar.due(ctx.now(), one) else one
