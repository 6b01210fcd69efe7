"""The people who use WeChat: who they are at each account, and what they let it send."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Contact:
    """One person at one account. ``finish`` is the status that a template message to them ends with."""

    appid: str
    openid: str
    person: str
    unionid: str
    phone: str = ""
    follows: bool = False
    is_blacklisted: bool = False
    is_frozen: bool = False
    finish: str = "success"
    credits: Counter[str] = field(default_factory=Counter)


class People:
    """All contacts, by openid and by person."""

    def __init__(self) -> None:
        self._by_openid: dict[tuple[str, str], Contact] = {}
        self._by_person: dict[tuple[str, str], Contact] = {}
        self._unionids: dict[str, str] = {}

    def at(self, appid: str, openid: str) -> Contact | None:
        """Who this openid is at this account; an openid of another account is nobody."""
        return self._by_openid.get((appid, openid))

    def contact(self, appid: str, person: str) -> Contact:
        """The person's contact at an account, made at their first visit."""
        return self._by_person.get((appid, person)) or self.add(appid, person)

    def add(self, appid: str, person: str, openid: str | None = None, unionid: str | None = None) -> Contact:
        """Make a contact (or find the one there is); the unionid is the same at all accounts."""
        if known := self._by_person.get((appid, person)):
            return known
        union = self._unionids.setdefault(person, unionid or f"u{secrets.token_urlsafe(20)[:27]}")
        contact = Contact(appid, openid or f"o{secrets.token_urlsafe(21)[:27]}", person, union)
        self._by_person[appid, person] = contact
        self._by_openid[appid, contact.openid] = contact
        return contact

    def all_of(self, appid: str) -> list[Contact]:
        """Everybody known at an account."""
        return [contact for (at, _), contact in self._by_openid.items() if at == appid]
