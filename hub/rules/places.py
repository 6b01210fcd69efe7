"""The regions of this hub, in memory, kept in step with the database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import structlog

from hub.store.changes import follow
from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import AsyncClientSession, ReplaceOne
from hub.words.errors import SetupError
from hub.words.records import read_records
from hub.words.regions import LEVELS, Region, RegionTree

log = structlog.get_logger("hub.places")

COLLECTIONS = (CoreCollection("regions"),)
COLUMNS = ("code", "name", "level", "parent", "status")


Line = tuple[int, Region]

# Official codes, or a name for an area that has none. Not what a spreadsheet makes of twelve digits: 5.1E+11.
CODE = re.compile(r"[0-9]{6}|[0-9]{9}|[0-9]{12}|(?![0-9]+E[0-9]+$)(?=[0-9-]*[A-Za-z])[0-9A-Za-z-]{2,20}", re.IGNORECASE)


def read_csv(text: str) -> list[Region]:
    """Rows of a regions table that stands alone: code, name, level, parent, status. ``SetupError`` names every bad line."""
    return checked(read_lines(text), RegionTree(()))


def read_lines(text: str) -> list[Line]:
    """Regions with their lines, each right by itself; where they belong is for :func:`checked`."""
    return read_records(text, COLUMNS, _region, key=lambda region: region.code)


def stand_alone(lines: Sequence[Line]) -> bool:
    """Whether all parents that are named are there."""
    codes = {region.code for _, region in lines}
    return all(region.parent is None or region.parent in codes for _, region in lines)


def checked(lines: Sequence[Line], known: RegionTree) -> list[Region]:
    """The regions, each below a parent that comes with them or is known. ``SetupError`` names every bad line."""
    given = {region.code: region for _, region in lines}
    problems = [
        f"line {number}: {problem}"
        for number, region in lines
        if (problem := _misplaced(region, given.get(region.parent or "") or known.get(region.parent or "")))
    ]
    if problems:
        raise SetupError(*problems)
    return list(given.values())


def _region(row: Mapping[str, str]) -> Region:
    try:
        region = msgspec.convert({**row, "parent": row["parent"] or None}, Region)
    except msgspec.ValidationError as error:
        raise ValueError(f"{error} (levels are {', '.join(LEVELS)})") from None
    if not CODE.fullmatch(region.code):
        raise ValueError(
            f"'{region.code}' is no code: 6, 9 or 12 digits (save the column as text, not as a number), or letters, digits and hyphens"
        )
    if not region.name:
        raise ValueError(f"{region.code} has no name")
    return region


def _misplaced(region: Region, parent: Region | None) -> str | None:
    """Why a region cannot lie where it is said to."""
    if region.parent is None:
        return None if region.level == "city" else f"the {region.level} {region.code} needs a parent"
    if parent is None:
        return f"the parent {region.parent} of {region.code} is neither in the file nor known"
    if LEVELS.index(parent.level) >= LEVELS.index(region.level):
        return f"the {region.level} {region.code} cannot lie in the {parent.level} {parent.code}"
    return None


def _check_tree(regions: Iterable[Region]) -> None:
    """A table may turn what is known upside down without a wrong line: then no node could start any more."""
    try:
        RegionTree(regions)
    except ValueError as problem:
        raise SetupError(f"{problem}: nothing was changed") from None


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
        changed = await self.put(list(rows))
        await self.load()
        return changed

    async def put(self, rows: Sequence[Region], session: AsyncClientSession | None = None) -> int:
        """The same without looking again, in a transaction where there is one. ``SetupError`` for what would be no tree any more."""
        codes = {row.code for row in rows}
        _check_tree([*(each for each in self.tree if each.code not in codes), *rows])
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
        answer = await self._collection.bulk_write(writes, ordered=False, session=session)
        return answer.upserted_count + answer.modified_count

    async def follow(self) -> None:
        """Reload whenever the table changes, until cancelled."""
        await follow(self._collection, self.load, "regions")
