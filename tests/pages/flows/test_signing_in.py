"""Signing in by account with the first change of the password, by WeChat against its stand-in, and signing out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import msgspec
import pytest

from hub.app import Hub
from hub.identity.staff import NewStaff, PositionWanted
from hub.testing.phones import PASSWORD
from hub.wechat.accounts import WeChatAccount
from hub.wechat.simulator.accounts import StandInAccount
from hub.wechat.simulator.server import Simulator
from hub.words.actors import HUB
from hub.words.clock import SystemClock
from tests.pages.flows.conftest import Lends
from tests.rows.rows import Walk
from tests.whole import ALL_ON, whole_hub
from tests.world import ANJU, CITY

NEW_PASSWORD = "Kuai-Le7-Shan"
KINDS = ("alert", "progress", "reminder", "result", "todo")
OFFICIAL = WeChatAccount(
    name="oa",
    kind="oa",
    appid="wx0a00000000000001",
    secret="s" * 32,
    callback_token="t" * 16,
    aes_key="a" * 43,
    templates={kind: f"template-{kind}" for kind in KINDS},
)


@pytest.fixture(scope="module")
async def hub(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    """With an official account at WeChat's stand-in."""
    stand_in = Simulator([StandInAccount.of(OFFICIAL)], SystemClock())
    try:
        account = msgspec.structs.replace(OFFICIAL, base_url=await stand_in.start())
        async with whole_hub(mongo_uri, tmp_path_factory.mktemp("hub"), {ANJU: ALL_ON}, accounts=[account]) as made:
            yield made
    finally:
        await stand_in.stop()


async def new_account(hub: Hub) -> str:
    """The name of somebody whose password was made for them."""
    positions = (PositionWanted(role="handler", region=ANJU),)
    new = NewStaff(username=f"u{uuid4().hex[:12]}", name="周敏", positions=positions)
    await hub.units.read(
        lambda ctx: hub.identity.staff.create_account(ctx, new, PASSWORD),
        plugin="identity",
        place=hub.places.tree[CITY],
        actor=HUB,
    )
    return new.username


async def test_a_wrong_password_is_said_on_the_form(lends: Lends, script: bool) -> None:
    """What was typed besides it stays."""
    phone = await lends(None, "ydsh", script=script)

    await phone.open("/ydsh/me")
    await phone.headed("登录")
    await phone.fill("账号", "zhoumin")
    await phone.fill("密码", "wrong-Pass-1")
    await phone.tap("登录")
    await phone.reads("账号或密码")


async def test_the_first_password_is_changed_before_anything_else(hub: Hub, lends: Lends, script: bool) -> None:
    """Whatever is opened leads there, but how one reads; afterwards to where they were on their way to."""
    username, phone = await new_account(hub), await lends(None, "ydsh", script=script)

    await phone.open("/ydsh/me")
    await phone.fill("账号", username)
    await phone.fill("密码", PASSWORD)
    await phone.tap("登录")
    await phone.headed("修改密码")
    await phone.reads("请先修改初始密码")
    for path in ("/ydsh", f"/ydsh/{ANJU}/worklist/tasks", "/ydsh/inbox", "/ydsh/signin/wechat"):
        await phone.open(path)
        await phone.headed("修改密码")
    await phone.tap("字号")
    await phone.tap("大")
    await phone.headed("修改密码")
    await phone.open("/ydsh/me")
    await phone.fill("原密码", PASSWORD)
    await phone.fill("新密码", "short")
    await phone.tap("修改密码")
    await phone.reads("处要改")
    await phone.fill("原密码", PASSWORD)
    await phone.fill("新密码", NEW_PASSWORD)
    await phone.tap("修改密码")

    await phone.is_at("/ydsh/me")
    await phone.headed("周*")


async def test_whoever_has_not_changed_it_can_still_sign_out(hub: Hub, lends: Lends, script: bool) -> None:
    """And is a guest again."""
    username, phone = await new_account(hub), await lends(None, "ydsh", script=script)
    await phone.open("/ydsh/signin")
    await phone.fill("账号", username)
    await phone.fill("密码", PASSWORD)
    await phone.tap("登录")

    await phone.tap("退出登录")
    await phone.is_at("/ydsh/signin")
    await phone.open("/ydsh/password")

    await phone.headed("登录")


async def test_a_resident_signs_in_by_wechat_and_out(lends: Lends, script: bool) -> None:
    """Led to sign in, to WeChat and back, to where they were on their way to."""
    phone = await lends(None, script=script)

    await phone.open("/ykt/me")
    await phone.headed("登录")
    await phone.tap("微信登录")
    await phone.is_at("/ykt/me#wechat_redirect")
    await phone.reads("实名绑定", "未绑定")
    await phone.tap("退出登录")
    await phone.is_at("/ykt")
    await phone.open("/ykt/me")

    await phone.headed("登录")


async def test_a_member_of_staff_binds_their_wechat(walk: Walk, lends: Lends) -> None:
    """It serves to tell them; they go on signing in by their account."""
    phone = await lends(await walk.staff("handler", ANJU), "ydsh")

    await phone.open("/ydsh/me")
    await phone.reads("未绑定")
    await phone.tap("绑定微信")

    await phone.is_at("/ydsh/me#wechat_redirect")
    await phone.reads("已绑定")
