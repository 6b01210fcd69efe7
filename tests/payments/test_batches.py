"""发放批次: from the 名册 to the bank and back; nothing is paid without the final confirmation."""

from __future__ import annotations

import pytest

from hub.rules.switching import switch
from hub.store.indexes import of_plugin
from hub.words.actors import HUB
from hub.words.errors import Conflict, Forbidden, Invalid, Stale
from plugins.payments.documents import COLLECTIONS, mark_sole
from plugins.payments.events import StopBenefits
from plugins.publicity import events as publicity
from tests.payments.conftest import ANJU, LAND, card_of, line, messages, number_of
from tests.plugins.conftest import CIVIL, OLD_AGE
from tests.world import SHEHONG

ONE_OFF = "10002"  # 实际种粮农民一次性补贴
CORRECT, STRIKE = "POST payments/rows/{id}/correct", "POST payments/rows/{id}/strike"


async def test_a_batch_goes_from_the_roster_to_paid(office):
    """Every step by whose it is; one row fails, is corrected, re-sent and paid; then the batch is 已发放."""
    await office.enrol(line(1), line(2), line(3))
    batch = await office.paying()
    first, second, third = [row.number for row in await office.rows(batch.id)]

    await office.answer(batch.id, (f"{first}-1", "成功"), (f"{second}-1", "失败", "卡已注销"), (f"{third}-1", "成功"))
    [failed] = [row for row in await office.rows(batch.id) if row.state == "failed"]
    body = {"version": failed.version, "card": card_of(99), "reason": "换了新卡"}
    await office.ask(office.farmer(), CORRECT, id=failed.id, body=body)
    await office.decide(office.farmer(), batch.id, "pass", "已更正")
    await office.decide(office.finance(), batch.id, "pass", "重发")
    await office.answer(batch.id, (f"{second}-2", "成功"))

    done = await office.batch(batch.id)
    assert (done.state, done.rows, done.total) == ("done", 3, "1050.00")
    assert await office.counts(batch.id) == {"paid": 3}
    labels = [step.label for step in (await office.ask(office.farmer(), "GET payments/rows/{id}", id=failed.id)).steps]
    assert labels == [
        *("名册导入", "编制名册", "提交发放申请", "发起公示", "公示确认", "最终确认", "拨付", "发放"),
        *("提交银行发放", "发放失败", "更正卡号", "发放", "提交银行发放", "发放成功", "办结"),
    ]


async def test_the_life_of_a_payment_names_each_unit_and_handler(office):
    await office.enrol(line(1))
    batch = await office.paying()
    [row] = await office.rows(batch.id)

    detail = await office.ask(office.farmer(), "GET payments/rows/{id}", id=row.id)

    by = {step.label: (step.unit, step.handler) for step in detail.steps}
    assert by["名册导入"] == ("安居区农业农村局", "罗勇")
    assert by["发起公示"] == ("安居区农业农村局", "何军")
    assert by["拨付"] == by["提交银行发放"] == ("安居区财政局", "钱进")


async def test_nothing_is_paid_before_the_final_confirmation(office):
    """No task of 拨付 exists, no bank file, no result is taken."""
    await office.enrol(line(1))
    batch = await office.published()

    tasks = await office.world.database["worklist.tasks"].find({"subject": batch.id}).to_list(10)
    with pytest.raises(Conflict):
        await office.ask(office.finance(), "POST payments/batches/{id}/bank-file", id=batch.id, body={"reason": "发放"})
    with pytest.raises(Conflict):
        await office.answer(batch.id, ("x-1", "成功"))

    assert {task["node"] for task in tasks} == {"payments_review"}
    assert await office.counts(batch.id) == {"listed": 1}


async def test_an_objected_row_is_held_and_paid_later(office):
    """The others are paid; confirmed afterwards it goes out in a run of its own."""
    await office.enrol(line(1), line(2))
    batch = await office.paying(but=[1])
    paid, late = await office.rows(batch.id)
    await office.answer(batch.id, (f"{paid.number}-1", "成功"))
    assert (await office.batch(batch.id)).state == "paying"

    await office.tell(office.row_confirmed(batch.id, late.id))
    await office.decide(office.finance(), batch.id, "pass", "补发")
    await office.answer(batch.id, (f"{late.number}-1", "成功"))

    assert (await office.batch(batch.id)).state == "done"
    assert await office.counts(batch.id) == {"paid": 2}


