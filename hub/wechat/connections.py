"""The connections to WeChat."""

from __future__ import annotations

import aiohttp

from hub.wechat.settings import WeChatSettings


def open_http(settings: WeChatSettings | None = None) -> aiohttp.ClientSession:
    """The one session that all accounts of a node share: connections are kept alive, their number is bounded.

    Call it inside the running loop and close it at the end.
    """
    settings = settings or WeChatSettings()
    timeout = aiohttp.ClientTimeout(
        total=settings.timeout.total_seconds(),
        # Waiting for a free connection counts: who never got one has sent nothing, and must not end in doubt.
        connect=settings.connect_timeout.total_seconds(),
    )
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=settings.connections, limit_per_host=settings.connections),
        timeout=timeout,
        cookie_jar=aiohttp.DummyCookieJar(),
        # A proxy from the environment would see the tokens.
        trust_env=False,
    )
