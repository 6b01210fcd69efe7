"""WeChat's OAuth, there and back: a resident signs in by it, a member of staff binds their WeChat.

The source of the address is WeChat's page 网页授权 (developers.weixin.qq.com, 公众号): the code comes back to ``redirect_uri`` with
the ``state`` that was given. ``state`` is kept in a cookie of the browser that began, so that nobody can be sent back with another's
code.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from hub.identity.signin import SignedIn
from hub.web.access import PasswordFirst
from hub.web.cookies import set_session_cookie
from hub.web.pages.base import PageBase, own_path
from hub.web.performing import Asking
from hub.words.actors import App
from hub.words.errors import NotFound, NotSignedIn

STATE_COOKIE = "hub_oauth"
# Long enough for somebody who has to find their glasses.
STATE_LIVES = 15 * 60  # seconds
STALE = "微信登录已超时，请返回后重新登录。"

# (app) → WeChat's address for the official account of this app; None where it has none.
Authorize = Callable[[App], str | None]


class OAuthBase(PageBase):
    """What both ways share."""

    def initialize(self, pages: Any, authorize: Authorize) -> None:  # type: ignore[override]
        super().initialize(pages)
        self._authorize = authorize

    @property
    def route(self) -> str:
        return f"/{self.app}/{self.rest}"

    @property
    def _secure(self) -> bool:
        return self.parts.protection.production or self.parts.proxies.is_secure(self.request)

    def _own_address(self) -> str:
        """Where WeChat is to send them back to."""
        public = self.parts.settings.public_url
        origin = public.rstrip("/") if public else f"{'https' if self._secure else 'http'}://{self.request.host}"
        return f"{origin}/{self.app}/signin/wechat/back"


class ToWeChat(OAuthBase):
    """``GET /{app}/signin/wechat``: a link, and never a form, whose way out the content policy would block."""

    async def get(self, *args: str, **kwargs: str) -> None:
        self.body_ended()
        if self.app != "ykt" and self.actor.kind == "guest":
            # Staff bind their WeChat; they sign in by their account.
            raise NotSignedIn
        if self.actor.limited == "password":
            raise PasswordFirst
        address = self._authorize(self.app)
        if address is None:
            raise NotFound("此应用没有开通微信登录，请联系管理员。")
        state = secrets.token_urlsafe(24)
        to = own_path(self.get_query_argument("to", ""), self.app)
        kept = f"{state}.{base64.urlsafe_b64encode(to.encode()).decode()}"
        self.set_cookie(
            STATE_COOKIE,
            kept,
            max_age=STATE_LIVES,
            path=f"/{self.app}/signin",
            httponly=True,
            secure=self._secure,
            samesite="Lax",
        )
        asked = {
            "redirect_uri": self._own_address(),
            "response_type": "code",
            "scope": "snsapi_base",
            "state": state,
        }
        self.lead(f"{address}&{urlencode(asked)}#wechat_redirect")


class FromWeChat(OAuthBase):
    """``GET /{app}/signin/wechat/back``: the code is handed to the operation that a program would ask."""

    async def get(self, *args: str, **kwargs: str) -> None:
        self.body_ended()
        to = self._begun_here()
        self.clear_cookie(STATE_COOKIE, path=f"/{self.app}/signin")
        code = self.get_query_argument("code", "")
        if self.app == "ykt":
            result = await self._ask("signin/wechat", {"app": self.app, "code": code, "through": "oa"})
            if isinstance(result, SignedIn):
                set_session_cookie(self, result, self.parts.units.clock, secure=self._secure)
        else:
            await self._ask("me/wechat/oa", {"code": code})
        self.lead(to or f"/{self.app}")

    def _begun_here(self) -> str:
        """Where they were on their way to; raises where this browser has not begun it."""
        kept = self.request.cookies.get(STATE_COOKIE)
        state, _, to = (kept.value if kept is not None else "").partition(".")
        if not state or not hmac.compare_digest(state.encode(), self.get_query_argument("state", "").encode()):
            raise NotSignedInByWeChat
        try:
            return own_path(base64.urlsafe_b64decode(to).decode(), self.app)
        except ValueError:
            return ""

    async def _ask(self, path: str, said: Mapping[str, str]) -> Any:
        parts = self.parts
        match = parts.router.find("POST", path)
        operation = match.operation
        self.take_route(operation, self.actor.person, self.address)
        parts.performing.check_access(operation, self.actor, None)
        body = parts.decoder.json(msgspec.json.encode(said), operation.body or object)
        asking = Asking(match, self.actor, self.address, self.request_id)
        return await self.within(parts.performing.run(asking, operation, {"body": body}))


class NotSignedInByWeChat(NotSignedIn):
    """Said on a page: whoever is led on from here would go round in circles."""

    code = "bad_wechat_state"
    message = STALE


class OutHandler(PageBase):
    """``POST /{app}/out``: this session ends."""

    @property
    def route(self) -> str:
        return f"/{self.app}/out"

    async def admit(self) -> None:
        await super().admit()
        self.parts.protection.check_same_site(self.request.headers)
        self.admit_body(self.parts.settings.json_limit)

    async def post(self, *args: str, **kwargs: str) -> None:
        self.body_ended()
        match = self.parts.router.find("POST", "signin/out")
        if self.actor.session:
            asking = Asking(match, self.actor, self.address, self.request_id)
            await self.within(self.parts.performing.run(asking, match.operation, {}))
        self.clear_cookie(f"hub_{self.app}", path="/")
        self.lead(f"/{self.app}/signin" if self.app != "ykt" else "/ykt")


def handlers(pages: Any, authorize: Authorize, apps: tuple[App, ...]) -> list[tuple[Any, ...]]:
    """The doors of signing in by WeChat, and of going out."""
    app, there = f"(?:{'|'.join(apps)})", {"pages": pages, "authorize": authorize}
    return [
        (rf"/{app}/signin/wechat", ToWeChat, there),
        (rf"/{app}/signin/wechat/back", FromWeChat, there),
        (rf"/{app}/out", OutHandler, {"pages": pages}),
    ]
