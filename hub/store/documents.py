"""Documents as a plugin sees them: typed, versioned, and never outside the scope of whoever asks."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Generic, TypeVar, cast

import msgspec
from pymongo import DeleteOne, ReplaceOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import BulkWriteError, DuplicateKeyError

from hub.store.database import Database, duplicate_in, index_of, to_milliseconds
from hub.store.numbers import Numbers
from hub.store.scope import Scope, check_place, narrow
from hub.words.contributions import MOST_OF_A_LIST, Collection, Document, Paged, Paging
from hub.words.errors import Duplicate, Invalid, NotFound, Stale
from hub.words.personal import Personal
from hub.words.regions import RegionTree

D = TypeVar("D", bound=Document)
Sort = Sequence[tuple[str, int]]

MOST = MOST_OF_A_LIST
LARGEST = 2**63 - 1  # that BSON keeps
NEWEST: Sort = (("created_at", -1),)
# What a filter compares with, nearly always.
PLAIN = frozenset({str, int, bool, float, datetime, type(None)})
# Operators that only compare. Whatever computes ($where, $function, $expr, …) could read around the scope.
OPERATORS = frozenset(
    {
        *("$and", "$or", "$nor", "$not", "$in", "$nin", "$all", "$elemMatch", "$size", "$exists", "$type"),
        *("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$regex", "$options"),
        *("$nearSphere", "$geometry", "$maxDistance"),
    }
)


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Documents that agree in some fields: ``key`` are their values, ``least`` the least values of others."""

    key: tuple[Any, ...]
    count: int
    least: tuple[Any, ...] = ()


class ScopedStore:
    """A plugin's own collections, for one reader at one place, inside one unit of work."""

    def __init__(
        self,
        database: Database,
        collections: Mapping[str, Collection],
        plugin: str,
        scope: Scope,
        regions: RegionTree,
        session: AsyncClientSession | None,
        now: datetime,
        numbers: Numbers,
    ) -> None:
        self._database = database
        self._collections = collections
        self._plugin = plugin
        self._scope = scope
        self._regions = regions
        self._session = session
        self._now = now
        self._numbers = numbers

    def __getitem__(self, name: str) -> Documents[Any]:
        """The documents of ``<plugin>.<name>``. ``KeyError`` for what is not there, and for another plugin's: they meet through events."""
        collection = self._collections.get(name)
        if collection is None or not name.startswith(f"{self._plugin}."):
            own = ", ".join(each for each in self._collections if each.startswith(f"{self._plugin}."))
            raise KeyError(f"plugin {self._plugin} asked for '{name}' and has {own or 'no collection'}")
        return Documents(self._database, collection, self._scope, self._regions, self._session, self._now)

    def blind(self, value: Personal) -> str:
        """The blind index of a personal value: finds the same person in other plugins' facts without telling who it is."""
        return self._database.blind(value)

    async def next_number(self, key: str) -> int:
        """The next of an ascending series, such as the year's case numbers of a county. Never given twice; a crash leaves a
        gap, because a number taken inside the transaction would make every submission wait for every other."""
        return await self._numbers.next(f"{self._plugin}:{key}")