async def test_an_upheld_objection_strikes_the_row_and_lets_the_batch_end(office):
    await office.enrol(line(1), line(2))
    batch = await office.paying(but=[1])
    paid, accused = await office.rows(batch.id)
    await office.answer(batch.id, (f"{paid.number}-1", "成功"))

    await office.tell(publicity.RowStruck(place=ANJU, subject=batch.id, row="p", subject_row=accused.id))

    assert (await office.batch(batch.id)).state == "done"
    assert await office.counts(batch.id) == {"paid": 1, "struck": 1}


async def test_a_publicity_that_was_broken_off_goes_back_to_the_application(office):
    await office.enrol(line(1))
    batch = await office.published()

    await office.tell(publicity.PublicityEnded(place=ANJU, subject=batch.id, publicity="p1", reason="名单有误"))
    await office.decide(office.farmer(), batch.id, "return", "重新核对")

    assert (await office.batch(batch.id)).state == "roster"


@pytest.mark.parametrize("way", ["applied", "returned and applied again", "broken off"])
async def test_with_second_person_the_maker_never_reviews_their_own_batch(office, way):
    """However the review comes to be open; a colleague may, and then it goes on."""
    await switch(office.world.units, ANJU, "payments", on=True, settings={"second_person": True}, actor=HUB)
    await office.enrol(line(1))
    batch = await office.applied()
    if way == "returned and applied again":
        await office.decide(office.farmer("何军"), batch.id, "return", "重新核对")
        body = {"version": (await office.batch(batch.id)).version}
        await office.ask(office.farmer(), "POST payments/batches/{id}/apply", id=batch.id, body=body)
        await office.deliver()
    elif way == "broken off":
        await office.decide(office.farmer("何军"), batch.id, "pass", "同意")
        await office.tell(publicity.PublicityEnded(place=ANJU, subject=batch.id, publicity="p1", reason="名单有误"))

    with pytest.raises(Forbidden, match="回避"):
        await office.decide(office.farmer(), batch.id, "pass", "自己审自己")
    await office.decide(office.farmer("何军"), batch.id, "pass", "同意")

    assert (await office.batch(batch.id)).state == "publicity"
    await switch(office.world.units, ANJU, "payments", on=True, settings={}, actor=HUB)


async def test_a_word_about_a_row_told_twice_changes_nothing(office):
    await office.enrol(line(1))
    batch = await office.confirmed()
    [before] = await office.rows(batch.id)

    await office.tell(
        office.row_confirmed(batch.id, before.id),
        publicity.PublicityConfirmed(place=ANJU, subject=batch.id, publicity="p1"),
    )

    [after] = await office.rows(batch.id)
    assert (after.version, (await office.batch(batch.id)).state) == (before.version, "confirmed")


async def test_each_bureau_does_its_own_part(office):
    """财政局 makes no roster and corrects no card; the granting bureau pays nothing and sees no bank file."""
    await office.enrol(line(1))
    with pytest.raises((Forbidden, Invalid)):
        await office.ask(
            office.finance(), "POST payments/batches", body={"project": LAND, "period": "2026", "title": "x"}
        )
    batch = await office.confirmed()
    task = await office.task(batch.id)

    with pytest.raises(Exception, match=r"没有找到|不属于"):
        await office.ask(office.farmer(), "POST worklist/tasks/{id}/claim", id=task["_id"])
    with pytest.raises(Forbidden):
        await office.ask(office.farmer(), "POST payments/batches/{id}/bank-file", id=batch.id, body={"reason": "看看"})
    assert await office.counts(batch.id) == {"confirmed": 1}


async def test_nobody_is_paid_twice_for_one_period(office):
    """A second batch of the same period has nobody; another period has everybody; a cancelled one frees them."""
    await office.enrol(line(1), line(2))
    first = await office.new_batch("2026")
    again, other = await office.new_batch("2026"), await office.new_batch("2027")

    body = {"version": first.version, "reason": "做错了"}
    await office.ask(office.farmer(), "POST payments/batches/{id}/cancel", id=first.id, body=body)
    await office.deliver()
    freed = await office.new_batch("2026")

    assert [batch.rows for batch in (first, again, other, freed)] == [2, 0, 2, 2]
    with pytest.raises(Conflict, match="没有人员"):
        await office.ask(
            office.farmer(), "POST payments/batches/{id}/apply", id=again.id, body={"version": again.version}
        )


