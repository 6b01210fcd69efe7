"""项目目录 as an operator changes it, on a phone at the county and on a desk at the city: typed, looked at, published, and taken back."""

from __future__ import annotations

from typing import Any

from hub.words.actors import GUEST
from plugins.declaration.actions.catalogue import offer
from tests.pages.flows.conftest import Lends
from tests.pages.flows.phone import Phone
from tests.rows.rows import Walk
from tests.world import ANJU, CITY, SHEHONG


async def offered(walk: Walk, code: str, at: str) -> Any:
    """What residents of a place are offered by now."""
    units, place = walk.hub.units, walk.hub.places.tree[at]
    return await units.read(lambda ctx: offer(ctx, code), plugin="declaration", place=place, actor=GUEST)


async def confirm(phone: Phone, move: str, says: str, why: str) -> None:
    """What is asked before it is done: read, given a reason, and pressed."""
    await phone.tap(move)
    await phone.reads(says)
    await phone.fill("原因", why)
    await phone.tap(move)


async def test_a_county_rules_otherwise_and_takes_it_back(walk: Walk, lends: Lends, script: bool) -> None:
    """A material more, its mistake said at the field, looked at as residents will see it, published with a reason; then as the city is."""
    code, other = ("10002", "20002") if script else ("20002", "10002")
    before = [each.label for each in (await offered(walk, code, SHEHONG)).form.materials]
    operator = await walk.staff("ops_system", SHEHONG)
    phone = await lends(operator, "ops", script=script)

    await phone.open(f"/ops/{SHEHONG}")
    await phone.tap("项目目录")
    await phone.search(code)
    await phone.reads_not(other)
    await phone.tap((await offered(walk, code, SHEHONG)).name)
    await phone.reads("全市统一")
    await phone.tap("申报材料")
    await phone.tap("增加一项")
    await phone.fill("标识", "stamped")
    await phone.fill("材料名称", "盖章的承诺书")
    await phone.fill("最多几张", "0")
    await phone.tap("存入草稿")
    await phone.reads("应为1至20张")
    await phone.fill("最多几张", "2")
    await phone.tap("存入草稿")
    await phone.tap("盖章的承诺书")
    await phone.tap("上移")
    await phone.reads("盖章的承诺书")
    await phone.tap("返回项目")
    await phone.reads("这是草稿", "草稿已改")
    await phone.tap("预览申报须知")
    await phone.reads("预览。", "盖章的承诺书")
    assert not await phone.said("我要申报").count()
    await phone.tap("返回项目")
    await phone.tap("发布")
    await phone.reads("增加“盖章的承诺书”", "现在没有在办的申报")
    assert [each.label for each in (await offered(walk, code, SHEHONG)).form.materials] == before
    await phone.fill("原因", "县政府第12次常务会议")
    await phone.tap("确认发布")

    await phone.reads("本县另行规定")
    published = [each.label for each in (await offered(walk, code, SHEHONG)).form.materials]
    assert published == [*before[:-1], "盖章的承诺书", before[-1]]
    assert "盖章的承诺书" not in [each.label for each in (await offered(walk, code, ANJU)).form.materials]
    await confirm(phone, "停用", "以后可以恢复", "暂停申报")
    await confirm(phone, "恢复与市一致", "本县已停用这个项目：仍然停用", "与市统一")
    await phone.reads("全市统一", "已停用")
    await confirm(phone, "恢复申报", "居民马上可以看到这个项目", "继续申报")
    await phone.reads("全市统一")
    await phone.tap("版本记录")
    await phone.reads("县政府第12次常务会议", "与市统一")
    assert [each.label for each in (await offered(walk, code, SHEHONG)).form.materials] == before


async def test_the_city_changes_a_project_at_a_desk(walk: Walk, lends: Lends, script: bool) -> None:
    """A new one like another, its form tried, published, and an earlier version brought back."""
    code = "88001" if script else "88002"
    operator = await walk.staff("ops_system", CITY)
    desk = await lends(operator, "ops", script=script, width=1280)

    await desk.open(f"/ops/{CITY}/declaration/catalogue")
    await desk.tap("新增项目")
    await desk.fill("项目编码", code)
    await desk.fill("项目名称", "残疾人两项补贴")
    await desk.fill("简称", "残疾补贴")
    await desk.fill("主管部门", "民政局")
    await desk.choose("参照已有项目", "耕地地力保护补贴")
    await desk.tap("建立草稿")
    await desk.reads("残疾人两项补贴", "还没有发布")
    await desk.tap("预览申报内容")
    await desk.fill("承包面积（亩）", "0.01")
    await desk.tap("试填")
    await desk.reads("不能小于0.1")
    await desk.fill("承包面积（亩）", "3.5")
    await desk.tap("试填")
    await desk.reads("没有保存，也没有提交")
    await desk.tap("返回项目")
    await desk.tap("发布")
    await desk.fill("原因", "新增项目")
    await desk.tap("确认发布")
    await desk.tap("项目说明")
    await desk.fill("补贴标准", "每人每月一百元。")
    await desk.tap("存入草稿")
    await desk.tap("发布")
    await desk.reads("每人每月一百元。")
    await desk.fill("原因", "提高标准")
    await desk.tap("确认发布")
    raised = (await offered(walk, code, ANJU)).standard
    await desk.tap("版本记录")
    await desk.tap("查看第1版")
    await desk.tap("作为草稿")
    await desk.tap("作为草稿")
    await desk.tap("发布")
    await desk.fill("原因", "改回")
    await desk.tap("确认发布")

    await desk.reads("全市统一")
    assert (raised, (await offered(walk, code, ANJU)).standard) == (
        "每人每月一百元。",
        (await offered(walk, "10001", CITY)).standard,
    )
    await confirm(desk, "停用", "以后可以恢复", "试点结束")
    await desk.headed("残疾人两项补贴")
    await desk.reads("已停用")


async def test_who_saves_second_is_told_and_keeps_what_was_typed(walk: Walk, lends: Lends, script: bool) -> None:
    """The page says that somebody was first, and shows what they wrote; pressed once more, it is theirs."""
    code = "30001" if script else "30002"
    path = f"/ops/{CITY}/declaration/catalogue/{code}/about"
    operator = await walk.staff("ops_system", CITY)
    first, second = await lends(operator, "ops", script=script), await lends(operator, "ops", script=script)
    for phone, typed in ((first, "第一个标准"), (second, "第二个标准")):
        await phone.open(path)
        await phone.fill("补贴标准", typed)
    await first.tap("存入草稿")
    await first.reads("这是草稿")

    await second.tap("存入草稿")

    await second.reads("刚刚有人更新了", "现在的内容", "第一个标准")
    assert await second.field("补贴标准").input_value() == "第二个标准"


async def test_who_presses_once_more_does_not_write_over_another_item(walk: Walk, lends: Lends, script: bool) -> None:
    """What stood under the number was taken away meanwhile, and what stands there now is somebody else's."""
    code = "30003" if script else "30004"
    materials = f"/ops/{CITY}/declaration/catalogue/{code}/lists/materials"
    operator = await walk.staff("ops_system", CITY)
    first, second = await lends(operator, "ops", script=script), await lends(operator, "ops", script=script)
    await second.open(f"{materials}/0")
    await second.fill("材料名称", "第二个人的材料")
    await first.open(f"{materials}/0/remove")
    await first.tap("删除")
    await first.reads_not("第二个人的材料")

    await second.tap("存入草稿")
    await second.reads("刚刚有人更新了")
    await second.tap("存入草稿")

    await second.reads("这里现在是另一项")
    assert await second.field("材料名称").input_value() == "第二个人的材料"