class Documents(Generic[D]):
    """One collection within reach: what lies outside the scope of whoever acts does not exist here.

    A ``filter`` is one of MongoDB's that compares: fields by their dotted names, ``$and``, ``$or``, ``$nor``, ``$not``, ``$in``,
    ``$nin``, ``$all``, ``$elemMatch``, ``$size``, ``$exists``, ``$type``, ``$eq`` to ``$lte``, ``$regex``, and ``$nearSphere`` of a
    point of GeoJSON, which finds the nearest first; ``ValueError`` for any other operator. A personal value is compared whole, as what
    it is: ``{"id_number": IdNumberText(…)}``. A ``sort`` is a tuple of (field, 1 or -1).

    Documents are written inside a transaction alone, ``RuntimeError`` elsewhere; ``path``, ``county``, ``created_at`` and
    ``updated_at`` are filled in.
    """

    def __init__(
        self,
        database: Database,
        collection: Collection,
        scope: Scope,
        regions: RegionTree,
        session: AsyncClientSession | None,
        now: datetime,
    ) -> None:
        self._database = database
        self._spec = collection
        self._scope = scope
        self._regions = regions
        self._session = session
        self._now = to_milliseconds(now)
        self._raw = database[collection.name]

    async def get(self, id: str) -> D:
        """The document, or ``NotFound``, also for one that exists outside the scope."""
        found = await self.first({"_id": id})
        if found is None:
            raise NotFound
        return found

    async def first(self, filter: Mapping[str, Any], sort: Sort = ()) -> D | None:
        """The first that fits, or None."""
        found = await self._raw.find_one(self._within(filter), sort=list(sort) or None, session=self._session)
        return None if found is None else self._decode(found)

    async def find(self, filter: Mapping[str, Any], sort: Sort = (), limit: int | None = None) -> list[D]:
        """All that fit, where there can be only a few; with a ``limit`` (1 to 200) the first so many.

        Without one, more than 200 are a fault of the plugin, not a short list: ``RuntimeError``. Read long lists with :meth:`page`, work
        through them with a ``limit``. ``ValueError`` for a limit out of its range.
        """
        if limit is not None and not 1 <= limit <= MOST:
            raise ValueError(f"a limit is 1 to {MOST}, not {limit}: read longer lists by page()")
        asked = limit or MOST + 1
        cursor = self._raw.find(self._within(filter), sort=list(sort) or None, limit=asked, session=self._session)
        found = await cursor.to_list(asked)
        if len(found) > MOST:
            raise RuntimeError(f"more than {MOST} of {self._spec.name} fit: say limit=…, or read them by page()")
        return [self._decode(each) for each in found]

    async def page(self, filter: Mapping[str, Any], paging: Paging, sort: Sort = NEWEST) -> Paged[D]:
        """One page, and a cursor for the next that stays right while documents come and go: it holds the last item's
        sort values, not a count. ``Invalid`` for a cursor that is none, or of another order."""
        order = [*sort, ("_id", sort[-1][1] if sort else 1)]
        limit = max(1, min(paging.limit, MOST))
        wanted = self._within(filter)
        if paging.cursor:
            wanted = {"$and": [wanted, _after(order, _read_cursor(paging.cursor, len(order)))]}
        cursor = self._raw.find(wanted, sort=order, limit=limit + 1, session=self._session)
        found = await cursor.to_list(limit + 1)
        next_cursor = (
            _write_cursor([_value(found[limit - 1], field) for field, _ in order]) if len(found) > limit else None
        )
        return Paged(items=[self._decode(item) for item in found[:limit]], next=next_cursor)

    async def count(self, filter: Mapping[str, Any], at_most: int = 1000) -> int:
        """How many, counted up to ``at_most``: a screen shows "999+" and the server stays quick."""
        return await self._raw.count_documents(self._within(filter), limit=at_most, session=self._session)

    async def groups(
        self, filter: Mapping[str, Any], by: Sequence[str], least: Sequence[str] = (), at_most: int = MOST
    ) -> list[Group]:
        """How many there are of each combination of the fields ``by``, the most first, and the least value of the fields
        ``least`` among them."""
        steps = [{"$match": self._within(filter)}, *_grouped(by, least, at_most)]
        rows = await (await self._raw.aggregate(steps, session=self._session)).to_list(at_most)
        return [_group(row) for row in rows]

    async def counts(
        self,
        filter: Mapping[str, Any],
        by: Mapping[str, Sequence[str]],
        of: Mapping[str, Mapping[str, Any]] = {},
        at_most: int = MOST,
    ) -> dict[str, list[Group]]:
        """The same by several combinations at once, each under its name: the documents are read once for all of them. ``of``: a filter
        for those that count under a name, where that is not all."""
        facets = {name: [{"$match": of.get(name, {})}, *_grouped(fields, (), at_most)] for name, fields in by.items()}
        steps = [{"$match": self._within(filter)}, {"$facet": facets}]
        [row] = await (await self._raw.aggregate(steps, session=self._session)).to_list(1)
        return {name: [_group(each) for each in row[name]] for name in by}

    async def sums(
        self,
        filter: Mapping[str, Any],
        by: Sequence[str],
        of: str,
        least: Sequence[str] = (),
        each: str = "",
        at_most: int = MOST,
    ) -> list[Group]:
        """What the numbers ``of`` add up to for each combination of the fields ``by``, as :meth:`groups` counts, all of them as they were
        at one moment. ``each``: of every element of this list: ``by=("nodes.node",), of="nodes.count", each="nodes"``."""
        apart: list[dict[str, Any]] = [{"$unwind": f"${each}"}] if each else []
        steps: list[dict[str, Any]] = [
            {"$match": self._within(filter)},
            *apart,
            *_grouped(by, least, at_most, {"$sum": f"${of}"}),
        ]
        if self._session is not None:
            return await self._summed(steps, self._session, at_most)
        # What is folded into one while this reads would count twice, or not at all.
        async with self._database.client.start_session(snapshot=True) as session:
            return await self._summed(steps, session, at_most)

    async def _summed(self, steps: list[dict[str, Any]], session: AsyncClientSession, at_most: int) -> list[Group]:
        return [_group(row) for row in await (await self._raw.aggregate(steps, session=session)).to_list(at_most)]

    async def insert(self, document: D) -> D:
        """Add a document and return it as stored. ``Duplicate`` aborts the whole unit: look first, or let it end. ``Invalid`` for a place
        that there is not, ``Forbidden`` for one where the one who acts may not write."""
        [stored] = await self.insert_many([document])
        return stored

    async def insert_many(self, documents: Sequence[D]) -> list[D]:
        """Add many in one command; refuses as :meth:`insert` does, and none is kept then."""
        placed = [self._place(document) for document in documents]
        if placed:
            try:
                await self._raw.insert_many(
                    [self._database.encode(document) for document in placed], session=self._writing()
                )
            except BulkWriteError as error:
                # Told here and not only at the end of the transaction, so that an action can say it in its own words.
                raise duplicate_in(error) or error from None
        return placed

    async def save(self, document: D) -> D:
        """Replace the version that was read, and return the new one. Raises ``Stale`` with the present state when somebody else was first,
        ``NotFound`` when it is gone, ``Duplicate`` as :meth:`insert` does.
        """
        newer = self._place(msgspec.structs.replace(document, version=document.version + 1), new=False)
        wanted = self._within({"_id": document.id, "version": document.version})
        try:
            answer = await self._raw.replace_one(wanted, self._database.encode(newer), session=self._writing())
        except DuplicateKeyError as error:
            raise Duplicate(state={"index": index_of(error)}) from None
        if answer.matched_count == 0:
            raise Stale(state=_state(await self.get(document.id)))
        return newer

    async def save_many(self, documents: Sequence[D]) -> list[D]:
        """Save many in one command; ``Stale`` when any of them has moved on, and none of the unit is kept then."""
        newer = [
            self._place(msgspec.structs.replace(document, version=document.version + 1), new=False)
            for document in documents
        ]
        if newer:
            writes = [
                ReplaceOne(self._within({"_id": before.id, "version": before.version}), self._database.encode(after))
                for before, after in zip(documents, newer, strict=True)
            ]
            answer = await self._raw.bulk_write(writes, ordered=False, session=self._writing())
            if answer.matched_count != len(newer):
                raise Stale
        return newer

    async def touch(self, document: D) -> D:
        """Count a write without changing anything: how a guard takes hold of what it relies on."""
        return await self.save(document)

    async def delete(self, document: D) -> None:
        """Delete the version that was read; ``Stale`` when somebody else was first, ``NotFound`` when it is gone."""
        wanted = self._within({"_id": document.id, "version": document.version})
        answer = await self._raw.delete_one(wanted, session=self._writing())
        if answer.deleted_count == 0:
            raise Stale(state=_state(await self.get(document.id)))

    async def delete_many(self, documents: Sequence[D]) -> None:
        """Delete many in one command; ``Stale`` when any of them has moved on, and none of the unit is kept then."""
        if documents:
            writes = [DeleteOne(self._within({"_id": each.id, "version": each.version})) for each in documents]
            answer = await self._raw.bulk_write(writes, ordered=False, session=self._writing())
            if answer.deleted_count != len(documents):
                raise Stale

    async def explain(self, filter: Mapping[str, Any], sort: Sort = ()) -> dict[str, Any]:
        """The winning plan, for the test of a query."""
        cursor = self._raw.find(self._within(filter), sort=list(sort) or None, limit=MOST)
        answer: dict[str, Any] = await cursor.explain()
        return answer

    def _writing(self) -> AsyncClientSession:
        """The transaction that documents are written in, with their events: there is no other way."""
        if self._session is None:
            raise RuntimeError(
                "documents are written inside a transaction: a trigger only reads, and a route or job without one goes "
                "through ctx.in_transaction"
            )
        return self._session

    def _within(self, filter: Mapping[str, Any]) -> dict[str, Any]:
        given = self._rewrite(filter)
        scope = narrow(self._spec, self._scope)
        if not scope:
            return given
        return {"$and": [scope, given]} if given else scope

    def _rewrite(self, filter: Mapping[str, Any]) -> dict[str, Any]:
        """Personal values become their blind index; operators are limited to comparisons."""
        rewritten: dict[str, Any] = {}
        for key, value in filter.items():
            if key.startswith("$") and key not in OPERATORS:
                raise ValueError(f"operator {key} is not allowed in a plugin's filter")
            if type(value) in PLAIN:
                rewritten[key] = value
            elif isinstance(value, Personal):
                rewritten[f"{key}.b"] = self._database.blind(value)
            elif isinstance(value, Mapping):
                rewritten[key] = self._rewrite(value)
            elif isinstance(value, list | tuple):
                rewritten[key] = [self._rewritten(item) for item in value]
            else:
                rewritten[key] = value
        return rewritten

    def _rewritten(self, item: Any) -> Any:
        return self._rewrite(item) if type(item) not in PLAIN and isinstance(item, Mapping) else item

    def _place(self, document: D, *, new: bool = True) -> D:
        at = self._regions.get(document.place)
        if at is None:
            raise Invalid(fields={"place": "没有这个行政区划。"})
        if new:
            check_place(self._spec, self._scope, document, at)
        created = document.created_at or self._now
        return msgspec.structs.replace(
            document, path=at.path, county=at.county, created_at=created, updated_at=self._now
        )

    def _decode(self, found: Mapping[str, Any]) -> D:
        # The collection of this name holds documents of this type: said by whoever declared it.
        return cast(D, self._database.decode(self._spec.document, found))


