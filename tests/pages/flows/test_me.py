"""我的 as residents and staff use it: a lost phone, a consent, WeChat, a position while on leave."""

from __future__ import annotations

from uuid import uuid4

import pytest

from hub.app import Hub
from hub.identity.staff import NewStaff, PositionWanted
from hub.testing.phones import PASSWORD
from hub.words.actors import HUB
from tests.pages.flows.conftest import Lends
from tests.rows.rows import Walk, Walker
from tests.web.small import Visitor
from tests.world import ANJU, CITY

BROWSER = "遂宁一卡通（浏览器）"


async def test_a_resident_ends_the_session_of_a_lost_phone(walk: Walk, lends: Lends, script: bool) -> None:
    """Asked first; that phone has to sign in again, this one goes on."""
    resident = await walk.resident("陈芳")
    lost = await lends(resident, script=script)
    here = await lends(resident, script=script)

    await here.open("/ykt/me")
    await here.tap("登录设备")
    await here.reads("正在使用")
    await here.tap(BROWSER)
    await here.headed("退出这个登录")
    await here.tap("退出登录")
    await here.is_at("/ykt/me/sessions")
    await here.tap("退出其他登录")
    await here.tap("全部退出")

    await here.reads("只有这一个登录")
    await lost.open("/ykt/me")
    await lost.headed("登录")


async def test_a_resident_takes_a_consent_back_and_gives_it_again(walk: Walk, lends: Lends, script: bool) -> None:
    """What stops is said before; nothing is theirs until they agree again."""
    phone = await lends(await walk.resident("刘梅" if script else "王建国"), script=script)

    await phone.open("/ykt/me")
    await phone.tap("个人信息授权")
    await phone.reads("已同意", "本平台使用您的姓名")
    await phone.tap("撤回同意")
    await phone.reads("不能再申报和投诉")
    await phone.tap("撤回同意")
    await phone.is_at("/ykt/me/consents")
    await phone.reads("已撤回")
    await phone.open("/ykt/me")
    await phone.reads("待同意")
    await phone.tap("个人信息授权")
    await phone.tap("重新同意")

    await phone.headed("实名绑定")


async def test_a_resident_learns_how_to_be_proved(walk: Walk, lends: Lends) -> None:
    """Where to go, and the code to show there."""
    phone = await lends(await walk.resident("陈芳"))

    await phone.open("/ykt/me")
    await phone.tap("实名信息")

    await phone.reads("未核验", "身份证原件", "万古桥村、聚贤镇、安居区", "身份码")


async def test_a_resident_says_what_wechat_need_not_tell_and_when(walk: Walk, lends: Lends, script: bool) -> None:
    """One sort is left out, the night is longer; both stand there when they come back."""
    phone = await lends(await walk.resident("刘梅" if script else "陈芳"), script=script)

    await phone.open("/ykt/me")
    await phone.tap("微信提醒")
    await phone.tap("消息设置")
    await phone.reads("不管怎样设置", "这些事和紧急的事", "投诉已受理")
    await phone.page.get_by_label("申报和发放进度").uncheck()
    await phone.pick("晚上20点到早上9点")
    await phone.tap("保存")

    await phone.headed("已保存")
    await phone.tap("回到我的")
    await phone.open("/ykt/preferences")
    assert not await phone.page.get_by_label("申报和发放进度").is_checked()
    assert await phone.page.get_by_label("公示开始和结果").is_checked()
    assert await phone.page.get_by_label("晚上20点到早上9点").is_checked()


@pytest.fixture
async def colleagues(hub: Hub, walk: Walk) -> tuple[Walker, str]:
    """Of one office: the first's walker, and the name of the second."""
    wanted = (PositionWanted(role="handler", region=ANJU, bureau=f"局{uuid4().hex[:6]}"),)
    one, _ = [
        await hub.units.read(
            lambda ctx, name=name: hub.identity.staff.create_account(  # type: ignore[misc]
                ctx, NewStaff(username=f"u{uuid4().hex[:12]}", name=name, positions=wanted), PASSWORD, must_change=False
            ),
            plugin="identity",
            place=hub.places.tree[CITY],
            actor=HUB,
        )
        for name in ("周敏", "罗志强")
    ]
    return Walker(walk, Visitor(walk.scene.http, hub.url, one.person)), "罗志强"


async def test_a_handler_goes_on_leave_and_comes_back(
    colleagues: tuple[Walker, str], lends: Lends, script: bool
) -> None:
    """A colleague of the same office stands in; afterwards all is as it was."""
    handler, colleague = colleagues
    phone = await lends(handler, "ydsh", script=script)

    await phone.open("/ydsh/me")
    await phone.tap("经办人员")
    await phone.headed("我的岗位")
    await phone.tap("经办人员")
    await phone.headed("离岗")
    await phone.choose("代理人（AB岗）", colleague)
    await phone.tap("离岗")
    await phone.is_at("/ydsh/me/positions")
    await phone.reads("已离岗", f"{colleague}代理")
    await phone.tap("经办人员")
    await phone.headed("返岗")
    await phone.tap("返岗")

    await phone.is_at("/ydsh/me/positions")
    await phone.reads("在岗")
    await phone.reads_not("代理")
