"""A woman of 74 from 万古桥村: what she wants of 遂宁一卡通, from the first visit on, in 长辈版."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.pages.flows.conftest import Lends
from tests.pages.flows.tapping import Count, Does, Tapping, counted
from tests.rows.rows import Walk, Walker
from tests.rows.test_complaints_rows import CARD, LAND, press, reply
from tests.rows.test_interception_rows import valid
from tests.web.conftest import picture
from tests.web.scope import FARMING
from tests.web.small import Visitor
from tests.world import ANJU, JUXIAN

HOME = f"/ykt/{ANJU}"
NAME, NUMBER, OWN_PHONE = "唐秀英", valid("510904195203184020"), "19900000003"
REWARD = "农村计划生育家庭奖励扶助"


async def first_visit(walk: Walk, phone: Tapping) -> None:
    await phone.open("/ykt")
    await phone.tap("安居区")
    await phone.tap("长辈版")
    await phone.reads("标准版")


async def sign_in(walk: Walk, phone: Tapping) -> None:
    """From the home to who she is, with her card in her hand."""
    await phone.tap("登录")
    await phone.tap("微信登录")
    await phone.reads("实名绑定")
    await phone.tap("实名绑定")
    await phone.tap("安居区")
    await phone.tap("聚贤镇")
    await phone.fill("姓名", NAME)
    await phone.fill("身份证号", NUMBER)
    await phone.choose("户籍所在的村（社区）", "万古桥村")
    await phone.tap("同意并提交")
    await phone.reads("申报进度")


async def may_i(walk: Walk, phone: Tapping) -> None:
    """高龄津贴 begins at 80; the other one is for her."""
    await goes_home(phone)
    await phone.tap("阳光申报")
    await phone.tap("高龄津贴")
    await phone.reads("年满 80 周岁")
    await phone.tap("返回")
    await phone.tap(REWARD)
    await phone.reads("年满 60 周岁")


async def declare(walk: Walk, phone: Tapping) -> None:
    """For herself, with pictures of her papers."""
    await phone.tap("我要申报")
    await phone.fill("身份证号", NUMBER)
    await phone.fill("手机号", OWN_PHONE)
    await phone.pick("独生子女家庭")
    await phone.tap("保存，下一步")
    await phone.pick("独生子女")
    await phone.tap("保存，下一步")
    for paper in ("居民身份证", "居民户口簿", "社会保障卡"):
        await phone.headed(paper)
        await phone.attach(f"{paper}.jpg", picture())
        await phone.tap("保存，下一步")
    await phone.headed(REWARD)
    await phone.tap("提交申报")
    await phone.reads("办理中")


async def how_far(walk: Walk, phone: Tapping) -> None:
    """Where it lies, until when, and whom to phone."""
    [case] = (await (await herself(walk, phone)).get(f"/{ANJU}/declaration/cases"))["items"]
    window = await walk.staff("window", JUXIAN, node="accept")
    await window.decide(JUXIAN, case["number"], "accept")
    await goes_home(phone)
    await phone.reads("您的申报：计生奖扶", "前办理", "0825-")


async def complain_of_a_row(walk: Walk, phone: Tapping) -> None:
    """What is published in her village; a neighbour who has moved away long since."""
    farmer = await walk.staff("handler", ANJU, FARMING)
    await payment_published(walk, await herself(walk, phone), farmer)
    await goes_home(phone)
    await phone.tap("阳光公示查询")
    await phone.tap("2026年")
    await phone.tap("1. ")
    await phone.choose("投诉类型", "优亲厚友")
    await phone.fill("投诉内容", "此人已搬走多年。")
    await phone.pick("可以公开")
    await phone.tap("提交投诉")
    await phone.reads("待受理")


async def read_a_message(walk: Walk, phone: Tapping) -> None:
    """WeChat says that her complaint is taken up; its link opens the message's page."""
    complaint = await her_complaint(walk, phone)
    office = await walk.staff("handler", ANJU, FARMING, "complaints")
    await press(office, complaint["id"], "accept")
    found = await (await herself(walk, phone)).inbox()
    phone.outside(taps=2)
    await phone.open(f"/ykt{found[0]['link']}")
    await phone.reads("已受理")


