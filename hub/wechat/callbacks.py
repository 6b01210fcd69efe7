"""What WeChat tells the hub: checked, opened, and turned into records. Pure: the door stores first and answers."""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal, Protocol, TypeAlias

import msgspec
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import WeChatException

from hub.wechat import envelope
from hub.wechat.accounts import WeChatAccount
from hub.words.errors import Forbidden

# How far a callback's timestamp may be from our clock, either way (WeChat's own rule is 5 minutes for old ones).
TOLERANCE = timedelta(minutes=5)

# What the door answers once it has stored the callback; anything else, or nothing within 5 s, makes WeChat repeat it.
ANSWER = "success"


class CallbackRefused(Forbidden):
    """Not from WeChat, too old, played again, or unreadable. ``reason`` is for the log and holds no personal data."""

    code = "callback_refused"

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class CallbackQuery(msgspec.Struct, frozen=True):
    """The query string of a callback; ``msgspec.convert`` makes it from a mapping."""

    signature: str = ""
    timestamp: str = ""
    nonce: str = ""
    msg_signature: str = ""
    encrypt_type: str = ""
    echostr: str = ""


class TemplateFinished(msgspec.Struct, frozen=True):
    """How an official account's template message ended. May come before the send is recorded."""

    appid: str
    openid: str
    msgid: str
    status: Literal["delivered", "blocked", "failed", "limited"]


class Followed(msgspec.Struct, frozen=True):
    """Somebody follows the official account (again)."""

    appid: str
    openid: str


class Unfollowed(msgspec.Struct, frozen=True):
    """Somebody has left the official account."""

    appid: str
    openid: str


class SubscribeChoices(msgspec.Struct, frozen=True):
    """What somebody chose per template. ``popup``: an accept is one credit. ``change``: taken back in the settings."""

    appid: str
    openid: str
    by: Literal["popup", "change"]
    choices: Mapping[str, Literal["accept", "reject"]]


class SubscribeSent(msgspec.Struct, frozen=True):
    """How a subscribe message ended; errcode 0 = on the phone."""

    appid: str
    openid: str
    template_id: str
    msgid: str
    errcode: int


class AuthorizationRevoked(msgspec.Struct, frozen=True):
    """Somebody has withdrawn the permission to use their data: the law wants it deleted."""

    appid: str
    openid: str


class Other(msgspec.Struct, frozen=True):
    """Everything the hub has no use for: ``kind`` is the message's type, or ``event:`` and the event's name."""

    appid: str
    openid: str
    kind: str


Notice: TypeAlias = (
    TemplateFinished | Followed | Unfollowed | SubscribeChoices | SubscribeSent | AuthorizationRevoked | Other
)


class Callback(msgspec.Struct, frozen=True):
    """One callback. ``dedupe_key`` is the same for its repeats (a digest: it holds no openid)."""

    dedupe_key: str
    notices: tuple[Notice, ...]


class SeenNonces(Protocol):
    """Remembers nonces for as long as their timestamps would pass."""

    def admit(self, nonce: str, now: datetime) -> bool:
        """Whether this nonce is new; it is remembered."""


class NonceGuard:
    """The nonces of the last minutes, at most ``limit``: beyond that the oldest go first, as they expire first."""

    def __init__(self, limit: int = 10_000) -> None:
        self._limit = limit
        self._seen: OrderedDict[str, datetime] = OrderedDict()

    def admit(self, nonce: str, now: datetime) -> bool:
        """Whether this nonce is new; it is remembered."""
        while self._seen and next(iter(self._seen.values())) < now - 2 * TOLERANCE:
            self._seen.popitem(last=False)
        if nonce in self._seen:
            return False
        self._seen[nonce] = now
        if len(self._seen) > self._limit:
            self._seen.popitem(last=False)
        return True


