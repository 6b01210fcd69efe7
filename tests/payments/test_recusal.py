"""回避: nobody works on what is paid to them, or what they declared, under whatever account."""

from __future__ import annotations

from typing import Any

import pytest
import structlog

from hub.api import IdNumberText
from hub.reading.sheets import read_rows
from hub.words.errors import Conflict, NotFound
from plugins.payments.actions import batches
from plugins.payments.documents import keep_away
from tests.payments.conftest import FINANCE, LAND, PayOffice, card_of, line, number_of
from tests.payments.test_benefits import AMOUNT, fact
from tests.payments.test_waiting import fail, tasks
from tests.plugins.conftest import FARMING
from tests.world import ANJU, CITY

BANK = "POST payments/batches/{id}/bank-file"
BENEFIT, BENEFITS = "GET payments/benefits/{id}", "GET payments/benefits"
ROW, ROWS, CORRECT = "GET payments/rows/{id}", "GET payments/batches/{id}/rows", "POST payments/rows/{id}/correct"


def clerk(office: PayOffice, n: int, person: str = "罗勇") -> Any:
    """Of the bureau that grants; their own number is that of person ``n``."""
    return office.staff(person, office.position("handler", ANJU, bureau=FARMING), id_number=number_of(n))


async def ids(office: PayOffice, actor: Any, operation: str, **given: str) -> list[str]:
    return [each.id for each in (await office.ask(actor, operation, **given)).items]


@pytest.mark.parametrize("source", ["declaration", "roster"])
async def test_a_clerk_does_not_reach_their_own_benefit(office, source):
    """Neither its amount nor the page; a colleague does."""
    if source == "declaration":
        await office.tell(fact(office), plugin="declaration")
    else:
        await office.enrol(line(1))
    [benefit] = (await office.ask(office.farmer("何军"), BENEFITS)).items
    own = clerk(office, 1)

    assert await ids(office, own, BENEFITS) == []
    with pytest.raises(NotFound):
        await office.ask(own, BENEFIT, id=benefit.id)
    body = {"version": benefit.version, "amount": "9999", "reason": "x"}
    with pytest.raises(NotFound):
        await office.ask(own, AMOUNT, id=benefit.id, body=body)

    assert (await office.ask(office.farmer("何军"), BENEFIT, id=benefit.id)).moves != []


async def test_nor_one_that_they_declared_for_another(office):
    await office.tell(fact(office, declarants=("罗勇",)), plugin="declaration")
    [benefit] = (await office.ask(office.farmer("何军"), BENEFITS)).items

    assert await ids(office, office.farmer("罗勇"), BENEFITS) == []
    body = {"version": benefit.version, "amount": "9999", "reason": "x"}
    with pytest.raises(NotFound):
        await office.ask(office.farmer("罗勇"), AMOUNT, id=benefit.id, body=body)


async def test_nor_under_another_account(office):
    """The case says whose numbers those are; also its task at 拨付 and its payment are kept from them."""
    clerk_of = clerk(office, 9, "another account")
    key = office.world.database.blind(IdNumberText(number_of(9)))
    await office.tell(fact(office, avoid_keys=(key,)), plugin="declaration")
    [benefit] = (await office.ask(office.farmer("何军"), BENEFITS)).items
    body = {"version": benefit.version, "amount": "350", "reason": "3.5亩"}

    with pytest.raises(NotFound):
        await office.ask(clerk_of, AMOUNT, id=benefit.id, body=body)
    await office.ask(office.farmer("何军"), AMOUNT, id=benefit.id, body=body)
    batch = await office.new_batch()

    assert key in (await office.task("case-1"))["avoid_keys"]
    assert (await ids(office, clerk_of, ROWS, id=batch.id), len(await office.rows(batch.id))) == ([], 1)


async def test_a_case_that_is_told_again_with_more_numbers_keeps_them_away(office):
    """The version before told of none."""
    key = office.world.database.blind(IdNumberText(number_of(9)))
    await office.tell(fact(office), plugin="declaration")

    await office.tell(fact(office, round=8, avoid_keys=(key,)), plugin="declaration")

    assert await ids(office, clerk(office, 9, "another account"), BENEFITS) == []
    assert len(await ids(office, office.farmer("何军"), BENEFITS)) == 1


async def test_nor_the_card_of_their_own_payment(office):
    """The batch still holds, counts and pays everybody; so does the file of the bank."""
    await office.enrol(line(1), line(2))
    batch = await office.paying()
    own_row = (await office.rows(batch.id))[0]
    payer = office.staff("钱进", office.position("handler", ANJU, bureau=FINANCE), id_number=number_of(1))
    raw = await office.ask(payer, BANK, id=batch.id, body={"reason": "发放"})
    await office.answer(batch.id, (f"{own_row.number}-1", "失败", "卡号有误"))
    own = clerk(office, 1)

    assert len(await ids(office, own, ROWS, id=batch.id)) == 1
    with pytest.raises(NotFound):
        await office.ask(own, ROW, id=own_row.id)
    body = {"version": own_row.version + 1, "card": card_of(7), "reason": "x"}
    with pytest.raises(NotFound):
        await office.ask(own, CORRECT, id=own_row.id, body=body)

    page = await office.ask(own, "GET payments/batches/{id}", id=batch.id)
    assert [row.cells["身份证号"] for row in read_rows(raw.data, raw.filename)] == [number_of(1), number_of(2)]
    assert (page.batch.rows, page.batch.total, page.counts.failed, page.counts.sent) == (2, "700.00", 1, 1)


