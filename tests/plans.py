"""Tables of questions that are asked of 20,000 documents: what is asked, by whom, and what may be looked at in vain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.api import Context, Listing
from hub.store.documents import Sort
from hub.testing.plans import MANY, Explain, fill
from hub.testing.world import World
from hub.words.actors import HUB, Actor
from tests.web.papers import CIVIL, OLD_AGE, SORTS, Paper
from tests.world import ANJU, CITY, JUXIAN, MONDAY_MORNING, VILLAGE

PAPER = Paper(serial=0, place=VILLAGE, path=(CITY, ANJU, JUXIAN, VILLAGE), bureau=CIVIL, project=OLD_AGE)


@dataclass(frozen=True)
class Question:
    """Of a list with a query, of what stands ``below`` another; or of a collection with a filter and an ``order``.

    ``by`` names who asks, the hub itself unless it is said. ``spare`` and ``sorts`` are those of ``Plan.by_index``.
    """

    of: Listing[Any, Any, Any] | str
    wanted: Mapping[str, Any] | Callable[[Context], Mapping[str, Any]] = field(default_factory=dict)
    by: str = "hub"
    below: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    order: Sort = field(default=(), kw_only=True)
    spare: int = field(default=10, kw_only=True)
    sorts: bool = field(default=False, kw_only=True)

    async def by_index(self, explain: Explain, people: Mapping[str, Actor]) -> None:
        """Fails as ``Plan.by_index`` does. Staff look into a collection with the right to read what its plugin has."""
        who = {"hub": HUB, **people}[self.by]
        reads = f"{self.of.partition('.')[0]}.read" if isinstance(self.of, str) and who.kind == "staff" else None
        plan = await explain(self.of, self.wanted, by=who, below=self.below, order=self.order, permission=reads)
        plan.by_index(self.spare, sorts=self.sorts)


async def fill_alike(
    world: World, collection: str, vary: Callable[[int], Mapping[str, Any]], *, many: int = MANY, **same: Any
) -> None:
    """So many documents as a plugin has stored them. One is encoded, and all others are made from it: ``vary`` says in what the
    n-th differs as it is stored, its ``_id`` at least; ``same`` what all of them have besides.
    """
    encode = world.database.encode
    made = SORTS[collection](PAPER, "", MONDAY_MORNING) if collection in SORTS else {}
    alike = {"place": VILLAGE, **encode(made), "created_at": MONDAY_MORNING, **encode(same)}
    places = {each.code: {"path": list(each.path), "county": each.county} for each in world.places.tree}
    rows = [{**alike, **vary(n)} for n in range(many)]
    await fill(world.database, collection, [row | places[row["place"]] for row in rows])
