"""关注记录 in a leader's hands: followed from its own page, told and marked when it moves, cancelled, and followed again."""

from __future__ import annotations

from playwright.async_api import expect

from tests.pages.flows.conftest import Lends
from tests.rows.rows import Walk
from tests.rows.test_message_board_rows import BOARD, CIVIL, press, write
from tests.web.samples.message_board import STORED
from tests.world import ANJU


async def test_a_leader_follows_a_message_sees_what_moved_and_cancels(walk: Walk, lends: Lends, script: bool) -> None:
    """From the home and back to it: the list says what there is to follow while it is empty."""
    for collection in (STORED, "follow.follows"):
        await walk.hub.database[collection].delete_many({})
    office = await walk.staff("handler", ANJU, CIVIL, "message_board")
    written = await write(await walk.resident("王建国"))
    phone = await lends(await walk.staff("leader", ANJU), "ydjd", script=script)

    await phone.open(f"/ydjd/{ANJU}")
    await phone.tap("关注记录")
    await phone.reads("还没有关注的事项")
    await phone.open(f"/ydjd/{ANJU}/message_board")
    await phone.tap("高龄津贴什么时候发")
    await phone.tap("关注这件")
    await phone.reads("没有关注")
    await phone.tap("关注")
    await phone.reads("已关注")

    await press(office, f"{BOARD}/{written['id']}", "reply", text="每月15日前发放。")
    await phone.open(f"/ydjd/{ANJU}/follow")
    await phone.reads("已回复", "回复，")
    await expect(phone.page.locator(".row.unread")).to_have_count(1)
    await phone.tap("高龄津贴什么时候发")
    await phone.reads("办理经过", "开始关注")
    await phone.tap("查看留言")
    await phone.reads("每月15日前发放。")
    await phone.open(f"/ydjd/{ANJU}/follow?kind=message")
    await expect(phone.page.locator(".row.unread")).to_have_count(0)

    await phone.tap("高龄津贴什么时候发")
    await phone.tap("取消关注")
    await phone.reads("没有关注")
    await phone.tap("关注")
    await phone.reads("已关注")
