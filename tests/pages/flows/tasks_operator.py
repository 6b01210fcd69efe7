"""Two operators at three in the morning: nobody gets messages, and a handler cannot get in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from tests.pages.flows.conftest import Lends
from tests.pages.flows.tapping import Count, Does, Tapping, counted
from tests.pages.flows.test_ops import failed
from tests.pages.flows.test_signing_in import OFFICIAL
from tests.rows.rows import Walk
from tests.web.samples import staff
from tests.world import ANJU, CITY


async def finds_what_is_wrong(walk: Walk, phone: Tapping) -> None:
    """From the home of the city to the account that rests, and why."""
    await phone.open(f"/ops/{CITY}")
    await phone.tap("微信账号")
    await phone.reads("额度用完")


async def lets_the_account_go_on(walk: Walk, phone: Tapping) -> None:
    await phone.tap("恢复使用")
    await phone.fill("原因", "额度已提高")
    await phone.tap("恢复使用")
    await phone.headed("微信账号")


async def sends_the_dead_ones_again(walk: Walk, phone: Tapping) -> None:
    """Those of one reason: looked at, counted by a dry run, sent."""
    await phone.open(f"/ops/{ANJU}")
    await phone.tap("消息投递")
    await phone.tap("微信拒绝了消息内容")
    await phone.tap("重新发送")
    await phone.reads("1条消息")
    await phone.fill("为什么现在能发出去", "模板已改正")
    await phone.tap("重新发送1条")
    await phone.headed("已重新发送1条")


WITH_THE_SYSTEM: Mapping[str, Does] = {
    "no messages arrive: find what is wrong": finds_what_is_wrong,
    "resume the paused WeChat account": lets_the_account_go_on,
    "see dead letters, dry run, replay": sends_the_dead_ones_again,
}


def lets_in(username: str) -> Does:
    async def resets(walk: Walk, phone: Tapping) -> None:
        await phone.open(f"/ops/{ANJU}")
        await phone.tap("人员与岗位")
        await phone.tap("找人")
        await phone.fill("姓名或账号", username)
        await phone.tap("查找")
        await phone.tap("周敏")
        await phone.reads("已锁定")
        await phone.tap("重置密码")
        await phone.tap("重置密码")
        await phone.headed("新密码")

    return resets


async def walked_by_operators(walk: Walk, lends: Lends) -> Mapping[str, Count]:
    now = walk.hub.clock.now()
    await walk.hub.push.pauses.add(OFFICIAL.appid, None, now + timedelta(hours=20), "quota")
    await failed(walk)
    stuck = await staff.clerk(walk.scene)
    for _ in range(5):
        wrong = {"app": "ydsh", "username": stuck.username, "password": "Not-This-1"}
        await walk.guest().refusal("POST", "/signin/account", wrong)
    system, security = await walk.staff("ops_system", CITY), await walk.staff("ops_security", ANJU)
    counts = await counted(walk, Tapping.of(await lends(system, "ops")), WITH_THE_SYSTEM)
    stuck_account = {"a handler's account is stuck: find it, reset its password": lets_in(stuck.username)}
    return {**counts, **await counted(walk, Tapping.of(await lends(security, "ops")), stuck_account)}
