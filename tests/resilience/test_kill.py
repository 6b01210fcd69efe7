from __future__ import annotations

import asyncio
import random
import time
from functools import partial
from typing import Any

from pymongo import AsyncMongoClient

from tests.resilience.conftest import Found
from tests.resilience.load import Load
from tests.resilience.process import HubProcess, balance
from tests.resilience.town import Town
from tests.resilience.truth import Truth, until

KILLS = 10
# Before, between and after them.
DECLARATIONS = 100


async def test_nothing_is_lost_or_doubled_by_ten_kills_under_load(
    found: Found, mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str, seed: int, load_factor: int
) -> None:
    """Declarations over HTTP while the hub is killed ten times with ``kill -9`` and WeChat answers after 50 ms.

    Each declaration that was answered with 2xx exists once, with one task; each window of its town has it once in the inbox
    and once on the phone, also those whose send was under way when the hub died; and the balance is exact.
    """
    between = DECLARATIONS * load_factor
    town = await found()
    await town.phones.sky(latency=0.05)
    hub = await town.start()
    load = Load(town, await town.residents(hub.url), [hub.url])
    truth = Truth(town, mongo_client[database_name])

    began = time.monotonic()
    submitting = asyncio.create_task(load.submit(between * (KILLS + 1), seed=seed))
    hub = await _kill_and_start(town, hub, load, between, random.Random(seed))
    await submitting
    loaded = time.monotonic()
    await truth.settled()
    settled = time.monotonic()

    await truth.check_cases(load.accepted)
    await truth.check_inboxes(load.accepted)
    truth.check_phones(load.accepted)
    totals = await balance(town.config)
    assert totals["missing"] == 0 and {row["pending"] + row["sent"] for row in totals["rows"]} == {0}
    assert [line for hub in town.hubs for line in hub.complaints()] == []
    # It has bitten: answers were lost that had been given, sends had gone out that nobody had written down.
    replayed, tried_again = sum(each.replayed for each in load.accepted), sum(each.tries > 1 for each in load.accepted)
    assert len(town.hubs) == KILLS + 1 and tried_again > 0 and truth.repeats > 0
    print(
        f"accepted {len(load.accepted)} in {loaded - began:.1f} s, settled after {settled - loaded:.1f} s more; "
        f"{KILLS} kills, restarts {[round(hub.took, 1) for hub in town.hubs[1:]]} s; "
        f"tried again {tried_again}, replayed by key {replayed}; sends recognised as repeats {truth.repeats}; "
        f"deliveries {dict(await truth.states())}; alerts {await truth.alerts()}"
    )


async def _kill_and_start(town: Town, hub: HubProcess, load: Load, between: int, chance: random.Random) -> HubProcess:
    """Kill the hub after each ``between`` declarations, while sends are under way, and start it again."""
    for round_ in range(1, KILLS + 1):
        wanted = round_ * between + chance.randrange(-between // 8, between // 8)
        await until(partial(_under_way, town, load, wanted))
        await hub.kill()
        hub = await town.start()
    return hub


async def _under_way(town: Town, load: Load, wanted: int) -> str | None:
    sends = town.simulator.world.in_flight
    ready = len(load.accepted) >= wanted and sends
    return None if ready else f"{len(load.accepted)} of {wanted} accepted, {sends} sends under way"