def echo(account: WeChatAccount, query: CallbackQuery, now: datetime, nonces: SeenNonces) -> str:
    """The answer to the GET by which WeChat checks a new callback address. Raises :class:`CallbackRefused`."""
    _check_time(query, now)
    _check_signature(query.signature, account.callback_token, query.timestamp, query.nonce)
    if not nonces.admit(query.nonce, now):
        raise CallbackRefused("nonce seen before")
    return query.echostr


def open_callback(account: WeChatAccount, query: CallbackQuery, body: bytes, now: datetime) -> Callback:
    """Check, decrypt and read a POST. Raises :class:`CallbackRefused`.

    Nonces are not guarded here: a repeat is legal (WeChat sends a callback up to three times) and does nothing, because
    its ``dedupe_key`` is known.
    """
    _check_time(query, now)
    try:
        outer = envelope.read(body)
        fields = _opened(account, query, outer)
        return Callback(_dedupe_key(account.appid, fields), _notices(account.appid, fields))
    except envelope.NotReadable as trouble:
        raise CallbackRefused(str(trouble)) from None


def _check_time(query: CallbackQuery, now: datetime) -> None:
    # Digits only: int() would also take signs, underscores and other scripts.
    if not (query.timestamp.isascii() and query.timestamp.isdigit() and len(query.timestamp) <= 12):
        raise CallbackRefused("no timestamp")
    if abs(now.timestamp() - int(query.timestamp)) > TOLERANCE.total_seconds():
        raise CallbackRefused("timestamp too far from our clock")


def _check_signature(given: str, *parts: str) -> None:
    """WeChat's signature: SHA-1 over the sorted parts. Compared in constant time."""
    # Lone surrogates cannot come over HTTP, yet a caller's decoder may make them.
    joined = b"".join(sorted(part.encode("utf-8", "replace") for part in parts))
    expected = hashlib.sha1(joined, usedforsecurity=False).hexdigest()
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
        raise CallbackRefused("wrong signature")


def _opened(account: WeChatAccount, query: CallbackQuery, outer: dict[str, Any]) -> dict[str, Any]:
    """The callback itself, out of its encrypted envelope."""
    sealed = outer.get("Encrypt")
    if isinstance(sealed, str) and sealed:
        _check_signature(query.msg_signature, account.callback_token, query.timestamp, query.nonce, sealed)
        return envelope.read(_decrypted(account, query, sealed))
    if not account.plain_callbacks:
        raise CallbackRefused("not encrypted: choose 安全模式 on the platform's callback page")
    _check_signature(query.signature, account.callback_token, query.timestamp, query.nonce)
    return outer


def _decrypted(account: WeChatAccount, query: CallbackQuery, sealed: str) -> str:
    crypto = WeChatCrypto(account.callback_token, account.aes_key, account.appid)
    try:
        # Given as a mapping, so that wechatpy does not parse XML itself.
        text: str = crypto.decrypt_message({"Encrypt": sealed}, query.msg_signature, query.timestamp, query.nonce)
    except (WeChatException, ValueError, IndexError, struct.error):
        # Also another account's appid inside: a callback of one of our accounts played to another.
        raise CallbackRefused("cannot be decrypted: is aes_key the platform's, is it this account's?") from None
    return text


def _dedupe_key(appid: str, fields: Mapping[str, Any]) -> str:
    """Messages are told apart by MsgId, events by sender, second, name, key, MsgID and their list."""
    if "MsgId" in fields:
        identity: list[Any] = [appid, str(fields["MsgId"])]
    else:
        named = ("FromUserName", "CreateTime", "Event", "EventKey", "MsgID")
        # Two popups within one second differ in their lists alone.
        items = [sorted((key, str(value)) for key, value in item.items()) for item in _items(fields)]
        identity = [appid, *(str(fields.get(name, "")) for name in named), items]
    return hashlib.sha256(msgspec.json.encode(identity)).hexdigest()


