"""Signing in by account, and 消息."""

from __future__ import annotations

from tests.pages.flows.conftest import Lends
from tests.rows.rows import Walk
from tests.rows.test_worklist_rows import declare
from tests.world import ANJU, JUXIAN


async def test_a_wrong_password_is_said_on_the_form(lends: Lends, script: bool) -> None:
    """What was typed besides it stays."""
    phone = await lends(None, "ydsh", script=script)

    await phone.open("/ydsh/me")
    await phone.headed("登录")
    await phone.fill("账号", "zhoumin")
    await phone.fill("密码", "wrong-Pass-1")
    await phone.tap("登录")
    await phone.reads("账号或密码")


async def test_messages_are_read(walk: Walk, lends: Lends, script: bool) -> None:
    """What came is counted as unread until it is marked."""
    resident, window = await walk.resident("陈芳"), await walk.staff("window", JUXIAN, node="accept")
    case = await declare(resident, "510923194106120011" if script else "510904194403150023")
    await window.decide(JUXIAN, case["number"], "accept")
    await resident.inbox()
    phone = await lends(resident, script=script)

    await phone.open(f"/ykt/{ANJU}")
    await phone.tap("消息")
    await phone.headed("消息")
    await phone.reads("申报已受理：高龄津贴", "条未读")
    await phone.tap("全部标为已读")

    await phone.reads_not("条未读")
