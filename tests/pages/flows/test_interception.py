"""拦截: 纪委 brings a list in, two persons clear a hit (S10), and the numbers are followed down to the village (S8, L7)."""

from __future__ import annotations

from tests.pages.flows.conftest import Lends
from tests.pages.flows.phone import Phone
from tests.rows.rows import Walk
from tests.rows.test_interception_rows import CIVIL, bring, typed, valid
from tests.world import ANJU, CITY, VILLAGE

NUMBERS = {True: valid("51090419390101004X"), False: valid("51090419390101006X")}
DOWN = {"安居区": ANJU, "聚贤镇": VILLAGE[:9], "万古桥村": VILLAGE}


async def test_two_persons_clear_a_false_alarm(walk: Walk, lends: Lends, script: bool) -> None:
    """The first reads the evidence behind a reason and proposes; to the second alone it is offered to agree."""
    number, discipline = NUMBERS[script], await walk.staff("discipline", ANJU)
    first, second = await walk.staff("handler", ANJU, CIVIL, "interception"), await walk.staff("handler", ANJU, CIVIL)
    await bring(walk, discipline, number)
    await typed(walk, number)
    phone = await lends(first, "ydsh", script=script)
    other = await lends(second, "ydsh", script=script)

    await phone.open(f"/ydsh/{ANJU}/interception/hits?state=waiting")
    await phone.tap("高龄津贴 · 李*兰")
    await phone.reads("已死亡仍领取", "待业务局确认")
    await phone.tap("查看比对依据")
    await phone.fill("查看的理由（会记录在案）", "核实死亡登记")
    await phone.tap("查看比对依据")
    await phone.reads("本次查看已记录", "死亡人员", "李桂兰")
    await phone.tap("返回")
    await phone.tap("提出误报解除")
    await phone.fill("理由", "同名同号登记错误")
    await phone.tap("提出误报解除")
    await phone.reads("处要改")
    await phone.fill("证明误报的材料或核实情况", "派出所证明，本人到场")
    await phone.tap("提出误报解除")
    await phone.reads("误报待第二人确认")
    await phone.reads_not("确认误报解除")
    await other.open(f"/ydsh/{ANJU}/interception/hits?state=proposed")
    await other.tap("高龄津贴 · 李*兰")
    await other.reads("派出所证明，本人到场")
    await other.tap("确认误报解除")
    await other.fill("理由", "已核对原件")
    await other.tap("确认误报解除")

    await other.is_at(f"/ydsh/{ANJU}/interception/hits/[^/]+")
    await other.reads("误报解除", "已核对原件")


async def test_the_numbers_are_followed_down_to_the_village(walk: Walk, lends: Lends, script: bool) -> None:
    """City, county, town, village: each bar is what the page below adds up to, and the list at its end holds as many."""
    discipline = await walk.staff("discipline", ANJU)
    number = valid("51090419410101004X") if script else valid("51090419410101006X")
    await bring(walk, discipline, number)
    await typed(walk, number)
    phone = await lends(await walk.staff("discipline", CITY), "ydjd", script=script)

    await phone.open(f"/ydjd/{CITY}/interception")
    await phone.tap("已死亡仍领取")
    await phone.reads("只统计“已死亡仍领取”")
    for name, place in DOWN.items():
        there = await bar(phone, name)
        await phone.tap(name)
        await phone.is_at(rf"/ydjd/{place}/interception\?rule=R01")
        assert await total(phone) == there
    await phone.tap("查看名单")

    await phone.is_at(rf"/ydjd/{VILLAGE}/interception/hits\?rule=R01&since=2025-12&until=2026-11")
    assert await phone.page.locator("#list > .row").count() == there


async def test_a_list_is_brought_in_and_says_what_it_left_out(walk: Walk, lends: Lends, script: bool) -> None:
    """What is missing is asked for; the line that is none is named by its number, without what stood there."""
    phone = await lends(await walk.staff("discipline", ANJU), "ydjd", script=script)
    await phone.open(f"/ydjd/{ANJU}/interception/rules")
    await phone.reads("R01 已死亡仍领取", "已开")
    await phone.tap("比对名单")
    await phone.tap("导入名单")

    await phone.tap("导入名单")
    await phone.reads("名单种类：请选一项。", "名单表格：请选择一个文件。")
    await phone.choose("名单种类", "服刑人员")
    await phone.attach("名单.csv", f"姓名,身份证号\n李桂兰,{NUMBERS[script]}\n张三,1".encode())
    await phone.tap("导入名单")
    await phone.reads("返回比对名单")
    await walk.settled()
    await phone.page.reload()

    await phone.reads("服刑人员", "已完成", "2行")
    await phone.tap("查看未导入的1行")
    await phone.reads("第3行", "身份证号应为18位")


async def bar(phone: Phone, name: str) -> int:
    """The number of a place's bar."""
    return number_in(await phone.page.locator("a.row", has_text=name).locator(".num").inner_text())


async def total(phone: Phone) -> int:
    return number_in(await phone.page.locator(".figures .main dd").inner_text())


def number_in(text: str) -> int:
    return int("".join(filter(str.isdigit, text)))