def _notices(appid: str, fields: Mapping[str, Any]) -> tuple[Notice, ...]:
    openid = _text(fields, "FromUserName")
    kind = _text(fields, "MsgType").lower()
    if kind != "event":
        return (Other(appid, openid, kind),)
    name = _text(fields, "Event").lower()
    reader = _READERS.get(name)
    return reader(appid, openid, fields) if reader else (Other(appid, openid, f"event:{name}"),)


def _template_finished(appid: str, openid: str, fields: Mapping[str, Any]) -> tuple[Notice, ...]:
    return (TemplateFinished(appid, openid, _text(fields, "MsgID"), _finish(_text(fields, "Status"))),)


def _finish(status: str) -> Literal["delivered", "blocked", "failed", "limited"]:
    """`success`, `failed:user block`, `failed: system failed`, `failed:freq limit`: the spaces vary."""
    plain = status.replace(" ", "").lower()
    if plain == "success":
        return "delivered"
    if "block" in plain:
        return "blocked"
    return "limited" if "limit" in plain else "failed"


def _followed(appid: str, openid: str, _: Mapping[str, Any]) -> tuple[Notice, ...]:
    return (Followed(appid, openid),)


def _unfollowed(appid: str, openid: str, _: Mapping[str, Any]) -> tuple[Notice, ...]:
    return (Unfollowed(appid, openid),)


def _popup(appid: str, openid: str, fields: Mapping[str, Any]) -> tuple[Notice, ...]:
    return (SubscribeChoices(appid, openid, "popup", _choices(fields)),)


def _change(appid: str, openid: str, fields: Mapping[str, Any]) -> tuple[Notice, ...]:
    return (SubscribeChoices(appid, openid, "change", _choices(fields)),)


def _choices(fields: Mapping[str, Any]) -> dict[str, Literal["accept", "reject"]]:
    # Also `ban` and `filter` mean that nothing may be sent.
    return {
        _text(item, "TemplateId"): "accept" if _text(item, "SubscribeStatusString") == "accept" else "reject"
        for item in _items(fields)
    }


def _sent(appid: str, openid: str, fields: Mapping[str, Any]) -> tuple[Notice, ...]:
    return tuple(
        SubscribeSent(appid, openid, _text(item, "TemplateId"), _text(item, "MsgID"), _number(item, "ErrorCode"))
        for item in _items(fields)
    )


def _revoked(appid: str, openid: str, fields: Mapping[str, Any]) -> tuple[Notice, ...]:
    return (AuthorizationRevoked(appid, str(fields.get("OpenID") or openid)),)


_Reader: TypeAlias = Callable[[str, str, Mapping[str, Any]], tuple[Notice, ...]]

_READERS: Mapping[str, _Reader] = MappingProxyType(
    {
        "templatesendjobfinish": _template_finished,
        "subscribe": _followed,
        "unsubscribe": _unfollowed,
        "subscribe_msg_popup_event": _popup,
        "subscribe_msg_change_event": _change,
        "subscribe_msg_sent_event": _sent,
        "user_authorization_revoke": _revoked,
    }
)

# In XML the list is wrapped in an element of its own.
_WRAPPERS = ("SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent", "SubscribeMsgSentEvent")


def _items(fields: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The entries of `List`: an object for one, an array for several."""
    holders = [fields, *(fields[name] for name in _WRAPPERS if isinstance(fields.get(name), dict))]
    found: Any = next((holder["List"] for holder in holders if "List" in holder), [])
    entries = found if isinstance(found, list) else [found]
    if not all(isinstance(entry, dict) for entry in entries):
        raise envelope.NotReadable("List holds something else than entries")
    return entries


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str | int):
        raise envelope.NotReadable(f"{name} is missing")
    return str(value)


def _number(fields: Mapping[str, Any], name: str) -> int:
    try:
        return int(_text(fields, name))
    except ValueError:
        raise envelope.NotReadable(f"{name} is no number") from None
