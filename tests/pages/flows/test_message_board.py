"""留言板 in people's hands: a resident writes, asks again, rates or agrees to a complaint; an office replies; a leader looks on."""

from __future__ import annotations

import pytest

from tests.pages.flows.conftest import Lends
from tests.rows.rows import Walk, Walker
from tests.rows.test_message_board_rows import press, write
from tests.web.conftest import picture
from tests.web.samples.message_board import STORED
from tests.world import ANJU, VILLAGE

CIVIL, FARMING = "民政局", "农业农村局"
MINE = f"/ykt/{VILLAGE}/message_board"
OFFICE, BOARD = f"/ydsh/{ANJU}/message_board", f"/ydjd/{ANJU}/message_board"


@pytest.fixture
async def office(walk: Walk) -> Walker:
    await walk.hub.database[STORED].delete_many({})
    return await walk.staff("handler", ANJU, CIVIL, "message_board")


async def test_a_resident_writes_asks_again_and_rates(walk: Walk, office: Walker, lends: Lends, script: bool) -> None:
    """C12: what is missing is said; who will read it stands beside the button; the reply is above what is rated."""
    resident = await walk.resident("王建国")
    phone = await lends(resident, script=script)

    await phone.open(f"{MINE}/mine")
    await phone.tap("我要留言")
    await phone.reads("领导和纪委看不到您的姓名")
    await phone.pick("咨询")
    await phone.choose("写给哪个部门", CIVIL)
    await phone.fill("标题", "高龄津贴什么时候发")
    await phone.tap("提交留言")
    await phone.reads("处要改")
    await phone.fill("留言内容", "我母亲今年八十二岁。")
    await phone.attach("photo.jpg", picture())
    await phone.pick("能看到，只看到隐去部分的姓名")
    await phone.tap("提交留言")
    await phone.headed("高龄津贴什么时候发")
    id = phone.path.rpartition("/")[2]
    await press(office, f"/{ANJU}/message_board/{id}", "reply", text="每月15日前发放。")
    await phone.open(f"{MINE}/mine/{id}")
    await phone.reads("单位回复", "每月15日前发放。", "安居区民政局")
    await phone.tap("追问")
    await phone.reads("每月15日前发放。")
    await phone.fill("还想问什么", "我们村还没有发。")
    await phone.tap("追问")
    await phone.reads("我的追问", "处理中")
    await press(office, f"/{ANJU}/message_board/{id}", "reply", text="已经补发。")
    await phone.open(f"{MINE}/mine")
    await phone.reads("等您评价")
    await phone.tap("高龄津贴什么时候发")
    await phone.tap("评价")
    await phone.reads("已经补发。")
    await phone.pick("非常满意")
    await phone.tap("评价")

    await phone.is_at(f"/ykt/{ANJU}/message_board/mine/{id}")
    await phone.reads("已评价", "非常满意")


async def test_a_resident_closes_what_needs_no_reply(walk: Walk, office: Walker, lends: Lends, script: bool) -> None:
    """Harm asks first."""
    resident = await walk.resident("刘梅")
    written = await write(resident)
    phone = await lends(resident, script=script)

    await phone.open(f"{MINE}/mine/{written['id']}")
    await phone.tap("关闭留言")
    await phone.reads("不能恢复")
    await phone.tap("关闭留言")

    await phone.is_at(f"{MINE}/mine/{written['id']}")
    await phone.reads("已关闭")


async def test_an_office_finds_and_answers_it(walk: Walk, office: Walker, lends: Lends, script: bool) -> None:
    """S11: from the list to the reply, which stands below what was written; then the full name behind a reason."""
    written = await write(await walk.resident("王建国"))
    phone = await lends(office, "ydsh", script=script)

    await phone.open(OFFICE)
    await phone.tap("待分派")
    await phone.search(written["message"]["number"])
    await phone.tap("高龄津贴什么时候发")
    await phone.reads("王*国")
    await phone.tap("查看全名")
    await phone.fill("查看的理由（会记录在案）", "电话核实。")
    await phone.tap("查看全名")
    await phone.reads("王建国")
    await phone.open(f"{OFFICE}/{written['id']}")
    await phone.tap("接办")
    await phone.reads("处理中")
    await phone.tap("回复")
    await phone.reads("八十二岁")
    await phone.fill("回复内容", "每月15日前发放。")
    await phone.tap("回复")

    await phone.is_at(f"{OFFICE}/{written['id']}")
    await phone.reads("已回复", "每月15日前发放。")


async def test_an_office_passes_on_and_gets_back(walk: Walk, office: Walker, lends: Lends, script: bool) -> None:
    """To another bureau, which gives it back; each with a reason."""
    written = await write(await walk.resident("王建国"))
    farmer = await walk.staff("handler", ANJU, FARMING, "message_board")
    phone, other = await lends(office, "ydsh", script=script), await lends(farmer, "ydsh", script=script)

    await phone.open(f"{OFFICE}/{written['id']}")
    await phone.tap("转办")
    await phone.choose("转到", "安居区")
    await phone.choose("承办部门", FARMING)
    await phone.fill("转办的理由", "属农业补贴。")
    await phone.tap("转办")
    await phone.is_at(OFFICE)
    await other.open(f"{OFFICE}/{written['id']}")
    await other.tap("退回")
    await other.fill("退回的理由", "不归我局。")
    await other.tap("退回")
    await other.is_at(OFFICE)

    await phone.open(f"{OFFICE}/{written['id']}")
    await phone.reads("不归我局。", "待分派")


async def test_a_message_becomes_a_complaint(walk: Walk, office: Walker, lends: Lends, script: bool) -> None:
    """The office proposes it; its writer reads 投诉须知, says what it is about, and finds it among their complaints."""
    resident = await walk.resident("陈芳")
    written = await write(resident, kind="complain", title="窗口不理人", text="去了三次都没有人。")
    clerk, phone = await lends(office, "ydsh", script=script), await lends(resident, script=script)

    await clerk.open(f"{OFFICE}/{written['id']}")
    await clerk.tap("转为投诉")
    await clerk.fill("为什么按投诉办理（本人会看到）", "反映的是窗口人员。")
    await clerk.tap("转为投诉")
    await clerk.reads("等留言人自己决定")
    await phone.open(f"{MINE}/mine/{written['id']}")
    await phone.reads("单位建议转为投诉", "反映的是窗口人员。")
    await phone.tap("同意转为投诉")
    await phone.reads("投诉须知", "请如实反映情况")
    await phone.choose("投诉对象", "聚贤镇")
    await phone.choose("投诉类型", "服务态度")
    await phone.pick("不公开")
    await phone.tap("同意转为投诉")
    await phone.reads("已转投诉")
    await phone.tap("已转为投诉")

    await phone.reads("去了三次都没有人。", f"留言{written['message']['number']}")


async def test_a_leader_counts_and_reads(walk: Walk, office: Walker, lends: Lends, script: bool) -> None:
    """L8: from the numbers to the list to one message, without its writer and their grade."""
    resident = await walk.resident("王建国")
    written = await write(resident)
    await press(office, f"/{ANJU}/message_board/{written['id']}", "reply", text="每月15日前发放。")
    await press(resident, f"/{ANJU}/message_board/mine/{written['id']}", "rate", grade="1")
    phone = await lends(await walk.staff("leader", ANJU), "ydjd", script=script)

    await phone.open(f"{BOARD}/overview")
    await phone.reads("未显示")
    await phone.tap("查看留言")
    await phone.tap("高龄津贴什么时候发")
    await phone.reads("每月15日前发放。", "***")

    await phone.reads_not("非常不满意")
    await phone.reads_not("王*国")
