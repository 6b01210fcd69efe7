"""Where a tap on a message leads: a page inside the app's mini program, and the H5 page for everybody else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from hub.push.settings import LinkSettings
from hub.wechat.accounts import WeChatAccount
from hub.words.actors import App


class Links:
    """Addresses for one hub's accounts."""

    def __init__(self, settings: LinkSettings, accounts: Iterable[WeChatAccount]) -> None:
        self._settings = settings
        self._mini_programs: Mapping[App, str] = {
            each.app: each.appid for each in accounts if each.kind == "mp" and each.app
        }

    def url(self, app: App, link: str | None) -> str | None:
        """The H5 page; none when the hub has no public address."""
        base = self._settings.public_url
        return f"{base.rstrip('/')}/{app}{quote(link or '/', safe='/?&=#')}" if base else None

    def page(self, link: str | None) -> str:
        """The page inside the mini program that opens the link."""
        return self._settings.mini_page.replace("{link}", quote(link or "/", safe=""))

    def miniprogram(self, app: App, link: str | None) -> tuple[str, str] | None:
        """For an official account's message: the mini program that it opens; none for an app without one."""
        appid = self._mini_programs.get(app)
        return (appid, self.page(link)) if appid else None
