"""What stands in 我的待办 of a batch: it follows from the batch, and goes with it."""

from __future__ import annotations

from plugins.payments.documents import mark_waiting
from tests.payments.conftest import card_of, line

STRIKE = "POST payments/rows/{id}/strike"


async def tasks(office, id: str) -> dict[tuple[str, int], str]:
    """The state of each task of a batch by node and round."""
    found = await office.world.database["worklist.tasks"].find({"subject": id}).to_list(20)
    return {(task["node"].removeprefix("payments_"), task["round"]): task["state"] for task in found}


async def told(office, kind: str) -> int:
    return await office.world.database["events"].count_documents({"type": f"worklist.{kind}"})


async def fail(office, batch) -> None:
    """The bank gives back all that is with it."""
    sent = [row for row in await office.rows(batch.id) if row.state == "sent"]
    run = (await office.world.database["payments.batches"].find_one({"_id": batch.id}))["run"]
    await office.answer(batch.id, *((f"{row.number}-{run}", "失败", "卡已注销") for row in sent))


async def strike_all(office, batch) -> None:
    for row in await office.rows(batch.id):
        body = {"version": row.version, "reason": "不再发放"}
        await office.ask(office.farmer(), STRIKE, id=row.id, body=body)
        await office.deliver()


async def test_a_decision_in_the_worklist_ends_no_task_twice(office):
    await office.enrol(line(1))

    batch = await office.paying()

    assert await tasks(office, batch.id) == {("review", 1): "done", ("disburse", 2): "done", ("pay", 1): "done"}
    assert await told(office, "CloseTask") == 0


async def test_whoever_takes_an_application_back_has_not_reviewed_it(office):
    """The review is wanted no more; its maker's 经办历史 says what they did."""
    await office.enrol(line(1))
    batch = await office.applied()

    body = {"version": batch.version, "reason": "做错了"}
    answer = await office.ask(office.farmer(), "POST payments/batches/{id}/cancel", id=batch.id, body=body)
    await office.deliver()

    [touch] = await office.world.database["worklist.touches"].find({"subject": batch.id}).to_list(9)
    assert answer.state == "cancelled"
    assert await tasks(office, batch.id) == {("review", 1): "ended"}
    assert [act["label"] for act in touch["acts"]] == ["编制名册", "提交发放申请", "作废批次"]


async def test_the_correction_of_an_earlier_run_ends_with_the_batch(office):
    """A row that was held back goes out in a second run while what failed in the first still waits."""
    await office.enrol(line(1), line(2))
    batch = await office.paying(but=[1])
    await fail(office, batch)
    late = next(row for row in await office.rows(batch.id) if row.state == "listed")
    await office.tell(office.row_confirmed(batch.id, late.id))
    await office.decide(office.finance(), batch.id, "pass", "补发")
    await office.answer(batch.id, (f"{late.number}-1", "失败", "卡已注销"))
    waiting = await tasks(office, batch.id)

    await strike_all(office, batch)

    over = await tasks(office, batch.id)
    assert (waiting["correct", 1], waiting["correct", 2]) == ("open", "open")
    assert (over["correct", 1], over["correct", 2]) == ("ended", "ended")
    assert (await office.batch(batch.id)).state == "done"


async def test_what_a_run_gives_back_after_its_correction_is_corrected_too(office):
    """The bank answers in parts: else nobody would be asked, and the payment would wait for ever."""
    await office.enrol(line(1), line(2))
    batch = await office.paying()
    first, second = (row.number for row in await office.rows(batch.id))
    await office.answer(batch.id, (f"{first}-1", "失败", "卡已注销"))
    [failed] = [row for row in await office.rows(batch.id) if row.state == "failed"]
    body = {"version": failed.version, "card": card_of(20), "reason": "新卡"}
    await office.ask(office.farmer(), "POST payments/rows/{id}/correct", id=failed.id, body=body)
    await office.decide(office.farmer(), batch.id, "pass", "已更正")

    await office.answer(batch.id, (f"{second}-1", "失败", "卡已注销"))

    waiting = await tasks(office, batch.id)
    assert (waiting["correct", 1], waiting["correct", 2]) == ("done", "open")


async def test_batches_of_an_older_version_learn_what_waits(office):
    """Their tasks end with them, too."""
    await office.enrol(line(1), line(2))
    batch = await office.paying(but=[1])
    await fail(office, batch)
    late = next(row for row in await office.rows(batch.id) if row.state == "listed")
    await office.tell(office.row_confirmed(batch.id, late.id))
    batches = office.world.database["payments.batches"]
    before = await batches.find_one({"_id": batch.id})
    await batches.update_one({"_id": batch.id}, {"$unset": {"waiting": "", "correcting": ""}})

    for _ in range(2):
        await mark_waiting(office.world.database)

    assert await batches.find_one({"_id": batch.id}) == before
    assert (before["waiting"], before["correcting"]) == (True, [1])
    await strike_all(office, batch)
    assert set((await tasks(office, batch.id)).values()) == {"done", "ended"}
