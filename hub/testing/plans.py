"""How a query is answered: by which stages of MongoDB, looking at how many documents. A list is asked as its route asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import msgspec
from msgspec.structs import replace

from hub.business.listings import Listing, both
from hub.rules.context import Context
from hub.store.database import Database
from hub.store.documents import Sort
from hub.testing.places import ANJU
from hub.testing.world import World
from hub.words.actors import Actor
from hub.words.contributions import Document

# So many of each kind stand in the database.
MANY = 20_000


async def fill(database: Database, name: str, rows: Iterable[dict[str, Any]]) -> None:
    """Documents as they are stored, into a collection; its indexes are made when all are there, at once."""
    indexes = await (await database[name].list_indexes()).to_list()
    await database[name].drop_indexes()
    await database[name].insert_many(rows)
    await database.raw.command("createIndexes", name, indexes=indexes)


async def _explained(
    ctx: Context, asked: Listing[Any, Any, Any], wanted: Mapping[str, Any], below: Mapping[str, Any]
) -> Mapping[str, Any]:
    query = msgspec.convert(wanted, asked.query)
    sort = asked.sort(query)
    # As pages are read: of what is equal the id decides.
    found = both(below, asked.filter(ctx, query))
    return await asked.documents(ctx).explain(found, (*sort, ("_id", sort[-1][1])))


@dataclass(frozen=True)
class Plan:
    """How a query was answered: by which stages, looking at how many documents and keys of indexes."""

    stages: frozenset[str]
    returned: int
    looked_at: int
    keys: int

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> Self:
        """What MongoDB has explained."""
        stats = answer["executionStats"]
        return cls(
            stages=frozenset(stages_of(answer["queryPlanner"]["winningPlan"])),
            returned=stats["nReturned"],
            looked_at=stats["totalDocsExamined"],
            keys=stats["totalKeysExamined"],
        )

    def by_index(self, spare: int = 10, *, sorts: bool = False) -> None:
        """Fails for a query that something was found by without an index, in another order than the index has, or among more than
        ``spare`` documents that were not wanted. ``sorts``: the few that are found are put in order afterwards."""
        if wrong := self.stages & {"COLLSCAN", *(() if sorts else ("SORT",))}:
            raise AssertionError(f"the query has no index for its filter or its order: {', '.join(sorted(wrong))}")
        if not 0 < self.looked_at <= self.returned + spare:
            raise AssertionError(f"{self.looked_at} documents were looked at for {self.returned}")


def stages_of(plan: Any) -> Iterator[str]:
    """The names of all stages of what was explained, however the server nests them; not of plans that it has rejected."""
    if isinstance(plan, Mapping):
        if isinstance(plan.get("stage"), str):
            yield plan["stage"]
        plan = [part for name, part in plan.items() if name != "rejectedPlans"]
    elif not isinstance(plan, list):
        return
    for below in plan:
        yield from stages_of(below)


class Explain:
    """What the fixture ``explain`` gives."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def fill(self, name: str, records: Iterable[Document]) -> None:
        """A collection with thousands of documents: among a few, every query looks alike. As the store does, it writes down in
        which county a place lies; equal personal values are sealed once, since there are always the same few."""
        database, tree = self.world.database, self.world.places.tree
        cipher = copy(database.cipher)
        cipher.seal = cache(cipher.seal)  # type: ignore[method-assign]
        encode = Database(database.client, database.name, cipher).encode
        placed = (replace(each, path=tree[each.place].path, county=tree[each.place].county) for each in records)
        await fill(database, name, [encode(each) for each in placed])

    async def __call__(
        self,
        asked: Listing[Any, Any, Any] | str,
        wanted: Mapping[str, Any] | Callable[[Context], Mapping[str, Any]] | None = None,
        *,
        by: Actor,
        at: str = ANJU,
        below: Mapping[str, Any] | None = None,
        order: Sort = (),
        permission: str | None = None,
    ) -> Plan:
        """How a list is answered that is asked for with this query, of the documents ``below`` another; or a collection, by its
        name, with this filter (or what makes it for whoever asks) and ``order``, by somebody who reaches as far as they do with
        ``permission``."""

        async def run(ctx: Context) -> Mapping[str, Any]:
            given = (wanted(ctx) if callable(wanted) else wanted) or {}
            if isinstance(asked, str):
                answer: Mapping[str, Any] = await ctx.store[asked].explain(given, order)
                return answer
            return await _explained(ctx, asked, given, below or {})

        plugin, read = (asked.partition(".")[0], permission) if isinstance(asked, str) else self._asking(asked)
        place = self.world.place(at)
        return Plan.of(await self.world.units.read(run, plugin=plugin, place=place, actor=by, permission=read))

    def _asking(self, asked: Listing[Any, Any, Any]) -> tuple[str, str | None]:
        """The plugin whose route it is, and the right that it takes."""
        owner = next(
            plugin.name
            for plugin in self.world.host.plugins.values()
            for route in plugin.routes
            if (route.method, route.path, route.access) == ("GET", asked.path, asked.read)
        )
        return owner, asked.read if isinstance(asked.read, str) else None
