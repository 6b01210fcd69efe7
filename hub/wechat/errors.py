"""What a sender does with each of WeChat's error codes: a table, because it grows with every incident."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

import msgspec

from hub.words.clock import shanghai

_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)

TOKEN_CODES = frozenset({40001, 40014, 42001})

# `jscode2session` and the OAuth call: the code is wrong, used, too old, or the account behind it is barred.
SIGN_IN_CODES = frozenset({40029, 40163, 40226, 41008})


class ErrorKind(enum.Enum):
    """What to do next."""

    TOKEN = "token"  # noqa: S105 not a secret. Get a new token, retry once (the client does so itself)
    WAIT = "wait"  # back off, try again
    USER = "user"  # stop for this person
    USER_TEMPLATE = "user_template"  # stop for this person and template: the credit is used up
    CONFIG = "config"  # stop this template or account, alert
    ODD = "odd"  # an answer that is none of WeChat's: try again, and stop the account when it goes on
    QUOTA = "quota"  # pause the account until the next day
    DROP = "drop"  # never retry this message
    DONE = "done"  # it was sent before: treat as sent
    DOUBT = "doubt"  # nobody knows whether it was sent


class Verdict(msgspec.Struct, frozen=True):
    """What a code means for the sender.

    ``waits`` are the pauses before the first, second, … further attempt; the last one repeats. ``alert`` says that a
    person of the operations staff has to look, ``note`` what at (English, no personal data).
    """

    kind: ErrorKind
    note: str
    waits: tuple[timedelta, ...] = ()
    alert: bool = False

    @property
    def wait(self) -> timedelta | None:
        """The pause before the next attempt, when this was the first one."""
        return self.wait_after(1)

    def wait_after(self, attempts: int) -> timedelta | None:
        """The pause after so many attempts (1 = the first one has failed)."""
        if not self.waits:
            return None
        return self.waits[min(attempts, len(self.waits)) - 1]


def _config(note: str) -> Verdict:
    return Verdict(ErrorKind.CONFIG, note, alert=True)


BUSY = Verdict(ErrorKind.WAIT, "system busy: lower the rate", (_SECOND, 5 * _SECOND, 30 * _SECOND))
NOT_REACHED = Verdict(
    ErrorKind.WAIT, "WeChat was not reached: nothing was sent", (_SECOND, 5 * _SECOND, 30 * _SECOND, 2 * _MINUTE)
)
# A page of somebody between (a gateway that restarts, a login page) as well as a wrong address: the first goes by itself.
ODD_WAITS = (5 * _SECOND, 30 * _SECOND)
TOKEN_REFUSED_AGAIN = Verdict(
    ErrorKind.WAIT, "a fresh token was refused as well: does another system use force_refresh?", (_MINUTE,), alert=True
)
DOUBT = Verdict(ErrorKind.DOUBT, "no answer: sent or not, nobody knows")

_VERDICTS: Mapping[int, Verdict] = MappingProxyType(
    {
        **{code: Verdict(ErrorKind.TOKEN, "access token invalid or expired") for code in TOKEN_CODES},
        -1: BUSY,
        45011: Verdict(ErrorKind.WAIT, "this API is called too often", (_MINUTE, 2 * _MINUTE)),
        # Another node, or another system on the same account, is sending to the same phone: each refusal waits longer.
        43108: Verdict(
            ErrorKind.WAIT,
            "concurrent sends to one user: one lane per openid",
            (_SECOND, 3 * _SECOND, 10 * _SECOND, 30 * _SECOND, 2 * _MINUTE),
        ),
        43117: Verdict(ErrorKind.WAIT, "too often to this openid", (5 * _MINUTE, 15 * _MINUTE)),
        40003: Verdict(ErrorKind.USER, "openid unknown to this account, or of another one"),
        43004: Verdict(ErrorKind.USER, "not a follower, until a subscribe event"),
        43019: Verdict(ErrorKind.USER, "on the account's blacklist"),
        # One person's frozen account, or ours: on every call it is the account.
        50002: Verdict(ErrorKind.USER, "user frozen; when every call says so, the account is"),
        43101: Verdict(ErrorKind.USER_TEMPLATE, "not subscribed, or the credit is used up"),
        40037: _config("template id unknown to this account"),
        40036: _config("template id has a wrong length"),
        43107: _config("sending subscribe messages is barred for this template"),
        43116: _config("template barred"),
        41030: _config("page does not exist in the published mini program"),
        40165: _config("mini program page path refused"),
        48001: _config("the account has no right to this API"),
        48004: _config("API barred for this account"),
        61007: _config("API not authorised to the third party"),
        40164: _config("this server's address is not on the account's IP list"),
        61004: _config("this server's address is not on the third party's IP list"),
        45035: _config("client address refused"),
        45103: _config("API withdrawn"),
        45109: _config("API withdrawn"),
        # Of the token call: the account's id or secret is wrong.
        40013: _config("appid wrong"),
        40125: _config("secret wrong"),
        41004: _config("secret missing"),
        40002: _config("grant type wrong"),
        45009: Verdict(ErrorKind.QUOTA, "daily quota used up", alert=True),
        47003: Verdict(ErrorKind.DROP, "a field breaks its type's rule; was resent once after fitting"),
        47001: Verdict(ErrorKind.DROP, "malformed request"),
        40033: Verdict(ErrorKind.DROP, "escaped characters in the request"),
        40249: Verdict(ErrorKind.DROP, "content is illegal"),
        45168: Verdict(ErrorKind.DROP, "sensitive words"),
        **{code: Verdict(ErrorKind.DROP, "sign-in code wrong, used or too old") for code in SIGN_IN_CODES},
        40241: Verdict(ErrorKind.DONE, "the same message was sent within 60 s"),
    }
)

# WeChat has answered, so this is no doubt: the message was refused. Sending it again would be refused again, stopping a
# whole account for one unknown code would be worse; so the WeChat notice is dropped (the inbox has the message) and
# somebody is told to put the code into the table.
_UNKNOWN = Verdict(ErrorKind.DROP, "unknown error code: look it up and add it to hub/wechat/errors.py", alert=True)


def odd_answer(status: int) -> Verdict:
    """The verdict on an HTTP status that WeChat does not use: 404, 302, 403."""
    return Verdict(ErrorKind.ODD, f"HTTP {status}: not WeChat's answer; is base_url right?", ODD_WAITS, alert=True)


def classify(errcode: int) -> Verdict:
    """The verdict on a non-zero errcode of any call but the token call. An unknown one: DROP with an alert."""
    return _VERDICTS.get(errcode, _UNKNOWN)


def classify_token_call(errcode: int) -> Verdict:
    """The verdict on an errcode of the token call itself: there 40001 means that the secret is wrong."""
    if errcode in TOKEN_CODES:
        return _config("the token call was refused: appid or secret wrong")
    return classify(errcode)


def known_codes() -> tuple[int, ...]:
    """Every code in the table, for tests and the generated docs."""
    return tuple(_VERDICTS)


def quota_returns_at(now: datetime) -> datetime:
    """When a daily quota is full again: the next midnight in Shanghai."""
    tomorrow = shanghai(now) + timedelta(days=1)
    return tomorrow.replace(hour=0, minute=0, second=0, microsecond=0)
