"""PyMongo's asyncio API against Motor, on the same server, in turns: the measurement behind the choice of the driver.

    scripts/bench decisions.driver [uvloop]     the hub serves on uvloop; without the word on Python's own loop

Prints a Markdown table of medians over rounds in which the two take turns, so that a noisy machine hits both alike.
"""

from __future__ import annotations

import asyncio
import resource
import statistics
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import motor
import motor.motor_asyncio
import pymongo
import uvloop

from hub.store import embedded

ROUNDS = 7
DOCUMENTS = 2000
DOCUMENT = {"county": "510904", "path": ["510900", "510904", "510904114"], "state": "pending", "text": "x" * 200}


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def find_one(collection: Any) -> None:
    for number in range(DOCUMENTS):
        await collection.find_one({"_id": number})


async def find_many(collection: Any) -> None:
    for _ in range(10):
        await collection.find({}).to_list(DOCUMENTS)


async def insert_one(collection: Any) -> None:
    for number in range(DOCUMENTS // 4):
        await collection.insert_one({**DOCUMENT, "_id": f"n{number}"})
    await collection.delete_many({"_id": {"$type": "string"}})


async def in_flight(collection: Any) -> None:
    async def some(start: int) -> None:
        for number in range(start, start + DOCUMENTS // 64):
            await collection.find_one({"_id": number})

    await asyncio.gather(*[some(lane * (DOCUMENTS // 64)) for lane in range(64)])


WORK: dict[str, Callable[[Any], Awaitable[None]]] = {
    "find_one, one at a time": find_one,
    "find_one, 64 in flight": in_flight,
    "find 2,000 documents": find_many,
    "insert_one, one at a time": insert_one,
}


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with await embedded.start(embedded.EmbeddedSettings(Path(folder), port=0)) as server:
            new: Any = pymongo.AsyncMongoClient(server.uri)
            old: Any = motor.motor_asyncio.AsyncIOMotorClient(server.uri)
            await new.bench.things.insert_many([{**DOCUMENT, "_id": number} for number in range(DOCUMENTS)])
            loop = type(asyncio.get_running_loop()).__module__.partition(".")[0]
            print(
                f"PyMongo {pymongo.version}, Motor {motor.version}, {loop}; ratio above 1: PyMongo's asyncio API is faster\n"
            )
            print("| work | wall, Motor : PyMongo | CPU of the client, Motor : PyMongo |\n|---|---|---|")
            for name, work in WORK.items():
                wall, used = await compare(work, old.bench.things, new.bench.things)
                print(f"| {name} | {wall:.2f} | {used:.2f} |")
            await new.close()
            old.close()


async def compare(work: Callable[[Any], Awaitable[None]], old: Any, new: Any) -> tuple[float, float]:
    loop = asyncio.get_running_loop()
    figures: dict[str, list[tuple[float, float]]] = {"old": [], "new": []}
    for _ in range(ROUNDS):
        for name, collection in (("old", old), ("new", new)):
            before, used = loop.time(), cpu()
            await work(collection)
            figures[name].append((loop.time() - before, cpu() - used))
    middle = {name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in figures.items()}
    return middle["old"][0] / middle["new"][0], middle["old"][1] / middle["new"][1]


if __name__ == "__main__":
    factory = uvloop.new_event_loop if sys.argv[1:] == ["uvloop"] else None
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(main())
