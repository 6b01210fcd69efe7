"""督办单: issued at once or to named persons, read, fed back, returned, closed; nobody gets two about one task."""

from __future__ import annotations

import pytest

from hub.api import Conflict, Forbidden, IdNumberText, Invalid, NotFound, TaskChanged
from hub.testing import ANJU, DONGCHAN, JUXIAN, NEXT_VILLAGE, SHEHONG, VILLAGE
from plugins.overdue.orders import states_of
from tests.overdue.conftest import CIVIL, FARMING, LAND, WORDS


async def test_at_once_says_how_many_and_gives_each_handler_an_order(office):
    yang, wei, leader = await office.handler(), await office.handler("魏来", NEXT_VILLAGE), await office.leader()
    for place in (VILLAGE, VILLAGE, NEXT_VILLAGE):
        await office.late(place)

    seen = await office.preview(leader)
    issue = await office.at_once(leader)

    assert (seen.cases, seen.people, seen.orders, seen.already) == (3, 2, 3, 0)
    assert (issue.orders, issue.over) == (3, True)
    assert [len(await office.mine(each)) for each in (yang, wei)] == [2, 1]
    await office.expect_push(yang, "overdue.order", "高龄津贴", times=2)


async def test_a_view_is_narrowed_by_row_project_and_node(office):
    await office.handler(region=ANJU)
    leader = await office.leader()
    await office.late(project=LAND)
    await office.late(row=DONGCHAN, place=DONGCHAN)
    await office.late(node="accept")

    assert (await office.preview(leader)).cases == 3
    assert (await office.preview(leader, project=LAND)).cases == 1
    assert (await office.preview(leader, row=JUXIAN, node="accept")).cases == 1


async def test_who_has_claimed_it_gets_it_alone(office):
    yang, wei, leader = await office.handler(), await office.handler("魏来"), await office.leader()
    await office.late(holder=yang.person)

    await office.at_once(leader)

    assert (len(await office.mine(yang)), len(await office.mine(wei))) == (1, 0)


async def test_issued_twice_nobody_has_two(office):
    yang, leader, other = await office.handler(), await office.leader(), await office.leader("高明")
    await office.late()
    await office.at_once(leader)

    with pytest.raises(Conflict, match="都已经督办"):
        await office.at_once(other)
    with pytest.raises(Conflict, match="都已收到"):
        await office.name(other, "task-0001", yang)

    assert len(await office.mine(yang)) == 1


async def test_a_part_that_runs_again_makes_nothing_new(office):
    await office.handler()
    leader = await office.leader()
    await office.late()
    await office.at_once(leader)

    events = office.world.database["events"]
    await events.update_many({"type": "overdue.IssuePart"}, {"$set": {"state": "pending"}})
    await office.deliver()

    assert len(await office.all_stored()) == 1


async def test_what_has_changed_much_since_it_was_seen_is_asked_again(office):
    await office.handler()
    leader = await office.leader()
    for _ in range(6):
        await office.late()

    body = {"cases": 1, "people": 1, "words": WORDS}

    with pytest.raises(Conflict, match="现在是6件、1人"):
        await office.ask(leader, "POST overdue/at-once", body=body)


async def test_more_than_a_county_allows_at_once_is_refused(office):
    await office.handler()
    leader = await office.leader()
    await office.turn("overdue", on=True, settings={"at_once_most": 2})
    for _ in range(3):
        await office.late()

    with pytest.raises(Conflict, match="超过2件"):
        await office.preview(leader)


async def test_what_was_done_before_its_part_gets_no_order(office):
    await office.handler()
    leader = await office.leader()
    task = await office.late()
    body = {"cases": 1, "people": 1, "words": WORDS}
    await office.ask(leader, "POST overdue/at-once", body=body)

    await office.world.database["overdue.watches"].update_one({"_id": task}, {"$set": {"state": "over"}})
    await office.deliver()

    assert await office.all_stored() == []


async def test_a_sensitive_project_is_ordered_without_naming_anybody(office):
    yang, leader = await office.handler(), await office.leader()
    await office.late(sensitive=True)

    await office.at_once(leader)

    assert [each.title for each in await office.mine(yang)] == ["高龄津贴"]


async def test_what_a_board_withholds_no_preview_tells(office):
    """That there are others of sensitive projects, not how many; whoever may see their persons gets the numbers."""
    await office.handler()
    leader = await office.leader()
    both = await office.employ("书记", office.position("leader", ANJU), office.position("discipline", ANJU))
    await office.late(sensitive=True)
    await office.late(sensitive=True)

    seen, whole = await office.preview(leader, row=JUXIAN), await office.preview(both, row=JUXIAN)

    assert (seen.cases, seen.people, seen.orders, seen.nobodys, seen.restricted) == (0, 0, 0, 0, True)
    assert (whole.cases, whole.people, whole.restricted) == (2, 1, False)