def _state(current: Document) -> dict[str, Any]:
    state = getattr(current, "state", None)
    return {"version": current.version} | ({"state": state} if state is not None else {})


def _grouped(
    by: Sequence[str], least: Sequence[str], at_most: int, count: Mapping[str, Any] = MappingProxyType({"$sum": 1})
) -> list[dict[str, Any]]:
    """The steps that count by these fields."""
    # No array: MongoDB would sort it by its least element alone, and leave the order of the others to chance.
    key = {f"by{position}": {"$ifNull": [_expression(field), None]} for position, field in enumerate(by)}
    of_each: dict[str, Any] = {"_id": key, "count": dict(count)}
    of_each |= {f"least{position}": {"$min": f"${field}"} for position, field in enumerate(least)}
    return [{"$group": of_each}, {"$sort": {"count": -1, "_id": 1}}, {"$limit": at_most}]


def _expression(field: str) -> Any:
    """Of a field; ``path.2`` is the element of an array, as filters have it."""
    name, _, position = field.partition(".")
    return {"$arrayElemAt": [f"${name}", int(position)]} if position.isdigit() else f"${field}"


def _group(row: Mapping[str, Any]) -> Group:
    """A row of theirs; its fields are in the order in which they were asked for."""
    least = sorted((name for name in row if name.startswith("least")), key=lambda name: int(name.removeprefix("least")))
    return Group(key=tuple(row["_id"].values()), count=row["count"], least=tuple(row[name] for name in least))