@pytest.mark.parametrize("text", ["2026-Q4", "2026-12", "2026-H1"])
async def test_periods_of_one_project_never_overlap(office, text):
    """A year and any part of it are the same money; once the batch is void, its time is free."""
    await office.enrol(line(1))
    first = await office.new_batch("2026")

    with pytest.raises(Conflict, match=r"2026.*重叠") as crossing:
        await office.new_batch(text)
    body = {"version": first.version, "reason": "改为分期发放"}
    await office.ask(office.farmer(), "POST payments/batches/{id}/cancel", id=first.id, body=body)
    await office.deliver()
    freed = await office.new_batch(text)

    assert crossing.value.state == {"batch": first.id, "period": "2026"}
    assert freed.rows == 1


@pytest.mark.parametrize(("text", "right"), [("2027", True), ("2028", False), ("2099", False), ("2028-01", False)])
async def test_a_batch_is_of_the_next_period_at_most(office, text, right):
    await office.enrol(line(1))

    if right:
        assert (await office.new_batch(text)).period == text
    else:
        with pytest.raises(Invalid) as refused:
            await office.new_batch(text)
        assert "下一期" in refused.value.fields["period"]


@pytest.mark.parametrize("text", ["", "2026-13", "2026-S1", "第一批"])
async def test_a_period_is_a_year_half_quarter_or_month(office, text):
    await office.enrol(line(1))

    with pytest.raises(Invalid) as refused:
        await office.new_batch(text)

    assert "2026-Q4" in refused.value.fields["period"]


async def test_a_period_is_of_its_projects_cycle(office):
    """As the catalogue says, whatever the request says."""
    await office.enrol(line(1), project=OLD_AGE, bureau=CIVIL)

    with pytest.raises(Invalid) as year:
        await office.new_batch("2026", project=OLD_AGE, bureau=CIVIL)
    with pytest.raises(Invalid) as otherwise:
        await office.new_batch("2026", project=OLD_AGE, bureau=CIVIL, cycle="year")
    month = await office.new_batch(f"{office.world.clock.now():%Y-%m}", project=OLD_AGE, bureau=CIVIL)

    assert "按月" in year.value.fields["period"]
    assert set(otherwise.value.fields) == {"cycle"}
    assert month.rows == 1


async def test_a_one_off_is_paid_once_over_all_batches(office):
    """Of a later period nobody is left; a row that failed still waits for its card; struck, it is free again."""
    await office.enrol(line(1), line(2), project=ONE_OFF)
    batch = await office.paying("2026", project=ONE_OFF)
    first, second = await office.rows(batch.id)
    await office.answer(batch.id, (f"{first.number}-1", "成功"), (f"{second.number}-1", "失败", "卡已注销"))

    later = await office.new_batch("2027", project=ONE_OFF)
    [failed] = [row for row in await office.rows(batch.id) if row.state == "failed"]
    body = {"version": failed.version, "reason": "下次再发"}
    await office.ask(office.farmer(), STRIKE, id=failed.id, body=body)
    body = {"version": later.version}
    await office.ask(office.farmer(), "POST payments/batches/{id}/collect", id=later.id, body=body)
    await office.deliver()

    assert later.rows == 0
    assert (await office.batch(later.id)).rows == 1


async def test_of_a_project_in_no_catalogue_the_first_batch_says_that_it_pays_once(office):
    await office.enrol(line(1), project="free")
    first = await office.new_batch("2025", project="free", cycle="once")

    later = await office.new_batch("2026", project="free")
    with pytest.raises(Invalid) as otherwise:
        await office.new_batch("2027", project="free", cycle="year")

    assert (first.rows, later.rows) == (1, 0)
    assert set(otherwise.value.fields) == {"cycle"}


async def test_a_second_benefit_of_one_person_is_not_paid_for_the_same_period(office):
    """终止 and brought in again: another benefit, the same person, project and period."""
    await office.enrol(line(1))
    batch = await office.new_batch("2026")
    [benefit] = (await office.ask(office.farmer(), "GET payments/benefits")).items
    body = {"version": benefit.version, "reason": "重新登记"}
    await office.ask(office.farmer(), "POST payments/benefits/{id}/end", id=benefit.id, body=body)
    await office.enrol(line(1))

    again = await office.new_batch("2026")

    assert (batch.rows, again.rows) == (1, 0)