async def test_an_order_of_a_sensitive_project_shows_its_issuer_neither_village_nor_case(office):
    yang, leader = await office.handler(), await office.leader()
    discipline = await office.staff("discipline", region=ANJU)
    await office.late(sensitive=True)
    await office.at_once(leader)
    [theirs] = await office.mine(yang)

    issued = await office.shown(leader, theirs.id)

    assert (issued.place, issued.where, issued.case) == (JUXIAN, "安居区聚贤镇", "")
    for reader in (yang, discipline):
        shown = await office.shown(reader, theirs.id)
        assert (shown.place, shown.case) == (VILLAGE, theirs.case) and shown.case


async def test_a_task_of_a_sensitive_project_cannot_be_named(office):
    """Nor is it offered."""
    yang, leader = await office.handler(), await office.leader()
    task = await office.late(sensitive=True)

    with pytest.raises(Invalid, match="已经办结"):
        await office.name(leader, task, yang)


# --- who -------------------------------------------------------------------------------------------------------------------


async def test_the_picker_offers_handlers_and_lower_leaders(office):
    yang, town, leader = await office.handler(), await office.leader("唐丽", JUXIAN), await office.leader()
    await office.leader("外乡", DONGCHAN)
    await office.late()

    page = await office.ask(leader, "GET overdue/named")

    assert [each.id for each in page.cases] == ["task-0001"]
    assert {each.name: each.says[-4:] for each in page.persons} == {"杨帆": "经办人员", "唐丽": "聚贤镇领导"[-4:]}
    assert {each.id for each in page.persons} == {yang.person, town.person}


async def test_a_lower_leader_gets_it_in_their_own_app(office):
    town, leader = await office.leader("唐丽", JUXIAN), await office.leader()

    order = await office.ordered(leader, town)

    assert (await office.shown(town, order.id)).leads
    await office.expect_push(town, "overdue.order_led")


@pytest.mark.parametrize(
    ("region", "bureau"), [(SHEHONG, None), (VILLAGE, FARMING), (NEXT_VILLAGE, None), ("510900", None)]
)
async def test_who_has_nothing_to_do_with_it_cannot_be_named(office, region, bureau):
    """Of another county, of another bureau, of another village, above the leader."""
    await office.handler()
    leader, other = await office.leader(), await office.handler("别处", region, bureau)
    task = await office.late()

    with pytest.raises(Invalid):
        await office.name(leader, task, other)


async def test_a_task_above_the_leader_is_beyond_reach(office):
    county, town = await office.handler("罗勇", ANJU), await office.leader("唐丽", JUXIAN)
    await office.late()

    seen = await office.preview(town, at=JUXIAN)

    assert (seen.cases, seen.orders, seen.nobodys) == (1, 0, 1), county.person


async def test_a_leader_of_another_bureau_neither_sees_nor_orders_it(office):
    yang, leader = await office.handler(), await office.leader(bureau=FARMING)
    task = await office.late()

    assert (await office.preview(leader)).cases == 0
    with pytest.raises(Invalid):
        await office.name(leader, task, yang)


async def test_who_may_be_ordered_is_judged_for_each_position_by_itself(office):
    """One bureau at the county, all of a town: of another bureau's task in that town nobody at the county, and no leader of the town."""
    positions = office.position("leader", ANJU, bureau=CIVIL), office.position("leader", JUXIAN)
    both, county = await office.employ("林峰", *positions), await office.handler("罗勇", ANJU, FARMING)
    await office.leader("唐丽", JUXIAN)
    task = await office.late(JUXIAN, bureau=FARMING, project=LAND)

    offered = await office.ask(both, "GET overdue/named", query={"task": task})
    seen = await office.preview(both)

    assert (offered.persons, seen.orders, seen.nobodys) == ((), 0, 1)
    with pytest.raises(Invalid):
        await office.name(both, task, county)


async def test_who_must_keep_away_neither_gets_nor_sees_it(office):
    yang, wei, leader = await office.handler(), await office.handler("魏来"), await office.leader()
    accused = await office.leader("当事人")
    await office.late(avoid=(yang.person, accused.person), hidden=True)

    await office.at_once(leader)
    [order] = await office.mine(wei)

    assert await office.mine(yang) == []
    assert (await office.preview(accused)).cases == 0
    with pytest.raises(NotFound):
        await office.shown(accused, order.id)


