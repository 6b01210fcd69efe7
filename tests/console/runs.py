"""Runs of 数据导入 as a program asks for them."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.rows.rows import Walker
from tests.waiting import patience
from tests.world import CITY

IMPORTS = f"/{CITY}/ops/imports"


async def came_to(who: Walker, run: dict[str, Any], *states: str) -> dict[str, Any]:
    """The run, once it is in one of these states."""
    async with patience():
        while (found := await who.get(f"{IMPORTS}/{run['id']}"))["state"] not in states:
            await asyncio.sleep(0.05)
    return dict(found)


async def tried(who: Walker, kind: str, data: bytes) -> dict[str, Any]:
    """What a trial of this file came to."""
    run = await who.upload(f"{IMPORTS}/kinds/{kind}", data, "file")
    return await came_to(who, run, "tried")


async def brought_in(who: Walker, kind: str, data: bytes) -> dict[str, Any]:
    """What came of this file, tried and confirmed."""
    run = await tried(who, kind, data)
    await who.post(f"{IMPORTS}/{run['id']}/run", {"seen": run["mark"]})
    return await came_to(who, run, "done")
