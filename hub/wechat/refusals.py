"""What a call that is not a send raises: wechatpy's exceptions, with our verdict, without request or response."""

from __future__ import annotations

from wechatpy.exceptions import APILimitedException, WeChatClientException

from hub.wechat.errors import Verdict


class CallRefused(WeChatClientException):  # type: ignore[misc]  # wechatpy is untyped
    """WeChat answered a call with an errcode, or was not reached (errcode ``None``). Holds no request, no response."""

    def __init__(self, errcode: int | None, errmsg: str, verdict: Verdict, rid: str = "") -> None:
        super().__init__(errcode, errmsg)
        self.verdict = verdict
        self.rid = rid


class CallLimited(CallRefused, APILimitedException):  # type: ignore[misc]
    """The account's daily quota is used up."""


class CodeRefused(CallRefused):
    """A sign-in code that is wrong, used or too old: the person signs in again."""


class CallDoubtful(WeChatClientException):  # type: ignore[misc]
    """No usable answer: the call may have been worked on or not. ``reason`` is a word of ours."""

    def __init__(self, reason: str) -> None:
        super().__init__(None, reason)
        self.reason = reason
