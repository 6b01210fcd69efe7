"""A task passes its limit, is ordered done, and is done: the list says how far it is, the order ends with it."""

from __future__ import annotations

import pytest

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


async def test_a_late_task_is_ordered_and_the_order_ends_with_it(watched):
    tang, leader = await watched.handler(), await watched.leader()
    task = await watched.late()
    await ordered(watched, leader)
    [case] = (await watched.ask(leader, "GET overdue/cases")).items

    await watched.do(tang, task)

    assert (case.ordered, await state_of_mine(watched, tang)) == ("督办已签发", "已办结")
    await watched.expect_push(tang, "overdue.order", "高龄津贴", times=1)


async def test_paused_the_order_waits_and_goes_on(watched):
    tang, leader = await watched.handler(), await watched.leader()
    task = await watched.late()
    await ordered(watched, leader)
    [order] = (await watched.ask(tang, "GET overdue/orders/mine")).items

    await watched.halt(task)
    halted = await watched.ask(tang, "GET overdue/orders/{id}", id=order.id)
    await watched.resume(task, watched.due(5))
    going_on = await watched.ask(tang, "GET overdue/orders/{id}", id=order.id)

    assert (halted.halted, going_on.halted) == (True, False)


async def test_a_task_that_is_wanted_no_more_takes_its_order_along(watched):
    tang, leader = await watched.handler(), await watched.leader()
    task = await watched.late()
    await ordered(watched, leader)

    await watched.close(task)

    assert await state_of_mine(watched, tang) == "已办结"
