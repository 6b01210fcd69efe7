"""The whole database as one file, and back.

All collections, files included, as they were at one moment (a snapshot session), streamed through :mod:`hub.store.vault`. What
was written is read again before the file gets its name; what was restored is read again before the database counts as whole.
Digests are sums over the documents, so that no order is needed: a restored collection has another one.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import msgspec
from bson.raw_bson import RawBSONDocument
from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure, PyMongoError

from hub.store import keyring, vault
from hub.store.cipher import FieldCipher, Fingerprints, KeyFile
from hub.store.database import DURABLE
from hub.store.inbox import EPOCH_BYTES
from hub.store.vault import Damaged, Locker, Opener, Reader, Writer
from hub.words.errors import SetupError

Told: TypeAlias = Callable[[int, int], None]
"""``told(done, total)`` counts documents."""
Stored: TypeAlias = AsyncDatabase[dict[str, Any]]

# Kinds of frames: a collection begins, documents of it, the manifest.
COLLECTION, DOCUMENTS, MANIFEST = b"C", b"D", b"M"
RESTORING = "restoring"
# A node that lives has sung within this time.
LIVES = timedelta(seconds=30)
OTHER_THAN_SAID = "the file does not hold what it says: take another backup"
# Of a BSON document, in bytes: its length, and the end.
SHORTEST_DOCUMENT = 5
# What MongoDB takes for the name of a collection, but for its own.
_NAME = re.compile(r"(?!system\.)[^$\0\ufffd]{1,200}")
# MongoDB's own numbers: the snapshot is no longer kept.
SNAPSHOT_TOO_OLD = 239


class Tally(msgspec.Struct):
    """How many documents, and the sum of their SHA-256."""

    count: int = 0
    digest: str = "0"

    def add(self, documents: bytes) -> None:
        total = int(self.digest, 16)
        for document in _split(documents):
            total += int.from_bytes(hashlib.sha256(document).digest())
            self.count += 1
        self.digest = f"{total % (1 << 256):x}"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds. ``keys``: the fingerprints of those that its personal data are sealed with."""

    hub: str
    database: str
    at: datetime
    collections: dict[str, Tally]
    keys: Fingerprints | None

    @property
    def documents(self) -> int:
        return sum(tally.count for tally in self.collections.values())


# --- writing


async def write(
    client: AsyncMongoClient[dict[str, Any]], name: str, path: Path, locker: Locker, *, hub: str, told: Told
) -> Manifest:
    """Write a backup and read it back before the file gets its name.

    Raises ``SetupError`` where the file is there already, the disk is full, or the snapshot is lost; then nothing is left.
    """
    await refuse_half(client[name])
    with vault.new_file(path) as file:
        writer = Writer(file, locker, kind="data", made_at=await _now(client))
        manifest = await _write(client, name, writer, hub, told)
        writer.close()
        file.seek(0)
        if _read(file, writer.opener) != manifest:
            raise Damaged(f"{path}: what was written does not read the same: is the disk well?")
    return manifest


async def _write(client: AsyncMongoClient[dict[str, Any]], name: str, writer: Writer, hub: str, told: Told) -> Manifest:
    database, tallies = client[name], dict[str, Tally]()
    at = await _now(client)
    async for collection, documents in _snapshot(client, database, told):
        if collection not in tallies:
            tallies[collection] = Tally()
            _put(writer, COLLECTION, collection.encode())
        tallies[collection].add(documents)
        _put(writer, DOCUMENTS, documents)
    manifest = Manifest(hub=hub, database=name, at=at, collections=tallies, keys=await keyring.known(database))
    _put(writer, MANIFEST, msgspec.json.encode(manifest))
    return manifest


async def _snapshot(
    client: AsyncMongoClient[dict[str, Any]], database: Stored, told: Told
) -> AsyncIterator[tuple[str, bytes]]:
    """Every collection's documents as the database's own bytes, all of one moment; an empty collection as no bytes."""
    names = await _collections(database)
    total = sum([await database[name].estimated_document_count() for name in names])
    done = 0
    try:
        async with client.start_session(snapshot=True) as session:
            for name in names:
                yield name, b""
                async for documents in _raw(database, name, {}, session):
                    yield name, documents
                    done += sum(1 for _ in _split(documents))
                    told(done, max(done, total))
    except OperationFailure as problem:
        if problem.code != SNAPSHOT_TOO_OLD:
            raise
        raise SetupError(
            "the backup took longer than MongoDB keeps a snapshot: raise it on every member with setParameter "
            "minSnapshotHistoryWindowInSeconds, and begin again"
        ) from None


