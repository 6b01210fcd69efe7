"""How a query is answered: by which stages of MongoDB, looking at how many documents. A list is asked as its route asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from functools import cache
from typing import Any

import msgspec

from hub.api import Context, Listing, both
from hub.store.database import Database

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
