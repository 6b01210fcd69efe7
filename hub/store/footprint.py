"""What a database holds of one plugin, whether that is installed or not. Counts are bounded, those of collections estimated."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from hub.store.database import Database
from hub.store.deliveries import UNFINISHED

# Nothing is counted any further.
MOST = 100_000


class Footprint(msgspec.Struct, frozen=True, kw_only=True):
    """``documents`` by collection, and ``files`` that they have taken over. ``waiting``: how many events wait for each of its triggers,
    reactions and steps, by the name that is stored; ``told``: how many of its own facts wait for anybody. ``deliveries`` are on their
    way. ``jobs``: in how many counties each has its row. ``switches``: county → whether it is on."""

    documents: Mapping[str, int]
    files: int
    waiting: Mapping[str, int]
    told: int
    deliveries: int
    jobs: Mapping[str, int]
    switches: Mapping[str, bool]


async def footprint(database: Database, plugin: str) -> Footprint:
    name = re.escape(plugin)
    collections = await database.raw.list_collection_names(filter={"name": {"$regex": rf"^{name}\."}})
    reader = {"todo.name": {"$regex": rf"^(trigger|reaction|step):{name}\."}}
    waiting: list[dict[str, Any]] = [
        {"$match": {"state": "pending", **reader}},
        {"$limit": MOST},
        {"$unwind": "$todo"},
        {"$match": reader},
    ]
    told = {"state": "pending", "type": {"$regex": rf"^{name}\."}}
    on_their_way = {"state": {"$in": list(UNFINISHED)}, "next_at": {"$exists": True}, "plugin": plugin}
    switch = f"plugins.{plugin}"
    switches = database["switches"].find({switch: {"$exists": True}}, {switch: 1})
    return Footprint(
        documents={each: await database[each].estimated_document_count() for each in sorted(collections)},
        files=await database["files"].count_documents({"plugin": plugin}, limit=MOST),
        waiting=await _counted(database, "events", waiting, by="$todo.name"),
        told=await database["events"].count_documents(told, limit=MOST),
        deliveries=await database["deliveries"].count_documents(on_their_way, limit=MOST),
        jobs=await _counted(database, "jobs", [{"$match": {"plugin": plugin}}], by="$job"),
        switches={row["_id"]: bool(row["plugins"][plugin].get("on")) async for row in switches},
    )


async def _counted(
    database: Database, collection: str, stages: Sequence[Mapping[str, Any]], *, by: str
) -> dict[str, int]:
    """How many of these there are of each name."""
    group = {"$group": {"_id": by, "number": {"$sum": 1}}}
    rows = await database[collection].aggregate([*stages, group, {"$sort": {"_id": 1}}])
    return {row["_id"]: row["number"] async for row in rows}
