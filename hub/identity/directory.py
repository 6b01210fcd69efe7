"""Who is reached when a task or a push goes to a position, and where WeChat finds a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from hub.identity.holders import HolderAnswer, who_holds
from hub.identity.moments import now_of
from hub.identity.people import PEOPLE
from hub.identity.successions import Successions
from hub.identity.wechat_users import Addresses, WechatUsers
from hub.identity.withdrawals import Withdrawals
from hub.rules.places import Places
from hub.store.database import Database
from hub.store.mongo import AsyncClientSession
from hub.words.actors import App
from hub.words.clock import Clock
from hub.words.contributions import Bearers, Holders

# More claims than that on one number is an attack, and the first hundred are told.
MOST_BEARERS = 100


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
        self._clock = clock
        self._places = places
        self._wechat = wechat
        self._successions = successions
        self._withdrawals = withdrawals

    async def holders(self, audience: Holders) -> HolderAnswer:
        """Whoever acts in a fitting position at this place; else one level up, and so on."""
        return await who_holds(self._database, self._places.tree, audience, now_of(self._clock))

    async def bearers(self, audience: Bearers) -> list[str]:
        """Whose number it is, or who says so; the first hundred."""
        which = {"id_number.b": {"$in": list(audience.keys)}, "_id": {"$nin": list(audience.but_not)}}
        found = await self._database[PEOPLE].find(which, {"_id": 1}).limit(MOST_BEARERS).to_list(MOST_BEARERS)
        return [row["_id"] for row in found]

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
