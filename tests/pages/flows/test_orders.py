"""督办单: a leader orders all that is late, or names somebody; who got it reads and feeds back; the leader returns it or closes it."""

from __future__ import annotations

from tests.pages.flows.conftest import Lends
from tests.rows.rows import Walk
from tests.rows.test_orders_rows import CIVIL, late, name_of
from tests.web.conftest import picture
from tests.world import ANJU, JUXIAN, VILLAGE

OVERDUE = f"/{ANJU}/overdue"


async def test_a_leader_orders_all_that_is_late_and_closes_what_comes_back(
    walk: Walk, lends: Lends, script: bool
) -> None:
    """一键督办 with what it will do; the handler reads and answers with a picture; sent back once, then closed."""
    node = "accept" if script else "review_village"
    leader, handler = await walk.staff("leader", ANJU), await walk.staff("handler", VILLAGE, CIVIL, node)
    await late(walk, node=node)
    desk, phone = await lends(leader, "ydjd", script=script), await lends(handler, "ydsh", script=script)

    await desk.open(f"/ydjd{OVERDUE}/at-once?node={node}")
    await desk.reads("逾期案件", "收到的人")
    await desk.fill("督办要求", "请三日内办结。")
    await desk.tap("确认签发")
    await desk.headed("签发进度")
    await walk.settled()
    await desk.page.reload()
    await desk.reads("已发完")

    await phone.open(f"/ydsh/{VILLAGE}/overdue/orders")
    await phone.tap("高龄津贴")
    await phone.reads("请三日内办结。")
    await phone.tap("我已知悉")
    await phone.reads("已读")
    await phone.tap("反馈")
    await phone.fill("反馈内容", "缺材料，周五办完。")
    if script:
        await phone.attach("反馈.jpg", picture())
    await phone.tap("反馈")
    await phone.reads("第1次反馈", "缺材料，周五办完。")

    await desk.open(f"/ydjd{OVERDUE}/orders/issued?state=fed_back")
    await desk.tap("高龄津贴")
    await desk.tap("退回再办")
    await desk.fill("退回的理由", "请写清缺什么。")
    await desk.tap("退回再办")
    await desk.reads("退回再办", "请写清缺什么。")
    await phone.page.reload()
    await phone.tap("反馈")
    await phone.fill("反馈内容", "缺户口簿，已通知。")
    await phone.tap("反馈")
    await phone.reads("第2次反馈")
    await desk.page.reload()
    await desk.tap("办结")
    await desk.reads("已办结", "缺户口簿，已通知。")


async def test_a_leader_names_one_and_takes_it_back(walk: Walk, lends: Lends, script: bool) -> None:
    """Who leads the town is named for one case; unread, the order is withdrawn with a reason."""
    leader, town = await walk.staff("leader", ANJU), await walk.staff("leader", JUXIAN)
    task = await late(walk, node="review_village")
    desk, phone = await lends(leader, "ydjd", script=script), await lends(town, "ydjd", script=script)

    await desk.open(f"/ydjd{OVERDUE}/named?task={task}")
    await desk.page.locator("input[name=tasks]").check()
    await desk.page.locator(f"input[name=persons][value='{town.person}']").check()
    await desk.fill("督办要求", "请督促村里办结。")
    await desk.tap("签发督办单")
    await desk.reads("已发完")
    await phone.open(f"/ydjd/{JUXIAN}/overdue/orders/mine")
    await phone.headed("被督办记录")
    await phone.reads("高龄津贴", await name_of(walk, town))

    await desk.open(f"/ydjd{OVERDUE}/orders/issued")
    await desk.tap("高龄津贴")
    await desk.tap("撤回")
    await desk.fill("撤回的理由", "已经办完。")
    await desk.tap("撤回")

    await desk.reads("已撤回")
