"""Runs the plugins' jobs: each once per county where its plugin is on, on one node at a time, by leases on MongoDB."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import structlog

from hub.jobs.schedule import next_time
from hub.jobs.settings import JobSettings
from hub.rules.counties import Counties
from hub.rules.host import Host
from hub.rules.traces import cause, spot_of
from hub.rules.turns import HeldUp
from hub.rules.units import Units
from hub.store.clocks import RightClock
from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import AsyncClientSession, PyMongoError, ReturnDocument, UpdateOne
from hub.words.contributions import Index, Job
from hub.words.endings import cancel_and_wait
from hub.words.regions import Region

# After others have kept the loop for most of its budget.
SOON = timedelta(minutes=1)

log = structlog.get_logger("hub.jobs")

COLLECTIONS = (
    CoreCollection(
        "jobs",
        (
            Index((("next_at", 1),), name="due"),
            Index((("plugin", 1), ("county", 1)), name="of_plugin"),
            Index((("failures", -1), ("next_at", 1)), name="failing_first"),
        ),
    ),
)
HUB_WIDE = "*"


class JobRow(msgspec.Struct, frozen=True, kw_only=True):
    """One job in one county (``*`` for the hub's own). ``token`` grows with every taker: a late finisher changes nothing. ``calls``
    counts who has wanted it to run at once."""

    id: str = msgspec.field(name="_id")
    plugin: str
    job: str
    county: str
    next_at: datetime
    token: int = 0
    owner: str | None = None
    lease_until: datetime | None = None
    last_started: datetime | None = None
    last_finished: datetime | None = None
    last_error: str | None = None
    failures: int = 0
    runs: int = 0
    calls: int = 0


class JobRunner:
    """One per node; any number of nodes share the work."""

    def __init__(
        self,
        *,
        units: Units,
        settings: JobSettings,
        owner: str,
        alert: Callable[[Region, str, str], Awaitable[None]],
    ) -> None:
        self._units = units
        self._database: Database = units.database
        self._counties: Counties = units.counties
        self._rows = self._database["jobs"]
        self._settings = settings
        self._owner = owner
        self._alert = alert
        self._jobs = _all_jobs(units.host)
        self._plugins = sorted({plugin for plugin, _ in self._jobs.values()})
        self._running: set[asyncio.Task[None]] = set()
        self._known: set[str] = set()
        self._right_clock = RightClock(self._database, units.clock, "jobs")

    async def run(self) -> None:
        """Look for due jobs until cancelled; then the running ones are cancelled too and their leases given back."""
        try:
            while True:
                try:
                    await self.tick()
                except PyMongoError as error:
                    log.warning("jobs wait for the database", error=type(error).__name__)
                await asyncio.sleep(self._settings.poll.total_seconds())
        finally:
            await cancel_and_wait(self._running)

    async def tick(self) -> int:
        """Start what is due, as far as there is room; returns how many were started."""
        if not await self._right_clock():
            return 0
        await self._seed()
        started = 0
        while len(self._running) < self._settings.at_once:
            row = await self._take()
            if row is None:
                break
            task = asyncio.create_task(self._perform(row), name=f"job {row.id}")
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            started += 1
        return started

    async def settle(self) -> None:
        """Wait for the jobs that are running now."""
        await asyncio.gather(*self._running)

    async def _seed(self) -> None:
        """A row for every job wherever its plugin is on; rows go where it was turned off."""
        wanted = {f"{county}|{name}": (county, name) for name in self._jobs for county in self._counties_of(name)}
        if wanted.keys() == self._known:
            return
        now = self._units.clock.now()
        new = [self._new_row(*wanted[id], id, now) for id in wanted.keys() - self._known]
        if new:
            await self._rows.bulk_write(
                [
                    UpdateOne(
                        {"_id": row["_id"]}, {"$setOnInsert": {k: v for k, v in row.items() if k != "_id"}}, upsert=True
                    )
                    for row in new
                ],
                ordered=False,
            )
        if gone := self._known - wanted.keys():
            await self._rows.delete_many({"_id": {"$in": sorted(gone)}})
        self._known = set(wanted)

    def _new_row(self, county: str, name: str, id: str, now: datetime) -> dict[str, Any]:
        plugin, job = self._jobs[name]
        return self._database.encode(
            JobRow(id=id, plugin=plugin, job=job.name, county=county, next_at=next_time(job, now))
        )

    def _counties_of(self, name: str) -> list[str]:
        plugin, job = self._jobs[name]
        if self._units.host.plugins[plugin].builtin:
            return [HUB_WIDE]
        counties = self._counties.counties_with(plugin)
        return [*counties, HUB_WIDE] if job.at_city and counties else counties

    async def _take(self) -> JobRow | None:
        lease = int(self._settings.lease.total_seconds() * 1000)
        row = await self._rows.find_one_and_update(
            {
                "next_at": {"$lte": self._units.clock.now()},
                # Another node may have plugins that this one has not.
                "plugin": {"$in": self._plugins},
                "$expr": {"$lt": [{"$ifNull": ["$lease_until", datetime(1970, 1, 1, tzinfo=UTC)]}, "$$NOW"]},
            },
            [
                {
                    "$set": {
                        "token": {"$add": ["$token", 1]},
                        "owner": self._owner,
                        "lease_until": {"$dateAdd": {"startDate": "$$NOW", "unit": "millisecond", "amount": lease}},
                    }
                }
            ],
            sort=[("next_at", 1)],
            return_document=ReturnDocument.AFTER,
        )
        return None if row is None else self._database.decode(JobRow, row)

    async def _perform(self, row: JobRow) -> None:
        known = self._jobs.get(f"{row.plugin}.{row.job}")
        place = self._place(row.county)
        if known is None:
            # A job that an older release had.
            await self._rows.delete_one({"_id": row.id, "token": row.token})
            return
        plugin, job = known
        if place is None or not self._counties.is_on(place.county, plugin):
            await self._finish(row, {"next_at": next_time(job, self._units.clock.now())})
            return
        started = self._units.clock.now()
        keeping = asyncio.create_task(self._keep(row))
        try:
            async with self._units.turns.within(plugin, "job", job.budget):
                await self._call(job, plugin, place)
        except asyncio.CancelledError:
            await asyncio.shield(self._finish(row, {}))
            raise
        except HeldUp:
            # Others have kept the loop: it is tried again soon, and has not failed.
            await self._finish(row, {"next_at": self._units.clock.now() + SOON})
        except TimeoutError as error:
            spot = spot_of(error, self._units.host.plugins[plugin].has_file)
            await self._failed(row, job, place, f"ran longer than {job.budget} at {spot}")
        except Exception as error:
            what = cause(error, self._units.host.plugins[plugin].has_file)
            log.exception("a job failed", job=row.id, error=what)
            await self._failed(row, job, place, what)
        else:
            now = self._units.clock.now()
            await self._finish(
                row,
                {
                    "last_started": started,
                    "last_finished": now,
                    "last_error": None,
                    "failures": 0,
                    "next_at": next_time(job, now),
                },
            )
        finally:
            await cancel_and_wait([keeping])

    async def _call(self, job: Job, plugin: str, place: Region) -> None:
        run = self._units.run if job.transaction else self._units.read
        await run(self._units.turns.of(plugin, "job", job.call), plugin=plugin, place=place)

    async def _failed(self, row: JobRow, job: Job, place: Region, problem: str) -> None:
        """Alone cut off for a while after failing again and again; the plugin's other parts and other counties go on."""
        failures = row.failures + 1
        now = self._units.clock.now()
        following = next_time(job, now)
        if failures >= self._settings.cut_off_after:
            following = max(following, now + self._settings.cut_off_for)
            log.error("a job was cut off", job=row.id, failures=failures, until=following.isoformat(), problem=problem)
            await self._alert(
                place, f"job:{row.id}", f"定时任务 {row.plugin}.{row.job} 连续失败 {failures} 次，已暂停。"
            )
        await self._finish(row, {"last_error": problem, "failures": failures, "next_at": following})

    async def _finish(self, row: JobRow, changes: Mapping[str, Any]) -> None:
        """Give the lease back, but only if it is still ours. Who has called for it meanwhile may have come after it looked: then it runs
        once more."""
        set_now = {name: {"$literal": value} for name, value in changes.items()}
        if "next_at" in changes:
            called = {"$ne": [{"$ifNull": ["$calls", 0]}, row.calls]}
            set_now["next_at"] = {"$cond": [called, "$next_at", {"$literal": changes["next_at"]}]}
        ended = {"owner": None, "lease_until": None, "runs": {"$add": ["$runs", 1]}}
        await self._rows.update_one({"_id": row.id, "token": row.token}, [{"$set": {**set_now, **ended}}])

    async def _keep(self, row: JobRow) -> None:
        """Renew the lease while the job runs."""
        pause = self._settings.lease.total_seconds() / 3
        amount = int(self._settings.lease.total_seconds() * 1000)
        later = {"$dateAdd": {"startDate": "$$NOW", "unit": "millisecond", "amount": amount}}
        while True:
            await asyncio.sleep(pause)
            # It holds for two more tries; a database that is away for longer frees the job for another node.
            with suppress(PyMongoError):
                await self._rows.update_one({"_id": row.id, "token": row.token}, [{"$set": {"lease_until": later}}])

    def _place(self, county: str) -> Region | None:
        tree = self._units.places.tree
        return next(iter(tree.children(None)), None) if county == HUB_WIDE else tree.get(county)


async def list_jobs(database: Database, *, limit: int = 1000) -> list[JobRow]:
    """Every job and how it stands, soonest first."""
    return [database.decode(JobRow, row) async for row in database["jobs"].find({}, sort=[("next_at", 1)], limit=limit)]


async def jobs_of(database: Database, counties: Sequence[str], *, limit: int) -> list[JobRow]:
    """The jobs of these counties: those that fail first, the worst at the top, then the soonest."""
    wanted = {"county": {"$in": list(counties)}}
    rows = database["jobs"].find(wanted, sort=[("failures", -1), ("next_at", 1)], limit=limit)
    return [database.decode(JobRow, row) async for row in rows]


async def job_of(database: Database, job: str, county: str) -> JobRow | None:
    """One, by its name (``plugin.job``)."""
    row = await database["jobs"].find_one({"_id": f"{county}|{job}"})
    return database.decode(JobRow, row) if row else None


async def rearm(
    database: Database, job: str, county: str, now: datetime, session: AsyncClientSession | None = None
) -> bool:
    """Let a job run at once, also one that was cut off, or runs just now; whether there is such a job."""
    change = {"$set": {"next_at": now, "failures": 0}, "$inc": {"calls": 1}}
    return (await database["jobs"].update_one({"_id": f"{county}|{job}"}, change, session=session)).matched_count == 1


async def try_again(database: Database, plugin: str, now: datetime) -> int:
    """A new version of the plugin: what failed with the one before runs at once. Returns how many jobs."""
    failing = {"plugin": plugin, "failures": {"$gt": 0}, "next_at": {"$gt": now}}
    return (await database["jobs"].update_many(failing, {"$set": {"next_at": now}})).modified_count


def _all_jobs(host: Host) -> dict[str, tuple[str, Job]]:
    return {f"{plugin.name}.{job.name}": (plugin.name, job) for plugin in host.plugins.values() for job in plugin.jobs}
