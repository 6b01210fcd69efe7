"""What a call that is not a send raises: with our verdict, without request or response."""

from __future__ import annotations

from hub.wechat.errors import Verdict


class CallFailed(Exception):
    """A call without a good answer. ``errcode`` is WeChat's, if it gave one."""

    def __init__(self, errcode: int | None, errmsg: str) -> None:
        super().__init__(f"errcode {errcode}: {errmsg}")
        self.errcode = errcode
        self.errmsg = errmsg


class CallRefused(CallFailed):
    """WeChat answered a call with an errcode, or was not reached (errcode ``None``)."""

    def __init__(self, errcode: int | None, errmsg: str, verdict: Verdict, rid: str = "") -> None:
        super().__init__(errcode, errmsg)
        self.verdict = verdict
        self.rid = rid


class CallLimited(CallRefused):
    """The account's daily quota is used up."""


class CodeRefused(CallRefused):
    """A sign-in code that is wrong, used or too old: the person signs in again."""


class CallDoubtful(CallFailed):
    """No usable answer: the call may have been worked on or not. ``reason`` is a word of ours."""

    def __init__(self, reason: str) -> None:
        super().__init__(None, reason)
        self.reason = reason
