"""重要信息通知 on the phone: the county's post writes, looks over and sends; a resident reads and confirms; who has not is reminded."""

from __future__ import annotations

from tests.officefiles import pdf
from tests.pages.flows.conftest import Lends
from tests.rows.rows import Walk
from tests.rows.test_notices_rows import DESK, clerk_of, press, send
from tests.web.samples.notices import WORDS
from tests.world import ANJU, JUXIAN, VILLAGE


async def test_the_post_writes_looks_over_and_sends(walk: Walk, lends: Lends, script: bool) -> None:
    """From the home to the town's village; the number is ticked; afterwards it says how many have confirmed, reminds, takes back."""
    title = "汛期上午八点开门" if script else "汛期下午五点关门"
    await walk.resident("王建国")
    phone = await lends(await clerk_of(walk), "ydsh", script=script)
    await phone.open(f"/ydsh/{ANJU}")
    await phone.tap("通知编发")
    await phone.tap("新建通知")
    await phone.fill("标题", title)
    await phone.fill("正文", "七月起上午八点开门。\n有事请打电话。")
    await phone.page.get_by_label("群众", exact=True).check()
    await phone.page.get_by_label("聚贤镇").check()
    await phone.tap("存为草稿")

    await phone.reads("还没有发出", "有事请打电话", "聚贤镇")
    await phone.tap("添加附件")
    await phone.attach("安排.pdf", pdf("first page"))
    await phone.tap("上传")
    await phone.reads("下载安排.pdf")
    await phone.tap("选村（社区）")
    await phone.page.get_by_label("万古桥村").check()
    await phone.tap("选村（社区）")
    await phone.reads("万古桥村")
    await phone.tap("发送")
    await phone.reads("发出后不能修改", "有事请打电话", "万古桥村")
    await phone.tap("发送")
    await phone.reads("还有1处要改")
    await phone.page.get_by_label("人会收到").check()
    await phone.tap("发送")
    await walk.settled()
    await phone.page.reload()

    await phone.reads("已发完", "未确认")
    await phone.tap("谁还没有确认")
    await phone.reads("王*国", "未确认")


async def test_a_resident_reads_and_confirms(walk: Walk, lends: Lends, script: bool) -> None:
    """From the home of the village; what was taken back says so."""
    clerk, resident = await clerk_of(walk), await walk.resident("王建国")
    words = {**WORDS, "title": "请核对银行卡" if script else "请核对电话号码", "towns": [JUXIAN]}
    notice = await send(walk, clerk, await clerk.post(DESK, words))
    phone = await lends(resident, script=script)

    await phone.open(f"/ykt/{VILLAGE}")
    await phone.tap("重要信息通知")
    await phone.tap(words["title"])
    await phone.reads(WORDS["text"])
    await phone.tap("我已阅读")
    await phone.reads("已确认")

    await press(clerk, notice, "recall", reason="写错了")
    await walk.settled()
    await phone.open(f"/ykt/{VILLAGE}/notices/inbox")
    await phone.reads("已撤回")
    await phone.tap(words["title"])
    await phone.reads("这条通知已撤回")
