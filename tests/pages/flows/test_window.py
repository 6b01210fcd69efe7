"""代录 as a town's window does it for an old resident without a phone; 我代办的人 as a resident finds them."""

from __future__ import annotations

import pytest

from tests.pages.flows.conftest import Lends
from tests.rows.rows import Walk, Walker
from tests.rows.test_worklist_rows import declare
from tests.web.conftest import picture
from tests.world import ANJU, JUXIAN

CASES = f"/ydsh/{JUXIAN}/declaration/window/cases"
MATERIALS = ("居民身份证", "居民户口簿", "社会保障卡", "签字的申报表照片")


@pytest.fixture
def number(script: bool) -> str:
    """Of somebody over 80, for each walk another."""
    return "510904194403150023" if script else "510923194106120011"


async def offices(walk: Walk) -> tuple[Walker, Walker]:
    """Whoever enters, and the window that has 受理."""
    return await walk.staff("handler", JUXIAN), await walk.staff("window", JUXIAN, node="accept")


async def test_a_window_enters_prints_the_receipt_and_mends(
    walk: Walk, lends: Lends, script: bool, number: str
) -> None:
    """From the home to the receipt; the resident is told by phone; what is changed later is signed anew."""
    clerk, window = await offices(walk)
    phone = await lends(clerk, "ydsh", script=script)
    await phone.open(f"/ydsh/{JUXIAN}")
    await phone.tap("代录")
    await phone.tap("代录一件")
    await phone.tap("高龄津贴")
    await phone.reads("签字的申报表照片", "签名或按手印")
    await phone.tap("开始代录")

    await phone.reads("本人", "他人代办", "户籍：安居区聚贤镇")
    await phone.fill("姓名", "李桂兰")
    await phone.fill("身份证号", number)
    await phone.fill("手机号", "19900000001")
    await phone.choose("户籍所在村（社区）", "万古桥村")
    await phone.pick("80—89周岁")
    await phone.tap("保存，下一步")
    for label in MATERIALS:
        await phone.headed(label)
        await phone.attach(f"{label}.jpg", picture())
        await phone.tap("保存，下一步")
    await phone.headed("高龄津贴")
    await phone.tap("提交申报")

    await phone.is_at(f"{CASES}/[^/]+")
    await phone.reads("由安居区聚贤镇便民服务窗口代录")
    case = await clerk.get(phone.path.replace("/ydsh/", "/"))
    await phone.tap("打印受理回执")
    await phone.reads("收件回执", case["number"], "由安居区聚贤镇便民服务窗口代录")

    await window.decide(JUXIAN, case["number"], "accept", "correct", "电话打不通。")
    await phone.open(CASES)
    await phone.tap("待补正")
    await phone.tap("高龄津贴")
    await phone.reads("电话打不通。", "请打电话告知要补正什么", "19900000001")
    await phone.tap("去补正")
    await phone.fill("手机号", "19900000002")
    await phone.tap("提交补正")
    await phone.reads("重新签名或按手印")
    await phone.page.locator("input[type=file][name='materials.signed_paper']").set_input_files(
        [{"name": "新的.jpg", "mimeType": "image/jpeg", "buffer": picture()}]
    )
    await phone.tap("提交补正")
    await phone.is_at(f"{CASES}/{case['id']}")
    await phone.reads("办理中")


async def test_what_was_entered_by_mistake_is_taken_back(walk: Walk, lends: Lends, script: bool) -> None:
    """Asked once more; a draft that is not wanted is thrown away."""
    clerk, _ = await offices(walk)
    number = "510904193805120025" if script else "510904193712090023"
    case = await enter(clerk, number)
    phone = await lends(clerk, "ydsh", script=script)

    await phone.open(CASES)
    await phone.search(case["number"])
    await phone.tap("高龄津贴")
    await phone.tap("撤回申报")
    await phone.reads("不再办理")
    await phone.fill("撤回原因", "录错了项目。")
    await phone.tap("撤回申报")

    await phone.is_at(f"{CASES}/{case['id']}")
    await phone.reads("已撤回")


async def enter(clerk: Walker, number: str) -> dict[str, str]:
    keys = ("id_card", "household", "social_card", "signed_paper")
    person = {"name": "李桂兰", "id_number": number, "phone": "19900000001"}
    body = {
        "project": "30005",
        "declared_for": "self",
        "beneficiary": {**person, "region": "510904114206", "category": "aged_80"},
        "materials": {key: [(await clerk.upload("/files", picture(), f"{key}.jpg"))["id"]] for key in keys},
    }
    case: dict[str, str] = await clerk.post(f"/{JUXIAN}/declaration/window/cases", body)
    return case


async def test_a_resident_finds_whom_they_have_declared_for(walk: Walk, lends: Lends, script: bool) -> None:
    """From 我的; somebody who has not declared for anybody reads how that is done."""
    resident = await walk.resident("王建国")
    case = await declare(resident, "510904193905060023" if script else "510904194012250027")
    phone = await lends(resident, script=script)
    await phone.open("/ykt/me")

    await phone.tap("我代办的人")
    await phone.headed("我代办的人")
    await phone.tap("李桂兰")
    await phone.headed("为他办的申报")
    await phone.tap("高龄津贴")
    await phone.reads(case["number"])

    other = await lends(await walk.resident("陈芳"), script=script)
    await other.open(f"/ykt/{ANJU}/declaration/people")
    await other.reads("还没有为别人申报过", "选“为他人”")
