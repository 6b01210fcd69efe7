"""A watch follows its task: what is late, since when, and what stays of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest

from hub.rules.workdaytable import Day
from hub.testing import CITY, JUXIAN, MONDAY_MORNING, County
from plugins.overdue.events import TaskLateNoMore, TasksLate
from tests.overdue.watched import OLD_AGE, WATCHED, Watched


@pytest.fixture(scope="module")
def hub_setup():
    return WATCHED


@pytest.fixture
async def office(county: County) -> AsyncIterator[Watched]:
    yield Watched(county.world)
    # A test may have declared days of rest.
    await county.world.database["workdays"].delete_many({})
    await county.world.units.workdays.load()


async def test_what_passes_its_limit_is_late(office):
    """Not before its last second is over; it is told with what it is about."""
    id = await office.want(days=1)
    office.world.clock.set(office.due(1) - timedelta(days=1))

    await office.clock()
    before = await office.state(id)
    office.world.clock.set((await office.watch(id)).due_at)
    await office.clock()

    [told] = await office.facts(TasksLate)
    assert (before, await office.state(id)) == ("waiting", "late")
    assert (told.place, told.tasks[0].task, told.tasks[0].project) == (JUXIAN, id, OLD_AGE)


async def test_what_is_done_in_time_is_not_watched_any_more(office):
    """Nor counted anywhere."""
    id = await office.want()

    await office.do(await office.handler(), id)
    await office.pass_days(5)

    assert await office.watch(id) is None
    assert (await office.board(await office.leader())).late == 0


async def test_what_is_done_late_stays_with_what_became_of_it(office):
    """Leaders see when, how, and after how many days; the numbers have it no more."""
    id = await office.late()
    leader = await office.leader()

    await office.do(await office.handler(), id, "return")

    [line] = await office.cases(leader, over=True)
    [told] = await office.facts(TaskLateNoMore)
    assert (line.id, line.outcome, line.days, line.claimed) == (id, "已退回", 2, False)
    assert (await office.board(leader)).late == 0 and await office.cases(leader) == []
    assert (told.task, told.why) == (id, "done")


async def test_what_is_done_within_the_minute_after_its_limit_was_late(office):
    """Before the clock was looked at."""
    id = await office.want()
    office.world.clock.set((await office.watch(id)).due_at + timedelta(seconds=1))

    await office.do(await office.handler(), id)

    assert await office.state(id) == "over"
    assert await office.facts(TasksLate) == [] and await office.recount() == []


async def test_while_it_is_paused_no_limit_runs(office):
    """补正 does not count; taken up again it has the limit that it is told then."""
    id = await office.want(days=1)
    await office.halt(id)
    await office.pass_days(10)
    halted = await office.state(id)

    await office.resume(id, office.due(2))
    await office.pass_days(1)
    in_time = await office.state(id)
    await office.pass_days(4)

    assert (halted, in_time, await office.state(id)) == ("halted", "waiting", "late")


async def test_a_late_task_that_is_paused_or_gets_another_limit_is_late_no_more(office):
    """And late again by the new one."""
    paused, moved = await office.late(), await office.late()
    leader = await office.leader()

    await office.halt(paused)
    await office.want(**{**await office.named(moved), "days": 3})
    less = (await office.board(leader)).late
    await office.pass_days(6)

    assert less == 0 and (await office.board(leader)).late == 1
    assert [fact.why for fact in await office.facts(TaskLateNoMore)] == ["halted", "later"]


async def test_what_is_wanted_no_more_ends(office):
    """In time it goes; late it stays, without a decision."""
    in_time, late = await office.want(days=20), await office.late()
    leader = await office.leader()

    await office.close(in_time)
    await office.close(late)

    [line] = await office.cases(leader, over=True)
    assert await office.watch(in_time) is None
    assert (line.id, line.outcome) == (late, "已撤销")


async def test_who_has_claimed_it_is_known_until_it_is_given_back(office):
    """Whoever gave it back need not keep away from it."""
    id, handler = await office.want(), await office.handler()
    await office.ask(handler, "POST worklist/tasks/{id}/claim", id=id)
    await office.deliver()
    claimed = (await office.watch(id)).holder

    await office.ask(handler, "POST worklist/tasks/{id}/release", id=id)
    await office.deliver()

    watch = await office.watch(id)
    assert (claimed, watch.holder, watch.offer, watch.avoid) == (handler.person, None, 2, ())


async def test_a_day_that_was_declared_one_of_rest_does_not_count(office):
    """停机, a flood: also after the limit was set, and on its last day."""
    id = await office.want(days=2)
    await office.world.units.workdays.import_days(
        [Day(day=date(2026, 11, 24), kind="rest"), Day(day=date(2026, 11, 25), kind="rest")]
    )

    await office.pass_days(3)
    after_its_own_limit = await office.state(id)
    await office.pass_days(2)

    assert after_its_own_limit == "waiting"
    assert await office.state(id) == "late"
    assert (await office.watch(id)).due_at == MONDAY_MORNING.replace(day=27, hour=15, minute=59, second=59)


async def test_days_of_lateness_are_working_days(office):
    """Due on Tuesday night, looked at a week later: Wednesday to Friday, Monday, Tuesday."""
    id = await office.want(days=1)

    await office.pass_days(8)

    [line] = await office.cases(await office.leader())
    assert (line.id, line.days) == (id, 5)


async def test_what_is_the_citys_own_is_watched_at_the_city(office):
    """By a run of its own, which leaves the counties' alone."""
    id, below = await office.want(CITY), await office.want(JUXIAN)
    office.world.clock.advance(timedelta(days=3))

    await office.clock(CITY)

    assert (await office.state(id), await office.state(below)) == ("late", "waiting")


