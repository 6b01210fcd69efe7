"""A node whose clock is wrong does not start, is not ready, starts no jobs, and deletes nothing that is not old."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hub.app import Hub
from hub.words.clock import SystemClock
from tests.cli.conftest import run, write_config
from tests.resilience.truth import until
from tests.whole import whole_hub
from tests.world import ANJU, CITY

FAR = timedelta(days=401)
YEARS_AGO = timedelta(days=2000)
# Where the hub's own jobs delete, and by which field.
SWEPT = {
    "events": "at",
    "inbox": "at",
    "callbacks": "at",
    "sessions": "ends_at",
    "idempotency": "at",
    "used_tickets": "expires_at",
    "handovers": "expires_at",
}


WORKERS: Mapping[str, Callable[[Hub], Any]] = {
    "jobs": lambda hub: hub.jobs,
    "events": lambda hub: hub.push.dispatcher,
    "deliveries": lambda hub: hub.push.worker,
}


class Drifting(SystemClock):
    """A machine's clock that goes wrong while the hub runs."""

    __slots__ = ("ahead",)

    def __init__(self) -> None:
        super().__init__()
        object.__setattr__(self, "ahead", timedelta(0))

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead  # type: ignore[no-any-return, attr-defined]

    def drift(self, ahead: timedelta) -> None:
        object.__setattr__(self, "ahead", ahead)


@pytest.fixture(scope="module")
async def hub(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    on = {ANJU: {"worklist": True, "declaration": True}}
    folder = tmp_path_factory.mktemp("hub")
    plugins = ("worklist", "declaration")
    async with whole_hub(mongo_uri, folder, on, plugins=plugins, clock=Drifting()) as made:  # type: ignore[arg-type]
        yield made


@pytest.fixture
def clock(hub: Hub) -> Any:
    """The hub's clock, right again for the next test."""
    yield hub.clock
    hub.clock.drift(timedelta(0))


async def run_own_jobs(hub: Hub) -> None:
    """Every job of the hub itself, once."""
    for plugin in hub.host.plugins.values():
        for job in plugin.jobs if plugin.builtin else ():
            await hub.units.read(job.call, plugin=plugin.name, place=hub.places.tree[CITY])


async def keep(hub: Hub, collection: str, count: int, at: datetime) -> None:
    """So many documents of this moment."""
    rows = [{"_id": f"kept-{at:%Y}-{number}", SWEPT[collection]: at, "state": "done"} for number in range(count)]
    if collection == "inbox":
        rows = [{**row, "stream": "s", "seq": number + at.year * 10**6} for number, row in enumerate(rows)]
    await hub.database[collection].insert_many(rows)


async def kept(hub: Hub, collection: str) -> int:
    return await hub.database[collection].count_documents({"_id": {"$regex": "^kept"}})


@pytest.mark.parametrize(("offset", "words"), [("90", "90 s ahead of"), ("-90", "90 s behind")])
async def test_a_clock_more_than_a_minute_off_is_refused_at_the_start(
    mongo_uri: str, database_name: str, tmp_path: Path, offset: str, words: str
) -> None:
    config = write_config(tmp_path, store={"uri": mongo_uri, "database": database_name})

    ended = await run(config, "serve", "--clock-offset", offset)

    assert ended.code == 2
    assert f"this machine's clock is {words} the database's" in ended.err


async def test_a_clock_that_goes_wrong_later_makes_the_node_unready_and_its_work_wait(
    hub: Hub, clock: Drifting
) -> None:
    """Jobs, events and deliveries: none is taken before the clock is right again. Less than a minute is tolerated."""
    async with aiohttp.ClientSession() as http:

        async def unready() -> str | None:
            async with http.get(f"{hub.url}/readyz") as answer:
                told = str((await answer.json())["checks"]["clock"])
            return None if "days ahead of the database's" in told else told

        async def waits(work: str) -> str | None:
            return f"{work} go on" if await WORKERS[work](hub)._right_clock() else None

        clock.drift(FAR)
        await until(unready)
        for work in WORKERS:
            await until(functools.partial(waits, work))
        await hub.database["jobs"].update_many({}, {"$set": {"next_at": datetime.now(UTC) - YEARS_AGO}})
        assert await hub.jobs.tick() == 0

    clock.drift(timedelta(seconds=50))
    await until(functools.partial(all_jobs_ran, hub))


async def all_jobs_ran(hub: Hub) -> str | None:
    due = await hub.database["jobs"].count_documents({"next_at": {"$lt": datetime.now(UTC) - FAR}})
    return f"{due} jobs are due" if due else None


@pytest.mark.parametrize("collection", SWEPT)
async def test_a_node_far_ahead_deletes_nothing_that_is_not_old(hub: Hub, clock: Drifting, collection: str) -> None:
    """Sweeps run by the database's clock."""
    await keep(hub, collection, 20, datetime.now(UTC) + timedelta(hours=1))
    await keep(hub, collection, 10, datetime.now(UTC) - YEARS_AGO)
    clock.drift(FAR)

    await run_own_jobs(hub)

    assert await kept(hub, collection) == 20


@pytest.mark.parametrize("collection", SWEPT)
async def test_no_sweep_deletes_more_than_a_share_in_one_go(hub: Hub, clock: Drifting, collection: str) -> None:
    """Whatever makes it believe that everything is old: a tenth goes, a half of what lives for minutes."""
    await hub.database[collection].delete_many({})
    await keep(hub, collection, 2000, datetime.now(UTC) - YEARS_AGO)

    await run_own_jobs(hub)

    share = 2 if collection in ("used_tickets", "handovers") else 10
    assert await kept(hub, collection) == 2000 - 2000 // share


async def test_an_old_event_goes_with_all_its_deliveries(hub: Hub, clock: Drifting) -> None:
    """A share of the events, each whole: the balance is exact between two sweeps, too."""
    await hub.database["events"].delete_many({})
    await keep(hub, "events", 300, datetime.now(UTC) - YEARS_AGO)
    events = set(await hub.database["events"].distinct("_id"))
    rows = [{"key": f"{event}-{number}", "event": event, "state": "sent"} for event in events for number in range(3)]
    still_open = min(events)
    done = [row | {"state": "delivered"} if row["event"] != still_open else row for row in rows]
    await hub.database["deliveries"].insert_many(done)

    await run_own_jobs(hub)

    left = set(await hub.database["events"].distinct("_id"))
    assert 200 <= len(left) < 300 and still_open in left
    assert set(await hub.database["deliveries"].distinct("event")) == left
    assert await hub.database["deliveries"].count_documents({}) == 3 * len(left)
