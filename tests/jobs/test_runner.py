"""Jobs: once per county, on one node, and alone cut off when they fail."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from hub.api import Job, hookimpl
from hub.jobs.runner import JobRunner, list_jobs, rearm, try_again
from hub.jobs.schedule import next_time
from hub.jobs.settings import JobSettings
from hub.rules.switching import switch
from hub.rules.turns import Turns
from hub.words.clock import SHANGHAI
from tests.deaf import deaf
from tests.waiting import patience
from tests.world import ANJU, CITY, SHEHONG, World

# No machine is so busy that one ends by itself.
LONG = JobSettings(lease=timedelta(minutes=10), cut_off_after=2)
SHORT = msgspec.structs.replace(LONG, lease=timedelta(seconds=6))


class Chores:
    """One job that a test fills."""

    def __init__(self):
        self.ran = []
        self.problem = None
        self.hold = None

    async def sweep(self, ctx):
        self.ran.append(ctx.place.code)
        if self.hold is not None:
            await self.hold.wait()
        if self.problem is not None:
            raise self.problem

    @hookimpl
    def jobs(self):
        return (Job(name="sweep", call=self.sweep, label="清扫", every=timedelta(hours=1)),)


@pytest.fixture
async def chores():
    return Chores()


@pytest.fixture
async def world(mongo_uri, database_name, chores):
    world = await World.make(mongo_uri, database_name, [("chores", chores)], on=(ANJU, SHEHONG))
    yield world
    await world.database.close()


def node(world, owner, alerts=None, settings=LONG):
    async def alert(place, cause, detail):
        if alerts is not None:
            alerts.append((place.code, cause))

    return JobRunner(units=world.units, settings=settings, owner=owner, alert=alert)


async def leases(world):
    """Until when each job is somebody's."""
    return [row["lease_until"] async for row in world.database["jobs"].find({}, sort=[("_id", 1)])]


class Deaf:
    """One that does not hear that its time is over."""

    JOBS = (
        Job(
            name="wait",
            call=deaf,
            label="等待",
            every=timedelta(hours=1),
            budget=timedelta(milliseconds=100),
            transaction=False,
        ),
    )


async def test_a_job_that_does_not_hear_its_end_is_left_and_runs_again(mongo_uri, database_name):
    """Its place is free, and the line where it stood is kept."""
    world = await World.make(mongo_uri, database_name, [("deaf", Deaf())], on=(ANJU,))
    world.units.turns = Turns(ask_again=timedelta(milliseconds=10))
    runner = node(world, "a")
    await one_round(runner)

    async with patience():
        for _ in range(2):
            world.clock.advance(timedelta(hours=1))
            await one_round(runner)

    [row] = await list_jobs(world.database)
    assert (row.failures, row.owner) == (2, None)
    assert row.last_error is not None and row.last_error.startswith("ran longer than 0:00:00.100000 at ")
    await world.database.close()


async def one_round(runner):
    await runner.tick()
    await runner.settle()


async def test_a_job_runs_once_per_county_and_hour(world, chores):
    """Not before it is due, and not twice."""
    runner = node(world, "a")
    await one_round(runner)
    world.clock.advance(timedelta(hours=1))

    await one_round(runner)
    await one_round(runner)

    assert sorted(chores.ran) == [ANJU, SHEHONG]


class Rounds:
    """Goes round in the counties, and at the city."""

    def __init__(self):
        self.ran = []

    async def go(self, ctx):
        self.ran.append((ctx.place.code, ctx.county))

    @hookimpl
    def jobs(self):
        return [Job(name="go", call=self.go, label="巡查", every=timedelta(hours=1), at_city=True)]


async def test_a_job_runs_at_the_city_too_where_it_says_so(mongo_uri, database_name):
    """For what is no county's."""
    rounds = Rounds()
    world = await World.make(mongo_uri, database_name, [("rounds", rounds)])
    runner = node(world, "a")
    await one_round(runner)
    world.clock.advance(timedelta(hours=1))

    await one_round(runner)
    await world.database.close()

    assert sorted(rounds.ran) == [(CITY, None), (ANJU, ANJU)]


async def test_two_nodes_share_the_jobs(world, chores):
    """A hundred rounds on two nodes at once make a hundred runs per county."""
    nodes = [node(world, owner) for owner in ("a", "b")]
    await asyncio.gather(*[one_round(each) for each in nodes])
    for _ in range(20):
        world.clock.advance(timedelta(hours=1))
        await asyncio.gather(*[one_round(each) for each in nodes])

    assert (chores.ran.count(ANJU), chores.ran.count(SHEHONG)) == (20, 20)


