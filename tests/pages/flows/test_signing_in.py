"""Signing in by account."""

from __future__ import annotations

from tests.pages.flows.conftest import Lends


async def test_a_wrong_password_is_said_on_the_form(lends: Lends, script: bool) -> None:
    """What was typed besides it stays."""
    phone = await lends(None, "ydsh", script=script)

    await phone.open("/ydsh/me")
    await phone.headed("登录")
    await phone.fill("账号", "zhoumin")
    await phone.fill("密码", "wrong-Pass-1")
    await phone.tap("登录")
    await phone.reads("账号或密码")
