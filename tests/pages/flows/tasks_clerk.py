"""The clerk at a town's window, at a desk and on a phone: a morning with thirty open cases in 移动审核."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from playwright.async_api import expect
from stdnum.iso7064 import mod_11_2

from tests.pages.flows.conftest import Lends
from tests.pages.flows.tapping import Count, Does, Tapping, counted
from tests.rows.rows import Walk, Walker
from tests.rows.test_publicity_rows import CIVIL, TUOPAI, come_to_publicity, declare, start
from tests.web.conftest import picture
from tests.web.scope import Pair, Staff

HOME = f"/ydsh/{TUOPAI}"
# Both windows of the town: 受理, and its 公示.
CLERK = Pair("clerk", Staff("window", TUOPAI, node="accept"), Staff("handler", TUOPAI, CIVIL, "publicity_town"))
WAITING = 30
SIMPLE = 10
MATERIALS = ("居民身份证", "居民户口簿", "社会保障卡", "签字的申报表照片")
OLD = "510904194403150023"


def number_of(serial: int) -> str:
    """The ID number of an invented person of over 80."""
    digits = f"510904194{serial % 5}{1 + serial % 12:02d}{1 + serial % 28:02d}{serial + 100:03d}"
    return digits + mod_11_2.calc_check_digit(digits)


async def opens_the_worklist(walk: Walk, phone: Tapping) -> None:
    await phone.open(HOME)
    await phone.tap("我的待办")
    await phone.headed("我的待办")


async def decides_ten(walk: Walk, phone: Tapping) -> None:
    """One after the other, each looked at."""
    for _ in range(SIMPLE):
        await phone.tap("高龄津贴")
        await phone.tap("认领")
        await phone.tap("通过")
        await phone.headed("我的待办")


async def asks_for_mending(walk: Walk, phone: Tapping) -> None:
    await phone.tap("高龄津贴")
    await phone.tap("认领")
    await phone.tap("补正")
    await phone.pick("照片不清楚，请重新拍照上传。")
    await phone.tap("补正")
    await phone.headed("我的待办")


async def hands_one_on(walk: Walk, phone: Tapping) -> None:
    """Claimed, and given back for a colleague."""
    await phone.tap("高龄津贴")
    await phone.tap("认领")
    await phone.tap("放回")
    await phone.headed("我的待办")


async def passes_two_together(walk: Walk, phone: Tapping) -> None:
    await phone.tap("合并办理")
    await phone.tap("高龄津贴")
    ticks = phone.page.locator("input[name=ids]")
    # The script ticks it where all are ticked, as they are at first.
    await expect(phone.page.get_by_label("全选", exact=True)).to_be_checked()
    await phone.pick("全选")
    await phone.page.get_by_label("全选").uncheck()
    for at in range(2):
        await phone.touch(ticks.nth(at))
        await ticks.nth(at).check()
    await phone.tap("通过勾选的")
    await phone.headed("通过了2件")
    await phone.tap("回到待办")


async def enters_for_somebody(walk: Walk, phone: Tapping) -> None:
    """代录: from the home to the receipt."""
    await phone.open(HOME)
    await phone.tap("代录")
    await phone.tap("代录一件")
    await phone.tap("高龄津贴")
    await phone.tap("开始代录")
    await phone.fill("姓名", "李桂兰")
    await phone.fill("身份证号", OLD)
    await phone.fill("手机号", "19900000001")
    await phone.pick("80—89周岁")
    await phone.tap("保存，下一步")
    for label in MATERIALS:
        await phone.headed(label)
        await phone.attach(f"{label}.jpg", picture())
        await phone.tap("保存，下一步")
    await phone.headed("高龄津贴")
    await phone.tap("提交申报")
    await phone.tap("打印受理回执")
    await phone.reads("收件回执")


def finds_by_number(number: str) -> Does:
    async def finds(walk: Walk, phone: Tapping) -> None:
        await phone.open(HOME)
        await phone.tap("申报查询")
        await phone.search(number)
        await phone.tap("高龄津贴")
        await phone.reads(number)

    return finds


async def looks_at_the_board(walk: Walk, phone: Tapping) -> None:
    await phone.open(HOME)
    await phone.tap("公示栏")
    await phone.tap("沱牌镇高龄津贴乡镇公示")
    await phone.reads("公示中")


def walked_by_a_clerk(width: int) -> Callable[[Walk, Lends], Awaitable[Mapping[str, Count]]]:
    async def walked(walk: Walk, lends: Lends) -> Mapping[str, Count]:
        clerk = Walker(walk, await walk.scene.visitor(CLERK))
        # An old case of the town that has come to its 公示.
        _, publisher, old = await come_to_publicity(walk, number_of(WAITING))
        await start(publisher)
        resident = await walk.resident("王建国")
        for serial in range(WAITING):
            await declare(resident, number_of(serial))
        await walk.settled()
        tasks: Mapping[str, Does] = {
            "open 我的待办 with 30 cases": opens_the_worklist,
            "decide ten simple ones, each looked at": decides_ten,
            "ask one to be completed (补正)": asks_for_mending,
            "hand one on (放回)": hands_one_on,
            "two together (合并)": passes_two_together,
            "enter for a person without a phone (代录)": enters_for_somebody,
            "find an old case by its 受理编号": finds_by_number(old["number"]),
            "look at today's 公示栏": looks_at_the_board,
        }
        return await counted(walk, Tapping.of(await lends(clerk, "ydsh", width=width)), tasks)

    return walked
