"""运维台 as an operator uses it, on a phone and at a desk: switches, messages that did not land, what was cut off."""

from __future__ import annotations

from uuid import uuid4

import pytest
import structlog

from hub.push.cutoffs import CutOff
from tests.pages.flows.conftest import Lends
from tests.pages.flows.phone import Phone
from tests.rows.rows import Walk
from tests.web.samples import complaints, core
from tests.world import ANJU, CITY, JUXIAN, SHEHONG

WIDTHS = (375, 1280)


@pytest.mark.parametrize("width", WIDTHS)
async def test_an_operator_turns_a_plugin_off_and_takes_that_back(
    walk: Walk, lends: Lends, script: bool, width: int
) -> None:
    """What would wait is shown before; who, why, and how to undo it after."""
    await complaints.stored(walk.scene)
    operator = await walk.staff("ops_system", CITY)
    phone = await lends(operator, "ops", script=script, width=width)

    await phone.open(f"/ops/{CITY}")
    await phone.tap("功能开关")
    await phone.reads("安居区", "射洪市")
    await phone.page.get_by_role("rowheader").get_by_role("link", name="安居区").click()
    await phone.is_at(f"/ops/{ANJU}/ops/plugins")
    await phone.tap("投诉举报")
    await phone.reads("未办结的投诉")
    await phone.tap("关闭")
    await phone.reads("将停下等待", "未办结的投诉", "安居区的居民和工作人员将看不到")
    await phone.tap("确认关闭")
    await phone.reads("处要改")
    await phone.fill("原因", "投诉表改版，下午3点前恢复")
    await phone.tap("确认关闭")

    await phone.is_at(f"/ops/{ANJU}/ops/plugins/complaints")
    assert not walk.hub.counties.is_on(ANJU, "complaints")
    await phone.tap("返回")
    await phone.reads("关闭“投诉举报”", "投诉表改版，下午3点前恢复")
    await phone.tap("撤销")
    await phone.fill("原因", "改版推迟")
    await phone.tap("撤销这次变更")

    await phone.is_at(f"/ops/{ANJU}/ops/plugins")
    await phone.reads("开启“投诉举报”", "改版推迟")
    assert walk.hub.counties.is_on(ANJU, "complaints")


async def test_an_operator_changes_a_setting(walk: Walk, lends: Lends, script: bool) -> None:
    """A number that is out of its range is said at the field; what is saved counts at once, and is marked as the county's own."""
    operator = await walk.staff("ops_system", ANJU)
    phone = await lends(operator, "ops", script=script)

    await phone.open(f"/ops/{ANJU}/ops/plugins/complaints/settings/least_shown")
    await phone.fill("设为", "500")
    await phone.fill("原因", "按统计局要求")
    await phone.tap("保存")
    await phone.reads("从1到100")
    await phone.fill("设为", "12")
    await phone.tap("保存")

    await phone.is_at(f"/ops/{ANJU}/ops/plugins/complaints")
    await phone.reads("本县设定")
    assert walk.hub.counties.config(ANJU, "complaints").least_shown == 12


@pytest.mark.parametrize("width", WIDTHS)
async def test_an_operator_finds_why_a_message_did_not_land_and_sends_it_again(
    walk: Walk, lends: Lends, script: bool, width: int
) -> None:
    """By the number of its matter; its story in words, and what a second sending does, are read before."""
    id, number = await failed(walk)
    operator = await walk.staff("ops_system", ANJU)
    phone = await lends(operator, "ops", script=script, width=width)

    await phone.open(f"/ops/{ANJU}")
    await phone.tap("消息投递")
    await phone.search(number)
    await phone.page.locator(f"a[href$='{id}']").click()
    await phone.reads("发送失败", "微信拒绝了消息内容", number)
    await phone.tap("重新发送")
    await phone.reads("1条消息", "已经送达的不会再发")
    await phone.fill("为什么现在能发出去", "模板已改正")
    await phone.tap("重新发送1条")

    await phone.headed("已重新发送1条")
    line = await walk.hub.database["audit"].find_one({"what": "deliveries.replay", "subject": id})
    assert line is not None and (line["why"], line["actor"]["person"]) == ("模板已改正", operator.person)