async def rate(walk: Walk, phone: Tapping) -> None:
    """What was replied, and that she is satisfied with it."""
    complaint = await her_complaint(walk, phone)
    office = await walk.staff("handler", ANJU, FARMING, "complaints")
    await press(office, complaint["id"], "reply", **reply(walk))
    await goes_home(phone)
    await phone.tap("您的投诉有回复了")
    await phone.tap("评价处理结果")
    await phone.reads("已到村核查会议记录")
    await phone.pick("满意")
    await phone.tap("评价处理结果")
    await phone.reads("已办结")


async def payments(walk: Walk, phone: Tapping) -> None:
    """Whether the money has come."""
    await goes_home(phone)
    await phone.tap("补贴发放信息查询")
    await phone.tap("地力保护 2026年")
    await phone.reads("350.00")


async def acting_for(walk: Walk, phone: Tapping) -> None:
    """For whom she has declared."""
    await goes_home(phone)
    # Below, not the tile 我的留言.
    mine = phone.page.get_by_role("link", name="我的", exact=True)
    await phone.touch(mine)
    await mine.click()
    await phone.tap("我代办的人")
    await phone.headed("我代办的人")


TASKS: Mapping[str, Does] = {
    "first visit: switch on 长辈版": first_visit,
    "sign in by WeChat and say who I am": sign_in,
    "may I declare for it?": may_i,
    "declare, with pictures of my papers": declare,
    "how far is it, whom do I phone?": how_far,
    "complain about a row of my village's publicity": complain_of_a_row,
    "read a message from WeChat": read_a_message,
    "rate the reply to my complaint": rate,
    "see a payment": payments,
    "find the persons I act for": acting_for,
}


async def walked_by_a_resident(walk: Walk, lends: Lends) -> Mapping[str, Count]:
    return await counted(walk, Tapping.of(await lends(None)), TASKS)


async def goes_home(phone: Tapping) -> None:
    """She opens it from WeChat again, where she left it: one tap, and not what is measured."""
    await phone.open(HOME)
    phone.outside(taps=1)


async def herself(walk: Walk, phone: Tapping) -> Walker:
    """Her account, to look at what she has and to let the others go on."""
    [token] = [each["value"] for each in await phone.page.context.cookies() if each["name"] == "hub_ykt"]
    actor = await walk.hub.identity.sessions.actor(token, "ykt")
    assert actor is not None
    headers = {"Authorization": f"Bearer {token}", "X-Hub-App": "ykt"}
    return Walker(walk, Visitor(walk.scene.http, walk.hub.url, actor.person, headers))


async def her_complaint(walk: Walk, phone: Tapping) -> dict[str, Any]:
    [complaint] = (await (await herself(walk, phone)).get(f"/{ANJU}/complaints/mine"))["items"]
    return dict(complaint)


async def payment_published(walk: Walk, me: Walker, farmer: Walker) -> None:
    """Her own and a neighbour's payment on a batch's 名册, of which the publicity runs; she is proved."""
    window = await walk.staff("window", JUXIAN, node="accept")
    await window.post(f"/{JUXIAN}/proofs", {"person": me.person, "name": NAME, "id_number": NUMBER})
    people = f"王芳,{valid('51090419560812004X')},{CARD},聚贤镇万古桥村,350.00\n{NAME},{NUMBER},6217000000000000012,聚贤镇万古桥村,350.00"
    roster = f"姓名,身份证号,社保卡号,村（社区）,金额\n{people}\n".encode()
    await farmer.upload(
        f"/{ANJU}/payments/rosters", roster, "roster.csv", f"?project={LAND}&short=地力保护&bureau={FARMING}"
    )
    await walk.settled()
    made = {"project": LAND, "period": "2026", "title": "2026年地力保护补贴"}
    id = (await farmer.post(f"/{ANJU}/payments/batches", made))["id"]
    await walk.settled()
    batch = (await farmer.get(f"/{ANJU}/payments/batches/{id}"))["batch"]
    await farmer.post(f"/{ANJU}/payments/batches/{id}/apply", {"version": batch["version"]})
    await farmer.decide(ANJU, batch["number"], "payments_review")
