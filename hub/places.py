"""The regions of this hub, in memory, kept in step with the database."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO

import msgspec
import structlog

from hub.errors import SetupError
from hub.regions import LEVELS, Region, RegionTree
from hub.store.changes import follow
from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import ReplaceOne
from hub.text import cleaned

log = structlog.get_logger("hub.places")

COLLECTIONS = (CoreCollection("regions"),)
COLUMNS = ("code", "name", "level", "parent", "status")


def read_csv(text: str) -> list[Region]:
    """Rows of a regions table: code, name, level, parent, status. Raises ``SetupError`` naming every bad line."""
    reader = csv.DictReader(StringIO(text))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise SetupError(f"the first line must be {','.join(COLUMNS)}")
    rows, problems = [], []
    for line, row in enumerate(map(cleaned, reader), start=2):
        try:
            rows.append(msgspec.convert({**row, "parent": row["parent"] or None}, Region))
        except msgspec.ValidationError as error:
            problems.append(f"line {line}: {error} (levels are {', '.join(LEVELS)})")
    if not problems:
        try:
            RegionTree(rows)
        except ValueError as error:
            problems.append(str(error))
    if problems:
        raise SetupError(*problems)
    return rows


class Places:
    """Gives the tree of today; an import on any node reaches all within a second."""

    def __init__(self, database: Database) -> None:
        self._collection = database["regions"]
        self.tree = RegionTree(())

    async def load(self) -> None:
        """Read the whole table."""
        rows = [row async for row in self._collection.find({})]
        self.tree = RegionTree(msgspec.convert({**row, "code": row["_id"]}, Region) for row in rows)

    async def import_rows(self, rows: Iterable[Region]) -> int:
        """Put in or replace regions; returns how many changed. A code that is missing in ``rows`` stays as it is."""
        writes = [
            ReplaceOne(
                {"_id": row.code},
                {"_id": row.code, "name": row.name, "level": row.level, "parent": row.parent, "status": row.status},
                upsert=True,
            )
            for row in rows
        ]
        if not writes:
            return 0
        answer = await self._collection.bulk_write(writes, ordered=False)
        await self.load()
        return answer.upserted_count + answer.modified_count

    async def follow(self) -> None:
        """Reload whenever the table changes, until cancelled."""
        await follow(self._collection, self.load, "regions")
