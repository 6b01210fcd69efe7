"""补贴发放: a proved resident looks at a payment that failed (C9); a batch goes from the 名册 to the bank and back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from playwright.async_api import expect

from tests.pages.flows.conftest import Lends
from tests.pages.flows.phone import Phone
from tests.rows.rows import Walk, Walker
from tests.rows.test_complaints_rows import CARD, LAND, payment
from tests.rows.test_interception_rows import valid
from tests.web.scope import FARMING, RESIDENTS
from tests.world import ANJU

FINANCE = "财政局"
PAYMENTS, BOARD = f"/{ANJU}/payments", f"/{ANJU}/publicity/board"
ROSTER = {True: valid("51090419560812004X"), False: valid("51090419560812006X")}
NEW_CARD = "6217000000000000012"
MINE = f"/ykt/{ANJU}/payments/mine"


async def test_a_resident_reads_why_a_payment_failed_and_whom_to_ask(walk: Walk, lends: Lends, script: bool) -> None:
    """The message leads there: the bank's reason, what to do, a phone at one tap, every step with its office and handler."""
    name = "刘梅" if script else "陈芳"
    resident = await walk.resident(name)
    await failed(walk, resident, name)
    phone = await lends(resident, script=script)

    await phone.open("/ykt/inbox")
    await phone.tap("补贴发放失败")
    await phone.tap("查看详情")

    await phone.is_at(f"{MINE}/[^/]+")
    await phone.headed("地力保护 2026年")
    await phone.reads("350.00", "发放失败", "这张卡现在不能代发补贴", "请带身份证和社保卡，到发卡银行", "尾号0004")
    await phone.reads("提交银行发放", "财政局", "投诉")
    await expect(phone.page.locator("a[href='tel:12345']")).to_be_visible()
    await phone.open(MINE)
    await phone.reads("地力保护 2026年", "350.00元")
    await phone.tap("为他人代办")
    await phone.fill("姓名", name)
    await phone.fill("身份证号", RESIDENTS[name])
    await phone.tap("查询")
    await phone.reads("地力保护 2026年")


async def test_whoever_is_not_proved_is_told_how_to_be(walk: Walk, lends: Lends) -> None:
    """By the page itself, with nothing of anybody's payments on it."""
    phone = await lends(await walk.resident("王建国"))

    await phone.open(MINE, status=403)

    await phone.headed("请先核验身份")
    await phone.reads("请带身份证到村（社区）或乡镇便民服务窗口办理")


async def test_a_batch_is_brought_from_the_roster_to_the_bank_and_back(walk: Walk, lends: Lends, script: bool) -> None:
    """The granting bureau brings in, makes, asks for and corrects; the paying one gives the money, and brings in what the bank says."""
    farmer, finance = await walk.staff("handler", ANJU, FARMING), await walk.staff("handler", ANJU, FINANCE)
    phone, other = await lends(farmer, "ydsh", script=script), await lends(finance, "ydsh", script=script)

    await bring_in(walk, phone, ROSTER[script])
    await make(walk, phone)
    await phone.tap("提交发放申请")
    await decide(walk, phone, "等待审核")
    await publicity_over(walk)
    batch = phone.path
    await other.open(batch)
    await decide(walk, other, "公示已确认")
    await decide(walk, other, "资金已拨付")
    slip = (await finance.get(f"{batch.removeprefix('/ydsh')}/rows"))["items"][0]["number"]
    await let_the_bank_answer(walk, other, f"{slip}-1,失败,账户已销户")
    await phone.open(batch)
    await correct(phone)

    await phone.is_at(f"/ydsh/{ANJU}/payments/rows/[^/]+")
    await phone.reads("已更正待重发", "****0012")


async def bring_in(walk: Walk, phone: Phone, number: str) -> None:
    """A 名册 of a subsidy that is in no catalogue: one right line and one that is none."""
    await phone.open(f"/ydsh/{ANJU}/payments/intakes")
    await phone.tap("导入名册")
    await phone.tap("其他补贴")
    await phone.fill("补贴项目", LAND)
    await phone.fill("项目简称", "地力保护")
    await phone.fill("主管部门", FARMING)
    lines = f"周芳,{number},{CARD},聚贤镇万古桥村,80.00\n吴二,1,{CARD},聚贤镇万古桥村,80.00"
    await phone.attach("名册.csv", f"姓名,身份证号,社保卡号,村（社区）,金额\n{lines}\n".encode())
    await phone.tap("导入名册")
    await phone.headed("导入结果")
    await reload(walk, phone)
    await phone.reads("已完成", "2行", "查看未导入的1行和原因")


