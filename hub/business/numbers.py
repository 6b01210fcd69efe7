"""The numbers by which people find business."""

from __future__ import annotations

from hub.rules.context import Context
from hub.words.clock import shanghai


async def next_number(ctx: Context, letter: str = "", digits: int = 6, *, series: str = "") -> str:
    """Such as 510904-2026-T000123: county, year, and the next of the plugin's; ``series`` begins the name of one of several."""
    begin = f"{ctx.county or ctx.place.code}-{shanghai(ctx.now()).year}"
    serial = await ctx.store.next_number(f"{series}{begin}")
    return f"{begin}-{letter}{serial:0{digits}d}"
