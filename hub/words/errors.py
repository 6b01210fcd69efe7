"""What can go wrong, for two audiences: a person who uses the hub, and an operator who starts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class HubError(Exception):
    """Everything the hub raises on purpose."""


class SetupError(HubError):
    """Stops the hub before it listens. Each problem names the place and the fix, for the operator, in English."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems: Sequence[str] = problems


class Refused(HubError):
    """A request that is not done, with words for the person who asked (Chinese) and a stable code for programs.

    ``message`` says what to do next and never holds personal data; ``fields`` maps a field's path to its own message;
    ``state`` is the current state of the thing, given with a conflict so that the caller can show it.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    message: ClassVar[str] = "请求无法完成，请检查后重试。"

    def __init__(
        self,
        message: str | None = None,
        *,
        fields: Mapping[str, str] | None = None,
        state: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message or self.message)
        self.text = message or self.message
        self.fields = dict(fields or {})
        self.state = dict(state) if state is not None else None
        self.retry_after = retry_after


class Malformed(Refused):
    """The bytes are no request at all: broken JSON, a wrong content type."""

    code = "malformed"
    message = "请求格式不正确。"


class Invalid(Refused):
    """Well-formed, yet a value breaks a rule; ``fields`` says which."""

    status, code = 422, "invalid"
    message = "填写的内容有误，请按提示修改。"


class NotSignedIn(Refused):
    status, code = 401, "not_signed_in"
    message = "请先登录。"


class Forbidden(Refused):
    """The one who asks has no right to it, there."""

    status, code = 403, "forbidden"
    message = "您没有权限进行此操作。"


class NotFound(Refused):
    """Also the answer for what exists but lies outside the reader's scope: its existence is not told."""

    status, code = 404, "not_found"
    message = "没有找到您要的内容。"


class AnotherLevel(Refused):
    """It is done at places of another level: in a village, and asked for at a county."""

    code = "another_level"
    message = "这件事不在这一级办理，请先选择所在的地方。"


class MethodNotAllowed(Refused):
    status, code = 405, "method_not_allowed"
    message = "不支持这种操作。"


class TooSlow(Refused):
    """What is sent comes so slowly that others would have to wait for it."""

    status, code = 408, "too_slow"
    message = "网络太慢，没有收到完整内容，请换个信号好的地方再试。"


class UnsupportedType(Refused):
    """A body of another kind than the operation reads."""

    status, code = 415, "unsupported_type"
    message = "请求的Content-Type不正确。"


class HeadTooLarge(Refused):
    """Address and headers together."""

    status, code = 431, "head_too_large"
    message = "网址或请求头太长，请缩短查询条件后再试。"


class Conflict(Refused):
    """The thing has moved on meanwhile; ``state`` shows where it is now."""

    status, code = 409, "conflict"
    message = "内容已被更新，请刷新后再操作。"


class SwitchedOff(Conflict):
    """Another plugin would have to do it, and that one is off in this county."""

    code = "switched_off"
    message = "本地没有开通办理这件事所需的功能，请联系管理人员。"


class WriteContention(Conflict):
    """Too many wrote to the same things at once: a little later the same goes through."""

    message = "同时办理的人太多，请再试一次。"


class Stale(Conflict):
    """The version sent is not the newest one: somebody else was first."""

    code = "stale"
    message = "刚刚有人更新了这条记录，请查看最新状态后再操作。"


class Duplicate(Conflict):
    """A unique index refused the document. Plugins catch it to say something of their own."""

    code = "duplicate"
    message = "已有相同的记录，请勿重复提交。"


class TooLarge(Refused):
    status, code = 413, "too_large"
    message = "内容太大，请压缩后再上传。"


class TooMany(Refused):
    """A rate limit; ``retry_after`` is in seconds."""

    status, code = 429, "too_many"
    message = "操作太频繁，请稍后再试。"


class Unavailable(Refused):
    """Under repair, or a part that we depend on does not answer."""

    status, code = 503, "unavailable"
    message = "系统维护中，请稍后再试。"


# What says nothing against a thing: a little later the same may go through.
PASSING = (WriteContention, TooMany, Unavailable)