async def test_a_dead_nodes_job_comes_back(world, chores):
    """After its lease, and not before."""
    dead, living = node(world, "dead"), node(world, "living")
    await one_round(dead)
    await one_round(living)
    world.clock.advance(timedelta(hours=1))
    while await dead._take() is not None:
        pass

    await one_round(living)
    too_early = list(chores.ran)
    await world.database["jobs"].update_many({}, {"$set": {"lease_until": datetime(2026, 1, 1, tzinfo=UTC)}})
    await one_round(living)

    assert too_early == []
    assert sorted(chores.ran) == [ANJU, SHEHONG]


async def test_a_long_job_keeps_its_lease(world, chores):
    """Another node does not start it a second time while it runs."""
    chores.hold = asyncio.Event()
    slow, other = node(world, "slow", settings=SHORT), node(world, "other", settings=SHORT)
    await slow.tick()
    world.clock.advance(timedelta(hours=1))
    await slow.tick()

    # Real time has to pass here, because leases run on the database's clock.
    first = await leases(world)
    async with patience():
        while not all(now > then for now, then in zip(await leases(world), first, strict=True)):
            await other.tick()
            await asyncio.sleep(0.05)
    chores.hold.set()
    await slow.settle()

    assert sorted(chores.ran) == [ANJU, SHEHONG]


async def test_a_job_that_is_called_for_while_it_runs_runs_once_more(world, chores):
    """It may have looked already: what it was called for would else wait for its next hour. At the same moment of the same clock."""
    runner = node(world, "a")
    await one_round(runner)
    world.clock.advance(timedelta(hours=1))
    chores.hold = asyncio.Event()
    await runner.tick()
    async with patience():
        while ANJU not in chores.ran:
            await asyncio.sleep(0.01)

    await rearm(world.database, "chores.sweep", ANJU, world.clock.now())
    chores.hold.set()
    await runner.settle()
    chores.ran = []
    await one_round(runner)
    await one_round(runner)

    assert chores.ran == [ANJU]


async def test_a_failing_job_is_cut_off_alone(world, chores):
    """With an alert, in its county; it is tried again after the pause."""
    alerts = []
    runner = node(world, "a", alerts)
    await one_round(runner)
    chores.problem = RuntimeError("broken")

    for _ in range(4):
        world.clock.advance(timedelta(hours=1))
        await one_round(runner)

    rows = await list_jobs(world.database)
    line = Chores.sweep.__code__.co_firstlineno + 5
    assert {row.last_error for row in rows} == {f"RuntimeError at tests/jobs/test_runner.py:{line}"}
    assert (ANJU, f"job:{ANJU}|chores.sweep") in alerts


async def test_a_job_that_was_cut_off_runs_again_by_hand_or_with_a_new_version(world, chores):
    """At once, instead of when its pause ends."""
    runner = node(world, "a")
    chores.problem = RuntimeError("broken")
    for _ in range(4):
        world.clock.advance(timedelta(hours=1))
        await one_round(runner)
    chores.problem, chores.ran = None, []

    rearmed = await rearm(world.database, "chores.sweep", ANJU, world.clock.now())
    unknown = await rearm(world.database, "chores.swept", ANJU, world.clock.now())
    await one_round(runner)
    by_hand, chores.ran = chores.ran, []
    again = await try_again(world.database, "chores", world.clock.now())
    await one_round(runner)

    assert (rearmed, unknown, again) == (True, False, 1)
    assert (by_hand, chores.ran) == ([ANJU], [SHEHONG])


async def test_a_job_does_not_exist_where_its_plugin_is_off(world, chores):
    """Its row goes when the switch is turned."""
    runner = node(world, "a")
    await one_round(runner)
    await switch(world.units, SHEHONG, "chores", on=False, actor=world.staff(SHEHONG))
    world.clock.advance(timedelta(hours=1))

    await one_round(runner)

    assert chores.ran == [ANJU]
    assert [row.county for row in await list_jobs(world.database)] == [ANJU]


def test_cron_is_read_as_the_citys_time():
    """08:00 there is midnight in UTC."""
    job = Job(name="morning", call=None, label="早", cron="0 8 * * *")

    assert next_time(job, datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)).astimezone(SHANGHAI).hour == 8
