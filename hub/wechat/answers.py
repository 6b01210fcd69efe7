"""What WeChat tells about people and quotas, as records."""

from __future__ import annotations

import msgspec


class SignedIn(msgspec.Struct, frozen=True):
    """Who stands behind a code of ``wx.login`` (the session key is thrown away: the hub has no use for it)."""

    openid: str
    unionid: str | None


class Authorized(msgspec.Struct, frozen=True):
    """Who stands behind an OAuth code. ``preview``: WeChat's snapshot account, one for all who look: never bind it."""

    openid: str
    unionid: str | None
    scope: str
    preview: bool


class Follower(msgspec.Struct, frozen=True):
    """Whether somebody follows the official account; WeChat tells the unionid of followers only."""

    openid: str
    follows: bool
    unionid: str | None


class Quota(msgspec.Struct, frozen=True):
    """Today's calls of one API."""

    daily_limit: int
    used: int
    remain: int
