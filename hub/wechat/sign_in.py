"""WeChat's answer to "who is it?", in the words of :mod:`hub.identity`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import structlog

from hub.identity.wechat_users import AppAccounts, Seen
from hub.wechat.accounts import WeChatAccount
from hub.wechat.answers import Authorized
from hub.wechat.client import WeChat
from hub.wechat.refusals import CallFailed, CodeRefused
from hub.words.actors import APPS, App
from hub.words.errors import Forbidden, NotSignedIn, Unavailable

log = structlog.get_logger("hub.wechat")


class BadWeChatCode(NotSignedIn):
    code = "bad_wechat_code"
    message = "微信登录凭证已失效，请关闭页面后重新打开。"


class PreviewOnly(Forbidden):
    """The snapshot account that WeChat shows before somebody taps 使用完整服务; all who look are the same one."""

    code = "wechat_preview"
    message = "当前为微信预览页，请点击页面下方的“使用完整服务”后再操作。"


def accounts_by_app(accounts: Iterable[WeChatAccount]) -> dict[App, AppAccounts]:
    """Which accounts serve which app: an official account without an app serves all, after those of the app itself."""
    every = list(accounts)
    return {app: _serving(app, every) for app in APPS}


def _serving(app: App, accounts: list[WeChatAccount]) -> AppAccounts:
    own = [account.appid for account in accounts if account.kind == "oa" and account.app == app]
    common = [account.appid for account in accounts if account.kind == "oa" and account.app is None]
    mini_programs = [account.appid for account in accounts if account.kind == "mp" and account.app == app]
    return AppAccounts(oa=(*own, *common), mp=mini_programs[0] if mini_programs else None)


class WeChatSignIn:
    """Asks WeChat who is behind a code. ``clients`` by appid."""

    def __init__(self, clients: Mapping[str, WeChat]) -> None:
        self._clients = clients

    async def by_mini_program(self, appid: str, code: str) -> Seen:
        """Behind ``wx.login``'s code."""
        try:
            seen = await self._clients[appid].sign_in(code)
        except CallFailed as problem:
            raise _explained(problem, appid) from None
        return Seen(appid, seen.openid, seen.unionid)

    async def by_official_account(self, appid: str, code: str) -> Seen:
        """Behind an OAuth code of a page; refuses WeChat's preview account."""
        try:
            seen = await self._clients[appid].authorize(code)
        except CallFailed as problem:
            raise _explained(problem, appid) from None
        if seen.preview:
            raise PreviewOnly
        return await self._with_following(appid, seen)

    async def _with_following(self, appid: str, seen: Authorized) -> Seen:
        """Whether they follow is asked now: their `subscribe` event may have been lost. Signing in does not hang on it."""
        try:
            found = await self._clients[appid].follower(seen.openid)
        except CallFailed as problem:
            log.warning("wechat does not say who follows", appid=appid, errcode=problem.errcode)
            return Seen(appid, seen.openid, seen.unionid)
        return Seen(appid, seen.openid, seen.unionid or found.unionid, found.follows)


def _explained(problem: CallFailed, appid: str) -> NotSignedIn | Unavailable:
    if isinstance(problem, CodeRefused):
        return BadWeChatCode()
    log.warning("wechat does not say who it is", appid=appid, errcode=problem.errcode, error=type(problem).__name__)
    return Unavailable("微信暂时没有响应，请稍后再试。", retry_after=5)
