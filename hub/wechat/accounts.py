"""The WeChat accounts the hub speaks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from hub.words.actors import App
from hub.words.errors import SetupError

OFFICIAL_HOST = "https://api.weixin.qq.com"
# Where a browser is sent for OAuth; a stand-in has all of it in one place.
OFFICIAL_PAGES = "https://open.weixin.qq.com"

_AES_KEY = re.compile(r"[A-Za-z0-9]{43}")


class WeChatAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An official account (``oa``) or a mini program (``mp``).

    ``app``: the hub's app that this mini program is, or that this official account serves; an official account without
    one serves all apps.
    ``callback_token`` and ``aes_key`` (43 letters and digits) are set on the platform's callback page.
    ``templates``: the kind of a message (todo, progress, …) → the account's template id.
    ``plain_callbacks``: take callbacks that are not encrypted; never in production.
    ``miniprogram_state``: which version of the mini program a subscribe message opens.
    """

    name: str
    kind: Literal["oa", "mp"]
    appid: str
    secret: str
    callback_token: str
    aes_key: str
    app: App | None = None
    base_url: str = OFFICIAL_HOST
    templates: Mapping[str, str] = {}
    plain_callbacks: bool = False
    miniprogram_state: Literal["formal", "trial", "developer"] = "formal"

    def __repr__(self) -> str:
        # The generated one would write the secrets into logs and tracebacks.
        return f"WeChatAccount({self.name!r}, {self.kind!r}, {self.appid!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("name", self.name), ("kind", self.kind), ("appid", self.appid)]

    @property
    def authorize_url(self) -> str:
        """WeChat's page that sends a person back with a code; what is asked there is still to be added."""
        host = OFFICIAL_PAGES if self.base_url == OFFICIAL_HOST else self.base_url.rstrip("/")
        return f"{host}/connect/oauth2/authorize?appid={self.appid}"

    def problems(self, *, production: bool) -> list[str]:
        """What is wrong with these settings, each with its fix; empty when nothing is."""
        where = f"wechat account {self.name!r}"
        found = []
        if not self.appid or not self.secret:
            found.append(f"{where}: appid and secret are needed; copy them from the platform's page 开发设置")
        if not _AES_KEY.fullmatch(self.aes_key):
            found.append(f"{where}: aes_key must be the 43 letters and digits of the platform's callback page")
        if not self.callback_token:
            found.append(f"{where}: callback_token is needed; it is the Token of the platform's callback page")
        if urlsplit(self.base_url).scheme not in ("http", "https") or not urlsplit(self.base_url).hostname:
            found.append(f"{where}: base_url must be an http or https address")
        elif production and not _is_public_https(self.base_url):
            found.append(f"{where}: base_url {self.base_url} is not WeChat; in production leave it out")
        if production and self.plain_callbacks:
            found.append(
                f"{where}: plain_callbacks cannot be used in production; choose 安全模式 on the platform's page"
            )
        return found


def check_accounts(accounts: tuple[WeChatAccount, ...], *, production: bool) -> None:
    """Raise :class:`hub.words.errors.SetupError` with the problems of all accounts, or return."""
    problems = [problem for account in accounts for problem in account.problems(production=production)]
    for field in ("name", "appid"):
        values = [getattr(account, field) for account in accounts]
        problems += [f"wechat: two accounts have the same {field} {value!r}" for value in _repeated(values)]
    if problems:
        raise SetupError(*problems)


def _repeated(values: list[str]) -> set[str]:
    return {value for value in values if values.count(value) > 1}


def _is_public_https(url: str) -> bool:
    """Whether tokens may travel there in production: encrypted, and not to this machine or its neighbours."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" or host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host
