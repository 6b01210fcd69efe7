"""The administrators' table of working days, in memory, kept in step with the database.

The State Council tells next year's holidays in November; until the package that carries them has a release, or where a
county's offices close for a flood, this table says which days are worked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import msgspec
import structlog

from hub.store.changes import follow
from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import AsyncClientSession, ReplaceOne
from hub.words import days
from hub.words.records import read_records
from hub.words.workdays import Calendar, DayKind

log = structlog.get_logger("hub.workdays")

# A few lines a year: it is read without an index.
COLLECTIONS = (CoreCollection("workdays"), CoreCollection("workday_history"))
COLUMNS = ("day", "kind", "note")


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """``kind``: work or rest. ``note`` says why, such as 春节调休."""

    day: date
    kind: DayKind
    note: str = ""


class DayChange(msgspec.Struct, frozen=True, kw_only=True):
    """A day as the table has it from now on; ``kind`` None takes it from the table. ``before`` is what the table said of it."""

    day: date
    kind: DayKind | None
    note: str = ""
    before: DayKind | None = None


class HistoryLine(msgspec.Struct, frozen=True, kw_only=True):
    """What was changed at once, ``by`` whom and ``why``."""

    id: str = msgspec.field(name="_id")
    at: datetime
    by: str
    why: str
    days: tuple[DayChange, ...]


def read_csv(text: str, today: date) -> list[Day]:
    """Rows of a table: day (such as 2027-01-01), kind (work, rest), note. Raises ``SetupError`` naming every bad line, also
    each that speaks of a day for the second time.
    """
    lines = read_records(text, COLUMNS, lambda row: _day(row, today), key=lambda each: each.day.isoformat())
    return [each for _, each in lines]


def _day(row: Mapping[str, str], today: date) -> Day:
    try:
        return msgspec.convert({**row, "day": days.read(row["day"], today)}, Day)
    except days.BadDay:
        raise ValueError(
            f"'{row['day']}' is no day: they are YYYY-MM-DD, from 1900 to {days.AHEAD} years ahead"
        ) from None
    except msgspec.ValidationError as error:
        raise ValueError(f"{error} (kinds are work and rest)") from None


class WorkdayTable:
    """Gives the calendar of today; an import on any node reaches all within a second."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._collection = database["workdays"]
        self._history = database["workday_history"]
        # Years of the present calendar that limits were reckoned in by guessing.
        self.unknown_years: set[int] = set()
        self.calendar = Calendar({}, self._unknown_year)

    async def load(self) -> None:
        """Read the whole table: a few dozen days a year."""
        days = {date.fromisoformat(row["_id"]): row["kind"] async for row in self._collection.find({})}
        self.unknown_years.clear()
        self.calendar = Calendar(days, self._unknown_year)

    async def import_days(self, days: Iterable[Day]) -> int:
        """Put in or replace days; returns how many changed. Days that are missing stay as they are."""
        writes = [_replaced(each.day, each.kind, each.note) for each in days]
        if not writes:
            return 0
        answer = await self._collection.bulk_write(writes, ordered=False)
        await self.load()
        return answer.upserted_count + answer.modified_count

    async def compared(
        self, changes: Iterable[DayChange], session: AsyncClientSession | None = None
    ) -> list[DayChange]:
        """Those of these changes that change something, each with what the table says of it now. One query."""
        wanted = {each.day.isoformat(): each for each in changes}
        rows = self._collection.find({"_id": {"$in": sorted(wanted)}}, session=session)
        there: dict[str, DayKind] = {row["_id"]: row["kind"] async for row in rows}
        return [
            msgspec.structs.replace(each, before=there.get(key))
            for key, each in sorted(wanted.items())
            if each.kind != there.get(key)
        ]

    async def change(self, session: AsyncClientSession, line: HistoryLine) -> None:
        """Write these days and a line of the history; :meth:`load` afterwards, other nodes follow."""
        gone = [each.day.isoformat() for each in line.days if each.kind is None]
        put = [_replaced(each.day, each.kind, each.note) for each in line.days if each.kind is not None]
        await self._collection.delete_many({"_id": {"$in": gone}}, session=session)
        if put:
            await self._collection.bulk_write(put, ordered=False, session=session)
        await self._history.insert_one(self._database.encode(line), session=session)

    async def history(self, most: int) -> list[HistoryLine]:
        """The newest changes."""
        rows = self._history.find(sort=[("_id", -1)], limit=most)
        return [self._database.decode(HistoryLine, row) async for row in rows]

    async def days_of(self, year: int) -> list[Day]:
        """What the table says of a year, in order."""
        wanted = {"_id": {"$gte": f"{year}-01-01", "$lte": f"{year}-12-31"}}
        found = self._collection.find(wanted, sort=[("_id", 1)])
        return [Day(day=date.fromisoformat(row["_id"]), kind=row["kind"], note=row["note"]) async for row in found]

    async def follow(self) -> None:
        """Reload whenever the table changes, until cancelled."""
        await follow(self._collection, self.load, "workdays")

    def _unknown_year(self, year: int) -> None:
        """Said once per year and calendar."""
        self.unknown_years.add(year)
        log.warning("working days of a year are not known, counting Monday to Friday", year=year)


def _replaced(day: date, kind: DayKind, note: str) -> ReplaceOne[dict[str, Any]]:
    key = {"_id": day.isoformat()}
    return ReplaceOne(key, {**key, "kind": kind, "note": note}, upsert=True)
