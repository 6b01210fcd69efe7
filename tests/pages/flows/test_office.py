"""投诉处理 as offices and leaders do it: the list, a complaint with every move, full names, the table, 概况, 须知."""

from __future__ import annotations

import pytest

from hub.api import Identity, IdNumberText, Secret
from tests.pages.flows.conftest import Lends
from tests.rows.rows import Walk, Walker
from tests.rows.test_complaints_rows import complain
from tests.web.samples.complaints import stored
from tests.world import ANJU, JUXIAN, VILLAGE

CIVIL = "民政局"
OFFICE = f"/ydsh/{ANJU}/complaints"
BOARD = f"/ydjd/{ANJU}/complaints"
AGAINST_STAFF = {"against": "staff", "project": "", "unit_region": JUXIAN, "unit_bureau": "", "staff": "李四"}


@pytest.fixture
async def office(walk: Walk) -> Walker:
    return await walk.staff("handler", ANJU, CIVIL, "complaints")


async def test_an_office_accepts_extends_and_replies(walk: Walk, office: Walker, lends: Lends, script: bool) -> None:
    """Found in the list by its state and by its number; extended with a reason; the reply asks for what it lacks."""
    filed = (await complain(await walk.resident("王建国")))["complaint"]
    phone = await lends(office, "ydsh", script=script)

    await phone.open(OFFICE)
    await phone.tap("待受理")
    await phone.search(filed["number"])
    await phone.tap("高龄津贴")
    await phone.headed("高龄津贴")
    await phone.tap("受理")
    await phone.reads("已受理")
    await phone.tap("延期")
    await phone.fill("延期的理由（本人会看到）", "需要入户核查。")
    await phone.tap("延期")
    await phone.is_at(f"{OFFICE}/{filed['id']}")
    await phone.reads("需要入户核查。")
    await phone.tap("回复")
    await phone.headed("回复")
    await phone.tap("回复")
    await phone.reads("处要改")
    await phone.pick("不属实")
    await phone.fill("处理情况", "已到村核查会议记录。")
    await phone.fill("处理意见", "评议结果已张榜公布。")
    await phone.tap("回复")

    await phone.is_at(f"{OFFICE}/{filed['id']}")
    await phone.reads("第1次回复", "评议结果已张榜公布。")


async def test_an_office_refuses_or_passes_on(walk: Walk, office: Walker, lends: Lends, script: bool) -> None:
    """Each with a reason; what was passed on is no longer its own."""
    resident = await walk.resident("刘梅" if script else "陈芳")
    refused, moved = [(await complain(resident))["complaint"] for _ in range(2)]
    phone = await lends(office, "ydsh", script=script)

    await phone.open(f"{OFFICE}/{refused['id']}")
    await phone.tap("不予受理")
    await phone.reads("高龄津贴")
    await phone.page.get_by_role("textbox").first.fill("不属于补贴政策的事项。")
    await phone.tap("不予受理")
    await phone.is_at(f"{OFFICE}/{refused['id']}")
    await phone.reads("不予受理", "不属于补贴政策的事项。")
    await phone.open(f"{OFFICE}/{moved['id']}")
    await phone.tap("转办")
    await phone.choose("转到", "安居区")
    await phone.fill("承办部门", "农业农村局")
    await phone.page.get_by_role("textbox", name="理由").fill("属农业补贴。")
    await phone.tap("转办")

    await phone.is_at(OFFICE)
    assert (await resident.get(f"/{ANJU}/complaints/mine/{moved['id']}"))["complaint"]["state"] == "assigned"


