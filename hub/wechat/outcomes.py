"""How a send ended: sent, refused, or nobody knows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import TypeAlias

import msgspec

from hub.wechat.errors import ErrorKind, Verdict

_RID = re.compile(r"\s*,?\s*rid\s*:\s*([0-9a-zA-Z-]+)")
# An openid, a token, an ID number, a phone number: nothing that an error message needs.
_PERSONAL = re.compile(r"[\w-]{28,}|\d{7,}[Xx]?")
_MESSAGE_LENGTH = 200


class Sent(msgspec.Struct, frozen=True):
    """WeChat took it; the result comes as a callback with this ``msgid`` (empty where WeChat gives none).

    ``mended`` is the refusal that one changed resend got round (40165: without the mini program, 47003: fitted again);
    somebody should mend the template.
    """

    msgid: str
    mended: Refused | None = None


class Refused(msgspec.Struct, frozen=True):
    """WeChat said no, or was not reached at all (``errcode`` is ``None``): nothing was sent.

    ``rid`` finds the call in WeChat's own logs; ``errmsg`` is theirs with whatever might be personal taken out.
    """

    errcode: int | None
    verdict: Verdict
    rid: str
    errmsg: str

    @property
    def kind(self) -> ErrorKind:
        """What to do next."""
        return self.verdict.kind

    @property
    def wait(self) -> timedelta | None:
        """The pause before the next attempt, when this was the first one."""
        return self.verdict.wait


class UnknownOutcome(msgspec.Struct, frozen=True):
    """No answer came: it may have been sent. ``reason`` is a word of ours, never the library's text (it holds the URL).

    An OA template may be sent again with the same ``client_msg_id`` within 10 minutes; a subscribe message has no such
    key: the message class decides.
    """

    reason: str


Outcome: TypeAlias = Sent | Refused | UnknownOutcome


def rid_of(errmsg: str) -> str:
    """The request id that WeChat appends to its error messages, or an empty string."""
    found = _RID.search(errmsg)
    return found[1] if found else ""


def impersonal(errmsg: str, secrets: Iterable[str] = ()) -> str:
    """WeChat's words without the rid, the values we sent (``secrets``), and whatever looks like a person's."""
    text = _RID.sub("", errmsg)
    for secret in secrets:
        if len(secret) > 1:
            text = text.replace(secret, "…")
    return _PERSONAL.sub("…", text).strip()[:_MESSAGE_LENGTH]