async def test_what_was_over_long_ago_is_forgotten(office):
    """After as long as the county keeps it."""
    id = await office.late()
    await office.close(id)

    await office.pass_days(399)
    kept = await office.state(id)
    await office.pass_days(2)

    assert (kept, await office.watch(id)) == ("over", None)


async def test_facts_that_come_again_change_nothing(office):
    """Each is heard at least once."""
    id = await office.late()
    leader = await office.leader()

    await office.world.database["events"].update_many(
        {"type": {"$regex": "^worklist.Task"}}, {"$set": {"state": "pending"}}
    )
    await office.deliver()

    assert await office.state(id) == "late"
    assert (await office.board(leader)).late == 1 and await office.recount() == []


async def test_what_was_missed_while_it_was_off_is_caught_up_with(office):
    """Tasks that came, and those that went."""
    gone = await office.late()
    await office.turn("overdue", on=False)
    came = await office.want()
    await office.close(gone)

    await office.turn("overdue", on=True)
    await office.deliver()
    await office.pass_days(3)

    assert (await office.state(gone), await office.state(came)) == ("over", "late")
    assert await office.recount() == []


async def test_where_it_is_off_nothing_is_watched(office):
    """Silent in a county without it."""
    await office.turn("overdue", on=False)

    id = await office.late()

    assert await office.watch(id) is None and await office.facts(TasksLate) == []


async def test_days_of_rest_that_are_taken_back_leave_the_limit_as_it_was(office):
    id = await office.want(days=2)
    days = [Day(day=date(2026, 11, 24), kind="rest"), Day(day=date(2026, 11, 25), kind="rest")]
    await office.world.units.workdays.import_days(days)
    await office.pass_days(3)
    rested = await office.state(id)

    await office.world.database["workdays"].delete_many({})
    await office.world.units.workdays.load()
    await office.job("overdue.look_over")
    await office.deliver()
    await office.clock()

    watch = await office.watch(id)
    assert (rested, watch.state, watch.due_at) == ("waiting", "late", watch.limit_at)
