"""The stand-in's no: an errcode and WeChat's words for it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from types import MappingProxyType

TEXTS: Mapping[int, str] = MappingProxyType(
    {
        -1: "system error",
        40001: "invalid credential, access_token is invalid or not latest",
        40002: "invalid grant_type",
        40003: "invalid openid",
        40013: "invalid appid",
        40014: "invalid access_token",
        40029: "invalid code",
        40033: "invalid charset. please check your request, if include \\uxxxx will create fail!",
        40037: "invalid template_id",
        40066: "invalid url",
        40097: "invalid args",
        40125: "invalid appsecret",
        40163: "code been used",
        40164: "invalid ip, not in whitelist",
        40165: "invalid weapp pagepath",
        40169: "invalid length for scene, or the data is not json string",
        40241: "duplicate message within 60s",
        41001: "access_token missing",
        41008: "missing code",
        41030: "invalid page",
        42001: "access_token expired",
        43002: "require POST method",
        43004: "require subscribe",
        43019: "require remove blacklist",
        43101: "user refuse to accept the msg",
        43108: "concurrent message to one user",
        43117: "message to this user too often",
        45002: "content size out of limit",
        45009: "reach max api daily quota limit",
        45011: "api minute-quota reach limit, must slower, retry next minute",
        47001: "data format error",
        47003: "argument invalid!",
        48001: "api unauthorized",
        48006: "forbid to clear quota because of reaching the limit",
        50002: "user limited",
    }
)


class Refusal(Exception):
    """Ends a call with this errcode."""

    def __init__(self, errcode: int, detail: str = "") -> None:
        super().__init__(errcode)
        self.errcode = errcode
        self.detail = detail

    def answer(self) -> dict[str, object]:
        """As WeChat words it, with a request id behind."""
        text = TEXTS.get(self.errcode, "refused")
        detail = f" {self.detail}" if self.detail else ""
        return {"errcode": self.errcode, "errmsg": f"{text}{detail} rid: {new_rid()}"}


def new_rid() -> str:
    """A request id in WeChat's form."""
    return f"{secrets.token_hex(4)}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