@pytest.mark.parametrize("width", WIDTHS)
async def test_an_operator_sets_going_what_was_cut_off(walk: Walk, lends: Lends, script: bool, width: int) -> None:
    """From the glance at everything; without what was mended it stays off."""
    await cut_off(walk)
    operator = await walk.staff("ops_system", CITY)
    phone = await lends(operator, "ops", script=script, width=width)

    await phone.open(f"/ops/{CITY}")
    await phone.tap("健康一览")
    await phone.reads("需要处理", "安居区", "ValueError", "trigger:complaints.tell_office")
    await phone.tap("投诉举报的消息提醒")
    await phone.reads("停用期间等待的事项会马上处理")
    await phone.tap("恢复运行")
    await phone.reads("处要改")
    await phone.fill("已怎样排除故障", "已更新到新版本")
    await phone.tap("恢复运行")

    await phone.headed("已恢复运行")
    assert await walk.hub.push.operations.cut_off() == []


async def test_the_home_says_how_much_needs_somebody_now(walk: Walk, lends: Lends) -> None:
    """As many as the pages behind it have, which lead on to where it is mended."""
    await cut_off(walk, SHEHONG)
    await failed(walk)
    phone = await lends(await walk.staff("ops_system", CITY), "ops")

    needs, unsent = [await number_behind(phone, label) for label in ("需要处理", "发送失败")]

    await phone.reads(f"共{unsent}条")
    await phone.open(f"/ops/{CITY}/ops/health")
    rows = phone.page.get_by_role("region", name="需要处理").get_by_role("link")
    assert (await rows.count(), int(unsent) > 0) == (int(needs), True)


async def test_the_home_of_a_town_has_no_numbers_and_that_is_no_failure(walk: Walk, lends: Lends) -> None:
    """They are kept by county."""
    phone = await lends(await walk.staff("ops_system", JUXIAN), "ops")

    with structlog.testing.capture_logs() as lines:
        await phone.open(f"/ops/{JUXIAN}")

    await phone.reads("健康一览", "消息投递", "告警")
    failed = [line["error"] for line in lines if line["event"] == "the news of a menu entry failed"]
    assert [error for error in failed if "NotFound" in error] == []


async def number_behind(phone: Phone, label: str) -> str:
    """What the home of the city says; its page is open then."""
    await phone.open(f"/ops/{CITY}")
    headline = phone.page.locator(f".headline:has(small:text-is('{label}'))")
    number = str(await headline.locator("b").evaluate("each => each.firstChild.textContent"))
    await headline.click()
    await phone.headed("")
    return number


async def test_an_operator_lets_a_job_run_now(walk: Walk, lends: Lends, script: bool) -> None:
    """With a reason, in the audit log."""
    await walk.hub.jobs.tick()
    operator = await walk.staff("ops_system", ANJU)
    phone = await lends(operator, "ops", script=script)

    await phone.open(f"/ops/{ANJU}/ops/jobs")
    await phone.page.locator("a[href*='complaints.']").first.click()
    await phone.headed("立即执行")
    await phone.fill("原因", "昨晚停机，补跑一次")
    await phone.tap("立即执行")

    await phone.is_at(f"/ops/{ANJU}/ops/jobs")
    line = await walk.hub.database["audit"].find_one({"what": "jobs.rearm", "actor.person": operator.person})
    assert line is not None and line["why"] == "昨晚停机，补跑一次"


async def failed(walk: Walk) -> tuple[str, str]:
    """A message about a matter that WeChat has refused: its id, and the matter's number."""
    question = await core.replay(walk.scene)
    collection, id = question.guards or ("", "")
    number = f"{ANJU}-2026-{uuid4().hex[:8]}"
    change = {"reason": "refused_40249", "data.number": number}
    await walk.hub.database[collection].update_one({"_id": id}, {"$set": change})
    return id, number


async def cut_off(walk: Walk, county: str = ANJU) -> None:
    """The trigger that tells an office of a complaint."""
    row = CutOff(
        id=f"{county}|trigger:complaints.tell_office",
        county=county,
        name="trigger:complaints.tell_office",
        failures=5,
        error="ValueError at plugins/complaints/triggers.py:77",
        cut_at=walk.hub.clock.now(),
    )
    await walk.hub.database["cutoffs"].insert_one(walk.hub.database.encode(row))