async def _raw(
    database: Stored, name: str, which: Mapping[str, Any], session: AsyncClientSession | None = None
) -> AsyncIterator[bytes]:
    """Documents as they lie in the database, in batches of at most 16 MB."""
    batch: Any  # the driver's types say dict, and mean bytes
    async for batch in database[name].find_raw_batches(which, session=session):
        yield batch


async def _collections(database: Stored) -> list[str]:
    found = await database.list_collection_names(filter={"type": "collection"})
    return sorted(name for name in found if not name.startswith("system."))


async def _now(client: AsyncMongoClient[dict[str, Any]]) -> datetime:
    answer = await client.admin.command("hello")
    now: datetime = answer["localTime"].replace(tzinfo=UTC)
    return now


# --- reading


def verify(path: Path, opener: Opener, told: Told = lambda done, total: None) -> Manifest:
    """Read a backup to its end, and compare every count and digest. Raises ``SetupError``; ``Damaged`` for the file itself."""
    with _opened(path) as file:
        return _read(file, opener, told)


def _read(file: BinaryIO, opener: Opener, told: Told = lambda done, total: None) -> Manifest:
    tallies: dict[str, Tally] = {}
    manifest: Manifest | None = None
    for kind, name, data in _frames(file, opener):
        if kind == MANIFEST:
            manifest = _manifest_in(data)
            continue
        tallies.setdefault(name, Tally()).add(data if kind == DOCUMENTS else b"")
        done = sum(tally.count for tally in tallies.values())
        told(done, done)
    if manifest is None or manifest.collections != tallies:
        raise Damaged(OTHER_THAN_SAID)
    return manifest


def _manifest_in(data: bytes) -> Manifest:
    try:
        return msgspec.json.decode(data, type=Manifest)
    except (msgspec.DecodeError, RecursionError):
        raise Damaged(OTHER_THAN_SAID) from None


def _frames(file: BinaryIO, opener: Opener) -> Iterator[tuple[bytes, str, bytes]]:
    """(kind, collection, content) in their order."""
    reader, name = Reader(file, opener, kind="data"), ""
    while head := reader.read(5):
        kind, data = head[:1], reader.read(int.from_bytes(head[1:]))
        name = _name_in(data) if kind == COLLECTION else name
        yield kind, name, data


def _name_in(data: bytes) -> str:
    """The name of a collection such as a backup holds. Whoever has a recipient's public key can write a file that opens."""
    name = data.decode("utf-8", "replace")
    if not _NAME.fullmatch(name):
        raise Damaged(OTHER_THAN_SAID)
    return name


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as problem:
        raise SetupError(f"{path} cannot be read ({problem.strerror})") from None


def _put(writer: Writer, kind: bytes, data: bytes) -> None:
    writer.write(kind + len(data).to_bytes(4) + data)


def _split(documents: bytes) -> Iterator[bytes]:
    """BSON documents one after the other: each begins with its length. Raises ``Damaged`` for a length that cannot be."""
    at = 0
    while at < len(documents):
        size = int.from_bytes(documents[at : at + 4], "little")
        if not SHORTEST_DOCUMENT <= size <= len(documents) - at:
            raise Damaged(OTHER_THAN_SAID)
        yield documents[at : at + size]
        at += size


# --- restoring


async def restore(
    client: AsyncMongoClient[dict[str, Any]],
    name: str,
    path: Path,
    opener: Opener,
    *,
    manifest: Manifest,
    replace: bool,
    told: Told,
) -> None:
    """Bring a verified backup into a database, read it back, and give its streams new epochs.

    Raises ``SetupError`` when the database holds anything and ``replace`` is not said, or when a hub works on it.
    """
    database = client.get_database(name, write_concern=DURABLE)
    await _check_nobody_lives(client, database)
    await _make_room(database, replace, {"_id": RESTORING, "from": path.name, "of": manifest.at})
    try:
        await _fill(database, path, opener, manifest, told)
    except PyMongoError as problem:
        raise SetupError(
            f"the database did not take everything ({type(problem).__name__}): mend it, and restore again with --replace"
        ) from None
    await _read_back(database, manifest)
    await renew_epochs(database)
    # Of the nodes that lived at the moment of the backup.
    for of_nodes in ("canaries", "nodes"):
        await database[of_nodes].delete_many({})
    await database["installation"].delete_one({"_id": RESTORING})


