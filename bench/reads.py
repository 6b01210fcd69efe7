"""P10: lists that people open all day, against the bare query and its encoding; and how they take to a hundred times the documents.

python -m bench.reads [--many 1000000] [--smoke] [--write]        a few minutes; --smoke takes a fiftieth

Public publicities of a county, one's own payments, 我的待办 of a position: the operation as the JSON API runs it (unit of work,
scope, decoding, view, encoding), without HTTP, in turns with the same filter, order and limit by PyMongo and the encoding of
what it gives. Medians over the rounds; documents are put in past the store.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from bench.imports import ANJU, FARMING, LAND, PLUGINS, ROOT
from hub.api import CardText, Context, Document, Identity, IdNumberText, Limit, Paged, Paging, Secret
from hub.app import Hub
from hub.rules.places import read_csv
from hub.settings import HubSettings, ServerSettings, StoreSettings
from hub.store import embedded
from hub.web import logs
from hub.words.actors import Actor, Position
from hub.worklist.documents import Task
from hub.worklist.handlers import TODO, TodoQuery
from plugins.payments.actions.life import mine as own
from plugins.payments.documents import Row, rows_of
from plugins.payments.views import RowView, row_view
from plugins.publicity.documents import Publicity
from plugins.publicity.handlers import NoticeQuery, list_notices

VILLAGE, TOWN = "510904114204", "510904114"
FEW, AT_ONCE, ROUNDS, EACH = 10_000, 5_000, 7, 40
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
WHO = Identity(
    name=Secret("张一"),
    id_number=IdNumberText("510904194403150023"),
    card=CardText("6229990000000000019"),
    region=VILLAGE,
)


def task(n: int) -> Task:
    """Of the position asked for one in fifty; the others wait elsewhere."""
    ours = n % 50 == 0
    return Task(
        id=f"t{n:08d}", place=(at := TOWN if ours else "510904101"), at=at, subject=f"s{n:08d}", node="review_town", label="乡镇审核",
        round=1, role="handler", bureau=FARMING, project=LAND, title="地力保护 · 张*", number=f"510904-2026-{n:08d}",
        link="/pages/case", arrived_at=NOW, due_at=NOW + timedelta(minutes=n % 100_000), sensitive=False,
    )  # fmt: skip


def payment(n: int) -> Row:
    """A person has ten or so."""
    return Row(
        id=f"r{n:08d}", place=VILLAGE, batch=f"b{n % 997}", number=f"510904-2026-P{n:08d}", serial=n, benefit=f"e{n}",
        case=None, project=LAND, short="地力保护", bureau=(FARMING, "财政局"), sensitive=False, identity=WHO,
        readers=(f"person-{n // 10}",), agents=(), told=(), period=f"p{n}", standard="100元/亩", quantity="3.5亩",
        amount="350.00", state="paid", paid_at=NOW, sole=True,
    )  # fmt: skip


def publicity(n: int) -> Publicity:
    return Publicity(
        id=f"g{n:08d}", place=VILLAGE, number=f"510904-2026-G{n:08d}", kind="case", title="万古桥村地力保护村级公示",
        project=LAND, short="地力保护", bureau=FARMING, sensitive=False, node="publicity_village", label="村级公示",
        unit="万古桥村", least=Limit(7, "calendar"), limit=Limit(7, "calendar"), state="confirmed", rows=20, shown=20,
        started_at=NOW - timedelta(minutes=n), ends_at=NOW,
    )  # fmt: skip


class Read:
    """One list: what fills its collection, the operation, and the bare query."""

    def __init__(
        self,
        name: str,
        collection: str,
        make: Callable[[int], Document],
        operation: Callable[[Hub], Awaitable[Any]],
        bare: Callable[[Hub], Any],
    ) -> None:
        self.name, self.collection, self.make = name, collection, make
        self.operation, self.bare = operation, bare

    async def fill(self, hub: Hub, start: int, end: int) -> None:
        region = hub.places.tree
        for first in range(start, end, AT_ONCE):
            rows = []
            for n in range(first, min(first + AT_ONCE, end)):
                document = self.make(n)
                at = region[document.place]
                placed = replace(document, path=at.path, county=at.county, created_at=NOW - timedelta(seconds=n))
                rows.append(_of_its_own(hub.database.encode(placed), n))
            await hub.database[self.collection].insert_many(rows, ordered=False)

    async def times(self, hub: Hub) -> tuple[float, float]:
        """Milliseconds of the operation and of the bare query, medians."""
        hubs, bares = [], []
        for _ in range(ROUNDS):
            hubs.append(await _timed(lambda: self._through_the_hub(hub)))
            bares.append(await _timed(lambda: self._bare(hub)))
        return statistics.median(hubs), statistics.median(bares)

    async def _through_the_hub(self, hub: Hub) -> None:
        page = await self.operation(hub)
        assert len(msgspec.json.encode(page)) > 100 and page.items, f"{self.name} found nothing"

    async def _bare(self, hub: Hub) -> None:
        found = await self.bare(hub).to_list(21)
        assert len(msgspec.json.encode(found, enc_hook=repr)) > 100


def _of_its_own(row: dict[str, Any], n: int) -> dict[str, Any]:
    """With a number of its person's own: to seal each would take longer than all the rest."""
    if "identity" in row:
        row["identity"] = row["identity"] | {"id_number": row["identity"]["id_number"] | {"b": key_of(n // 10)}}
    return row


def key_of(person: int) -> str:
    return f"{person:032d}"


async def _timed(call: Callable[[], Awaitable[None]]) -> float:
    await call()
    began = time.perf_counter()
    for _ in range(EACH):
        await call()
    return (time.perf_counter() - began) / EACH * 1000


def reads() -> Iterator[Read]:
    async def todo(hub: Hub) -> Any:
        held = Position(
            id="p", role="handler", region=TOWN, path=hub.places.tree[TOWN].path, bureau=FARMING, node="review_town"
        )
        actor = Actor(kind="staff", app="ydsh", person="deng", positions=(held,), name=Secret("邓强"))
        return await hub.units.read(
            lambda ctx: TODO.page(ctx, TodoQuery()),
            plugin="worklist",
            place=hub.places.tree[TOWN],
            actor=actor,
            permission="worklist.decide",
        )

    def bare_todo(hub: Hub) -> Any:
        wanted = {"county": ANJU, "path": TOWN, "place": TOWN, "role": "handler", "state": "open", "bureau": FARMING}
        return hub.database["worklist.tasks"].find(wanted, sort=[("due_at", 1), ("_id", 1)], limit=21)

    async def mine(hub: Hub) -> Any:
        actor = Actor(kind="resident", app="ykt", person="person-7", assurance="proved", id_key=key_of(7))

        async def listed(ctx: Context) -> Paged[RowView]:
            # Without the log line of each query: a write, which has its own figure (P7).
            page = await rows_of(ctx).page(own(ctx), Paging())
            return Paged(items=[row_view(ctx, row) for row in page.items], next=page.next)

        return await hub.units.read(listed, plugin="payments", place=hub.places.tree[ANJU], actor=actor)

    def bare_mine(hub: Hub) -> Any:
        wanted = {"readers": "person-7"}
        return hub.database["payments.rows"].find(wanted, sort=[("created_at", -1), ("_id", -1)], limit=21)

    async def notices(hub: Hub) -> Any:
        return await hub.units.read(
            lambda ctx: list_notices(ctx, NoticeQuery()), plugin="publicity", place=hub.places.tree[ANJU]
        )

    def bare_notices(hub: Hub) -> Any:
        wanted = {"county": ANJU, "path": ANJU, "started_at": {"$type": "date"}}
        return hub.database["publicity.publicities"].find(wanted, sort=[("started_at", -1), ("_id", -1)], limit=21)

    yield Read("阳光公示查询", "publicity.publicities", publicity, notices, bare_notices)
    yield Read("补贴发放信息查询", "payments.rows", payment, mine, bare_mine)
    yield Read("我的待办", "worklist.tasks", task, todo, bare_todo)


async def measure(folder: Path, few: int, many: int) -> str:
    async with await embedded.start(embedded.EmbeddedSettings(folder / "mongod", port=0)) as server:
        settings = HubSettings(
            mode="test",
            data_dir=folder,
            templates=ROOT / "templates",
            server=ServerSettings(port=0),
            store=StoreSettings(uri=server.uri, database="bench"),
            plugins=PLUGINS,
            counties={ANJU: dict.fromkeys(PLUGINS, True)},
        )
        async with Hub.open(settings) as hub:
            await hub.places.import_rows(read_csv((ROOT / "hub/demo/data/regions.csv").read_text("utf-8")))
            return table([await _one(hub, read, few, many) for read in reads()], few, many)


async def _one(hub: Hub, read: Read, few: int, many: int) -> tuple[str, float, float, float, float]:
    await read.fill(hub, 0, few)
    small, small_bare = await read.times(hub)
    await read.fill(hub, few, many)
    large, large_bare = await read.times(hub)
    return read.name, small, small_bare, large, large_bare


def table(rows: list[tuple[str, float, float, float, float]], few: int, many: int) -> str:
    head = f"| list | hub ms, {few:,} | bare ms | ratio | hub ms, {many:,} | bare ms | ratio | {many:,} / {few:,} |"
    lines = [
        f"| {name} | {a:.2f} | {b:.2f} | {a / b:.2f} | {c:.2f} | {d:.2f} | {c / d:.2f} | {c / a:.2f} |"
        for name, a, b, c, d in rows
    ]
    about = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, medians of {ROUNDS} rounds."
    goal = "Goals (P10): ratio ≤ 1.3, last column ≤ 1.5."
    return "\n".join(["# Reads", "", about, goal, "", head, "| --- |" + " --- |" * 7, *lines, ""])


def main(arguments: list[str] | None = None) -> str:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--smoke", action="store_true", help="a fiftieth")
    parser.add_argument("--write", action="store_true", help="put the table into bench/results/")
    given = parser.parse_args(arguments)
    few, many = (FEW // 50, given.many // 50) if given.smoke else (FEW, given.many)
    logs.configure("warning")
    with tempfile.TemporaryDirectory() as folder:
        text = asyncio.run(measure(Path(folder), few, max(many, few * 2)))
    print(text)
    if given.write:
        (ROOT / "bench/results/reads.md").write_text(text, encoding="utf-8")
    return text


if __name__ == "__main__":
    main()
