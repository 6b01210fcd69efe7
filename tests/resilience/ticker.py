"""Ticks: a third party's plugin whose job writes down which process ran it, from when to when."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from hub.api import Collection, Context, Document, Job, hookimpl

API = "1.0"

# The work of a run.
LASTS = 0.4


class Tick(Document, frozen=True, kw_only=True):
    """One run. Without an end the process died in it."""

    process: int
    began_at: datetime
    ended_at: datetime | None = None


async def tick(ctx: Context) -> None:
    """Begin, work, end; each in a transaction of its own, so that a run that dies in the middle can be seen."""
    began = await ctx.in_transaction(begin)
    await asyncio.sleep(LASTS)

    async def end(ctx: Context) -> None:
        ticks = ctx.store["ticker.ticks"]
        known = await ticks.get(began.id)
        await ticks.save(
            Tick(**{name: getattr(known, name) for name in known.__struct_fields__} | {"ended_at": ctx.now()})
        )

    await ctx.in_transaction(end)


async def begin(ctx: Context) -> Tick:
    tick = Tick(id=ctx.new_id(), place=ctx.place.code, process=os.getpid(), began_at=ctx.now())
    kept: Tick = await ctx.store["ticker.ticks"].insert(tick)
    return kept


@hookimpl
def collections() -> Sequence[Collection]:
    return (Collection(name="ticker.ticks", document=Tick, scope="open"),)


@hookimpl
def jobs() -> Sequence[Job]:
    return (Job(name="tick", call=tick, label="", every=timedelta(milliseconds=200), transaction=False),)


def install(folder: Path) -> None:
    """What ``pip install`` leaves of a plugin: its name and where it is, for whoever has the folder on the path."""
    home = folder / "ticker-1.0.dist-info"
    home.mkdir()
    (home / "METADATA").write_text("Metadata-Version: 2.1\nName: ticker\nVersion: 1.0\n")
    (home / "entry_points.txt").write_text("[hub.plugins]\nticker = tests.resilience.ticker\n")
