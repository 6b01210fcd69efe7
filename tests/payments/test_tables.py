"""Tables that go out: masked for whoever looks on, in full for the bank alone, never a formula, always logged."""

from __future__ import annotations

import io

import openpyxl
import pytest

from hub.reading.sheets import read_rows
from hub.words.errors import Conflict, Forbidden, NotFound
from plugins.payments.pages import PAGES
from tests.payments.conftest import ANJU, card_of, line, number_of
from tests.plugins.conftest import CIVIL

EXPORT, BANK = "POST payments/batches/{id}/export", "POST payments/batches/{id}/bank-file"

[PAGE] = [page for page in PAGES if page.path == "/rows/{id}"]


async def test_the_export_is_masked_and_logged(office):
    """Neither full name nor number nor card; read by a leader too."""
    await office.enrol(line(1), line(2))
    batch = await office.new_batch()
    leader = office.staff("领导", office.position("leader", ANJU))

    raw = await office.ask(leader, EXPORT, id=batch.id)

    rows = [row.cells for row in read_rows(raw.data, raw.filename)]
    assert [row["姓名"] for row in rows] == ["张*", "张*"]
    assert [row["金额（元）"] for row in rows] == ["350.00", "350.00"]
    text = repr(rows)
    assert number_of(1) not in text and card_of(1) not in text and number_of(1)[6:14] not in text
    [logged] = await office.world.database["audit"].find({"what": "payments.export"}).to_list(9)
    assert (logged["actor"]["person"], logged["subject"]) == ("领导", batch.id)


async def test_no_cell_of_it_is_a_formula(office):
    """What somebody wrote into a roster does not act in the next office."""
    await office.enrol(line(1, standard="=cmd|' /C calc'!A0", quantity="@SUM(A1)"))
    batch = await office.new_batch()

    raw = await office.ask(office.farmer(), EXPORT, id=batch.id)

    cells = [cell for row in openpyxl.load_workbook(io.BytesIO(raw.data)).active.iter_rows(min_row=2) for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not [cell for cell in cells if str(cell.value or "").startswith(("=", "+", "-", "@"))]
    assert "'=cmd|' /C calc'!A0" in [cell.value for cell in cells]


async def test_a_long_export_has_every_row_once(office):
    """More than a page."""
    await office.enrol(*(line(n) for n in range(450)))
    batch = await office.new_batch()

    raw = await office.ask(office.farmer(), EXPORT, id=batch.id)

    numbers = [row.cells["流水号"] for row in read_rows(raw.data, raw.filename)]
    assert len(numbers) == len(set(numbers)) == 450


async def test_the_bank_gets_what_it_needs_with_a_reason(office):
    """In full, only what is with the bank now, logged with the reason; read back as results it fits."""
    await office.enrol(line(1), line(2))
    office.guarding.held[number_of(2)] = "信息核对中"
    batch = await office.paying()

    raw = await office.ask(office.finance(), BANK, id=batch.id, body={"reason": "第一次发放"})

    [row] = [row.cells for row in read_rows(raw.data, raw.filename)]
    assert (row["身份证号"], row["社保卡号"], row["金额（元）"]) == (number_of(1), card_of(1), "350.00")
    [logged] = await office.world.database["audit"].find({"what": "payments.bank_file"}).to_list(9)
    assert logged["why"] == "第一次发放"
    answered = await office.answer(batch.id, (row["流水号"], "成功"))
    assert answered.changed == 1


async def test_another_bureau_gets_no_table(office):
    await office.enrol(line(1))
    batch = await office.paying()
    stranger = office.staff("民政", office.position("handler", ANJU, bureau=CIVIL))

    with pytest.raises(NotFound):
        await office.ask(stranger, EXPORT, id=batch.id)
    with pytest.raises(Forbidden):
        await office.ask(office.farmer(), BANK, id=batch.id, body={"reason": "看看"})


async def test_no_bank_file_of_what_is_not_with_the_bank(office):
    await office.enrol(line(1))
    batch = await office.disbursed()

    with pytest.raises(Conflict):
        await office.ask(office.finance(), BANK, id=batch.id, body={"reason": "发放"})


async def test_of_a_sensitive_project_who_looks_on_sees_no_person(office):
    """纪委 and the bureaus themselves do."""
    await office.enrol(line(1))
    batch = await office.new_batch()
    for collection in ("payments.rows", "payments.batches"):
        await office.world.database[collection].update_many({}, {"$set": {"sensitive": True}})
    leader = office.staff("领导", office.position("leader", ANJU))
    discipline = office.staff("纪委", office.position("discipline", ANJU))

    [hidden] = (await office.ask(leader, "GET payments/batches/{id}/rows", id=batch.id)).items
    [seen] = (await office.ask(discipline, "GET payments/batches/{id}/rows", id=batch.id)).items
    exported = await office.ask(leader, EXPORT, id=batch.id)

    assert (hidden.person.name, seen.person.name) == ("***", "张*")
    assert [row.cells["姓名"] for row in read_rows(exported.data, "x.xlsx")] == ["***"]


@pytest.mark.parametrize("sensitive", [True, False])
async def test_the_page_of_a_payment_names_nobody_to_who_looks_on(office, sensitive):
    await office.enrol(line(1))
    batch = await office.new_batch()
    await office.world.database["payments.rows"].update_many({}, {"$set": {"sensitive": sensitive}})
    leader = office.staff("领导", office.position("leader", ANJU))
    [row] = (await office.ask(leader, "GET payments/batches/{id}/rows", id=batch.id)).items

    shown = await office.look(leader, PAGE, id=row.id)

    assert ("张*" in shown.title) is not sensitive


async def test_handlers_find_it_in_their_history(office):
    """经办历史 hears of what no task tells."""
    await office.enrol(line(1))
    await office.applied()

    touched = await office.world.database["events"].find({"type": "worklist.RecordActivity"}).to_list(9)

    assert [event["data"]["label"] for event in touched] == ["编制名册", "提交发放申请"]
