"""留言处理: 接办, 回复, 追问, 评价, 转办, 退回; the limits that run, and what comes by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.api import Succession
from hub.rules.switching import switch
from hub.words.errors import Conflict, Invalid, NotFound
from plugins.message_board.events import MessageClosed, MessageRated
from tests.message_board.conftest import ALL, ANJU, CIVIL, FARMING
from tests.world import DONGCHAN, SHEHONG


async def test_a_reply_is_read_and_rated_in_five_grades(office):
    written = await office.write()
    await office.do("take", written.id)
    await office.do("reply", written.id)
    told = await office.expect_push(office.citizen(), "message_board.replied", written.message.number, times=1)

    rated = await office.own("rate", written.id, grade="2", words="没有说清几号")

    assert told.data["state"] == "replied"
    assert [(each.unit, each.handler) for each in rated.said] == [("安居区民政局", "罗勇")]
    assert (rated.message.state, rated.grade, rated.words) == ("rated", "不满意", "没有说清几号")
    assert [fact.grade for fact in await office.facts(MessageRated)] == ["2"]


async def test_asked_again_it_is_the_office_s_turn_with_a_new_limit(office):
    clerk = await office.employ("甲", office.position("handler", ANJU, bureau=CIVIL))
    stored = await office.in_state("replied")
    office.world.clock.advance(timedelta(days=2))

    asked = await office.own("ask", stored["_id"])

    assert asked.message.due_at > stored["due_at"]
    await office.expect_push(clerk, "message_board.arrived", "追问")


async def test_it_is_asked_again_so_often_and_no_more(office):
    stored = await office.in_state("replied")
    for _ in range(5):
        await office.own("ask", stored["_id"])
        await office.do("reply", stored["_id"])

    with pytest.raises(Conflict, match="最多追问5次"):
        await office.own("ask", stored["_id"])


async def test_passed_on_it_is_the_other_office_s_with_the_same_limit(office):
    there = await office.employ("乙", office.position("handler", ANJU, bureau=FARMING))
    written = await office.write()

    passed = await office.do("transfer", written.id)

    assert (passed.message.seat, passed.message.due_at) == ("安居区农业农村局", written.message.due_at)
    await office.expect_push(there, "message_board.arrived", "转办的留言")
    with pytest.raises(NotFound):
        await office.do("reply", written.id, office.handler(bureau=CIVIL))


async def test_a_wrong_dispatch_goes_back_to_whoever_passed_it_on(office):
    written = await office.write()
    await office.do("transfer", written.id)

    back = await office.do("return", written.id)

    assert (back.message.bureau, back.message.state) == (CIVIL, "waiting")
    with pytest.raises(Conflict, match="没有可退回的单位"):
        await office.do("return", written.id)


async def test_a_wrong_dispatch_goes_back_within_its_days(office):
    written = await office.write()
    await office.do("transfer", written.id)
    office.world.clock.advance(timedelta(days=5))

    with pytest.raises(Conflict, match="已超过退回的期限"):
        await office.do("return", written.id)


async def test_nobody_passes_it_on_for_ever(office):
    written = await office.write()
    for n in range(19):
        await office.do("transfer", written.id, bureau=(CIVIL, FARMING)[(n + 1) % 2])

    with pytest.raises(Conflict, match="转办多次"):
        await office.do("transfer", written.id, bureau="财政局")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"region": SHEHONG}, "region"),
        ({"region": DONGCHAN}, "region"),
        ({"region": "nowhere"}, "region"),
        ({"bureau": "外星局"}, "bureau"),
        ({"bureau": CIVIL}, "bureau"),
    ],
)
async def test_it_goes_to_no_other_county_town_or_unknown_bureau(office, wrong, field):
    written = await office.write()

    with pytest.raises(Invalid) as refused:
        await office.do("transfer", written.id, **wrong)

    assert list(refused.value.fields) == [field]


async def test_a_town_passes_it_up_to_the_county(office):
    await switch(office.world.units, ANJU, "message_board", settings={"handled_at": "town"}, actor=office.leader())
    written = await office.write()

    await office.do("transfer", written.id, bureau=CIVIL)

    await switch(office.world.units, ANJU, "message_board", settings={}, actor=office.leader())
    assert written.message.seat == "安居区聚贤镇民政局"
    assert (await office.stored(written.id))["place"] == ANJU


async def test_the_task_waits_while_it_is_the_office_s_turn(office):
    tasks, written = office.world.database["worklist.tasks"], await office.write()
    waiting = await tasks.count_documents({"subject": written.id, "state": "open"})

    await office.do("reply", written.id)

    assert (waiting, await tasks.count_documents({"subject": written.id, "state": "open"})) == (1, 0)


async def test_an_office_that_is_late_is_told_once(office):
    """Also when it takes it up too late."""
    clerk = await office.employ("甲", office.position("handler", ANJU, bureau=CIVIL))
    written = await office.write()
    await office.travel(timedelta(days=8))
    await office.do("take", written.id)
    await office.travel(timedelta(days=1))

    await office.expect_push(clerk, "message_board.overdue", written.message.number, times=1)


async def test_one_that_is_taken_in_time_is_late_all_the_same(office):
    clerk = await office.employ("甲", office.position("handler", ANJU, bureau=CIVIL))
    written = await office.write()
    await office.do("take", written.id)

    await office.travel(timedelta(days=8))

    await office.expect_push(clerk, "message_board.overdue", written.message.number, times=1)


async def test_a_reply_to_which_nothing_is_said_stands(office):
    stored = await office.in_state("replied")

    await office.travel(timedelta(days=16))

    assert (await office.stored(stored["_id"]))["state"] == "closed"
    assert [fact.by for fact in await office.facts(MessageClosed)] == ["silence"]


async def test_what_its_writer_closes_needs_no_reply_any_more(office):
    stored = await office.in_state("handling")

    await office.own("close", stored["_id"])

    with pytest.raises(Conflict, match="已关闭"):
        await office.do("reply", stored["_id"])


async def test_what_is_shown_in_full_is_asked_with_a_reason_and_logged(office):
    written = await office.write()

    shown = await office.ask(
        office.handler(), "POST message_board/{id}/unmask", id=written.id, body={"reason": "电话核实"}
    )

    [line] = await office.world.database["audit"].find({"what": "message_board.unmask"}).to_list(2)
    assert (shown.writer, line["why"], line["subject"]) == ("王建国", "电话核实", written.id)


async def test_secrecy_is_kept_behind_a_reason_too(office):
    written = await office.write(confidential=True)

    with pytest.raises(NotFound):
        await office.ask(office.handler(), "POST message_board/{id}/unmask", id=written.id, body={"reason": "电话核实"})


async def test_what_was_taken_back_before_anybody_replied_is_forgotten(office):
    """With its picture; what an office has replied to stays."""
    picture = await office.upload(office.citizen())
    closed, replied = await office.in_state("closed", pictures=[picture]), await office.in_state("rated")
    [belongings] = office.world.host.plugins["message_board"].belongings

    async def forget(ctx):
        return await belongings.forget(ctx, "wang")

    forgotten = await office.world.units.run(
        forget, plugin="message_board", place=office.world.place(ANJU), actor=office.citizen()
    )

    left = await office.world.database[ALL].distinct("_id")
    file = await office.world.database["files"].find_one({"_id": picture})
    assert (forgotten, left, file["state"]) == (1, [replied["_id"]], "released")
    assert closed["_id"] not in left


async def test_with_a_proof_they_are_the_new_record_s(office):
    """Which may not handle them either."""
    stored = await office.in_state("replied")
    [belongings] = office.world.host.plugins["message_board"].belongings
    succession = Succession(before="wang", person="wang2")

    async def pass_on(ctx):
        return await belongings.pass_on(ctx, succession)

    await office.world.units.run(
        pass_on, plugin="message_board", place=office.world.place(ANJU), actor=office.citizen()
    )

    after = await office.stored(stored["_id"])
    assert (after["readers"], set(after["avoid"])) == (["wang2"], {"wang", "wang2"})
