"""按手机尾号查找 on a phone: somebody has phoned, and knows their village and their number."""

from __future__ import annotations

from tests.pages.flows.conftest import Lends
from tests.rows.rows import Walk
from tests.web.samples.core import phoned
from tests.world import ANJU, CITY


async def test_a_caller_without_a_number_is_found(walk: Walk, lends: Lends, script: bool) -> None:
    """What is typed stands in no address; the message is read in words, and an ending that nobody has says what to do."""
    tail = "3311" if script else "3322"
    id = await phoned(walk.scene, f"1390000{tail}")
    operator = await walk.staff("ops_system", ANJU)
    phone = await lends(operator, "ops", script=script)

    await phone.open(f"/ops/{ANJU}/deliveries")
    await phone.tap("没有编号？按手机尾号查找")
    await phone.fill("村（社区）", "聚贤镇万古桥村")
    await phone.fill("手机号后四位", "0000")
    await phone.tap("查找")
    await phone.reads("没有找到", "受理编号")
    await phone.tap("再查一次")
    await phone.fill("村（社区）", "聚贤镇万古桥村")
    await phone.fill("手机号后四位", tail)
    await phone.tap("查找")
    await phone.reads("李*兰", f"139****{tail}")
    assert tail not in phone.path
    await phone.page.locator(f"a[href$='{id}']").click()

    await phone.reads("经过", "发送失败")


async def test_a_city_has_no_form(walk: Walk, lends: Lends) -> None:
    """It is sent to its counties, and to a form that could not be sent nobody is led."""
    operator = await walk.staff("ops_system", CITY)
    phone = await lends(operator, "ops")

    await phone.open(f"/ops/{CITY}/deliveries")

    assert await phone.page.get_by_text("按手机尾号查找").count() == 0
    answer = await phone.page.context.request.get(f"{walk.hub.url}/ops/{CITY}/deliveries/search")
    assert answer.status == 404 and "<input" not in await answer.text()


async def test_a_complainant_to_be_phoned_is_not_named(walk: Walk, lends: Lends) -> None:
    """需电话通知: the number goes to the office that handles it; 保密 may have been asked for."""
    operator = await walk.staff("ops_system", ANJU)
    id = await phoned(walk.scene, "13900006611", name="欧阳守口", message="complaints.accepted")
    await walk.hub.database["deliveries"].update_one({"_id": id}, {"$set": {"reason": "not_following"}})
    phone = await lends(operator, "ops")

    await phone.open(f"/ops/{ANJU}/deliveries/unreached")

    await phone.reads("不显示姓名", "不显示电话")
    assert "6611" not in await phone.page.content()