async def test_an_office_merges_and_gives_back(walk: Walk, office: Walker, lends: Lends, script: bool) -> None:
    """One complaint goes into another of the same matter; what was assigned wrongly goes back, and is no longer its own."""
    one, other = await walk.resident("王建国"), await walk.resident("刘梅")
    main, copy = [(await complain(each, type="procedure"))["complaint"] for each in (one, other)]
    wrong = (await complain(one, type="other"))["complaint"]
    phone = await lends(office, "ydsh", script=script)

    await phone.open(f"{OFFICE}/{copy['id']}")
    await phone.tap("合并")
    await phone.page.locator(f"input[name=into][value='{main['id']}']").check()
    await phone.fill("合并的理由", "同一事项。")
    await phone.tap("合并")
    await phone.is_at(f"{OFFICE}/{copy['id']}")
    await phone.reads("已合并办理")
    await phone.open(f"{OFFICE}/{wrong['id']}")
    await phone.tap("退回")
    await phone.fill("退回的理由", "不归本单位办理。")
    await phone.tap("退回")

    await phone.is_at(OFFICE)
    assert (await one.get(f"/{ANJU}/complaints/mine/{wrong['id']}"))["complaint"]["state"] == "returned"


async def test_an_office_has_a_household_surveyed(walk: Walk, office: Walker, lends: Lends, script: bool) -> None:
    """What is to be found out is asked for; from then on the complaint is under investigation."""
    accused = Identity(name=Secret("李桂兰"), id_number=IdNumberText("510904194012250027"), region=VILLAGE)
    filed = await stored(walk.scene, row_place=VILLAGE, accused=accused)
    phone = await lends(office, "ydsh", script=script)

    await phone.open(f"{OFFICE}/{filed.id}")
    await phone.tap("转入户调查")
    await phone.fill("需要调查的内容", "是否仍在本村居住。")
    await phone.tap("转入户调查")
    await phone.is_at(f"{OFFICE}/{filed.id}")
    await walk.settled()

    await phone.reads("调查中")
    assert await walk.hub.database["survey.surveys"].count_documents({"subject": filed.id}) == 1


async def test_full_names_and_the_table_are_behind_a_reason(
    walk: Walk, office: Walker, lends: Lends, script: bool
) -> None:
    """Neither without one; the table is a file, and the page stays as it is."""
    filed = (await complain(await walk.resident("王建国"), phone="19900000001"))["complaint"]
    phone = await lends(office, "ydsh", script=script)

    await phone.open(f"{OFFICE}/{filed['id']}")
    await phone.reads_not("19900000001")
    await phone.tap("查看全名")
    await phone.tap("查看全名")
    await phone.reads("处要改")
    await phone.fill("查看的理由（会记录在案）", "联系投诉人核实情况。")
    await phone.tap("查看全名")
    await phone.reads("王建国", "19900000001", "本次查看已记录")
    await phone.tap("返回")
    await phone.headed("高龄津贴")
    await phone.open(f"{OFFICE}?state=filed")
    await phone.tap("导出表格")
    await phone.fill("导出的理由（会记录在案）", "季度汇总。")
    for _ in range(2):
        async with phone.page.expect_download() as download:
            await phone.tap("导出表格")

    assert (await download.value).suggested_filename == f"complaints-{ANJU}.xlsx"
    await phone.headed("导出表格")


async def test_a_leader_sees_how_many_and_writes_the_notice(walk: Walk, lends: Lends, script: bool) -> None:
    """概况 leads to the list; a new 须知 is what residents read from now on."""
    await complain(await walk.resident("王建国"))
    leader = await walk.staff("leader", ANJU)
    phone = await lends(leader, "ydjd", script=script)

    await phone.open(f"/ydjd/{ANJU}")
    await phone.tap("投诉概况")
    await phone.reads("已逾期", "按状态")
    await phone.tap("查看投诉")
    await phone.headed("投诉处理")
    await phone.open(f"{BOARD}/notice/edit")
    await phone.fill("须知", "\n" + "长" * 301)
    await phone.tap("发布新的须知")
    await phone.reads("处要改")
    await phone.fill("须知", f"请如实反映情况。\n\n{script}")
    await phone.tap("发布新的须知")

    await phone.reads("版正在使用")
    assert (await walk.guest().get(f"/{ANJU}/complaints/notice"))["points"] == ["请如实反映情况。", str(script)]
