"""阳光申报 as a resident does it on the phone, and how a handler finds a declaration again."""

from __future__ import annotations

from playwright.async_api import expect

from tests.pages.flows.conftest import Lends
from tests.rows.rows import Walk
from tests.rows.test_worklist_rows import declare
from tests.web.conftest import picture
from tests.world import ANJU, JUXIAN

PROJECTS, CASES = f"/ykt/{ANJU}/declaration/projects", f"/ykt/{ANJU}/declaration/cases"
REVIEW = f"/ydsh/{JUXIAN}/declaration/review"


async def test_a_guest_finds_a_project_and_reads_what_it_asks(lends: Lends, script: bool) -> None:
    """By bureau and by a word; what is closed says from when on."""
    phone = await lends(None, script=script)
    await phone.open(PROJECTS)

    await phone.tap("农业农村局")
    await phone.reads("耕地地力保护补贴", "网上申报2027年3月1日开始")
    await phone.reads_not("高龄津贴")
    await phone.tap("全部")
    await phone.reads("高龄津贴")
    await phone.search("没有这个项目")
    await phone.reads("没有找到项目")
    await phone.search("高龄")
    await phone.tap("高龄津贴")

    await phone.headed("高龄津贴")
    await phone.reads("申报条件", "申报材料", "居民户口簿", "乡镇审核", "10个工作日内", "政策解答员")
    assert await phone.page.locator("a[href^='tel:0825']").count() > 0


async def test_a_resident_follows_a_declaration_and_takes_it_back(walk: Walk, lends: Lends, script: bool) -> None:
    """With whom to phone; withdrawing is asked once more."""
    resident, window = await walk.resident("王建国"), await walk.staff("window", JUXIAN, node="accept")
    case = await declare(resident, "510904194403150023" if script else "510923194106120011")
    await window.decide(JUXIAN, case["number"], "accept")
    phone = await lends(resident, script=script)

    await phone.open(CASES)
    await phone.search(case["number"])
    await phone.tap("高龄津贴")
    await phone.reads("受理", "同意", "乡镇审核", "前办理", "政策解答员")
    await phone.tap("撤回申报")
    await phone.reads("不再办理")
    await phone.tap("撤回申报")

    await phone.is_at(f"{CASES}/{case['id']}")
    await phone.reads("已撤回")


async def test_a_message_leads_to_its_declaration(walk: Walk, lends: Lends, script: bool) -> None:
    """At the county where something can be done."""
    resident, window = await walk.resident("王建国"), await walk.staff("window", JUXIAN, node="accept")
    case = await declare(resident, "510904193805120025" if script else "510904193712090023")
    await window.decide(JUXIAN, case["number"], "accept")
    await walk.settled()
    phone = await lends(resident, script=script)

    await phone.open("/ykt/inbox")
    await phone.tap("申报已受理")
    await phone.tap("查看详情")

    await phone.is_at(f"{CASES}/{case['id']}")
    await phone.reads(case["number"])


async def test_a_handler_finds_a_declaration_by_its_number(walk: Walk, lends: Lends, script: bool) -> None:
    """The whole number, in whatever case; part of it is not found, and that is said."""
    resident, window = await walk.resident("王建国"), await walk.staff("window", JUXIAN, node="accept")
    case = await declare(resident, "510904193905060023" if script else "510904194012250027")
    phone = await lends(window, "ydsh", script=script)

    await phone.open(f"/ydsh/{JUXIAN}")
    await phone.tap("申报查询")
    await phone.search(case["number"][:-1])
    await phone.reads("没有找到")
    await phone.search(case["number"])
    await phone.tap("高龄津贴")

    await phone.is_at(f"{REVIEW}/{case['id']}")
    await phone.reads("李*兰", "居民户口簿", "办理经过")
    await phone.tap("到我的待办中办理")
    await phone.headed("我的待办")
    await phone.reads("高龄津贴")


