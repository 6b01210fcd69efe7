from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from hub.demo.client import Phone
from tests.resilience import ticker
from tests.resilience.conftest import Found
from tests.resilience.load import Load
from tests.resilience.process import HubProcess, balance
from tests.resilience.town import ANJU, PASSWORD, SHEHONG
from tests.resilience.truth import Truth, until

DECLARATIONS = 300
COUNTIES = {county: {"worklist": True, "declaration": True, "ticker": True} for county in (ANJU, SHEHONG)}


@pytest.mark.parametrize("over_redis", [False, True], ids=["without Redis", "over Redis"])
async def test_two_nodes_share_the_work_and_one_dies(
    found: Found,
    mongo_client: AsyncMongoClient[dict[str, Any]],
    database_name: str,
    seed: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    redis_url: str,
    over_redis: bool,
) -> None:
    """Two hubs on one database under load share events, deliveries and jobs; one is killed with work of each kind in hand.

    Nothing is done twice: every phone has each message once, no job runs at the same time on both. What the dead one held
    comes back when its leases end. A live session on the other one gets every message in order.
    """
    ticker.install(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    town = await found(
        plugins=["worklist", "declaration", "ticker"],
        counties=COUNTIES,
        server={"port": 0},
        live={"reconcile_every": "PT1S"},
        redis=redis_url if over_redis else None,
    )
    await town.phones.sky(latency=0.05)
    path = {"PYTHONPATH": str(tmp_path)}
    dying, living = await town.start("dying", **path), await town.start("living", **path)
    load = Load(town, await town.residents(living.url), [dying.url, living.url])
    truth = Truth(town, mongo_client[database_name])
    phone = Phone(town.http, living.url, "ydsh")
    await phone.sign_in_by_account(town.windows[0].username, PASSWORD)
    heard: list[int] = []
    towns = [*town.towns_of(ANJU)[:2], *town.towns_of(SHEHONG)[:2]]

    async with phone.live(lambda entry: heard.append(entry["seq"])):
        submitting = asyncio.create_task(load.submit(DECLARATIONS, towns=towns, seed=seed))
        await until(lambda: _in_hand(truth, "dying", len(load.accepted)))
        killed_at = datetime.now(UTC)
        await dying.kill()
        held = await _held(truth, "dying")
        await submitting
        await truth.settled()
        inbox = await truth.database["inbox"].count_documents({"person": phone.person})
        await until(lambda: _heard(heard, inbox))
    await until(lambda: _ticked(truth, living, killed_at))
    await living.stop()

    assert heard == list(range(1, inbox + 1))
    await truth.check_cases(load.accepted)
    await truth.check_inboxes(load.accepted)
    truth.check_phones(load.accepted)
    runs = {county: await _check_ticks(truth, county, town.hubs, killed_at) for county in (ANJU, SHEHONG)}
    assert (await balance(town.config, **path))["missing"] == 0
    assert [line for hub in town.hubs for line in hub.complaints()] == []
    print(
        f"accepted {len(load.accepted)}; the dead one held {held}; sends recognised as repeats {truth.repeats}; "
        f"live messages in order {len(heard)}; runs of the job per county and node {runs}"
    )


async def _in_hand(truth: Truth, node: str, accepted: int) -> str | None:
    """Whether a quarter is accepted and the node holds work of each kind."""
    held = await _held(truth, node)
    return None if accepted >= DECLARATIONS // 4 and all(held.values()) else f"{accepted} accepted, {node} holds {held}"


async def _held(truth: Truth, node: str) -> dict[str, int]:
    events = {"state": "pending", "lease.owner": node}
    sends = {"state": "sending", "lease.owner": node, "intent_at": {"$exists": True}}
    return {
        "events": await truth.database["events"].count_documents(events),
        "sends": await truth.database["deliveries"].count_documents(sends),
        "jobs": await truth.database["jobs"].count_documents({"owner": node}),
    }


async def _heard(heard: list[int], wanted: int) -> str | None:
    return None if len(heard) >= wanted else f"{len(heard)} of {wanted} messages heard"


async def _ticked(truth: Truth, living: HubProcess, since: datetime) -> str | None:
    """Whether the living node runs the jobs of both counties."""
    wanted = {"process": living.process.pid, "began_at": {"$gt": since}, "ended_at": {"$ne": None}}
    counties = set(await truth.database["ticker.ticks"].distinct("county", wanted))
    return None if counties == {ANJU, SHEHONG} else f"jobs of {counties} only"


async def _check_ticks(truth: Truth, county: str, hubs: Sequence[HubProcess], killed_at: datetime) -> dict[str, int]:
    """Runs of one county's job: each began after the one before it had ended or its process was dead."""
    ticks = await truth.database["ticker.ticks"].find({"county": county}, sort=[("began_at", 1)]).to_list()
    for before, after in itertools.pairwise(ticks):
        free_at = before.get("ended_at") or killed_at
        assert after["began_at"] >= free_at, (before, after)
    # One that was cut by the kill, one by the stop at the end.
    assert sum(tick.get("ended_at") is None for tick in ticks) <= 2
    by_process = {hub.name: sum(tick["process"] == hub.process.pid for tick in ticks) for hub in hubs}
    assert all(by_process.values()), by_process
    return by_process
