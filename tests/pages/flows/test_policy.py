"""政策文件 on the phone: a clerk uploads, describes and publishes; a resident finds the file, reads it, subscribes, and ends that."""

from __future__ import annotations

from playwright.async_api import expect

from tests.officefiles import docx
from tests.pages.flows.conftest import Lends
from tests.rows.rows import Walk
from tests.rows.test_policy_rows import clerk_of, published
from tests.world import ANJU, VILLAGE

NOTICE = docx("各乡镇人民政府：", "年满八十周岁的老人，每人每月补贴一百元。")


async def test_a_clerk_uploads_describes_and_publishes(walk: Walk, lends: Lends, script: bool) -> None:
    """From the home; asked before it is for everybody; taken away again with a reason."""
    name = "关于八十周岁老人的通知" if script else "关于老人补贴的通知"
    phone = await lends(await clerk_of(walk), "ydsh", script=script)
    await phone.open(f"/ydsh/{ANJU}")
    await phone.tap("政策文件")
    await phone.tap("维护本单位的文件")
    await phone.tap("上传文件")
    await phone.attach("通知.docx", NOTICE)
    await phone.tap("上传")

    await phone.headed("填写信息")
    await phone.fill("标题", name)
    await phone.fill("文号", "安民〔2026〕16号")
    await phone.fill("发文单位", "安居区民政局")
    await phone.fill("发文日期", "2026-11-20")
    await phone.page.get_by_label("高龄津贴").first.check()
    await phone.tap("填写信息")
    await phone.reads("草稿", "每人每月补贴一百元")
    await phone.tap("发布")
    await phone.reads("发布后群众都能看到")
    await phone.tap("发布")
    await phone.reads("已发布")

    await phone.tap("下架")
    await phone.fill("下架的理由", "日期有误")
    await phone.tap("下架")
    await phone.reads("已下架", "日期有误")


async def test_a_clerk_is_told_where_numbers_of_people_stand(walk: Walk, lends: Lends, script: bool) -> None:
    """A mobile phone is asked about; with an ID number there is no way to publish."""
    phone = await lends(await clerk_of(walk), "ydsh", script=script)
    for name, words in (("电话", "咨询：13800138000"), ("名单", "王建国510904198803129942")):
        await phone.open(f"/ydsh/{ANJU}/policy/desk/upload")
        await phone.attach(f"{name}.docx", docx("通知", words))
        await phone.tap("上传")
        await phone.headed("填写信息")
        await phone.fill("文号", "无")
        await phone.fill("发文单位", "安居区民政局")
        await phone.fill("发文日期", "2026-11-20")
        await phone.tap("填写信息")
        if name == "名单":
            break
        await phone.reads("第2段可能有手机号")
        await phone.tap("发布")
        await phone.tap("发布")
        await phone.reads("都是办公电话的")
        await phone.page.get_by_label("是", exact=True).check(timeout=5000)
        await phone.tap("发布")
        await phone.reads("已发布")

    await phone.reads("不能发布", "第2段有证件号")
    await expect(phone.page.get_by_role("link", name="发布", exact=True)).to_have_count(0)


async def test_a_resident_finds_reads_and_subscribes(walk: Walk, lends: Lends, script: bool) -> None:
    """From 须知 of the project, and by words; its pages are pictures; the subscription is listed and ended."""
    clerk = await clerk_of(walk)
    await published(walk, clerk, title="关于发放高龄津贴的通知" + ("一" if script else "二"))
    phone = await lends(await walk.resident("王建国"), script=script)

    await phone.open(f"/ykt/{VILLAGE}/declaration/projects/30005")
    await phone.tap("查看有关的政策文件")
    await phone.search("津贴")
    await phone.tap("关于发放高龄津贴的通知")
    await phone.reads("安民〔2026〕15号", "下载PDF文件")
    await expect(phone.page.locator(".leaf img")).to_have_count(2)
    await phone.tap("订阅高龄津贴")
    await phone.headed("我订阅的政策文件")
    await phone.tap("高龄津贴")
    await phone.tap("取消订阅")
    await phone.reads("还没有订阅")

    await phone.open(f"/ykt/{VILLAGE}/policy/files?keyword=没有的词")
    await phone.reads("没有找到文件")
