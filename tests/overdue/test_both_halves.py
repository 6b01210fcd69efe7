"""A task passes its limit, is ordered done, and is done: the list says how far it is, the order ends with it."""

from __future__ import annotations

from datetime import date

import pytest

from hub.api import Invalid
from hub.rules.workdaytable import Day
from plugins.overdue import issuing
from tests.overdue.watched import WATCHED, Watched


@pytest.fixture(scope="module")
def hub_setup():
    return WATCHED


@pytest.fixture
def watched(county):
    return Watched(county.world)


async def ordered(watched, leader):
    """一键督办 of all that is late."""
    seen = await watched.ask(leader, "POST overdue/at-once/preview", body={})
    body = {"cases": seen.cases, "people": seen.people, "words": "请办结"}
    await watched.ask(leader, "POST overdue/at-once", body=body)
    await watched.deliver()


async def state_of_mine(watched, handler):
    [order] = (await watched.ask(handler, "GET overdue/orders/mine")).items
    return order.state_label


async def mine(watched, handler):
    [order] = (await watched.ask(handler, "GET overdue/orders/mine")).items
    return await watched.ask(handler, "GET overdue/orders/{id}", id=order.id)


async def days_of_orders(watched, days):
    """Time passes, and what orders came to runs."""
    for _ in range(days):
        await watched.pass_days(1)
        await watched.job("overdue.orders")
        await watched.deliver()


async def test_a_late_task_is_ordered_and_the_order_ends_with_it(watched):
    tang, leader = await watched.handler(), await watched.leader()
    task = await watched.late()
    await ordered(watched, leader)
    [case] = (await watched.ask(leader, "GET overdue/cases")).items

    await watched.do(tang, task)

    assert (case.ordered, await state_of_mine(watched, tang)) == ("督办已签发", "已办结")
    await watched.expect_push(tang, "overdue.order", "高龄津贴", times=1)


async def test_its_clock_runs_while_its_task_is_late(watched):
    """Paused, it stands still; with a later limit too, until that has passed."""
    tang, leader = await watched.handler(), await watched.leader()
    task = await watched.late()
    await ordered(watched, leader)

    await watched.halt(task)
    halted = await mine(watched, tang)
    await watched.resume(task, watched.due(1))
    in_time = await mine(watched, tang)
    await watched.pass_days(3)
    late_again = await mine(watched, tang)

    assert [each.halted for each in (halted, in_time, late_again)] == [True, True, False]
    assert late_again.answer_by > halted.answer_by


async def test_of_what_is_late_no_more_nobody_is_warned(watched):
    tang, leader = await watched.handler(), await watched.leader()
    task = await watched.late()
    await ordered(watched, leader)

    await watched.move_limit(task, watched.due(20))
    await days_of_orders(watched, 8)

    order = await mine(watched, tang)
    assert (await watched.state(task), order.state_label, order.escalated) == ("waiting", "已签发", False)
    await watched.expect_no_push(tang, "overdue.order", "没有读")


async def test_what_was_done_while_the_plugin_was_off_takes_its_order_along(watched):
    tang, leader = await watched.handler(), await watched.leader()
    task = await watched.late()
    await ordered(watched, leader)

    await watched.turn("overdue", on=False)
    await watched.do(tang, task)
    await watched.turn("overdue", on=True)
    await watched.deliver()

    assert await state_of_mine(watched, tang) == "已办结"


async def test_what_was_resumed_while_the_plugin_was_off_goes_on_when_it_is_late(watched):
    tang, leader = await watched.handler(), await watched.leader()
    task = await watched.late()
    await ordered(watched, leader)
    await watched.halt(task)

    await watched.turn("overdue", on=False)
    await watched.resume(task, watched.due(1))
    await watched.turn("overdue", on=True)
    await watched.deliver()
    await watched.pass_days(3)

    assert (await watched.state(task), (await mine(watched, tang)).halted) == ("late", False)


async def test_an_order_that_its_task_has_left_behind_is_found_and_mended(watched):
    """Whatever has gone wrong: the operators' command says so."""
    tang, leader = await watched.handler(), await watched.leader()
    task = await watched.late()
    await ordered(watched, leader)
    order = await mine(watched, tang)
    await watched.world.database["overdue.watches"].update_one({"_id": task}, {"$set": {"ordered": ""}})
    await watched.do(tang, task)

    found = await watched.recount(repair=True)

    assert found == [f"order {order.id} is not as its task stands"]
    assert (await state_of_mine(watched, tang), await watched.recount()) == ("已办结", [])


async def test_days_of_rest_that_are_declared_give_its_person_more_time(watched):
    """Found by looking over, both ways."""
    tang, leader, days = await watched.handler(), await watched.leader(), watched.world.units.workdays
    await watched.late()
    await ordered(watched, leader)
    orders, moments = watched.world.database["overdue.orders"], []

    for declared in (False, True, False):
        if declared:
            await days.import_days([Day(day=date(2026, 11, 27), kind="rest")])
        else:
            await watched.world.database["workdays"].delete_many({})
            await days.load()
        await watched.job("overdue.look_over")
        await watched.deliver()
        moments.append((await orders.find_one({"person": tang.person}))["next_at"].day)

    assert (moments, await watched.recount()) == ([27, 30, 27], [])


async def test_what_is_done_while_it_is_ordered_leaves_no_order_behind(watched, monkeypatch):
    """The task is done, and that is heard, between the look and the order."""
    tang, leader = await watched.handler(), await watched.leader()
    task, make, tried = await watched.late(), issuing.make, []

    async def late_make(*given):
        tried.append(given)
        if len(tried) == 1:
            await watched.do(tang, task)
        return await make(*given)

    monkeypatch.setattr(issuing, "make", late_make)
    with pytest.raises(Invalid, match="已经办结"):
        await watched.ask(
            leader, "POST overdue/named", body={"tasks": [task], "persons": [tang.person], "words": "请办结"}
        )

    assert (await watched.ask(tang, "GET overdue/orders/mine")).items == []


async def test_a_task_that_is_wanted_no_more_takes_its_order_along(watched):
    tang, leader = await watched.handler(), await watched.leader()
    task = await watched.late()
    await ordered(watched, leader)

    await watched.close(task)

    assert await state_of_mine(watched, tang) == "已办结"