async def refuse_half(database: Stored) -> None:
    """Raises ``SetupError`` for a database that a restore has left half full."""
    if await database["installation"].find_one({"_id": RESTORING}) is not None:
        raise SetupError("a restore of this database did not end: run hub restore again, with --replace")


async def renew_epochs(database: Stored) -> int:
    """A new epoch for every stream: whoever knows more than was restored starts anew and misses nothing. How many streams.

    One for all of them is enough: what a reader compares is the epoch of one stream with an older one of the same.
    """
    epoch = secrets.token_urlsafe(EPOCH_BYTES)
    return (await database["streams"].update_many({}, {"$set": {"epoch": epoch}})).matched_count


async def unfinished(database: Stored) -> int:
    """How many events and deliveries were on their way at the moment of the backup."""
    events = await database["events"].count_documents({"state": "pending"})
    return events + await database["deliveries"].count_documents({"state": {"$in": ["pending", "held", "sending"]}})


async def _check_nobody_lives(client: AsyncMongoClient[dict[str, Any]], database: Stored) -> None:
    """A hub that serves holds its name from its first moment, and sings after some seconds."""
    now = await _now(client)
    holding = await database["nodes"].find_one({"until": {"$gt": now}})
    if living := holding or await database["canaries"].find_one({"at": {"$gt": now - LIVES}}):
        raise SetupError(f"a hub works on this database (node {living['_id']}): stop all of them first")


async def _make_room(database: Stored, replace: bool, mark: dict[str, Any]) -> None:
    """The mark stands before the first collection goes: a database that is half emptied is no whole one, either."""
    names = await _collections(database)
    holding = [name for name in names if await database[name].find_one({}, {"_id": 1}) is not None]
    if holding and not replace:
        raise SetupError(
            f"the database {database.name} is not empty ({len(holding)} collections hold documents): restore into another one "
            "(store.database), or say --replace, which deletes what is there"
        )
    await database["installation"].replace_one({"_id": mark["_id"]}, mark, upsert=True)
    await database["installation"].delete_many({"_id": {"$ne": mark["_id"]}})
    for name in names:
        if name != "installation":
            await database.drop_collection(name)


async def _fill(database: Stored, path: Path, opener: Opener, manifest: Manifest, told: Told) -> None:
    done = 0
    with _opened(path) as file:
        for kind, name, data in _frames(file, opener):
            if kind == DOCUMENTS and data:
                documents = [RawBSONDocument(document) for document in _split(data)]
                await database[name].insert_many(documents, ordered=False)
                done += len(documents)
                told(done, manifest.documents)


async def _read_back(database: Stored, manifest: Manifest) -> None:
    for name, wanted in manifest.collections.items():
        found = Tally()
        async for documents in _raw(database, name, {"_id": {"$ne": RESTORING}}):
            found.add(documents)
        if found != wanted:
            raise SetupError(f"{name} does not read back as it was written: restore again with --replace")


# --- the keys, in a file of their own


def write_keys(path: Path, keys: KeyFile, locker: Locker) -> None:
    """The key file, locked, for a place apart from the data. Read back; raises ``SetupError``."""
    with vault.new_file(path) as file:
        writer = Writer(file, locker, kind="keys", made_at=datetime.now(UTC))
        writer.write(msgspec.json.encode(keys))
        writer.close()
        file.seek(0)
        if _keys_in(file, writer.opener) != keys:
            raise Damaged(f"{path}: what was written does not read the same: is the disk well?")


def read_keys(path: Path, opener: Opener) -> KeyFile:
    """The keys in such a file. Raises ``SetupError``."""
    with _opened(path) as file:
        return _keys_in(file, opener)


def _keys_in(file: BinaryIO, opener: Opener) -> KeyFile:
    try:
        return msgspec.json.decode(Reader(file, opener, kind="keys").read(1 << 20), type=KeyFile)
    except msgspec.DecodeError:
        raise Damaged("the file does not hold keys: take another copy") from None


def check_keys(manifest: Manifest, keys: KeyFile, where: Path) -> None:
    """Raises ``SetupError`` when these keys do not open what is in the backup."""
    problem = manifest.keys and keyring.mismatch(manifest.keys, FieldCipher(keys).fingerprints)
    if problem:
        raise SetupError(f"{where}: {problem}")
