"""补贴发放: a proved resident looks at a payment that failed (C9)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from playwright.async_api import expect

from tests.pages.flows.conftest import Lends
from tests.rows.rows import Walk, Walker
from tests.rows.test_complaints_rows import payment
from tests.web.scope import FARMING, RESIDENTS
from tests.world import ANJU

FINANCE = "财政局"
PAYMENTS, BOARD = f"/{ANJU}/payments", f"/{ANJU}/publicity/board"
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
    await phone.reads("350.00", "发放失败", "账户状态异常", "请带身份证和社保卡到便民服务窗口", "尾号0004")
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
