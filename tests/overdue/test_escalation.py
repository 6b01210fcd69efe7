"""What becomes of an order by itself: the warning, the escalation, leave, a halt, a post that was left."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.api import Forbidden, PositionChanged, TaskArrived
from hub.identity.positions import POSITIONS
from hub.testing import ANJU, JUXIAN, VILLAGE
from hub.worklist.events import TaskHalted
from tests.whole import TEMPLATES

DAY = timedelta(days=1)


@pytest.fixture
async def story(office):
    """An order of Monday morning, its handler, the leaders of the county and of the town."""
    yang, leader, town = await office.handler(), await office.leader(), await office.leader("唐丽", JUXIAN)
    return await office.ordered(leader, yang), yang, leader, town


async def test_unread_for_a_working_day_the_person_is_warned_then_the_leader_above(office, story):
    order, yang, _, town = story

    await office.days(2)
    await office.expect_push(yang, "overdue.order", "没有读", times=1)
    await office.expect_no_push(town, "overdue.order_up")
    await office.days(2)

    await office.expect_push(town, "overdue.order_up", "未读", times=1)
    assert (await office.shown(yang, order.id)).escalated


async def test_what_is_done_in_time_warns_nobody(office, story):
    order, yang, _, town = story
    await office.press(yang, order.id, "feed", text="已办结")

    await office.days(14)

    await office.expect_no_push(yang, "overdue.order", "尽快")
    await office.expect_no_push(town, "overdue.order_up")


async def test_late_with_the_feedback_both_are_told_once(office, story):
    """Read on Monday, to be answered on Thursday: warned after three working days more, escalated one later."""
    order, yang, _, town = story
    await office.press(yang, order.id, "read")

    await office.days(8)
    await office.expect_no_push(yang, "overdue.order", "逾期")
    await office.days(6)

    await office.expect_push(yang, "overdue.order", "逾期", times=1)
    await office.expect_push(town, "overdue.order_up", "逾期", times=1)


async def test_returned_the_clock_begins_anew(office, story):
    order, yang, leader, _ = story
    await office.press(yang, order.id, "feed", text="在办")
    await office.days(2)
    await office.press(leader, order.id, "return", reason="请办完")

    await office.days(3)
    await office.expect_no_push(yang, "overdue.order", "逾期")
    await office.days(11)

    await office.expect_push(yang, "overdue.order", "逾期", times=1)


async def test_days_of_leave_do_not_count(office, story):
    order, yang, _, _ = story
    positions = office.world.database[POSITIONS]
    await positions.update_many({"person": yang.person}, {"$set": {"on_leave": True}})
    await office.days(7)
    await office.expect_no_push(yang, "overdue.order", "没有读")

    await positions.update_many({"person": yang.person}, {"$set": {"on_leave": False}})
    await office.days(2)

    await office.expect_push(yang, "overdue.order", "没有读", times=1)
    assert (await office.shown(yang, order.id)).answer_by > order.answer_by


async def test_while_its_task_is_halted_no_time_runs(office, story):
    order, yang, _, _ = story
    same = {"place": VILLAGE, "task": "task-0001", "subject": "case-1", "node": "review_village"}
    await office.tell(TaskHalted(**same, offer=1))
    await office.days(7)
    await office.expect_no_push(yang, "overdue.order", "没有读")

    now = office.world.clock.now()
    again = {
        "label": "村级初审",
        "role": "handler",
        "bureau": "民政局",
        "project": "30005",
        "title": "高龄津贴",
        "number": "1",
    }
    await office.tell(TaskArrived(**same, **again, offer=2, arrived_at=now, due_at=now))
    await office.days(2)

    await office.expect_push(yang, "overdue.order", "没有读", times=1)
    assert (await office.shown(yang, order.id)).answer_by == order.answer_by + 7 * DAY


async def test_who_leaves_the_post_leaves_the_order_to_its_issuer(office, story):
    order, yang, leader, _ = story
    await office.world.database[POSITIONS].delete_many({"person": yang.person})

    await office.tell(PositionChanged(place=VILLAGE, region=VILLAGE, role="handler", left=yang.person))

    assert (await office.stored(order.id)).state == "left"
    await office.expect_push(leader, "overdue.order_answer", "不再经办", times=1)


async def test_who_has_another_post_there_keeps_the_order(office, story):
    order, yang, _, _ = story

    await office.tell(PositionChanged(place=VILLAGE, region=VILLAGE, role="handler", left=yang.person))

    assert (await office.stored(order.id)).state == "issued"


async def test_the_job_ends_what_a_lost_notice_did_not(office, story):
    order, yang, _, _ = story
    await office.world.database[POSITIONS].delete_many({"person": yang.person})

    await office.days(2)

    assert (await office.stored(order.id)).state == "left"


async def test_a_case_whose_person_has_left_can_be_ordered_of_another(office, story):
    _, yang, leader, _ = story
    await office.world.database[POSITIONS].delete_many({"person": yang.person})
    await office.tell(PositionChanged(place=VILLAGE, region=VILLAGE, role="handler", left=yang.person))
    wei = await office.handler("魏来")

    issue = await office.at_once(leader, at=ANJU)

    assert (issue.orders, len(await office.mine(wei))) == (1, 1)


async def test_who_holds_another_kind_of_post_has_the_order_no_more(office, story):
    """From handler to 纪委 of the same county."""
    order, yang, _, _ = story
    changed = {"$set": {"role": "discipline", "region": ANJU, "bureau": None}}
    await office.world.database[POSITIONS].update_many({"person": yang.person}, changed)

    await office.tell(PositionChanged(place=VILLAGE, region=VILLAGE, role="handler", left=yang.person))

    assert (await office.stored(order.id)).state == "left"


async def test_never_read_it_is_late_as_well(office, story):
    """Warned of and escalated as unread, then by its date; and no more."""
    order, yang, _, town = story

    await office.days(40)

    stored = await office.stored(order.id)
    assert (stored.state, stored.escalated, stored.next_at) == ("issued", "late", None)
    await office.expect_push(yang, "overdue.order", "反馈已逾期", times=1)
    await office.expect_push(town, "overdue.order_up", "逾期未反馈", times=1)


# --- the issuer ------------------------------------------------------------------------------------------------------------


async def test_an_issuer_who_left_is_stood_in_for_by_who_leads_there(office, story):
    """Whoever leads there hears of the feedback, and ends it."""
    order, yang, leader, town = story
    other = await office.leader("高明")
    await office.world.database[POSITIONS].delete_many({"person": leader.person})

    await office.press(yang, order.id, "feed", text="在办")
    await office.press(other, order.id, "return", reason="请办完")
    await office.press(yang, order.id, "feed", text="已办完")
    closed = await office.press(other, order.id, "close")

    assert closed.state_label == "已办结"
    await office.expect_push(other, "overdue.order_answer", "已反馈", times=2)
    await office.expect_no_push(leader, "overdue.order_answer")
    with pytest.raises(Forbidden):
        await office.press(town, order.id, "close")


async def test_while_the_issuer_is_on_leave_the_deputy_ends_it(office, story):
    order, yang, leader, _ = story
    deputy = await office.leader("副职", bureau="教育和体育局")
    leave = {"$set": {"on_leave": True, "deputy": deputy.person}}
    await office.world.database[POSITIONS].update_many({"person": leader.person}, leave)

    await office.press(yang, order.id, "feed", text="在办")

    await office.expect_push(deputy, "overdue.order_answer", "已反馈", times=1)
    acting = office.acting(deputy.person, *leader.positions)
    assert (await office.press(acting, order.id, "close")).state_label == "已办结"


async def test_what_the_issuer_is_told_is_said_in_whole_sentences(office, story):
    _, yang, leader, _ = story
    await office.world.database[POSITIONS].delete_many({"person": yang.person})

    await office.tell(PositionChanged(place=VILLAGE, region=VILLAGE, role="handler", left=yang.person))

    push = await office.expect_push(leader, "overdue.order_answer")
    words, fields = office.words(push), TEMPLATES.fields(push.message, "oa", push.data, 1, push.data)
    assert words.title == "督办进展：高龄津贴 · 王*（村级初审）"
    assert words.body.startswith("督办单：对象已不再经办，请另行督办。")
    assert fields["thing2"] == "对象已不再经办，请另行督办"
