"""Sealing stored values anew with the present key, so that an old key can leave the key file.

Goes over every collection while the hub serves. A value that somebody else writes meanwhile is left to them: they seal with the
present key, too. Run it again and what was done is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from hub.store.database import Database
from hub.store.mongo import UpdateOne

AT_ONCE = 500


async def reseal(database: Database, progress: Callable[[int, int], None]) -> int:
    """Returns how many values were sealed anew; ``progress(done, total)`` counts documents."""
    # The bytes of files hold no sealed values.
    names = [name for name in sorted(await database.raw.list_collection_names()) if not name.endswith(".chunks")]
    total = sum([await database[name].estimated_document_count() for name in names])
    seen = changed = 0
    for name in names:
        writes: list[UpdateOne] = []
        async for document in database[name].find({}, batch_size=AT_ONCE):
            seen += 1
            writes += _writes(database, document)
            if len(writes) >= AT_ONCE:
                changed += await _write(database, name, writes)
                writes = []
                progress(seen, max(seen, total))
        changed += await _write(database, name, writes)
        progress(seen, max(seen, total))
    return changed


async def _write(database: Database, name: str, writes: list[UpdateOne]) -> int:
    if not writes:
        return 0
    return (await database[name].bulk_write(writes, ordered=False)).modified_count


def _writes(database: Database, document: dict[str, Any]) -> Iterator[UpdateOne]:
    """One per value, so that each is replaced only if it is still the one that was read."""
    for path, sealed in sealed_values(document):
        if (renewed := database.cipher.renewed(sealed)) is not None:
            yield UpdateOne({"_id": document["_id"], f"{path}.c": sealed["c"]}, {"$set": {f"{path}.c": renewed}})


def sealed_values(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every sealed value within a document, by its dotted path."""
    if isinstance(value, dict):
        if value.keys() == {"c", "b"} and isinstance(value["c"], bytes):
            yield path, value
            return
        for name, inner in value.items():
            yield from sealed_values(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from sealed_values(inner, f"{path}.{at}")