async def test_rows_that_were_doubled_before_are_no_reason_not_to_start(office):
    """An older version paid a second benefit of one person; what is new is held against those rows all the same."""
    await office.enrol(line(1))
    await office.new_batch("2026")
    rows = office.world.database["payments.rows"]
    await rows.drop_indexes()
    await rows.update_many({}, {"$unset": {"sole": "", "once": ""}})
    await rows.insert_one({**await rows.find_one({}), "_id": "second", "number": "second", "benefit": "second"})

    await office.world.database.ensure([of_plugin(each) for each in COLLECTIONS])
    for _ in range(2):
        await mark_sole(office.world.database)

    assert await rows.count_documents({"sole": True}) == 1
    assert (await office.new_batch("2026")).rows == 0


async def test_a_benefit_that_stopped_meanwhile_is_held_back(office):
    await office.enrol(line(1), line(2))
    batch = await office.disbursed()
    stopped = (await office.world.database["payments.benefits"].find_one({}))["_id"]
    await office.tell(
        StopBenefits(place=ANJU, benefit=stopped, reason="经核实不再符合条件", by="hit"), plugin="payments"
    )

    await office.decide(office.finance(), batch.id, "pass", "发放")

    assert await office.counts(batch.id) == {"held": 1, "sent": 1}
    [held] = [row for row in await office.rows(batch.id) if row.state == "held"]
    body = {"version": held.version, "reason": "已停发"}
    await office.ask(office.farmer(), STRIKE, id=held.id, body=body)
    assert await office.counts(batch.id) == {"sent": 1, "struck": 1}


async def test_a_guard_holds_single_rows(office):
    """The others are paid; let go, the row goes out with the next run."""
    await office.enrol(line(1), line(2))
    office.guarding.held[number_of(2)] = "信息核对中"
    batch = await office.paying()
    assert await office.counts(batch.id) == {"held": 1, "sent": 1}

    office.guarding.held.clear()
    await office.decide(office.finance(), batch.id, "pass", "再发")

    assert await office.counts(batch.id) == {"sent": 2}


async def test_the_paid_hear_of_it(office):
    """P14 to the proved person; nobody else, and no amount."""
    from hub.identity.prooffacts import PersonProved

    await office.enrol(line(1), line(2))
    key = office.proved("zhang", 1).id_key
    await office.tell(PersonProved(place=ANJU, person="zhang", id_key=key), plugin="proofs")
    batch = await office.paying()
    first, second = await office.rows(batch.id)
    office.pushes.clear()

    await office.answer(batch.id, (f"{first.number}-1", "失败", "卡已注销"), (f"{second.number}-1", "成功"))

    told = [push for push in office.pushes if push.message.startswith("payments.")]
    assert messages(told) == [("payments.failed", ("zhang",))]
    assert "350" not in repr(told[0].data)


async def test_a_stale_version_and_a_bad_card_are_refused(office):
    await office.enrol(line(1))
    batch = await office.paying()
    [row] = await office.rows(batch.id)
    await office.answer(batch.id, (f"{row.number}-1", "失败"))
    [row] = await office.rows(batch.id)

    with pytest.raises(Stale):
        await office.ask(office.farmer(), CORRECT, id=row.id, body={"version": 1, "card": card_of(9), "reason": "x"})
    with pytest.raises(Invalid) as bad:
        await office.ask(
            office.farmer(),
            CORRECT,
            id=row.id,
            body={"version": row.version, "card": "6217000000000001", "reason": "x"},
        )
    with pytest.raises(Conflict, match="没有更正"):
        await office.decide(office.farmer(), batch.id, "pass", "x")

    assert set(bad.value.fields) == {"card"} and "6217" not in repr(bad.value.fields)


async def test_another_county_sees_nothing(office):
    await office.enrol(line(1))
    batch = await office.new_batch()

    page = await office.ask(office.farmer("外人", SHEHONG), "GET payments/batches", at=SHEHONG)

    assert page.items == []
    with pytest.raises(Exception, match="没有找到"):
        await office.ask(office.farmer("外人", SHEHONG), "GET payments/batches/{id}", at=SHEHONG, id=batch.id)
