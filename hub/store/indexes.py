"""Collections and indexes exist before anything is served: a transaction cannot wait for one to be built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from pymongo import IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from hub.words.contributions import Collection, Index

# What the store itself filters by, put in front of every plain index so that no reader's query leaves its scope's range.
SCOPE_KEYS: Mapping[str, tuple[tuple[str, int], ...]] = {
    "subtree": (("county", 1), ("path", 1)),
    "open": (("county", 1), ("path", 1)),
    "published_down": (("place", 1),),
    "person": (("person", 1),),
    "shared": (),
}


class CoreCollection(msgspec.Struct, frozen=True):
    """A collection of the hub itself; its module exports it in ``COLLECTIONS``."""

    name: str
    indexes: tuple[Index, ...] = ()


def of_plugin(collection: Collection) -> CoreCollection:
    """A plugin's collection with the scope's keys in front of its plain indexes, and the readers' own index."""
    front = SCOPE_KEYS[collection.scope]
    indexes = tuple(
        index if index.unique else msgspec.structs.replace(index, keys=front + index.keys)
        for index in collection.indexes
    )
    if collection.scope == "subtree":
        indexes += (Index((("readers", 1), ("created_at", -1), ("_id", -1))),)
    return CoreCollection(collection.name, indexes)


async def ensure(database: AsyncDatabase[Any], collections: Iterable[CoreCollection]) -> None:
    """Create what is missing. Existing collections and indexes are left as they are."""
    there = set(await database.list_collection_names())
    for collection in collections:
        if collection.indexes:
            # Makes the collection too.
            await database[collection.name].create_indexes([_model(index) for index in collection.indexes])
        elif collection.name not in there:
            await database.create_collection(collection.name, check_exists=False)
            there.add(collection.name)


def _model(index: Index) -> IndexModel:
    options: dict[str, Any] = {"unique": index.unique}
    if index.partial is not None:
        options["partialFilterExpression"] = dict(index.partial)
    if index.name is not None:
        options["name"] = index.name
    return IndexModel(list(index.keys), **options)
