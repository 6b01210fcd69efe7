"""The one MongoDB connection of a process: transactions that retry, records to documents and back, the server's clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec
import structlog
from pymongo import AsyncMongoClient, ReadPreference, WriteConcern
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError, ConnectionFailure, DuplicateKeyError, PyMongoError
from pymongo.read_concern import ReadConcern

from hub.store.cipher import FieldCipher
from hub.store.indexes import CoreCollection, ensure
from hub.words.chance import CHANCE
from hub.words.endings import cancel_and_wait
from hub.words.errors import Duplicate, SetupError, WriteContention
from hub.words.personal import Personal

log = structlog.get_logger("hub.store")

T = TypeVar("T")

# Journaled on a majority: what was answered to a person survives kill -9 and the loss of a member.
DURABLE = WriteConcern("majority", j=True)
# Of a lease: losing one in a failover costs a repetition, which its token fences off; a journal write costs milliseconds.
FLEETING = WriteConcern(1, j=False)
# A conflict is another transaction's success, so a few tries with jitter nearly always do; after that the person may retry.
TRIES = 12
LONGEST_PAUSE = 0.25
# A server that is there takes milliseconds.
GOODBYE = timedelta(seconds=1)
# MongoDB's code for what a unique index refuses.
DUPLICATE = 11000
# Types that BSON knows itself; everything else becomes text.
NATIVE = (datetime, bytes)


def new_client(uri: str, *, pool: int = 100) -> AsyncMongoClient[dict[str, Any]]:
    """A client for this event loop. Connecting happens with the first command."""
    # What the address says itself goes before; the driver would have it the other way round.
    patience: dict[str, Any] = {} if "serverselectiontimeoutms" in uri.lower() else {"serverSelectionTimeoutMS": 10_000}
    return AsyncMongoClient(uri, tz_aware=True, maxPoolSize=pool, retryWrites=True, appname="hub", **patience)


async def close_client(client: AsyncMongoClient[Any]) -> None:
    """Close it, also where the database is away: the driver would wait for it to say goodbye, as long as an operation does.

    Who cancels this gives it the same time: of a closing that is cut off in the middle the driver leaves a socket open.
    """
    closing, limit = asyncio.create_task(client.close()), GOODBYE.total_seconds()
    try:
        await asyncio.wait((closing,), timeout=limit)
    except asyncio.CancelledError:
        await asyncio.wait((closing,), timeout=limit)
        raise
    finally:
        if not closing.done():
            log.info("the database is away, its sessions end by themselves")
        await cancel_and_wait((closing,))
        # Closes what the first call, given up at its goodbye, has not; else it does nothing.
        await client.close()


async def reach(client: AsyncMongoClient[dict[str, Any]]) -> None:
    """Raises ``SetupError`` where nobody answers as a database: nothing listens, or what does never says anything."""
    try:
        await client.admin.command("hello")
    except ConnectionFailure as problem:
        raise SetupError(
            f"the database does not answer ({type(problem).__name__}): start it, or mend store.uri in config.yaml"
        ) from None


class Database:
    """Collections by name, for the hub itself. Plugins get :class:`hub.store.documents.ScopedStore` instead."""

    def __init__(
        self,
        client: AsyncMongoClient[dict[str, Any]],
        name: str,
        cipher: FieldCipher,
        *,
        problem: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.client = client
        self.name = name
        self.cipher = cipher
        # What whoever keeps the server alive says is wrong with it: only the embedded one has somebody.
        self.problem = problem
        self._database = client.get_database(name, write_concern=DURABLE)

    @classmethod
    def connect(cls, uri: str, name: str, cipher: FieldCipher, *, pool: int = 100) -> Database:
        """On a client of its own for this event loop."""
        return cls(new_client(uri, pool=pool), name, cipher)

    def __getitem__(self, name: str) -> AsyncCollection[dict[str, Any]]:
        return self._database[name]

    @property
    def raw(self) -> Any:
        """The driver's own database object, for GridFS and change streams inside ``hub.store``."""
        return self._database

    async def ensure(self, collections: Iterable[CoreCollection]) -> None:
        """Create missing collections and indexes."""
        await ensure(self._database, collections)

    async def close(self) -> None:
        await close_client(self.client)

    async def transaction(self, work: Callable[[AsyncClientSession], Awaitable[T]]) -> T:
        """Run ``work`` in one transaction, again from its start after a write conflict. Its result is returned.

        ``work`` must have no effect but its writes. Raises ``Duplicate`` (with the index's name in ``state``) when a unique
        index refuses, ``WriteContention`` when others were faster too many times.
        """
        async with self.client.start_session() as session:
            for attempt in range(TRIES):
                try:
                    return await self._once(session, work)
                except DuplicateKeyError as error:
                    raise Duplicate(state={"index": index_of(error)}) from None
                except BulkWriteError as error:
                    raise duplicate_in(error) or error from None
                except PyMongoError as error:
                    if not error.has_error_label("TransientTransactionError"):
                        raise
                await asyncio.sleep(min(0.002 * 2**attempt, LONGEST_PAUSE) * CHANCE.uniform(0.5, 1.5))
        raise WriteContention

    async def _once(self, session: AsyncClientSession, work: Callable[[AsyncClientSession], Awaitable[T]]) -> T:
        await session.start_transaction(ReadConcern("snapshot"), DURABLE, ReadPreference.PRIMARY)
        try:
            result = await work(session)
        except BaseException:
            if session.in_transaction:
                await session.abort_transaction()
            raise
        while True:
            try:
                await session.commit_transaction()
                return result
            except PyMongoError as error:
                # The commit may have happened: asking again is safe and tells.
                if not error.has_error_label("UnknownTransactionCommitResult"):
                    raise
                log.warning("commit result unknown, asking again")
                await asyncio.sleep(0.05)

    async def server_now(self) -> datetime:
        """The database's clock, by which leases run: all nodes share it."""
        answer = await self.client.admin.command("hello")
        # A command is answered without the client's own options: this one is naive, in UTC.
        now: datetime = answer["localTime"].replace(tzinfo=UTC)
        return now

    def encode(self, record: Any) -> dict[str, Any]:
        """A record as a BSON document; personal values are sealed on the way."""
        document: dict[str, Any] = msgspec.to_builtins(record, builtin_types=NATIVE, enc_hook=self._seal)
        return document

    def decode(self, kind: type[T], document: Mapping[str, Any]) -> T:
        """A BSON document as a record."""
        return msgspec.convert(document, kind, builtin_types=NATIVE, dec_hook=self._open)

    def blind(self, value: Personal) -> str:
        """What to compare with ``<field>.b`` when looking for a personal value."""
        return self.cipher.blind(value)

    def _seal(self, value: Any) -> Any:
        if isinstance(value, Personal):
            return self.cipher.seal(value)
        raise NotImplementedError(f"cannot store a {type(value).__name__}")

    def _open(self, kind: type, stored: Any) -> Any:
        if issubclass(kind, Personal):
            return self.cipher.open(kind, stored)
        raise NotImplementedError(f"cannot read a {kind.__name__}")


def index_of(error: DuplicateKeyError) -> str:
    """The name of the unique index that refused; never the values, which may be personal."""
    return _index_in(str((error.details or {}).get("errmsg", "")))


def duplicate_in(error: BulkWriteError) -> Duplicate | None:
    """That a unique index refused, with its name, where nothing else was wrong with what was written."""
    problems = error.details.get("writeErrors", [])
    if not problems or any(problem.get("code") != DUPLICATE for problem in problems):
        return None
    return Duplicate(state={"index": _index_in(str(problems[0].get("errmsg", "")))})


def _index_in(message: str) -> str:
    _, _, after = message.partition("index: ")
    return after.split(" ", 1)[0]


def to_milliseconds(moment: datetime) -> datetime:
    """BSON keeps milliseconds: cutting before the write keeps the record in memory equal to the stored one."""
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)
