"""How a query is answered: by which stages of MongoDB, looking at how many documents. A list is asked as its route asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cache
from typing import Any

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


async def fill(database: Database, name: str, records: Iterable[Any]) -> None:
    """Records, or documents as they are stored, into a collection; its indexes are made when all are there, at once.

    Equal personal values are sealed once: among thousands they are always the same few.
    """
    cipher = copy(database.cipher)
    cipher.seal = cache(cipher.seal)  # type: ignore[method-assign]
    encode = Database(database.client, database.name, cipher).encode
    indexes = await (await database[name].list_indexes()).to_list()
    await database[name].drop_indexes()
    await database[name].insert_many([encode(each) for each in records])
    await database.raw.command("createIndexes", name, indexes=indexes)


async def explained(ctx: Context, asked: Any, wanted: Mapping[str, Any], order: Any) -> Mapping[str, Any]:
    """``asked`` is a list, of which ``wanted`` is the query and ``order`` the filter of what it stands below, if anything; or a
    collection, with a filter and an order."""
    if not isinstance(asked, Listing):
        answer: Mapping[str, Any] = await asked(ctx).explain(wanted, order)
        return answer
    query = msgspec.convert(wanted, asked.query)
    sort = asked.sort(query)
    # As pages are read: of what is equal the id decides.
    found = both(order or {}, asked.filter(ctx, query))
    return await asked.documents(ctx).explain(found, (*sort, ("_id", sort[-1][1])))


def stages_of(answer: Mapping[str, Any]) -> set[str]:
    """The names of all stages of the winning plan."""
    return set(_stages(answer["queryPlanner"]["winningPlan"]))


def _stages(plan: Mapping[str, Any]) -> Iterator[str]:
    yield plan["stage"]
    for below in [*plan.get("inputStages", ()), *filter(None, [plan.get("inputStage")])]:
        yield from _stages(below)


@dataclass(frozen=True)
class Plan:
    """How a query was answered."""

    stages: frozenset[str]
    returned: int
    looked_at: int

    def by_index(self, spare: int = 10) -> None:
        """Fails for a query that something was found by without an index, in another order than the index has, or among more than
        ``spare`` documents that were not wanted."""
        if wrong := self.stages & {"COLLSCAN", "SORT"}:
            raise AssertionError(f"the query has no index for its filter or its order: {', '.join(sorted(wrong))}")
        if not 0 < self.looked_at <= self.returned + spare:
            raise AssertionError(f"{self.looked_at} documents were looked at for {self.returned}")


class Explain:
    """What the fixture ``explain`` gives."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def fill(self, name: str, records: Iterable[Document]) -> None:
        """A collection with thousands of documents: among a few, every query looks alike. As the store does, it writes down in
        which county a place lies."""
        tree = self._world.places.tree
        placed = (replace(each, path=tree[each.place].path, county=tree[each.place].county) for each in records)
        await fill(self._world.database, name, placed)

    async def __call__(
        self,
        asked: Listing[Any, Any, Any] | str,
        wanted: Mapping[str, Any] | None = None,
        *,
        by: Actor,
        at: str = ANJU,
        below: Mapping[str, Any] | None = None,
        order: Sort = (),
        permission: str | None = None,
    ) -> Plan:
        """How a list is answered that is asked for with this query, of the documents ``below`` another; or a collection, by its
        name, with this filter and ``order``, by somebody who reaches as far as they do with ``permission``."""

        async def run(ctx: Context) -> Mapping[str, Any]:
            if isinstance(asked, str):
                return await ctx.store[asked].explain(wanted or {}, order)
            return await explained(ctx, asked, wanted or {}, below)

        plugin, read = (asked.partition(".")[0], permission) if isinstance(asked, str) else self._asking(asked)
        place = self._world.place(at)
        answer = await self._world.units.read(run, plugin=plugin, place=place, actor=by, permission=read)
        stats = answer["executionStats"]
        return Plan(frozenset(stages_of(answer)), stats["nReturned"], stats["totalDocsExamined"])

    def _asking(self, asked: Listing[Any, Any, Any]) -> tuple[str, str | None]:
        """The plugin whose route it is, and the right that it takes."""
        owner = next(
            plugin.name
            for plugin in self._world.host.plugins.values()
            for route in plugin.routes
            if (route.method, route.path, route.access) == ("GET", asked.path, asked.read)
        )
        return owner, asked.read if isinstance(asked.read, str) else None
