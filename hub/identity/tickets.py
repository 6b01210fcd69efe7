"""Tickets for the live session: signed, short-lived, good for one use, bound to the session that asked."""

from __future__ import annotations

import hmac
import secrets
from datetime import UTC, datetime, timedelta

from hub.actors import Actor
from hub.clock import Clock
from hub.contributions import Index
from hub.errors import NotSignedIn
from hub.identity.moments import now_of
from hub.identity.sessions import Sessions
from hub.identity.settings import IdentitySettings
from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import DuplicateKeyError

USED = "used_tickets"
COLLECTIONS = (CoreCollection(USED, (Index((("expires_at", 1),), name="used_tickets_by_end"),)),)

LONGEST = 256


class BadTicket(NotSignedIn):
    code = "bad_ticket"
    message = "连接凭证无效，请刷新页面重新连接。"


class Tickets:
    """Issues tickets without a write, and takes each once: the first insert of its number wins, on whichever node."""

    def __init__(self, database: Database, clock: Clock, settings: IdentitySettings, sessions: Sessions) -> None:
        self._sealer = database.sealer
        self._used = database[USED]
        self._clock = clock
        self._life = settings.ticket_life
        self._sessions = sessions

    def issue(self, actor: Actor, life: timedelta | None = None) -> str:
        """A ticket for somebody who is signed in. ``life`` is longer for those who are told to move to another node."""
        if actor.session is None:
            raise NotSignedIn
        expires = int((now_of(self._clock) + (life or self._life)).timestamp() * 1000)
        body = f"{actor.session}.{expires}.{secrets.token_hex(16)}"
        return f"{body}.{self._signature(body)}"

    async def redeem(self, ticket: str) -> Actor:
        """Who comes with this ticket; ``BadTicket`` when it is forged, expired, used, or its session has ended."""
        session_id, expires_at, number = self._opened(ticket)
        if expires_at <= now_of(self._clock):
            raise BadTicket("连接凭证已过期，请刷新页面重新连接。")
        actor = await self._sessions.actor_of(session_id)
        if actor is None:
            raise BadTicket("登录已失效，请重新登录。")
        try:
            await self._used.insert_one({"_id": number, "expires_at": expires_at})
        except DuplicateKeyError:
            raise BadTicket("连接凭证已使用过，请刷新页面重新连接。") from None
        return actor

    async def sweep(self) -> int:
        """Forget used tickets that have expired anyway; returns how many."""
        answer = await self._used.delete_many({"expires_at": {"$lt": now_of(self._clock)}})
        return answer.deleted_count

    def _opened(self, ticket: str) -> tuple[str, datetime, str]:
        body, _, signature = ticket[:LONGEST].rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(body).encode()):
            raise BadTicket
        session_id, expires, number = body.split(".")
        return session_id, datetime.fromtimestamp(int(expires) / 1000, UTC), number

    def _signature(self, body: str) -> str:
        return self._sealer.digest("ticket", body)
