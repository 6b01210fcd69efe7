"""Idempotency keys: a request that is sent twice, because the first answer was lost or a button pressed twice, is done once.

The key is written in the transaction of what it stands for, so either both are there or neither. Of what was sent nothing is kept
but a digest. A repeat is answered by the operation that the route names (``reads``); the first answer is kept, sealed, for where none
is named or it cannot be read any more.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

import msgspec

from hub.identity.deskviews import FirstPassword
from hub.rules.context import Context, unit_of
from hub.store.database import Database, to_milliseconds
from hub.store.indexes import CoreCollection
from hub.store.mongo import AsyncClientSession, DuplicateKeyError
from hub.store.sweeping import sweep
from hub.web.operations import Operation
from hub.words.clock import Clock
from hub.words.contributions import Index, Raw, Upload
from hub.words.errors import Conflict, Malformed
from hub.words.personal import Secret

T = TypeVar("T")

KEYS = "idempotency"
# No TTL index: a demo or a test plays on a moving clock and would lose keys at once. The sweep removes them.
COLLECTIONS = (CoreCollection(KEYS, (Index((("at", 1),), name="sweep"),)),)

# Their answers are secrets that must not be given again, nor kept until then.
EXEMPT = frozenset({"identity"})
SECRETS = (FirstPassword,)
# Bytes: about 0.2 ms of a digest.
LARGE = 64 * 1024
# After this a request that has opened its own transactions and never ended is held to be dead.
LOST_AFTER = timedelta(minutes=10)


def keeps(operation: Operation) -> bool:
    """Whether a key has any meaning: a table, a password, or what only looks is made anew for whoever asks again, and not kept for a
    month."""
    kept = operation.answer not in (Raw, *SECRETS) and not operation.route.changes_nothing
    return kept and operation.writes and operation.plugin not in EXEMPT


async def digest_of(upload: Upload) -> bytes:
    """The same for the same file under the same name. Of a large one it takes as long as others would wait for: in a thread."""
    if len(upload.data) < LARGE:
        return _digest(upload)
    return await asyncio.to_thread(_digest, upload)


def _digest(upload: Upload) -> bytes:
    digest = hashlib.sha256(upload.filename.encode() + b"\0")
    digest.update(upload.data)
    return digest.digest()


_KEY = re.compile(r"[\x21-\x7e]{8,128}")


class KeyReused(Conflict):
    """The key stands for another request."""

    code = "idempotency_key_reused"
    message = "该请求编号已用于另一项内容，请刷新页面后重新提交。"


class InProgress(Conflict):
    """The first request with this key is still being worked on."""

    code = "in_progress"
    message = "正在处理中，请稍候，不要重复提交。"


class Repeated(Exception):
    """This key has been used: not an error, but the way out of a transaction that must not go on."""


class Slot(msgspec.Struct, frozen=True):
    """Where a key is kept, and the digest of what was sent with it."""

    id: str
    digest: str


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the request with a key. ``object`` is the id of what it made or changed, ``answer`` the first answer."""

    id: str = msgspec.field(name="_id")
    digest: str
    at: datetime
    state: Literal["running", "done"] = "running"
    status: int | None = None
    object: str | None = None
    answer: Secret | None = None


class Keys:
    """The keys that were used."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._keys = database[KEYS]
        self._clock = clock

    def slot(self, key: str, owner: str, operation: Operation, sent: bytes) -> Slot:
        """The slot of a key: one per caller and operation. ``sent`` is everything the caller chose: path, query, body."""
        if not _KEY.fullmatch(key):
            raise Malformed("Idempotency-Key应为8至128个可见的ASCII字符。")
        digest = self._database.cipher.digest
        return Slot(
            digest("idempotency", f"{owner}\n{operation.name}\n{key}"),
            digest("idempotency body", sent.decode("latin1")),
        )

    def once(
        self, slot: Slot, status: int, call: Callable[[Context], Awaitable[T]]
    ) -> Callable[[Context], Awaitable[T]]:
        """``call``, in the same transaction as its key. Raises ``Repeated`` before anything is done when the key was used.

        The key comes first: of two requests at once the second waits here, by conflict and retry, for the first to end.
        """

        async def with_key(ctx: Context) -> T:
            session = unit_of(ctx).session
            await self._take(slot, session)
            result = await call(ctx)
            await self._settle(slot, status, result, session)
            return result

        return with_key

    async def around(self, slot: Slot, status: int, work: Callable[[], Awaitable[T]]) -> T:
        """Do keyed work that opens its own transactions: a mark is left before and settled after."""
        await self._take(slot, None)
        try:
            result = await work()
        except BaseException:
            await self._keys.delete_one({"_id": slot.id})
            raise
        await self._settle(slot, status, result, None)
        return result

    async def recall(self, slot: Slot) -> Kept:
        """What became of the first request. Raises ``KeyReused`` when it was another one, ``InProgress`` when it still runs."""
        found = await self._keys.find_one({"_id": slot.id})
        if found is None:
            raise InProgress
        kept = self._database.decode(Kept, found)
        if kept.digest != slot.digest:
            raise KeyReused
        if kept.state == "running":
            await self._forget_lost(kept)
            raise InProgress
        return kept

    async def sweep(self, before: datetime) -> int:
        """Remove the oldest keys from before this moment; returns how many went."""
        return await sweep(self._keys, {"at": {"$lt": before}}, by="at")

    async def _take(self, slot: Slot, session: AsyncClientSession | None) -> None:
        kept = Kept(id=slot.id, digest=slot.digest, at=self._now())
        try:
            await self._keys.insert_one(self._database.encode(kept), session=session)
        except DuplicateKeyError:
            raise Repeated from None

    async def _settle(self, slot: Slot, status: int, result: Any, session: AsyncClientSession | None) -> None:
        answer = None if result is None else self._database.cipher.seal(Secret(msgspec.json.encode(result).decode()))
        outcome = {"state": "done", "status": status, "object": getattr(result, "id", None), "answer": answer}
        await self._keys.update_one({"_id": slot.id}, {"$set": outcome}, session=session)

    async def _forget_lost(self, kept: Kept) -> None:
        if self._now() - kept.at > LOST_AFTER:
            await self._keys.delete_one({"_id": kept.id, "state": "running", "at": kept.at})

    def _now(self) -> datetime:
        return to_milliseconds(self._clock.now())
