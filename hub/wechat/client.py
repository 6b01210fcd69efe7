"""WeChat's API, asynchronous: wechatpy's API classes on top, one shared aiohttp session below."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal

import aiohttp
import msgspec
from wechatpy.client import WeChatClient
from wechatpy.constants import WeChatErrorCode

from hub.clock import Clock
from hub.errors import SetupError
from hub.wechat.accounts import OFFICIAL_HOST, WeChatAccount
from hub.wechat.answers import Authorized, Follower, Quota, SignedIn
from hub.wechat.errors import (
    NOT_REACHED,
    SIGN_IN_CODES,
    TOKEN_CODES,
    TOKEN_REFUSED_AGAIN,
    ErrorKind,
    classify,
    classify_token_call,
    odd_answer,
)
from hub.wechat.messages import Message, SubscribeMessage, TemplateMessage, personal_values
from hub.wechat.outcomes import Doubtful, Outcome, Refused, Sent, impersonal, rid_of
from hub.wechat.refusals import CallDoubtful, CallLimited, CallRefused, CodeRefused
from hub.wechat.tokens import NoToken, Token, TokenProvider, TokenStore
from hub.wechat.wire import bounded, decoded, encoded, errcode_of, present

# The gateway itself answers these while it sheds load: the call was not worked on.
_SHEDDING = frozenset({429, 503})

# They carry their own credentials; an access token there would only lie around in a log.
_WITHOUT_TOKEN = ("/sns/",)


class WeChat(WeChatClient):  # type: ignore[misc]  # wechatpy is untyped
    """One account's API.

    wechatpy's API objects work when awaited (``await wechat.user.get(openid)``) and raise :class:`CallRefused`,
    :class:`CallLimited` or :class:`CallDoubtful`; so do the typed methods here. The two ``send_…`` methods never raise
    for trouble at WeChat's side: they answer with an :data:`~hub.wechat.outcomes.Outcome`.

    Not to be called, as they use results at once: ``jsapi.*ticket``, ``user.iter_followers``, ``tag.iter_tag_users``,
    ``cloud.upload_file``, ``datacube.get_user_summary``.
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
        # No retries of wechatpy's own: they are an unbounded recursion.
        super().__init__(account.appid, account.secret, auto_retry=False)
        self.account = account
        self.tokens = TokenProvider(self._fetch_token, clock, store)
        self._aiohttp = http
        self._clock = clock

    def __repr__(self) -> str:
        return f"WeChat({self.account.name!r})"

    @property
    def access_token(self) -> str:
        """Not here: a token takes a call, and wechatpy's constructor reads every property."""
        raise AttributeError("ask WeChat.tokens")

    # --- sends -----------------------------------------------------------------------------------------------------

    async def send_template(self, message: TemplateMessage) -> Outcome:
        """Send an official account's template message."""
        return await self._send_and_mend("message/template/send", message)

    async def send_subscribe(self, message: SubscribeMessage) -> Outcome:
        """Send a mini program's subscribe message."""
        state = message.miniprogram_state or self.account.miniprogram_state
        return await self._send_and_mend(
            "message/subscribe/send", msgspec.structs.replace(message, miniprogram_state=state)
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
            answer = await self.post(path, data=message.body())
        except CallDoubtful as doubt:
            return Doubtful(doubt.reason)
        except CallRefused as no:
            if no.verdict.kind is ErrorKind.DONE:
                return Sent("")
            return Refused(no.errcode, no.verdict, no.rid, impersonal(no.errmsg, personal_values(message)))
        if not isinstance(answer, dict):
            return Doubtful("the answer is not JSON")
        return Sent(str(answer.get("msgid", "")))

    # --- who is it -------------------------------------------------------------------------------------------------

    async def sign_in(self, code: str) -> SignedIn:
        """The person behind ``wx.login``'s code (mini program). Raises :class:`CodeRefused` for a bad code."""
        answer = await self._ask_with_code(
            "sns/jscode2session", code, code_name="js_code", grant_type="authorization_code"
        )
        return SignedIn(str(answer["openid"]), answer.get("unionid"))

    async def authorize(self, code: str) -> Authorized:
        """The person behind an OAuth code (official account's pages). Raises :class:`CodeRefused` for a bad code."""
        answer = await self._ask_with_code("sns/oauth2/access_token", code, grant_type="authorization_code")
        return Authorized(
            str(answer["openid"]), answer.get("unionid"), answer.get("scope", ""), answer.get("is_snapshotuser") == 1
        )

    async def _ask_with_code(self, path: str, code: str, *, code_name: str = "code", **params: str) -> dict[str, Any]:
        secret = {"appid": self.account.appid, "secret": self.account.secret, code_name: code}
        answer = await self.get(path, api_base_url=f"{OFFICIAL_HOST}/", params={**secret, **params})
        return _record(answer, "openid")

    async def follower(self, openid: str) -> Follower:
        """Whether this openid follows the official account."""
        return _follower(_record(await self.user.get(openid), "openid"))

    async def followers(self, openids: Sequence[str]) -> list[Follower]:
        """The same for at most 100 openids in one call."""
        return [_follower(_record(each, "openid")) for each in await self.user.get_batch(list(openids))]

    async def follower_page(self, after: str = "") -> tuple[list[str], str | None]:
        """Up to 10,000 openids of those who follow the official account, and where the next page begins: None after the last."""
        answer = _record(await self.user.get_followers(after or None), "count")
        openids = [str(each) for each in answer.get("data", {}).get("openid", ())]
        # WeChat names the last openid of the page, also where nobody comes behind it.
        return openids, str(answer.get("next_openid") or "") or None if openids else None

    async def phone_number(self, code: str) -> str:
        """The phone number behind the code of a tap on `getPhoneNumber`; without country code. Single use."""
        answer = _record(await self._post_wxa("wxa/business/getuserphonenumber", {"code": code}), "phone_info")
        return str(answer["phone_info"]["purePhoneNumber"])

    # --- the rest --------------------------------------------------------------------------------------------------

    async def mini_program_code(
        self, scene: str, page: str | None = None, env_version: Literal["release", "trial", "develop"] = "release"
    ) -> bytes:
        """A picture to scan. ``scene`` (≤ 32 characters) carries a random ticket, never personal data."""
        body = {"scene": scene, "env_version": env_version, "check_path": False}
        if page is not None:
            body["page"] = page
        answer = await self._post_wxa("wxa/getwxacodeunlimit", body)
        if not isinstance(answer, bytes):
            raise CallDoubtful("a picture was expected")
        return answer

    async def judge_text(self, openid: str, content: str, scene: int = 2) -> Literal["pass", "review", "risky"]:
        """WeChat's opinion on a person's text (≤ 2500 characters). Scenes: 1 profile, 2 comment, 3 forum."""
        body = {"version": 2, "openid": openid, "scene": scene, "content": content}
        answer = _record(await self._post_wxa("wxa/msg_sec_check", body), "result")
        suggestion = answer["result"].get("suggest")
        if suggestion not in ("pass", "review", "risky"):
            raise CallDoubtful("an unknown suggestion")
        return suggestion  # type: ignore[no-any-return]  # the line above narrows what mypy sees as Any

    async def quota(self, path: str) -> Quota:
        """What is left today of one API (``/cgi-bin/message/template/send``)."""
        answer = _record(await self.post("openapi/quota/get", data={"cgi_path": path}), "quota")
        return msgspec.convert(answer["quota"], Quota)

    async def _post_wxa(self, path: str, body: dict[str, Any]) -> Any:
        return await self.post(path, api_base_url=f"{OFFICIAL_HOST}/", data=body)

    # --- transport -------------------------------------------------------------------------------------------------

    async def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:
        """What every API method of wechatpy returns: here something to await.

        The decoded answer, ``bytes`` when it is not JSON. A token that WeChat refuses is replaced and the call made
        once more. Raises :class:`CallRefused`, :class:`CallLimited`, :class:`CallDoubtful`.
        """
        process: Callable[[Any], Any] = kwargs.pop("result_processor", None) or _unchanged
        kwargs.pop("timeout", None)
        url = self._url(url_or_endpoint, kwargs.pop("api_base_url", self.API_BASE_URL))
        if any(part in url for part in _WITHOUT_TOKEN):
            return process(await self._call(method, url, **kwargs))
        return process(await self._call_with_token(method, url, **kwargs))

    def _url(self, url_or_endpoint: str, base: str) -> str:
        """The address, with WeChat's own host replaced by the account's (a stand-in, a gateway of the city)."""
        url = url_or_endpoint if url_or_endpoint.startswith(("http://", "https://")) else f"{base}{url_or_endpoint}"
        if url.startswith(f"{OFFICIAL_HOST}/"):
            return self.account.base_url.rstrip("/") + url.removeprefix(OFFICIAL_HOST)
        return url

    async def _call_with_token(self, method: str, url: str, params: Any = None, **kwargs: Any) -> Any:
        token = await self._token()
        for attempt in (1, 2):
            try:
                return await self._call(method, url, params={**dict(params or {}), "access_token": token}, **kwargs)
            except CallRefused as no:
                if no.errcode not in TOKEN_CODES:
                    raise
                if attempt == 2:
                    raise CallRefused(no.errcode, no.errmsg, TOKEN_REFUSED_AGAIN, no.rid) from None
            token = await self._token(stale=token)
        raise AssertionError("both attempts end above")

    async def _token(self, stale: str | None = None) -> str:
        try:
            return await self.tokens.get(stale)
        except NoToken as failure:
            raise CallRefused(failure.errcode, failure.errmsg or str(failure), failure.verdict) from None

    async def _call(
        self, method: str, url: str, *, params: Any = None, data: Any = None, files: Any = None, **_: Any
    ) -> Any:
        """One HTTP exchange. No exception of aiohttp leaves it: their texts hold the URL, and that the token."""
        body, headers = encoded(data, files)
        try:
            async with self._aiohttp.request(
                method, url, params=present(params), data=body, headers=headers, allow_redirects=False
            ) as response:
                content = await bounded(response)
                return self._opened(response.status, content)
        except aiohttp.ClientConnectorError:
            raise CallRefused(None, "not connected", NOT_REACHED) from None
        except aiohttp.ConnectionTimeoutError:
            raise CallRefused(None, "no connection in time", NOT_REACHED) from None
        except TimeoutError:
            raise CallDoubtful("no answer in time") from None
        except (aiohttp.ClientError, OSError) as trouble:
            raise CallDoubtful(f"the connection broke ({type(trouble).__name__})") from None

    def _opened(self, status: int, content: bytes) -> Any:
        """The answer inside an HTTP response; raises for an errcode and for a status that is none of WeChat's."""
        if status in _SHEDDING:
            raise CallRefused(None, f"HTTP {status}", NOT_REACHED)
        if status >= 500:
            raise CallDoubtful(f"HTTP {status}")
        if status != 200:
            raise CallRefused(None, f"HTTP {status}", odd_answer(status))
        answer = decoded(content)
        if isinstance(answer, dict):
            self._raise_for_errcode(answer)
        return answer

    def _raise_for_errcode(self, answer: dict[str, Any]) -> None:
        errcode = errcode_of(answer)
        if not errcode:
            return
        text = str(answer.get("errmsg", ""))
        rid, errmsg = rid_of(text), impersonal(text, (self.account.secret,))
        verdict = classify(errcode)
        if errcode in SIGN_IN_CODES:
            raise CodeRefused(errcode, errmsg, verdict, rid)
        if errcode == WeChatErrorCode.OUT_OF_API_FREQ_LIMIT.value:
            raise CallLimited(errcode, errmsg, verdict, rid)
        raise CallRefused(errcode, errmsg, verdict, rid)

    async def _fetch_token(self) -> Token:
        """Ask for the stable token; never with force_refresh. Raises :class:`NoToken`."""
        body = {
            "grant_type": "client_credential",
            "appid": self.account.appid,
            "secret": self.account.secret,
            "force_refresh": False,
        }
        try:
            answer = await self._call("post", self._url("stable_token", self.API_BASE_URL), data=body)
            found = _record(answer, "access_token")
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


def _follower(answer: Mapping[str, Any]) -> Follower:
    return Follower(str(answer["openid"]), answer.get("subscribe") == 1, answer.get("unionid"))


def _record(answer: Any, needed: str) -> dict[str, Any]:
    """The answer as a mapping that has this key; anything else is no answer."""
    if not isinstance(answer, dict) or needed not in answer:
        raise CallDoubtful(f"the answer holds no {needed}")
    return answer


def _unchanged(answer: Any) -> Any:
    return answer
