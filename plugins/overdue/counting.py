"""How many are late: tallies of what changes, folded now and then, so that no board counts tasks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from msgspec.structs import replace

from hub.api import Context
from plugins.overdue.documents import NodeCount, Tally, Watch, tallies_of

AT_ONCE = 200
# What a line of the board has of a project: row, bureau, project, whether its persons are for few.
Cell: TypeAlias = tuple[str, str, str, bool]
Labels: TypeAlias = dict[str, str]


def tallied(ctx: Context, changes: Iterable[tuple[Watch | None, Watch | None]]) -> list[Tally]:
    """What these changes, each a watch before and after, make of the numbers: one tally for each cell."""
    counts: dict[Cell, Counter[str]] = defaultdict(Counter)
    shorts: dict[Cell, str] = {}
    labels: Labels = {}
    for before, after in changes:
        for watch, change in ((before, -1), (after, 1)):
            if watch is not None and watch.state == "late":
                cell = (watch.row, watch.bureau, watch.project, watch.sensitive)
                counts[cell][watch.node] += change
                # A title is the project's short name and the masked name.
                shorts[cell], labels[watch.node] = watch.title.partition(" · ")[0], watch.label
    made = (tally(ctx.new_id(), cell, shorts[cell], counted, labels) for cell, counted in counts.items())
    return [each for each in made if each.nodes]


def tally(id: str, cell: Cell, short: str, counted: Mapping[str, int], labels: Labels) -> Tally:
    row, bureau, project, sensitive = cell
    nodes = tuple(
        NodeCount(node=node, label=labels[node], change=change) for node, change in sorted(counted.items()) if change
    )
    total = sum(node.change for node in nodes)
    return Tally(
        id=id, place=row, bureau=bureau, project=project, short=short, sensitive=sensitive, nodes=nodes, change=total
    )


def cell_of(tally: Tally) -> Cell:
    return (tally.place, tally.bureau, tally.project, tally.sensitive)


async def fold(ctx: Context) -> int:
    """Add a few tallies up in one for each of their cells; what comes to nothing goes. Returns how many were folded."""
    tallies = tallies_of(ctx)
    loose = await tallies.find({"county": ctx.county, "folded": False}, sort=(("_id", 1),), limit=AT_ONCE)
    ids = {"|".join(map(str, cell)): cell for cell in map(cell_of, loose)}
    there = await tallies.find({"_id": {"$in": list(ids)}}, limit=AT_ONCE)
    summed = [added(id, cell, of_cell([*there, *loose], cell)) for id, cell in ids.items()]
    await tallies.delete_many([*there, *loose])
    await tallies.insert_many([each for each in summed if each.nodes])
    return len(loose)


def of_cell(tallies: Iterable[Tally], cell: Cell) -> list[Tally]:
    return [each for each in tallies if cell_of(each) == cell]


def added(id: str, cell: Cell, parts: list[Tally]) -> Tally:
    """One tally that says what these say."""
    counted: Counter[str] = Counter()
    for node in (node for part in parts for node in part.nodes):
        counted[node.node] += node.change
    labels = {node.node: node.label for part in parts for node in part.nodes}
    return replace(tally(id, cell, parts[-1].short, counted, labels), folded=True)
