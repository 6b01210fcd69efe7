"""银行退回: a bank's words, or its codes, become a reason that people understand and what they do about it."""

from __future__ import annotations

import pytest

from hub.rules.switching import switch
from hub.words.actors import HUB
from plugins.payments.returns import RETURNS, UNKNOWN, name_of, named
from tests.payments.conftest import line
from tests.world import ANJU

ROW, MINE = "GET payments/rows/{id}", "GET payments/mine/{id}"
# As banks write them.
SAID = {
    "账户未激活": "inactive",
    "该卡已挂失": "lost",
    "账户已销户": "closed",
    "账户冻结": "frozen",
    "久悬户": "dormant",
    "客户证件已过期": "id_expired",
    "超过二类户限额": "limit",
    "账户状态异常": "not_payable",
    "户名不符": "wrong_name",
    "证件号码与账户不符": "wrong_id",
    "账号不存在": "wrong_card",
    "系统处理失败": "",
    "": "",
}


@pytest.mark.parametrize(("said", "name"), SAID.items())
def test_a_banks_words_are_understood(said, name):
    assert name_of(said, {}) == name


@pytest.mark.parametrize("said", ["2203", "2203 交易失败", "2203：交易失败"])
def test_a_code_means_what_the_county_says(said):
    """Before its words, and of no longer number that begins alike."""
    codes = {"2203": "lost"}

    assert name_of(said.replace("：", ": "), codes) == "lost"
    assert name_of("22031 交易失败", codes) == ""


@pytest.mark.parametrize("name", [*RETURNS, ""])
def test_everybody_is_told_what_to_do(name):
    what = named(name)

    assert what is (RETURNS[name] if name else UNKNOWN)
    assert what.person.startswith(("请", "卡")) and "不用重新申报" in what.person
    assert what.handler.endswith("。") and not what.label.endswith("。")


async def failed(office, said: str):
    """The one payment, given back by the bank in these words; of 张一, who is proved."""
    await office.enrol(line(1))
    reader = await office.prove("zhang", 1)
    batch = await office.paying()
    [row] = await office.rows(batch.id)
    await office.answer(batch.id, (f"{row.number}-1", "失败", said))
    return row.id, reader


async def test_a_resident_never_reads_what_the_bank_wrote(office):
    """It may hold anybody's number; in the row and in its history they read ours."""
    id, reader = await failed(office, "6217000000000000012户名不符")

    mine = await office.ask(reader, MINE, id=id)

    assert mine.payment.reason == RETURNS["wrong_name"].label
    assert mine.payment.next_step == RETURNS["wrong_name"].person
    assert [step.why for step in mine.steps if step.label == "发放失败"] == [RETURNS["wrong_name"].label]


async def test_a_handler_reads_both(office):
    id, _ = await failed(office, "账户冻结")

    seen = (await office.ask(office.farmer(), ROW, id=id)).payment

    assert (seen.reason, seen.next_step) == ("账户冻结", RETURNS["frozen"].handler)


async def test_the_message_says_it_too(office):
    """With what the county says of its bank's codes."""
    codes = {"bank_codes": {"E17": "inactive"}}
    await switch(office.world.units, ANJU, "payments", on=True, settings=codes, actor=HUB)

    await failed(office, "E17")

    await switch(office.world.units, ANJU, "payments", on=True, settings={}, actor=HUB)
    [push] = [each for each in office.pushes if each.message == "payments.failed"]
    assert (push.data["reason"], push.data["next_step"]) == (RETURNS["inactive"].label, RETURNS["inactive"].person)
