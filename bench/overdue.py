"""P13: the board of a city from its counters, against a full count; and that both say the same.

python -m bench.overdue [--size 10000000] [--write]        --size 200000 is a fiftieth

Tasks of five counties in all their towns, of thirty projects at six nodes; three in a hundred are late. The operation as the JSON API runs
it (unit of work, scope, sums, view), without HTTP, in turns with a count of the late tasks themselves. Medians over the rounds;
documents are put in past the store, the numbers by the plugin's own checkup, which finds each missing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from bench.imports import ROOT
from hub.api import Context, Secret
from hub.app import Hub
from hub.rules.places import read_csv
from hub.settings import HubSettings, ServerSettings, StoreSettings
from hub.store import embedded
from hub.web import logs
from hub.words.actors import Actor, Position
from hub.words.regions import Region
from hub.worklist.documents import Task
from plugins.overdue import board, looking
from plugins.overdue.counting import fold
from plugins.overdue.documents import Watch, watches_of

CITY, COUNTIES = "510900", ("510903", "510904", "510921", "510923", "510981")
SIZE, PROJECTS, NODES, LATE_IN = 10_000_000, 30, 6, 33
AT_ONCE, ROUNDS, EACH, GOAL_MS = 5_000, 5, 10, 50.0
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def project(n: int) -> str:
    """Each at every node of every town."""
    return str(30000 + n * 2654435761 // 128 % PROJECTS)


def task(n: int, place: str) -> Task:
    return Task(
        id=f"t{n:08d}", place=place, at=place, subject=f"s{n:08d}", node=f"node{n % NODES}", label="审核", round=1, role="handler",
        bureau="民政局", project=project(n), title="高龄津贴 · 张*", number=f"2026-{n:08d}", link="/pages/case",
        arrived_at=NOW - timedelta(days=20), due_at=NOW - timedelta(minutes=n % 10_000), sensitive=False,
    )  # fmt: skip


def watch(task: Task, row: str, late: bool) -> Watch:
    same = ("id", "place", "subject", "node", "label", "round", "role", "bureau", "project", "title", "number", "link")
    return Watch(
        **{name: getattr(task, name) for name in same}, row=row, arrived_at=task.arrived_at, limit_at=task.due_at, days=10,
        due_at=task.due_at if late else NOW + timedelta(days=5000), state="late" if late else "waiting",
    )  # fmt: skip


async def fill(hub: Hub, size: int) -> None:
    """So many tasks of the worklist, each with its watch."""
    tree = hub.places.tree
    towns = [place for county in COUNTIES for place in (tree[county], *tree.children(county))]
    for first in range(0, size, AT_ONCE):
        made = [(n, towns[n // 3 % len(towns)]) for n in range(first, min(first + AT_ONCE, size))]
        tasks = [(task(n, place.code), place, n % LATE_IN == 0) for n, place in made]
        await put(hub, "worklist.tasks", [(each, place) for each, place, _ in tasks])
        await put(hub, "overdue.watches", [(watch(each, place.code, late), place) for each, place, late in tasks])


async def put(hub: Hub, collection: str, made: list[tuple[Any, Region]]) -> None:
    placed = [msgspec.structs.replace(each, path=place.path, county=place.county) for each, place in made]
    await hub.database[collection].insert_many([hub.database.encode(each) for each in placed], ordered=False)


async def count(hub: Hub) -> None:
    """The tallies, row by row, as the nightly job mends them; then folded."""

    async def mend(ctx: Context) -> None:
        for row in (ctx.place, *ctx.regions.children(ctx.place.code)):
            await ctx.in_transaction(partial(looking.miscounted, row=row.code, repair=True))
        while await ctx.in_transaction(fold):
            pass

    for county in COUNTIES:
        await hub.units.read(mend, plugin="overdue", place=hub.places.tree[county])


async def show(hub: Hub) -> board.Board:
    held = Position(id="p", role="leader", region=CITY, path=(CITY,))
    actor = Actor(kind="staff", app="ydjd", person="leader", positions=(held,), name=Secret("林峰"))
    at = {"plugin": "overdue", "place": hub.places.tree[CITY], "actor": actor, "permission": "overdue.read"}
    return await hub.units.read(board.show_board, **at)  # type: ignore[arg-type]


async def recount(hub: Hub) -> Counter[str]:
    """The same from the late tasks themselves, county by county."""

    async def groups(ctx: Context) -> Counter[str]:
        found = await watches_of(ctx).groups({"state": "late"}, ("path.1",))
        return Counter({group.key[0] or CITY: group.count for group in found})

    return await hub.units.read(groups, plugin="overdue", place=hub.places.tree[CITY])


async def timed(call: Callable[[], Awaitable[Any]], each: int) -> float:
    """Milliseconds, the median of the rounds."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(each):
            await call()
        times.append((time.perf_counter() - began) / each * 1000)
    return statistics.median(times)


async def measure(folder: Path, size: int) -> str:
    async with await embedded.start(embedded.EmbeddedSettings(folder / "mongod", port=0)) as server:
        settings = HubSettings(
            mode="test",
            data_dir=folder,
            templates=ROOT / "templates",
            server=ServerSettings(port=0),
            store=StoreSettings(uri=server.uri, database="bench"),
            plugins=("overdue",),
            counties={county: {"overdue": True} for county in COUNTIES},
        )
        async with Hub.open(settings) as hub:
            await hub.places.import_rows(read_csv((ROOT / "hub/demo/data/regions.csv").read_text("utf-8")))
            await fill(hub, size)
            await count(hub)
            return await compared(hub, size)


async def compared(hub: Hub, size: int) -> str:
    shown, counted = await show(hub), await recount(hub)
    assert {row.place: row.late for row in shown.rows if row.late} == counted, "the board differs from a full count"
    cells = await hub.database["overdue.tallies"].count_documents({})
    quick, slow = await timed(lambda: show(hub), EACH), await timed(lambda: recount(hub), 1)
    about = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, medians of {ROUNDS} rounds."
    head = "| tasks | late | tallies | board ms | full count ms | exact |"
    line = f"| {size:,} | {counted.total():,} | {cells:,} | {quick:.1f} | {slow:.1f} | yes |"
    goal = f"Goal (P13): the board of five counties over {SIZE:,} tasks within {GOAL_MS:.0f} ms, exact."
    return "\n".join(["# Overdue", "", about, goal, "", head, "| --- |" + " --- |" * 5, line, ""])


def main(arguments: list[str] | None = None) -> str:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=SIZE, help="tasks in the worklist")
    parser.add_argument("--write", action="store_true", help="put the table into bench/results/")
    given = parser.parse_args(arguments)
    logs.configure("warning")
    with tempfile.TemporaryDirectory() as folder:
        text = asyncio.run(measure(Path(folder), given.size))
    print(text)
    if given.write:
        (ROOT / "bench/results/overdue.md").write_text(text, encoding="utf-8")
    return text


if __name__ == "__main__":
    main()
