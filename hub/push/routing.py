"""Which WeChat account carries a message: the official account to its followers, else the mini program, else none."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, Protocol

from hub.push.messages import Message
from hub.push.preferences import Preference
from hub.rules.host import Host
from hub.wechat.client import WeChat
from hub.words.actors import App


class Address(Protocol):
    """Somebody at an account."""

    @property
    def appid(self) -> str: ...
    @property
    def openid(self) -> str: ...


class OfficialAddress(Address, Protocol):
    @property
    def follows(self) -> bool: ...


class Addresses(Protocol):
    """See :class:`hub.identity.wechat_users.Addresses`."""

    @property
    def oa(self) -> OfficialAddress | None: ...
    @property
    def mp(self) -> Address | None: ...


class WhereTheyAre(Protocol):
    """What is asked of the directory."""

    async def addresses(self, persons: Iterable[str], app: App) -> Mapping[str, Addresses]: ...


@dataclass(frozen=True, slots=True)
class Route:
    """An account, a template of it, and the person's openid there. ``spare``: another account could carry the message as well."""

    via: Literal["oa", "mp"]
    account: str
    template: str
    openid: str
    wechat: WeChat
    spare: bool = False

    def __repr__(self) -> str:
        return f"Route({self.via}, {self.account})"


# Why there is no route; the words for people stand in hub.push.operations.
NoRoute = Literal["not_bound", "not_following", "no_template", "refused"]


class RouteFinder:
    """Routes are looked up when a message is sent, not when it is planned: people follow and unfollow meanwhile."""

    def __init__(self, host: Host, directory: WhereTheyAre, accounts: Mapping[str, WeChat]) -> None:
        self._host = host
        self._directory = directory
        self._accounts = accounts

    async def routes(
        self, messages: Sequence[Message], chosen: Mapping[tuple[str, App], Preference] = MappingProxyType({})
    ) -> list[Route | NoRoute]:
        """One per message; two queries per app, however many messages. ``chosen``: who wants to hear by the mini program first."""
        persons: dict[App, set[str]] = defaultdict(set)
        for message in messages:
            persons[message.first.app].add(message.first.person)
        apps = list(persons)
        found = await asyncio.gather(*(self._directory.addresses(persons[app], app) for app in apps))
        addresses = dict(zip(apps, found, strict=True))
        return [
            self._choose(
                message,
                addresses[message.first.app].get(message.first.person),
                chosen.get((message.first.person, message.first.app)),
            )
            for message in messages
        ]

    def _choose(self, message: Message, addresses: Addresses | None, preference: Preference | None) -> Route | NoRoute:
        if addresses is None or (addresses.oa is None and addresses.mp is None):
            return "not_bound"
        if message.in_doubt:
            return self._same_as_before(message, addresses)
        reasons: list[NoRoute] = []
        official, mini = self._by("oa", addresses.oa, message), self._by("mp", addresses.mp, message)
        if isinstance(official, Route) and isinstance(mini, Route):
            first_mini = preference is not None and preference.via == "mp"
            return replace(mini if first_mini else official, spare=True)
        for answer in (official, mini):
            if isinstance(answer, Route):
                return answer
            if answer is not None:
                reasons.append(answer)
        return reasons[0] if reasons else "not_bound"

    def _by(
        self, via: Literal["oa", "mp"], address: Address | OfficialAddress | None, message: Message
    ) -> Route | NoRoute | None:
        if address is None or address.appid not in self._accounts:
            return None
        if address.appid in message.first.refused_by:
            return "refused"
        if via == "oa" and not getattr(address, "follows", False):
            return "not_following"
        return self._route(via, address, message)

    def _same_as_before(self, message: Message, addresses: Addresses) -> Route | NoRoute:
        """What may have been sent by one account is never sent by another."""
        for via, address in (("oa", addresses.oa), ("mp", addresses.mp)):
            if address is not None and address.appid == message.first.account and address.appid in self._accounts:
                return self._route(via, address, message)  # type: ignore[arg-type]
        return "not_bound"

    def _route(self, via: Literal["oa", "mp"], address: Address, message: Message) -> Route | NoRoute:
        wechat = self._accounts[address.appid]
        kind = self._host.message_type(message.first.message)
        template = wechat.account.templates.get(kind.kind) if kind is not None else None
        return Route(via, address.appid, template, address.openid, wechat) if template else "no_template"
