"""Tickets for the live session: signed, short-lived, good for one use, bound to the session that asked."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.identity.moments import now_of
from hub.identity.sessions import Sessions
from hub.identity.settings import IdentitySettings
from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import BulkWriteError, PyMongoError
from hub.store.sweeping import FLEETING, sweep
from hub.words.actors import Actor
from hub.words.clock import Clock
from hub.words.contributions import Index
from hub.words.errors import NotSignedIn

USED = "used_tickets"
COLLECTIONS = (CoreCollection(USED, (Index((("expires_at", 1),), name="used_tickets_by_end"),)),)

LONGEST = 256
MOST_AT_ONCE = 500
DUPLICATE = 11000


class BadTicket(NotSignedIn):
    code = "bad_ticket"
    message = "连接凭证无效，请刷新页面重新连接。"


class Turnstile:
    """Lets each number through once, on whichever node: the first insert wins.

    What arrives while one insert is under way goes into the next one together. After a restart a thousand phones come
    back at once, and a journaled write for each would make them queue.
    """

    def __init__(self, database: Database) -> None:
        self._used = database[USED]
        self._waiting: list[tuple[dict[str, Any], asyncio.Future[bool]]] = []
        self._working: asyncio.Task[None] | None = None

    async def pass_once(self, number: str, expires_at: datetime) -> bool:
        """Whether nobody has come with this number before."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(({"_id": number, "expires_at": expires_at}, answer))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            try:
                used = await self._insert([row for row, _ in batch])
            except PyMongoError as problem:
                for _, answer in batch:
                    _settle(answer, problem)
            else:
                for at, (_, answer) in enumerate(batch):
                    _settle(answer, at not in used)

    async def _insert(self, rows: list[dict[str, Any]]) -> set[int]:
        """Insert all that are new; returns the positions of those that are not."""
        try:
            await self._used.insert_many(rows, ordered=False)
        except BulkWriteError as refused:
            errors = refused.details.get("writeErrors", [])
            if any(error.get("code") != DUPLICATE for error in errors):
                raise
            return {error["index"] for error in errors}
        return set()

    async def sweep(self, now: datetime) -> int:
        """Forget numbers that would be refused as expired anyway; returns how many."""
        return await sweep(self._used, {"expires_at": {"$lt": now}}, by="expires_at", part=FLEETING)


def _settle(answer: asyncio.Future[bool], outcome: bool | Exception) -> None:
    if answer.done():
        return  # Whoever asked has gone.
    if isinstance(outcome, Exception):
        answer.set_exception(outcome)
    else:
        answer.set_result(outcome)


class Tickets:
    """Issues tickets without a write, and takes each once."""

    def __init__(self, database: Database, clock: Clock, settings: IdentitySettings, sessions: Sessions) -> None:
        self._cipher = database.cipher
        self._turnstile = Turnstile(database)
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
        if not await self._turnstile.pass_once(number, expires_at):
            raise BadTicket("连接凭证已使用过，请刷新页面重新连接。")
        return actor

    async def sweep(self, now: datetime) -> int:
        """Forget used tickets that have expired anyway; returns how many."""
        return await self._turnstile.sweep(now)

    def _opened(self, ticket: str) -> tuple[str, datetime, str]:
        body, _, signature = ticket[:LONGEST].rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(body).encode()):
            raise BadTicket
        session_id, expires, number = body.split(".")
        return session_id, datetime.fromtimestamp(int(expires) / 1000, UTC), number

    def _signature(self, body: str) -> str:
        return self._cipher.digest("ticket", body)