async def make(walk: Walk, phone: Phone) -> None:
    """编制名册 from there; it is filled a moment later."""
    await phone.tap("去编制名册")
    await phone.page.get_by_label(re.compile("^地力保护")).check()
    await phone.choose("期次", "2026年")
    await phone.fill("批次名称", "2026年地力保护补贴")
    await phone.tap("编制名册")
    await phone.reads("作废批次")
    await reload(walk, phone)
    await phone.reads("2026年", "1人", "80.00元")


async def let_the_bank_answer(walk: Walk, phone: Phone, line: str) -> None:
    """The file for the bank is taken with a reason, and its results are brought in."""
    batch = phone.path
    await phone.tap("下载发放文件")
    await phone.fill("下载的理由（会记录在案）", "交代发银行")
    async with phone.page.expect_download() as file:
        await phone.tap("下载")
    assert (await file.value).suggested_filename.endswith(".xlsx")
    await phone.open(batch)
    await phone.tap("导入发放结果")
    await phone.attach("结果.csv", f"流水号,发放结果,失败原因\n{line}\n".encode())
    await phone.tap("导入结果")
    await phone.reads("导入记录")
    await reload(walk, phone)
    await phone.tap("查看批次")
    await phone.reads("1笔发放失败")


async def correct(phone: Phone) -> None:
    """Another card for the one that failed."""
    await phone.tap("1笔发放失败")
    await phone.tap("周*")
    await phone.reads("账户已销户")
    await phone.tap("更正卡号")
    await phone.fill("理由", "本人已换卡")
    await phone.fill("新的社保卡号", NEW_CARD)
    await phone.tap("更正卡号")


async def reload(walk: Walk, phone: Phone) -> None:
    """The same page, once all that it waits for is done."""
    await walk.settled()
    await phone.page.reload()


async def decide(walk: Walk, phone: Phone, bar: str) -> None:
    """The bar leads into 我的待办, where the step is claimed and passed; then back to the batch."""
    batch = phone.path
    await phone.reads(bar)
    await phone.tap(bar)
    await phone.headed("我的待办")
    await phone.tap("地力保护")
    await phone.tap("认领")
    await phone.reads("您已认领")
    await phone.pick("情况属实，同意。")
    await phone.tap("通过")
    await phone.headed("我的待办")
    await walk.settled()
    await phone.open(batch)


async def failed(walk: Walk, resident: Walker, name: str) -> dict[str, Any]:
    """A payment that the bank has given back."""
    finance = await walk.staff("handler", ANJU, FINANCE)
    row = await payment(walk, resident, name)
    await confirmed(walk, row["batch"])
    batch = (await finance.get(f"{PAYMENTS}/batches/{row['batch']}"))["batch"]
    for node in ("payments_disburse", "payments_pay"):
        await finance.decide(ANJU, batch["number"], node)
    results = f"流水号,发放结果,失败原因\n{row['number']}-1,失败,账户状态异常\n".encode()
    await finance.upload(f"{PAYMENTS}/batches/{batch['id']}/results", results, "results.csv")
    await walk.settled()
    return row


async def confirmed(walk: Walk, id: str) -> None:
    """The batch has been asked for, reviewed, published and confirmed."""
    farmer = await walk.staff("handler", ANJU, FARMING)
    batch = (await farmer.get(f"{PAYMENTS}/batches/{id}"))["batch"]
    await farmer.post(f"{PAYMENTS}/batches/{id}/apply", {"version": batch["version"]})
    await farmer.decide(ANJU, batch["number"], "payments_review")
    await publicity_over(walk)


async def publicity_over(walk: Walk) -> None:
    """The one 发放公示 that runs comes to its end, and is confirmed."""
    farmer = await walk.staff("handler", ANJU, FARMING)
    [running] = (await farmer.get(BOARD, kind="payment", state="running"))["items"]
    walk.hub.clock.advance(timedelta(days=8))
    await walk.job("publicity.watch", ANJU)
    seen = await farmer.get(f"{BOARD}/{running['notice']['id']}")
    await farmer.post(f"{BOARD}/{running['notice']['id']}/confirm", {"version": seen["board"]["version"]})
    await walk.settled()
