"""The section `wechat` of config.yaml."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from hub.wechat.accounts import WeChatAccount


class WeChatSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the hub speaks to WeChat. ``connections`` is the bound over all accounts of this node."""

    accounts: tuple[WeChatAccount, ...] = ()
    timeout: timedelta = timedelta(seconds=10)
    connect_timeout: timedelta = timedelta(seconds=3)
    connections: int = 100
