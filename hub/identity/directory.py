"""Who is reached when a task or a push goes to a position, and where WeChat finds a person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from hub.actors import App
from hub.clock import Clock
from hub.contributions import Bearers, Holders
from hub.identity.holders import HolderAnswer, who_holds
from hub.identity.moments import now_of
from hub.identity.people import PEOPLE
from hub.identity.sessions import Sessions
from hub.identity.wechat_users import Addresses, WechatUsers
from hub.places import Places
from hub.store.database import Database
from hub.store.mongo import AsyncClientSession

# More claims than that on one number is an attack, and the first hundred are told.
MOST_BEARERS = 100


class Directory:
    """Looks up people for those who send to them; reads only a few small fields."""

    def __init__(
        self, database: Database, clock: Clock, places: Places, wechat: WechatUsers, sessions: Sessions
    ) -> None:
        self._database = database
        self._clock = clock
        self._places = places
        self._wechat = wechat
        self._sessions = sessions

    async def holders(self, audience: Holders) -> HolderAnswer:
        """Whoever acts in a fitting position at this place; else one level up, and so on."""
        return await who_holds(self._database, self._places.tree, audience, now_of(self._clock))

    async def bearers(self, audience: Bearers) -> list[str]:
        """Whose number it is, or who says so; the first hundred."""
        which = {"id_number.b": {"$in": list(audience.keys)}, "_id": {"$nin": list(audience.but_not)}}
        found = await self._database[PEOPLE].find(which, {"_id": 1}).limit(MOST_BEARERS).to_list(MOST_BEARERS)
        return [row["_id"] for row in found]

    async def addresses(self, persons: Iterable[str], app: App) -> dict[str, Addresses]:
        """Where WeChat reaches these persons for an app; every one of them is in the answer. Two queries."""
        return await self._wechat.addresses(persons, app)

    async def follow(self, appid: str, openid: str, unionid: str | None, at: datetime | None = None) -> None:
        """An openid follows an official account since ``at``; a known unionid gives its person this route."""
        await self._wechat.follow(appid, openid, unionid, at)

    async def unfollow(self, appid: str, openid: str, unionid: str | None = None, at: datetime | None = None) -> None:
        """An openid has ceased to follow."""
        await self._wechat.unfollow(appid, openid, at)

    async def forget(self, appid: str, openid: str) -> None:
        """Somebody has withdrawn the permission to use their WeChat data: it is deleted, a resident is signed out."""

        async def work(session: AsyncClientSession) -> None:
            for binding in await self._wechat.forget(session, appid, openid):
                if binding.side == "resident":
                    await self._sessions.revoke_all(session, binding.person, "unbound", app="ykt")

        await self._database.transaction(work)
