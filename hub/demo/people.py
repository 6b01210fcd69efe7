"""The invented people of the demo, and their phones at the stand-in for WeChat."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from hub import demo
from hub.words import masking
from hub.words.actors import App

# What a person's position makes of them, and so which app they carry.
_APP_OF_ROLE: Mapping[str, App] = {
    "window": "ydsh",
    "handler": "ydsh",
    "leader": "ydjd",
    "discipline": "ydjd",
    "ops_system": "ops",
    "ops_security": "ops",
    "ops_audit": "ops",
}


class OnWeChat(msgspec.Struct, frozen=True):
    """What a person's phone does: ``follows`` the official account, ``credits`` accepted per template of their mini program."""

    follows: bool = False
    credits: int = 0


class Invented(msgspec.Struct, frozen=True, kw_only=True):
    """One person of ``people.yaml``. ``key`` is their name at the stand-in: a resident's key, a username."""

    key: str
    name: str
    id_number: str
    app: App
    phone: str | None = None
    region: str | None = None
    post: str = ""
    wechat: OnWeChat | None = None
    positions: tuple[dict[str, Any], ...] = ()

    @property
    def masked(self) -> str:
        return masking.name(self.name)


def residents() -> Sequence[Invented]:
    """Those whom subsidies are for."""
    return [msgspec.convert({**row, "app": "ykt"}, Invented) for row in demo.read("people")["residents"]]


def staff() -> Sequence[Invented]:
    """Handlers, leaders, discipline inspection, operations."""
    file = demo.read("people")
    labels: Mapping[str, str] = file["roles"]
    return [_member(row, labels) for row in file["staff"]]


def everybody() -> Mapping[str, Invented]:
    """All of them by their keys."""
    return {person.key: person for person in (*residents(), *staff())}


def _member(row: Mapping[str, Any], labels: Mapping[str, str]) -> Invented:
    first = row["positions"][0]
    known = {"key": row["username"], "app": _APP_OF_ROLE[first["role"]], "post": labels[first["role"]]}
    return msgspec.convert({**row, **known}, Invented)


def openid(person: str, appid: str) -> str:
    """The same at every start: the stand-in forgets, the database does not."""
    return "o" + _letters(f"{appid}|{person}")


def unionid(person: str) -> str:
    return "u" + _letters(person)


def _letters(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())[:27].decode()
