"""The calls that the hub makes to WeChat, over one shared aiohttp session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import urlencode

import aiohttp
import msgspec

from hub.wechat.accounts import WeChatAccount
from hub.wechat.answers import Authorized, Follower, Quota, SignedIn
from hub.wechat.errors import (
    NOT_REACHED,
    SIGN_IN_CODES,
    TOKEN_CODES,
    TOKEN_REFUSED_AGAIN,
    ErrorKind,
    classify,
    classify_token_call,
)
from hub.wechat.messages import Message, SubscribeMessage, TemplateMessage, personal_values
from hub.wechat.outcomes import Outcome, Refused, Sent, UnknownOutcome, impersonal, rid_of
from hub.wechat.refusals import CallDoubtful, CallLimited, CallRefused, CodeRefused
from hub.wechat.tokens import NoToken, Token, TokenProvider, TokenStore
from hub.wechat.wire import errcode_of, exchange
from hub.words.clock import Clock
from hub.words.errors import SetupError

_RAISED: Mapping[int, type[CallRefused]] = MappingProxyType(
    {45009: CallLimited, **dict.fromkeys(SIGN_IN_CODES, CodeRefused)}
)


class WeChat:
    """One account's API.

    The two ``send_…`` methods never raise for trouble at WeChat's side: they answer with an
    :data:`~hub.wechat.outcomes.Outcome`. The others raise :class:`CallRefused`, :class:`CallLimited` or :class:`CallDoubtful`.
    """

    def __init__(
        self,
        account: WeChatAccount,
        http: aiohttp.ClientSession,
        clock: Clock,
        store: TokenStore | None = None,
        *,
        production: bool = False,
    ) -> None:
        if problems := account.problems(production=production):
            raise SetupError(*problems)
        self.account = account
        self.tokens = TokenProvider(self._fetch_token, clock, store)
        self._base = account.base_url.rstrip("/")
        self._http = http
        self._clock = clock

    def __repr__(self) -> str:
        return f"WeChat({self.account.name!r})"

    # --- sends -----------------------------------------------------------------------------------------------------

    async def send_template(self, message: TemplateMessage) -> Outcome:
        """Send an official account's template message."""
        return await self._send_and_mend("/cgi-bin/message/template/send", message)

    async def send_subscribe(self, message: SubscribeMessage) -> Outcome:
        """Send a mini program's subscribe message."""
        state = message.miniprogram_state or self.account.miniprogram_state
        return await self._send_and_mend(
            "/cgi-bin/message/subscribe/send", msgspec.structs.replace(message, miniprogram_state=state)
        )

    async def _send_and_mend(self, path: str, message: Message) -> Outcome:
        """Send; after a refusal that a changed message can get round, send once more."""
        outcome = await self._send(path, message)
        if not isinstance(outcome, Refused):
            return outcome
        changed = message.mended(outcome.errcode)
        if changed is None:
            return outcome
        second = await self._send(path, changed)
        return Sent(second.msgid, mended=outcome) if isinstance(second, Sent) else second

    async def _send(self, path: str, message: Message) -> Outcome:
        try:
            answer = await self._ask("POST", path, message.body())
        except CallDoubtful as doubt:
            return UnknownOutcome(doubt.reason)
        except CallRefused as no:
            if no.verdict.kind is ErrorKind.DONE:
                return Sent("")
            return Refused(no.errcode, no.verdict, no.rid, impersonal(no.errmsg, personal_values(message)))
        # Both send calls answer with an errcode, always: an object without one is a gateway's, or half an answer.
        if not isinstance(answer, dict) or "errcode" not in answer:
            return UnknownOutcome("the answer is not WeChat's")
        return Sent(str(answer.get("msgid", "")))

    # --- who is it -------------------------------------------------------------------------------------------------

    async def sign_in(self, code: str) -> SignedIn:
        """The person behind ``wx.login``'s code (mini program). Raises :class:`CodeRefused` for a bad code."""
        answer = await self._redeem("/sns/jscode2session", js_code=code)
        return SignedIn(str(answer["openid"]), answer.get("unionid"))

    async def authorize(self, code: str) -> Authorized:
        """The person behind an OAuth code (official account's pages). Raises :class:`CodeRefused` for a bad code."""
        answer = await self._redeem("/sns/oauth2/access_token", code=code)
        return Authorized(
            str(answer["openid"]), answer.get("unionid"), answer.get("scope", ""), answer.get("is_snapshotuser") == 1
        )

    async def _redeem(self, path: str, **code: str) -> dict[str, Any]:
        # It carries its own credentials; an access token here would only lie around in a log.
        own = {"appid": self.account.appid, "secret": self.account.secret}
        return _record(await self._call("GET", path, **own, **code, grant_type="authorization_code"), "openid")

    async def follower(self, openid: str) -> Follower:
        """Whether this openid follows the official account."""
        return _follower(await self._ask("GET", "/cgi-bin/user/info", openid=openid, lang="zh_CN"))

    async def followers(self, openids: Sequence[str]) -> list[Follower]:
        """Followers by their openids, at most 100, in one call."""
        body = {"user_list": [{"openid": openid, "lang": "zh_CN"} for openid in openids]}
        answer = _record(await self._ask("POST", "/cgi-bin/user/info/batchget", body), "user_info_list")
        return [_follower(each) for each in answer["user_info_list"]]

    async def follower_page(self, after: str = "") -> tuple[list[str], str | None]:
        """Up to 10,000 openids of those who follow the official account, and where the next page begins: None after the last."""
        begin = {"next_openid": after} if after else {}
        answer = _record(await self._ask("GET", "/cgi-bin/user/get", **begin), "count")
        openids = [str(each) for each in answer.get("data", {}).get("openid", ())]
        # WeChat names the last openid of the page, also where nobody comes behind it.
        return openids, str(answer.get("next_openid") or "") or None if openids else None

    async def phone_number(self, code: str) -> str:
        """The phone number behind the code of a tap on `getPhoneNumber`; without country code. Single use."""
        answer = _record(await self._ask("POST", "/wxa/business/getuserphonenumber", {"code": code}), "phone_info")
        return str(answer["phone_info"]["purePhoneNumber"])

    # --- the rest --------------------------------------------------------------------------------------------------

    async def mini_program_code(
        self, scene: str, page: str | None = None, env_version: Literal["release", "trial", "develop"] = "release"
    ) -> bytes:
        """A picture to scan. ``scene`` (≤ 32 characters) carries a random ticket, never personal data."""
        body = {"scene": scene, "env_version": env_version, "check_path": False}
        if page is not None:
            body["page"] = page
        answer = await self._ask("POST", "/wxa/getwxacodeunlimit", body)
        if not isinstance(answer, bytes):
            raise CallDoubtful("a picture was expected")
        return answer

    async def judge_text(self, openid: str, content: str, scene: int = 2) -> Literal["pass", "review", "risky"]:
        """WeChat's opinion on a person's text (≤ 2500 characters). Scenes: 1 profile, 2 comment, 3 forum."""
        body = {"version": 2, "openid": openid, "scene": scene, "content": content}
        answer = _record(await self._ask("POST", "/wxa/msg_sec_check", body), "result")
        suggestion = answer["result"].get("suggest")
        if suggestion not in ("pass", "review", "risky"):
            raise CallDoubtful("an unknown suggestion")
        return suggestion  # type: ignore[no-any-return]  # the line above narrows what mypy sees as Any

    async def quota(self, path: str) -> Quota:
        """What is left today of one API (``/cgi-bin/message/template/send``)."""
        answer = _record(await self._ask("POST", "/cgi-bin/openapi/quota/get", {"cgi_path": path}), "quota")
        return msgspec.convert(answer["quota"], Quota)

    # --- calls -----------------------------------------------------------------------------------------------------

    async def _ask(
        self, method: Literal["GET", "POST"], path: str, body: Mapping[str, Any] | None = None, /, **params: str
    ) -> Any:
        """One call with the account's token. A token that WeChat refuses is replaced and the call made once more."""
        token = await self._token()
        try:
            return await self._call(method, path, body, **params, access_token=token)
        except CallRefused as no:
            if no.errcode not in TOKEN_CODES:
                raise
        token = await self._token(stale=token)
        try:
            return await self._call(method, path, body, **params, access_token=token)
        except CallRefused as no:
            if no.errcode not in TOKEN_CODES:
                raise
            raise CallRefused(no.errcode, no.errmsg, TOKEN_REFUSED_AGAIN, no.rid) from None

    async def _token(self, stale: str | None = None) -> str:
        try:
            return await self.tokens.get(stale)
        except NoToken as failure:
            raise CallRefused(failure.errcode, failure.errmsg or str(failure), failure.verdict) from None

    async def _call(
        self, method: Literal["GET", "POST"], path: str, body: Mapping[str, Any] | None = None, /, **params: str
    ) -> Any:
        """One call: the decoded answer, ``bytes`` where it is not JSON. Raises for an errcode."""
        url = f"{self._base}{path}?{urlencode(params, errors='replace')}" if params else f"{self._base}{path}"
        answer = await exchange(self._http, method, url, body)
        if isinstance(answer, dict) and (errcode := errcode_of(answer)):
            text = str(answer.get("errmsg", ""))
            errmsg = impersonal(text, (self.account.secret,))
            raise _RAISED.get(errcode, CallRefused)(errcode, errmsg, classify(errcode), rid_of(text))
        return answer

    async def _fetch_token(self) -> Token:
        """Ask for the stable token; never with force_refresh. Raises :class:`NoToken`."""
        body = {
            "grant_type": "client_credential",
            "appid": self.account.appid,
            "secret": self.account.secret,
            "force_refresh": False,
        }
        try:
            found = _record(await self._call("POST", "/cgi-bin/stable_token", body), "access_token")
            life = timedelta(seconds=int(found["expires_in"]))
        except CallDoubtful as doubt:
            # Asking twice for a token does no harm.
            raise NoToken(NOT_REACHED, errmsg=doubt.reason) from None
        except CallRefused as no:
            verdict = no.verdict if no.errcode is None else classify_token_call(no.errcode)
            raise NoToken(verdict, no.errcode, no.errmsg) from None
        except (KeyError, ValueError):
            raise NoToken(NOT_REACHED, errmsg="the answer holds no life time") from None
        return Token(str(found["access_token"]), self._clock.now() + life)


def _follower(answer: Any) -> Follower:
    found = _record(answer, "openid")
    return Follower(str(found["openid"]), found.get("subscribe") == 1, found.get("unionid"))


def _record(answer: Any, needed: str) -> dict[str, Any]:
    """The answer as a mapping that has this key; anything else is no answer."""
    if not isinstance(answer, dict) or needed not in answer:
        raise CallDoubtful(f"the answer holds no {needed}")
    return answer