async def failed(office: PayOffice) -> tuple[Any, Any, Any]:
    """A batch of two whose cards were both refused, and the rows; the first is the clerk's own."""
    await office.enrol(line(1), line(2))
    batch = await office.paying()
    await fail(office, batch)
    return batch, *await office.rows(batch.id)


async def correct(office: PayOffice, actor: Any, row: Any) -> None:
    await office.ask(actor, CORRECT, id=row.id, body={"version": row.version, "card": card_of(7), "reason": "新卡"})


async def hand_on(office: PayOffice) -> tuple[Any, Any, Any]:
    """The only one who corrects has done what they may: the batch, their own row, and what the history says."""
    only = await office.employ("罗勇", office.position("handler", ANJU, bureau=FARMING), number=number_of(1))
    batch, own, other = await failed(office)
    with pytest.raises(Conflict, match="没有更正或剔除"):
        await office.decide(only, batch.id, "pass", "已更正")
    await correct(office, only, other)
    await office.decide(only, batch.id, "pass", "已更正")
    return batch, own, (await office.ask(only, "GET payments/batches/{id}", id=batch.id)).steps[-1]


async def test_the_failed_payment_of_the_only_one_who_corrects_is_for_the_level_above(office):
    """The rest goes on without it."""
    above = await office.employ("高远", office.position("handler", CITY, bureau=FARMING))

    batch, own, said = await hand_on(office)

    waiting, task = await tasks(office, batch.id), await office.task(batch.id)
    assert (waiting["correct", 1], waiting["pay", 2], waiting["correct", 2]) == ("done", "open", "open")
    assert (said.label, "其余发放失败的人员按规定转办，由" in said.why, task["at"]) == ("更正转办", True, CITY)
    await correct(office, above, own)
    await office.decide(above, batch.id, "pass", "已更正")
    assert (await tasks(office, batch.id))["correct", 2] == "done"
    assert (await office.counts(batch.id)) == {"corrected": 2}


async def test_however_many_have_failed_none_is_left_behind(office, monkeypatch):
    """More of those who correct than are read at once; then more of others than are read at once."""
    monkeypatch.setattr(batches, "AT_ONCE", 1)
    above = await office.employ("高远", office.position("handler", CITY, bureau=FARMING))

    batch, own, _ = await hand_on(office)
    await office.world.database["payments.rows"].update_one({"_id": {"$ne": own.id}}, {"$set": {"state": "failed"}})

    with pytest.raises(Conflict, match="没有更正或剔除"):
        await office.decide(above, batch.id, "pass", "已更正")
    await correct(office, above, own)
    await office.decide(above, batch.id, "pass", "已更正")
    assert (await office.counts(batch.id)) == {"corrected": 1, "failed": 1}


async def test_where_nobody_may_correct_it_the_history_says_so(office):
    """Nobody is above them; that all of the position must keep away is told as a vacancy is."""
    batch, _, said = await hand_on(office)

    assert said.why.endswith("目前本岗位和上级都没有可以更正的人员，请尽快安排人员")
    assert (await office.task(batch.id))["unfilled"]


async def test_nor_by_a_roster_of_their_own(office):
    """What it says anew of the one who brings it in is for a colleague; what it says again changes nothing."""
    await office.enrol(line(1))

    same = await office.enrol(line(1), actor=clerk(office, 1))
    more = await office.enrol(line(1, amount="9999.00"), line(2), actor=clerk(office, 1))
    first = await office.enrol(line(3), actor=clerk(office, 3))

    assert (same.unchanged, same.rejected) == (1, 0)
    assert (more.added, more.changed, more.rejected) == (1, 0, 1)
    assert await office.rejects(more) == [(2, "导入人是当事人，按规定应当回避，请由其他经办人员导入")]
    assert (first.added, first.rejected) == (0, 1)


async def test_what_was_stored_before_keeps_them_away_too(office):
    """As the version before stored it: nobody is avoided."""
    await office.tell(fact(office, declarants=("wang",)), plugin="declaration")
    await office.enrol(line(2))
    database = office.world.database
    await database["payments.benefits"].update_many({}, {"$set": {"avoid": [], "avoid_keys": []}})

    await keep_away(database)
    with structlog.testing.capture_logs() as lines:
        await keep_away(database)

    stored = await database["payments.benefits"].find({"project": LAND}).sort("_id", 1).to_list(9)
    assert [row["avoid"] for row in stored] == [["wang"], []]
    assert [row["avoid_keys"] for row in stored] == [[row["identity"]["id_number"]["b"]] for row in stored]
    assert {line["collection"]: line["changed"] for line in lines} == {"payments.benefits": 0}
    assert len(await ids(office, clerk(office, 1), BENEFITS)) == 1