async def test_a_resident_declares_and_mends_what_is_asked(walk: Walk, lends: Lends, script: bool) -> None:
    """须知, the parts with a mistake, the materials, 提交, 进度, 补正: nothing that was typed is typed again."""
    resident, window = await walk.resident("王建国"), await walk.staff("window", JUXIAN, node="accept")
    phone = await lends(resident, script=script)
    await phone.open(f"{PROJECTS}/30005")
    await phone.tap("我要申报")

    await phone.tap("为他人")
    await phone.reads("委托书或关系证明")
    await phone.fill("姓名", "李桂兰")
    await phone.fill("身份证号", "510904194012250026")
    await phone.fill("手机号", "19900000001")
    await phone.choose("户籍所在村（社区）", "万古桥村")
    await phone.pick("80—89周岁")
    await phone.tap("保存，下一步")
    await phone.reads("处要改", "身份证号：")
    await phone.fill("身份证号", "510904194107080024" if script else "510904194203040022")
    await phone.tap("保存，下一步")

    await phone.headed("居民身份证")
    await phone.open(f"/ykt/{ANJU}/declaration/drafts")
    await phone.tap("高龄津贴")
    await phone.reads("李桂兰", "待填", "已自动保存")
    await phone.tap("继续填：居民身份证")
    for label in ("居民身份证", "居民户口簿", "社会保障卡", "委托书或关系证明"):
        await phone.headed(label)
        await phone.attach(f"{label}.jpg", picture())
        await phone.tap("保存，下一步")
    await phone.headed("高龄津贴")
    await phone.tap("提交申报")

    await phone.is_at(f"{CASES}/[^/]+")
    await phone.reads("办理中", "受理", "李桂兰")
    case = await resident.get(phone.path.replace("/ykt/", "/"))
    await window.decide(JUXIAN, case["number"], "accept", "correct", "户口簿不清楚，请重拍。")
    await phone.open(f"{CASES}/{case['id']}")
    await phone.reads("户口簿不清楚，请重拍。")
    await phone.tap("去补正")
    await phone.tap("提交补正")
    await phone.reads("补正内容与原来相同")
    await phone.fill("手机号", "19900000002")
    await phone.tap("提交补正")

    await phone.is_at(f"{CASES}/{case['id']}")
    await phone.reads("办理中", "199****0002")


async def test_a_resident_answers_what_the_project_asks_and_changes_their_mind(
    walk: Walk, lends: Lends, script: bool
) -> None:
    """For oneself, in a village that is chosen by its town; a picture is replaced; what is thrown away is asked for once more."""
    phone = await lends(await walk.resident("王建国"), script=script)
    await phone.open(f"{PROJECTS}/10003")
    await phone.tap("我要申报")

    await expect(phone.field("姓名")).to_have_value("王建国")
    await phone.tap("户籍：安居区聚贤镇")
    await phone.tap("聚贤镇")
    await phone.choose("户籍所在村（社区）", "万古桥村")
    await phone.fill("身份证号", "510921196711053319")
    await phone.fill("手机号", "19900000002")
    await phone.pick("农户")
    await phone.tap("保存，下一步")
    await phone.fill("机具型号", "微耕机1WG")
    await phone.fill("购置价格（元）", "很贵")
    await phone.fill("购机日期", "2026-05-01")
    await phone.tap("保存，下一步")
    await phone.reads("处要改", "购置价格（元）：")
    await expect(phone.field("机具型号")).to_have_value("微耕机1WG")
    await phone.fill("购置价格（元）", "3200")
    await phone.tap("保存，下一步")

    await phone.headed("居民身份证")
    await phone.attach("错的.jpg", picture())
    await phone.tap("保存，下一步")
    await phone.tap("返回")
    await phone.tap("居民身份证")
    await phone.page.locator("input[type=checkbox][name=files]").uncheck(force=True)
    await phone.tap("保存，下一步")
    await phone.reads("继续填：居民身份证")
    await phone.tap("删除这份草稿")
    await phone.reads("都找不回来")
    await phone.tap("删除草稿")

    await phone.is_at(f"/ykt/{ANJU}/declaration/drafts")


async def test_what_was_taken_back_is_declared_anew(walk: Walk, lends: Lends, script: bool) -> None:
    """With all that it held; the old one says so and leads to the new one."""
    resident = await walk.resident("王建国")
    case = await declare(resident, "510904193705180020" if script else "510904193804110028")
    await resident.post(f"/{ANJU}/declaration/cases/{case['id']}/withdraw", {"version": case["version"]})
    phone = await lends(resident, script=script)

    await phone.open(f"{CASES}/{case['id']}")
    await phone.tap("重新申报")
    await phone.reads("原来的申报作废")
    await phone.tap("重新申报")
    await phone.reads("李桂兰", "已填")
    await phone.tap("提交申报")
    await phone.is_at(f"{CASES}/[^/]+")
    await phone.reads("办理中")
    new = phone.path

    await phone.open(f"{CASES}/{case['id']}")
    await phone.reads("已作废")
    await phone.tap("已重新申报")
    await phone.is_at(new)
