"""Case numbers: a counter raised inside the transaction against blocks reserved outside of it.

    scripts/bench decisions.counter

Each unit inserts a document, an event and an audit line, journaled, 64 units in flight, all of one county. Prints a Markdown
table of medians over rounds in turns.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from hub.store import embedded
from hub.store.cipher import FieldCipher, new_key_file
from hub.store.database import Database
from hub.store.numbers import Numbers
from hub.words.errors import Conflict

ROUNDS, UNITS, IN_FLIGHT = 3, 128, 64
Number = Callable[[Any], Awaitable[int]]
Figures = tuple[float, int]


async def unit(database: Database, id: int, inside: Number | None, outside: Number | None) -> None:
    number = await outside(None) if outside else 0

    async def work(session: Any) -> None:
        nonlocal number
        for name in ("cases", "events", "audit"):
            await database[name].insert_one({"_id": id, "number": number, "text": "x" * 200}, session=session)
        if inside:
            # Last, so that the document is held as shortly as can be.
            number = await inside(session)

    await database.transaction(work)


async def run(database: Database, ids: itertools.count[int], inside: Number | None, outside: Number | None) -> Figures:
    """Units per second, and how many were refused after all their tries."""
    refused = 0

    async def lane() -> None:
        nonlocal refused
        for _ in range(UNITS // IN_FLIGHT):
            try:
                await unit(database, next(ids), inside, outside)
            except Conflict:
                refused += 1

    loop = asyncio.get_running_loop()
    before = loop.time()
    await asyncio.gather(*[lane() for _ in range(IN_FLIGHT)])
    return (UNITS - refused) / (loop.time() - before), refused


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with await embedded.start(embedded.EmbeddedSettings(Path(folder), port=0)) as server:
            database = Database.connect(server.uri, "bench", FieldCipher(new_key_file()))
            for name in ("cases", "events", "audit", "numbers"):
                await database.raw.create_collection(name)
            await measure(database)
            await database.close()


async def measure(database: Database) -> None:
    numbers, ids = Numbers(database), itertools.count()

    async def counted(session: Any) -> int:
        row = await database["numbers"].find_one_and_update(
            {"_id": "hot"}, {"$inc": {"last": 1}}, upsert=True, session=session
        )
        return int(row["last"]) if row else 0

    async def reserved(session: Any) -> int:
        return await numbers.next("510904-2026")

    ways: dict[str, tuple[Number | None, Number | None]] = {
        "no number": (None, None),
        "blocks of 10, outside": (None, reserved),
        "a counter inside the transaction": (counted, None),
    }
    figures: dict[str, list[Figures]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, (inside, outside) in ways.items():
            figures[name].append(await run(database, ids, inside, outside))
    print(f"| {UNITS} units, {IN_FLIGHT} in flight | units/s | refused after all tries |\n|---|---|---|")
    for name, rounds in figures.items():
        print(f"| {name} | {statistics.median(rate for rate, _ in rounds):.0f} | {sum(bad for _, bad in rounds)} |")


if __name__ == "__main__":
    asyncio.run(main())
