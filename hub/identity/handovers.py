"""From a mini program into its web-view: a code for one use becomes the cookie of a session of its own."""

from __future__ import annotations

import secrets
from datetime import datetime

import msgspec

from hub.identity.moments import now_of
from hub.identity.sessions import Opened, Sessions
from hub.identity.settings import IdentitySettings
from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import AsyncClientSession
from hub.store.sweeping import FLEETING, sweep
from hub.words.actors import Actor
from hub.words.clock import Clock
from hub.words.contributions import Index
from hub.words.errors import NotSignedIn

HANDOVERS = "handovers"
COLLECTIONS = (CoreCollection(HANDOVERS, (Index((("expires_at", 1),), name="handovers_by_end"),)),)


class BadCode(NotSignedIn):
    code = "bad_handover"
    message = "页面凭证已失效，请返回小程序重新打开。"


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """A code that was given out; kept as its digest."""

    id: str = msgspec.field(name="_id")
    session: str
    expires_at: datetime


class Handovers:
    """Gives out codes and takes each once."""

    def __init__(self, database: Database, clock: Clock, settings: IdentitySettings, sessions: Sessions) -> None:
        self._database = database
        self._handovers = database[HANDOVERS]
        self._clock = clock
        self._life = settings.handover_life
        self._sessions = sessions

    async def issue(self, actor: Actor) -> str:
        """A code for somebody who is signed in."""
        if actor.session is None:
            raise NotSignedIn
        code = secrets.token_urlsafe(32)
        handover = Handover(id=self._digest(code), session=actor.session, expires_at=now_of(self._clock) + self._life)
        await self._handovers.insert_one(self._database.encode(handover))
        return code

    async def redeem(self, session: AsyncClientSession, code: str) -> Opened:
        """A session like the one in which the code was made, which ends no later; the same transaction uses it up.
        ``BadCode`` otherwise.
        """
        found = await self._handovers.find_one_and_delete({"_id": self._digest(code)}, session=session)
        handover = None if found is None else self._database.decode(Handover, found)
        if handover is None or handover.expires_at <= now_of(self._clock):
            raise BadCode
        # Written, so that the parent cannot be ended by another transaction without this one being seen.
        parent = await self._sessions.hold(session, handover.session)
        if parent is None:
            raise BadCode("登录已失效，请返回小程序重新登录。")
        return await self._sessions.open(
            session,
            app=parent.app,
            kind=parent.kind,
            person=parent.person,
            account=parent.account,
            appid=parent.appid,
            second_factor=parent.second_factor,
            limited=parent.limited,
            parent=parent,
        )

    async def sweep(self, now: datetime) -> int:
        """Forget codes that nobody came for; returns how many."""
        return await sweep(self._handovers, {"expires_at": {"$lt": now}}, by="expires_at", part=FLEETING)

    def _digest(self, code: str) -> str:
        return self._database.cipher.digest("handover", code)
