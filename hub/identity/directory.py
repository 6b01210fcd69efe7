"""Who is reached when a task or a push goes to a position, and where WeChat finds a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from hub.actors import App
from hub.clock import Clock
from hub.contributions import Holders
from hub.identity.moments import now_of
from hub.identity.people import PEOPLE
from hub.identity.positions import POSITIONS, fitting, in_force
from hub.identity.successions import Successions
from hub.identity.wechat_users import Addresses, WechatUsers
from hub.identity.withdrawals import Withdrawals
from hub.places import Places
from hub.store.database import Database
from hub.store.mongo import AsyncClientSession

# A place has a few dozen holders of one role; this many means that the roles are used wrongly.
MOST_HOLDERS = 2000


class HolderAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Who is reached. ``vacant``: nobody is there at the place asked for, which is an alert (P17); ``at`` is the place
    whose holders stand in, on the way up to the city; without anybody at all ``persons`` is empty."""

    persons: tuple[str, ...]
    vacant: bool
    at: str


class Directory:
    """Looks up people for those who send to them; reads only a few small fields."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        places: Places,
        wechat: WechatUsers,
        successions: Successions,
        withdrawals: Withdrawals,
    ) -> None:
        self._database = database
        self._positions = database[POSITIONS]
        self._clock = clock
        self._places = places
        self._wechat = wechat
        self._successions = successions
        self._withdrawals = withdrawals

    async def holders(self, audience: Holders) -> HolderAnswer:
        """Whoever acts in a fitting position at this place; else one level up, and so on. One query."""
        region = self._places.tree.get(audience.place)
        path = region.path if region is not None else (audience.place,)
        found = self._positions.find(fitting(audience, path, now_of(self._clock)), _WHO).limit(MOST_HOLDERS)
        acting: dict[str, list[str]] = {code: [] for code in path}
        async for row in found:
            person = row.get("deputy") if row["on_leave"] else row["person"]
            if person is not None:
                acting[row["region"]].append(person)
        return _nearest(acting, audience, await self._kept_away(audience))

    async def _kept_away(self, audience: Holders) -> set[str]:
        """Everybody whom the audience leaves out, also those it knows by number or by office."""
        away = set(audience.but_not)
        if audience.but_not_keys:
            numbered = self._database[PEOPLE].find({"id_number.b": {"$in": list(audience.but_not_keys)}}, {"_id": 1})
            away |= {row["_id"] async for row in numbered}
        if audience.but_not_offices:
            there = [
                {"region": office.region} | ({"bureau": office.bureau} if office.bureau else {})
                for office in audience.but_not_offices
            ]
            holding = self._positions.find({"$and": [{"$or": there}, in_force(now_of(self._clock))]}, _WHO)
            async for row in holding.limit(MOST_HOLDERS):
                away.add(row["person"])
                if row["on_leave"] and row.get("deputy"):
                    away.add(row["deputy"])
        return away

    async def heirs(self, persons: Iterable[str], session: AsyncClientSession | None = None) -> dict[str, str]:
        """Who stands for which of these since a proof; the others stand for themselves. One query."""
        return await self._successions.heirs(persons, session)

    async def ended_since(self, persons: Iterable[str]) -> dict[str, datetime]:
        """Since when a proof has put somebody else in the place of which of these. One query."""
        return await self._successions.since(persons)

    async def addresses(self, persons: Iterable[str], app: App) -> dict[str, Addresses]:
        """Where WeChat reaches these persons for an app; every one of them is in the answer. Two queries."""
        return await self._wechat.addresses(persons, app)

    async def follow(self, appid: str, openid: str, unionid: str | None, at: datetime | None = None) -> None:
        """An openid follows an official account since ``at``; a known unionid gives its person this route."""
        await self._wechat.follow(appid, openid, unionid, at)

    async def unknown_followers(self, appid: str, openids: Sequence[str]) -> list[str]:
        """Those of these openids, who follow the account, of whom that is not known here."""
        return await self._wechat.unknown_followers(appid, openids)

    async def unfollow(self, appid: str, openid: str, unionid: str | None = None, at: datetime | None = None) -> None:
        """An openid has ceased to follow."""
        await self._wechat.unfollow(appid, openid, at)

    async def withdrawn(self, session: AsyncClientSession, appid: str, openid: str) -> str | None:
        """Somebody has taken back the permission to use their WeChat data: bindings and sessions end; what is to be finished,
        None when nobody is known by this openid."""
        return await self._withdrawals.take(session, appid, openid)


def _nearest(acting: Mapping[str, list[str]], audience: Holders, away: set[str]) -> HolderAnswer:
    """From the place upwards, the first with somebody who may be told."""
    vacant = not acting[audience.place]
    for code in reversed(list(acting)):
        persons = tuple(dict.fromkeys(person for person in acting[code] if person not in away))
        if persons:
            return HolderAnswer(persons=persons, vacant=vacant, at=code)
    return HolderAnswer(persons=(), vacant=vacant, at=audience.place)


_WHO = {"_id": 0, "person": 1, "region": 1, "on_leave": 1, "deputy": 1}
