"""投诉举报 as a resident does it on the phone: 须知, the form with its mistakes, a picture, 我的投诉, withdrawing, rating."""

from __future__ import annotations

from playwright.async_api import expect

from tests.pages.flows.conftest import Lends
from tests.rows.rows import Walk
from tests.rows.test_complaints_rows import complain, press, reply
from tests.web.conftest import picture
from tests.world import ANJU

COMPLAINTS = f"/ykt/{ANJU}/complaints"
CIVIL = "民政局"


async def test_a_resident_complains_with_a_picture_and_takes_it_back(walk: Walk, lends: Lends, script: bool) -> None:
    """What is wrong is said on top, what was typed stays, and so does the picture; afterwards it can be withdrawn."""
    phone = await lends(await walk.resident("王建国"), script=script)
    await phone.open(f"{COMPLAINTS}/notice")
    await phone.tap("我已阅读")

    await phone.headed("投诉举报")
    await phone.attach("张榜.jpg", picture())
    await phone.fill("投诉内容", "村里评议没有张榜。")
    await phone.tap("提交投诉")
    await phone.reads("处要改", "投诉类型：请选一项。")
    assert (await phone.page.title()).startswith("出错：")
    if script:
        await expect(phone.page.locator(".problems")).to_be_focused()
    await expect(phone.field("投诉内容")).to_have_value("村里评议没有张榜。")
    await expect(phone.page.locator(".picture img")).to_have_count(1)
    await phone.choose("补贴项目", "高龄津贴")
    await phone.choose("投诉类型", "优亲厚友")
    await phone.pick("可以公开")
    await phone.tap("提交投诉")

    await phone.is_at(f"{COMPLAINTS}/mine/[^/]+")
    await phone.reads("村里评议没有张榜。", "投诉内容")
    await expect(phone.page.locator(".thumb img")).to_have_count(1)
    await phone.tap("撤回投诉")
    await phone.reads("撤回后，这件投诉不再办理")
    await phone.tap("撤回投诉")
    await phone.reads("已撤")


async def test_a_resident_reads_the_reply_and_is_satisfied(walk: Walk, lends: Lends, script: bool) -> None:
    """With the reply before their eyes; asked for what is wrong when not satisfied, without having to say it again."""
    resident = await walk.resident("刘梅" if script else "陈芳")
    office = await walk.staff("handler", ANJU, CIVIL, "complaints")
    filed = (await complain(resident))["id"]
    for move, said in (("accept", {}), ("reply", reply(walk))):
        await press(office, filed, move, **said)
    phone = await lends(resident, script=script)

    await phone.open(f"{COMPLAINTS}/mine")
    await phone.tap("高龄津贴")
    await phone.reads("第1次回复", "已到村核查会议记录和张榜照片")
    await phone.tap("评价处理结果")
    await phone.headed("评价处理结果")
    await phone.reads("已到村核查会议记录和张榜照片")
    await phone.pick("不满意")
    await phone.tap("评价处理结果")
    await phone.reads("处要改")
    await expect(phone.page.get_by_label("不满意", exact=True)).to_be_checked()
    await phone.pick("满意")
    await phone.tap("评价处理结果")

    await phone.is_at(f"{COMPLAINTS}/mine/{filed}")
    await phone.reads("已办结")


async def test_a_resident_reads_what_comes_next_and_whom_to_phone(walk: Walk, lends: Lends, script: bool) -> None:
    """What was done, what is waited for, until when; at the end whom to phone."""
    resident = await walk.resident("王建国")
    office = await walk.staff("handler", ANJU, CIVIL, "complaints")
    filed = (await complain(resident, type="attitude" if script else "amount"))["id"]
    phone = await lends(resident, script=script)

    await phone.open(f"{COMPLAINTS}/mine/{filed}")
    await phone.reads("办理经过", "提交投诉", "等待受理", "前")
    await press(office, filed, "accept")
    await phone.open(f"{COMPLAINTS}/mine/{filed}")

    await phone.reads("受理", "正在办理", "政务服务便民热线")
    await expect(phone.page.locator("a[href='tel:12345']")).to_have_count(1)


async def test_what_is_accused_is_chosen_before_the_form(walk: Walk, lends: Lends, script: bool) -> None:
    """By links, so that it needs no script; staff are named with their office."""
    phone = await lends(await walk.resident("王建国"), script=script)
    await phone.open(f"{COMPLAINTS}/new")

    await phone.tap("工作人员")
    await phone.fill("被投诉人姓名", "李四")
    await phone.choose("被投诉单位所在地", "安居区")
    await phone.fill("被投诉单位", CIVIL)
    await phone.choose("投诉类型", "服务态度")
    await phone.fill("投诉内容", "办事推诿。")
    await phone.pick("不公开")
    await phone.tap("提交投诉")

    await phone.is_at(f"{COMPLAINTS}/mine/[^/]+")
    await phone.reads("办事推诿。", "安居区民政局")
