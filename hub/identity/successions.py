"""Who stands in whose place: records whose claim ended because another one was proved to be the same human.

What is addressed to such a record reaches the one that was proved; what was on its way to it is not sent any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import AsyncClientSession, UpdateOne
from hub.words.contributions import Index

SUCCESSIONS = "successions"
COLLECTIONS = (CoreCollection(SUCCESSIONS, (Index((("person", 1),), name="successions_of_person"),)),)


class Successions:
    """Reads and writes them. A row per ended record: few, and small."""

    def __init__(self, database: Database) -> None:
        self._rows = database[SUCCESSIONS]

    async def add(self, session: AsyncClientSession, ended: Collection[str], person: str, at: datetime) -> None:
        """From ``at`` on ``person`` stands for the ended records, and for those that they stood for."""
        ids = list(ended)
        await self._rows.update_many({"person": {"$in": ids}}, {"$set": {"person": person}}, session=session)
        await self.end(session, person)
        rows = [UpdateOne({"_id": id}, {"$set": {"person": person, "at": at}}, upsert=True) for id in ids]
        if rows:
            await self._rows.bulk_write(rows, session=session)

    async def end(self, session: AsyncClientSession, person: str) -> None:
        """This record is somebody again: they have made a claim, or were proved."""
        await self._rows.delete_one({"_id": person}, session=session)

    async def heirs(self, persons: Iterable[str], session: AsyncClientSession | None = None) -> dict[str, str]:
        """Who stands for which of these; those who stand for themselves are left out. One query."""
        wanted = {"_id": {"$in": list(set(persons))}}
        found = self._rows.find(wanted, {"person": 1}, session=session)
        return {row["_id"]: row["person"] async for row in found}

    async def since(self, persons: Iterable[str]) -> dict[str, datetime]:
        """Since when another record stands for which of these. One query."""
        found = self._rows.find({"_id": {"$in": list(set(persons))}}, {"at": 1})
        return {row["_id"]: row["at"] async for row in found}