async def test_who_must_keep_away_later_has_it_no_more(office):
    """By number; the issuer hears that somebody else is to be named."""
    leader, number = await office.leader(), "510904194809200027"
    yang = await office.employ("杨帆", office.position("handler", VILLAGE), number=number)
    order = await office.ordered(leader, yang)
    key, stored = office.world.database.blind(IdNumberText(number)), await office.stored(order.id)

    changed = {"subject": "case-1", "node": "review_village", "offer": 1, "round": 1, "due_at": stored.due_at}
    await office.tell(TaskChanged(place=VILLAGE, task=stored.task, avoid_keys=(key,), **changed))

    assert (await office.mine(yang), (await office.stored(order.id)).state) == ([], "left")
    await office.expect_push(leader, "overdue.order_answer", "不再经办")


async def test_only_those_above_and_the_two_of_them_read_it(office):
    yang, leader = await office.handler(), await office.leader()
    order = await office.ordered(leader, yang)
    town, discipline = await office.leader("唐丽", JUXIAN), await office.staff("discipline", region=ANJU)
    colleague, elsewhere = await office.handler("同村"), await office.leader("外县", SHEHONG)

    for reader in (yang, leader, town, discipline):
        assert (await office.shown(reader, order.id)).id == order.id
    for reader, at in ((colleague, ANJU), (elsewhere, ANJU), (elsewhere, SHEHONG)):
        with pytest.raises(NotFound):
            await office.shown(reader, order.id, at)


# --- what becomes of it ------------------------------------------------------------------------------------------------------


async def test_from_reading_to_the_end(office):
    yang, leader = await office.handler(), await office.leader()
    order = await office.ordered(leader, yang)

    await office.press(yang, order.id, "read")
    await office.press(yang, order.id, "begin")
    await office.press(yang, order.id, "feed", text="缺材料，已通知补正", pictures=[await office.upload(yang)])
    await office.press(leader, order.id, "return", reason="请写明哪天办完")
    await office.press(yang, order.id, "feed", text="本周五办完")
    await office.press(leader, order.id, "close")

    seen = await office.shown(leader, order.id)
    assert (seen.state_label, [each.text for each in seen.feedbacks]) == (
        "已办结",
        ["缺材料，已通知补正", "本周五办完"],
    )
    assert [each.label for each in seen.flow] == ["签发", "我已知悉", "开始处理", "反馈", "退回再办", "反馈", "办结"]
    assert seen.flow[0].handler == "林峰"
    await office.expect_push(leader, "overdue.order_answer", "已反馈", times=2)
    await office.expect_push(yang, "overdue.order", "退回", times=1)


async def test_a_feedback_counts_as_read(office):
    yang, leader = await office.handler(), await office.leader()
    order = await office.ordered(leader, yang)

    fed = await office.press(yang, order.id, "feed", text="已办结")

    assert fed.read_at is not None


async def test_more_pictures_than_five_are_refused(office):
    yang, leader = await office.handler(), await office.leader()
    order = await office.ordered(leader, yang)

    with pytest.raises(Invalid):
        await office.press(yang, order.id, "feed", text="已办", pictures=[await office.upload(yang) for _ in range(6)])


async def test_unread_it_is_withdrawn_read_it_is_not(office):
    yang, leader = await office.handler(), await office.leader()
    first, second = await office.ordered(leader, yang), await office.ordered(leader, yang)
    await office.press(yang, second.id, "read")

    gone = await office.press(leader, first.id, "withdraw", reason="发错了")

    assert gone.state_label == "已撤回"
    with pytest.raises(Conflict):
        await office.press(leader, second.id, "withdraw", reason="发错了")


async def test_only_its_issuer_ends_it(office):
    yang, leader, other = await office.handler(), await office.leader(), await office.leader("高明")
    order = await office.ordered(leader, yang)

    with pytest.raises(Forbidden):
        await office.press(other, order.id, "withdraw", reason="不是我发的")
    with pytest.raises(Forbidden):
        await office.press(leader, order.id, "feed", text="代为反馈")


async def test_it_ends_with_its_task_and_keeps_the_feedback(office):
    yang, leader = await office.handler(), await office.leader()
    order = await office.ordered(leader, yang)
    await office.press(yang, order.id, "feed", text="今天办完")

    await office.done("task-0001")

    seen = await office.shown(leader, order.id)
    assert (seen.state_label, seen.flow[-1].label, len(seen.feedbacks)) == ("已办结", "案件已办结", 1)


async def test_the_list_of_cases_shows_how_far_it_is(office):
    yang, wei, leader = await office.handler(), await office.handler("魏来"), await office.leader()
    await office.late()
    await office.late()
    await office.name(leader, "task-0001", yang, wei)
    [order] = await office.mine(yang)
    await office.press(yang, order.id, "read")

    states = await office.world.units.read(
        lambda ctx: states_of(ctx, ("task-0001", "task-0002")),
        plugin="overdue",
        place=office.world.place(ANJU),
        actor=leader,
        permission="overdue.supervise",
    )

    assert states == {"task-0001": "督办已签发"}
