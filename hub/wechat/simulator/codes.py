"""Codes that a person's phone gets and the hub redeems: single use, five minutes."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from hub.wechat.simulator.people import Contact
from hub.wechat.simulator.refusal import Refusal

_LIFE = timedelta(minutes=5)

CodeKind: TypeAlias = Literal["login", "oauth", "phone"]


@dataclass(slots=True)
class Code:
    """What a code stands for."""

    kind: CodeKind
    contact: Contact
    made_at: datetime
    scope: str = "snsapi_base"
    is_snapshot: bool = False
    is_used: bool = False


class Codes:
    """The codes given out; the oldest are forgotten first."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._codes: OrderedDict[str, Code] = OrderedDict()

    def mint(self, code: Code) -> str:
        """Give it out under a new text."""
        text = f"0{secrets.token_urlsafe(24)[:31]}"
        self._codes[text] = code
        if len(self._codes) > self._keep:
            self._codes.popitem(last=False)
        return text

    def redeem(self, text: str, kind: CodeKind, appid: str, now: datetime) -> Code:
        """Use it up. 40029: unknown, of another account or too old; 40163: used before."""
        if not text:
            raise Refusal(41008)
        code = self._codes.get(text)
        if code is None or code.kind != kind or code.contact.appid != appid or now - code.made_at > _LIFE:
            raise Refusal(40029)
        if code.is_used:
            raise Refusal(40163)
        code.is_used = True
        return code
