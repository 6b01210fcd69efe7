"""Which keys the database was sealed with: their fingerprints, kept in it, so that no node works with others.

A node with other keys would take a duplicate for somebody new, and write what the others cannot read. ``keys`` of the record
are those that values may be sealed with: a key enters when a node begins to seal with it, and leaves when ``hub keys reseal``
has found nothing left of it.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from hub.store.cipher import FieldCipher, Fingerprints, KeyFile, load_keys
from hub.store.database import DURABLE, Database
from hub.store.indexes import CoreCollection
from hub.store.resealing import sealed_values
from hub.words.errors import SetupError

COLLECTIONS = (CoreCollection("installation"),)
KEYS = "keys"


async def agreed_keys(database: AsyncDatabase[dict[str, Any]], path: Path, *, make: bool) -> KeyFile:
    """The keys of the file, when they are those of the database; the first node's become those of an empty one.

    ``make`` writes a new file where there is none and nothing is sealed yet. Raises ``SetupError`` with what to do.
    """
    keys = load_keys(path, make=make and not await has_sealed(database))
    installation = database.get_collection("installation", write_concern=DURABLE)
    there = await known(database) or await _first_known(database, path, keys)
    mine = FieldCipher(keys).fingerprints
    if problem := mismatch(there, mine):
        raise SetupError(f"key file {path}: {problem}")
    if keys.current not in there.keys:
        await installation.update_one({"_id": KEYS}, {"$set": {f"keys.{keys.current}": mine.keys[keys.current]}})
    return keys


async def has_sealed(database: AsyncDatabase[dict[str, Any]]) -> bool:
    """Whether anything in the database needs keys: then new ones must not be made."""
    return await known(database) is not None or await _any_sealed(database) is not None


async def problem_of(database: Database) -> str | None:
    """What is wrong with this node's keys by now: another one may seal with a key that this one does not have."""
    there = await known(database.raw)
    return None if there is None else mismatch(there, database.cipher.fingerprints)


async def retire(database: Database) -> None:
    """Nothing is sealed with any but the present key: the others may leave the key file."""
    mine = database.cipher.fingerprints
    current = {database.cipher.current: mine.keys[database.cipher.current]}
    await database["installation"].update_one({"_id": KEYS}, {"$set": {"keys": current}})


def mismatch(known: Fingerprints, mine: Fingerprints) -> str | None:
    """What is wrong with keys beside those that a database is sealed with; None when they are its own."""
    same = [name for name in known.keys if name in mine.keys]
    if (known.blind, known.digest) != (mine.blind, mine.digest) or any(known.keys[n] != mine.keys[n] for n in same):
        return (
            "these are not the keys that this database is sealed with. Put the right file there, from another node or from its "
            "backup; nothing has been changed"
        )
    if missing := sorted(known.keys.keys() - mine.keys.keys()):
        return (
            f"the key {', '.join(missing)} is missing, with which values of this database are sealed. Put the file of the other "
            "nodes there; a key may leave when hub keys reseal says 0 values"
        )
    return None


async def known(database: AsyncDatabase[dict[str, Any]]) -> Fingerprints | None:
    """The fingerprints that the database keeps; None of a new one, and of one from before there were any."""
    row = await database["installation"].find_one({"_id": KEYS}, {"_id": 0})
    return None if row is None else msgspec.convert(row, Fingerprints)


async def _first_known(database: AsyncDatabase[dict[str, Any]], path: Path, keys: KeyFile) -> Fingerprints:
    """Write down the keys of a database that has no record of them, if they open what is sealed there."""
    cipher = FieldCipher(keys)
    sealed = await _any_sealed(database)
    if sealed is not None and not cipher.opens(sealed):
        raise SetupError(f"key file {path}: {mismatch(Fingerprints('', '', {}), cipher.fingerprints)}")
    installation = database.get_collection("installation", write_concern=DURABLE)
    # Another node may be first: then its keys count.
    with suppress(DuplicateKeyError):
        await installation.insert_one({"_id": KEYS, **msgspec.to_builtins(cipher.fingerprints)})
    there = await known(database)
    assert there is not None, "just written, and never deleted"
    return there


async def _any_sealed(database: AsyncDatabase[dict[str, Any]]) -> dict[str, Any] | None:
    """Some sealed value, or None. Reads everything only where nothing is sealed: of a database that is still new."""
    for name in await database.list_collection_names():
        if name.endswith(".chunks"):
            continue
        async for document in database[name].find({}, batch_size=500):
            for _, sealed in sealed_values(document):
                return sealed
    return None