def _value(document: Mapping[str, Any], field: str) -> Any:
    value: Any = document
    for part in field.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _write_cursor(values: Sequence[Any]) -> str:
    plain = [[int(value.timestamp() * 1000)] if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(msgspec.json.encode(plain)).decode().rstrip("=")


def _read_cursor(text: str, length: int) -> list[Any]:
    """The values of a cursor. It comes from outside: only scalars and times are believed."""
    try:
        padded = text + "=" * (-len(text) % 4)
        values = msgspec.json.decode(
            base64.urlsafe_b64decode(padded), type=list[str | int | float | bool | list[int] | None]
        )
        if len(values) != length or any(isinstance(value, int) and abs(value) > LARGEST for value in values):
            raise ValueError
        return [datetime.fromtimestamp(value[0] / 1000, UTC) if isinstance(value, list) else value for value in values]
    except (binascii.Error, msgspec.DecodeError, ValueError, IndexError, OverflowError):
        raise Invalid("页码已失效，请从第一页重新查看。", fields={"cursor": "无效"}) from None


def _after(order: Sequence[tuple[str, int]], values: Sequence[Any]) -> dict[str, Any]:
    """Lexicographic "comes after these values", as an $or of one clause per field."""
    clauses = []
    for position, (field, direction) in enumerate(order):
        clause: dict[str, Any] = {name: {"$eq": values[index]} for index, (name, _) in enumerate(order[:position])}
        clause[field] = {"$gt" if direction > 0 else "$lt": values[position]}
        clauses.append(clause)
    return {"$or": clauses}
