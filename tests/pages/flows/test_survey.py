"""入户调查 as a surveyor does it, with a task and without; as the town looks it over; as a leader reads it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import expect

from hub.words.clock import shanghai
from tests.pages.flows.conftest import Lends
from tests.pages.flows.phone import Phone
from tests.rows.rows import Walk, Walker
from tests.rows.test_survey_rows import FARMING, LAND, declare_land, filled
from tests.web.conftest import picture
from tests.web.samples.core import _id_number
from tests.world import ANJU, JUXIAN, VILLAGE

SURVEYS = f"/ydsh/{VILLAGE}/survey"


@pytest.fixture
async def surveyor(walk: Walk) -> Walker:
    return await walk.staff("handler", VILLAGE, node="survey")


async def attach(phone: Phone, name: str, file: str) -> None:
    given = {"name": file, "mimeType": "image/jpeg", "buffer": picture()}
    await phone.page.locator(f"input[type=file][name='form.{name}']").set_input_files([given])


async def begun(walk: Walk, surveyor: Walker) -> dict[str, Any]:
    """Of somebody over 80 each time, without a prior task."""
    household = {"place": VILLAGE, "project": LAND, "name": "王秀英", "id_number": _id_number()}
    return dict((await surveyor.post(f"/{VILLAGE}/survey/surveys", household))["survey"])


async def submitted(walk: Walk, surveyor: Walker, **changes: Any) -> dict[str, Any]:
    """The same, handed in."""
    survey = await begun(walk, surveyor)
    one, draft = f"/{VILLAGE}/survey/surveys/{survey['id']}", survey["id"]
    await surveyor.put(f"{one}/drafts/{draft}", await filled(walk, surveyor, **changes))
    return dict((await surveyor.post(f"{one}/submit", {"draft": draft, "revision": 1}))["survey"])


async def test_a_surveyor_is_sent_fills_in_and_hands_in(
    walk: Walk, surveyor: Walker, lends: Lends, script: bool
) -> None:
    """From the task; saved half filled, which says what is missing; gone on with; the case goes on."""
    resident, window = await walk.resident("王建国"), await walk.staff("window", JUXIAN, node="accept")
    case = await declare_land(resident, _id_number())
    await window.decide(JUXIAN, case["number"], "accept", "pass", "材料齐全")
    phone = await lends(surveyor, "ydsh", script=script)

    await phone.open(f"/ydsh/{VILLAGE}/worklist/tasks?number={case['number']}")
    await phone.tap("地力保护")
    await phone.tap("去办理")
    await phone.reads("李桂兰", "待调查")
    await phone.tap("开始填写")
    await phone.headed("填写入户调查")
    await phone.pick("属实")
    await phone.fill("调查地点", "家中")
    await attach(phone, "photos", "房屋.jpg")
    await phone.tap("保存")
    await phone.reads("已保存", "还缺", "请选择调查后处理。", "请上传签名。")
    await expect(phone.page.locator(".thumb img")).to_have_count(1)
    await phone.tap("去补齐")
    await expect(phone.page.get_by_label("属实", exact=True)).to_be_checked()
    await expect(phone.page.locator(".picture img")).to_have_count(1)
    await phone.pick("继续享受")
    await phone.fill("调查时间", f"{shanghai(walk.hub.clock.now() - timedelta(hours=1)):%Y-%m-%dT%H:%M}")
    await phone.fill("调查情况", "耕地由本人耕种。")
    await phone.fill("调查人员", "杨帆\n刘洋")
    await attach(phone, "signatures", "签名.jpg")
    await phone.tap("保存")
    await phone.headed("核对后提交")
    await phone.reads("杨帆、刘洋", "耕地由本人耕种。", "提交后不能再改")
    await phone.reads_not("还缺")
    await phone.tap("提交")

    await phone.is_at(f"{SURVEYS}/surveys/[^/]+")
    await phone.reads("已提交", "第1次提交")
    await expect(phone.page.locator(".thumb img")).to_have_count(2)
    await walk.settled()
    assert (await resident.get(f"/{ANJU}/declaration/cases/{case['id']}"))["node"] == "review_village"


async def test_a_surveyor_begins_on_site_and_corrects(walk: Walk, surveyor: Walker, lends: Lends, script: bool) -> None:
    """Name and number are typed at the door; 更正 makes a second version, with its reason, beside the first."""
    number = _id_number()
    phone = await lends(surveyor, "ydsh", script=script)

    await phone.open(f"/ydsh/{VILLAGE}")
    await phone.tap("入户调查")
    await phone.tap("现场发起调查")
    await phone.choose("补贴项目", "地力保护")
    await phone.fill("补贴对象姓名", "王秀英")
    await phone.fill("身份证号", number[:-1])
    await phone.tap("开始调查")
    await phone.reads("处要改")
    await phone.fill("身份证号", number)
    await phone.tap("开始调查")
    await phone.is_at(f"{SURVEYS}/surveys/[^/]+")
    id = phone.path.rpartition("/")[2]
    one = f"/{VILLAGE}/survey/surveys/{id}"
    await surveyor.put(f"{one}/drafts/{id}", await filled(walk, surveyor))
    await surveyor.post(f"{one}/submit", {"draft": id, "revision": 1})
    await phone.open(f"{SURVEYS}/surveys/{id}")
    await phone.tap("更正")
    await phone.pick("情况变化")
    await phone.tap("保存")
    await phone.tap("更正")
    await phone.tap("提交更正")
    await phone.reads("处要改")
    await phone.fill("更正的理由", "面积看错了。")
    await phone.tap("提交更正")

    await phone.is_at(f"{SURVEYS}/surveys/{id}")
    await phone.reads("第2次提交", "面积看错了。", "第1次提交", "已更正")


async def test_a_town_sends_back_and_archives(walk: Walk, surveyor: Walker, lends: Lends, script: bool) -> None:
    """With the reason, which the surveyor reads; of 停发 is said before what comes of it."""
    town = await walk.staff("handler", JUXIAN, FARMING, "review_town")
    wrong, right = await submitted(walk, surveyor), await submitted(walk, surveyor, handling="stop")
    phone, other = await lends(town, "ydsh", script=script), await lends(surveyor, "ydsh", script=script)
    above = f"/ydsh/{JUXIAN}/survey/surveys"

    await phone.open(f"{above}?state=submitted")
    await phone.search(wrong["number"])
    await phone.tap("地力保护")
    await phone.tap("退回重查")
    await phone.tap("退回重查")
    await phone.reads("处要改")
    await phone.fill("退回的理由", "照片不清楚。")
    await phone.tap("退回重查")
    await phone.is_at(f"{above}/{wrong['id']}")
    await phone.reads("照片不清楚。")
    await other.open(f"{SURVEYS}/surveys/{wrong['id']}")
    await other.reads("已退回重查", "照片不清楚。", "继续填写")
    await phone.open(f"{above}/{right['id']}")
    await phone.tap("归档")
    await phone.reads("停发这项补贴")
    await phone.tap("归档")

    await phone.is_at(f"{above}/{right['id']}")
    await phone.reads("已归档")


async def test_the_number_is_behind_a_reason_and_a_leader_only_reads(
    walk: Walk, surveyor: Walker, lends: Lends, script: bool
) -> None:
    """The one to compare it at the door, the other without any button."""
    survey = await submitted(walk, surveyor)
    phone = await lends(surveyor, "ydsh", script=script)
    leader = await lends(await walk.staff("leader", ANJU), "ydjd", script=script)

    await phone.open(f"{SURVEYS}/surveys/{survey['id']}")
    await phone.tap("查看证件号")
    await phone.page.get_by_role("textbox").first.fill("现场核对身份证。")
    await phone.tap("查看证件号")
    await phone.reads("王秀英", "本次查看已记录")
    await leader.open(f"/ydjd/{ANJU}")
    await leader.tap("入户调查")
    await leader.search(survey["number"])
    await leader.tap("地力保护")

    await leader.reads("已提交", "属实")
    await leader.reads_not("王秀英")
    await leader.reads_not("退回重查")
