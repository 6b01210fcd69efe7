"""The section `wechat` of config.yaml."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import msgspec

from hub.wechat.accounts import WeChatAccount
from hub.words.ranges import Range


class WeChatSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the hub speaks to WeChat. ``connections`` is the bound over all accounts of this node."""

    accounts: tuple[WeChatAccount, ...] = ()
    timeout: Annotated[timedelta, Range(timedelta(milliseconds=100), timedelta(minutes=2))] = timedelta(seconds=10)
    connect_timeout: Annotated[timedelta, Range(timedelta(milliseconds=100), timedelta(minutes=1))] = timedelta(
        seconds=3
    )
    connections: Annotated[int, Range(1, 10_000)] = 100
