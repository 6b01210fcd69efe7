"""A table of 100,000 positions of 80,000 members of staff, brought in as the console does it, then once more.

python -m bench.staff [--rows 100000] [--smoke]        some minutes; --smoke takes a fiftieth

Prints how long both took, and beside the first one a bare bulk insert of the same documents (people, accounts, positions, facts, audit
lines) into collections with the same indexes. Ends with 1 when the second run changes anything, the counts do not add up, or memory
grows with the table.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from pathlib import Path

from stdnum.iso7064 import mod_11_2

from bench.imports import PLUGINS, ROOT
from hub.app import Hub
from hub.rules.importing import run_import
from hub.rules.places import read_csv
from hub.settings import HubSettings, ServerSettings, StoreSettings
from hub.store import embedded
from hub.words.actors import Actor
from hub.words.contributions import Imported

HEAD = "账号,姓名,身份证号,手机号,角色,地区代码,地区名称,部门,项目,岗位环节"
PLACES = ("510904114", "510904114204", "510904")
WRITTEN = ("people", "accounts", "positions", "events", "audit")
# As many documents as one part of the import writes of them.
AT_ONCE = 1000
# The table's parts, which a command has in memory; the console keeps them in the database.
MOST_GROWTH = 300 * 1024
# Who sends it from the console: nobody is handed passwords, so none is hashed.
OFFICER = Actor(kind="hub", app="ops", person="officer", id_key="of the officer")


def line(n: int) -> str:
    """Every fifth one is a second position of the same account."""
    who, second = n * 4 // 5, n % 5 == 1
    digits = f"51090419{50 + who // 336000:02d}{1 + who // 28000 % 12:02d}{1 + who // 1000 % 28:02d}{who % 1000:03d}"
    number = digits + mod_11_2.calc_check_digit(digits)
    return f"staff{who:06d},周敏,{number},,{'领导' if second else '经办人员'},{PLACES[n % 3]},,,,"


def table(rows: int) -> bytes:
    return "\n".join([HEAD, *map(line, range(rows))]).encode()


async def bring_in(hub: Hub, data: bytes) -> tuple[Imported, float]:
    def told(done: int, total: int, so_far: Imported | None = None) -> None:
        print(f"\r{done} of {total} of a part", end="", file=sys.stderr)

    started = time.monotonic()
    done = await run_import(hub.units, "staff_table", data, told, OFFICER)
    print(file=sys.stderr)
    return done, time.monotonic() - started


async def insert_bare(hub: Hub) -> tuple[int, float]:
    """The same documents once more, as they are stored, beside themselves: how many, and how long it took."""
    count, took = 0, 0.0
    for name in WRITTEN:
        stored, bare = hub.database[name], hub.database[f"bare_{name}"]
        for index, told in (await stored.index_information()).items():
            if index != "_id_":
                options = {key: told[key] for key in ("unique", "partialFilterExpression") if key in told}
                await bare.create_index(told["key"], name=index, **options)
        last = None
        while (
            rows := await stored.find({"_id": {"$gt": last}} if last else {})
            .sort("_id", 1)
            .limit(AT_ONCE)
            .to_list(None)
        ):
            started = time.monotonic()
            await bare.insert_many(rows)
            took += time.monotonic() - started
            count, last = count + len(rows), rows[-1]["_id"]
    return count, took


async def measure(rows: int, folder: Path) -> bool:
    async with await embedded.start(embedded.EmbeddedSettings(folder / "mongod", port=0)) as server:
        settings = HubSettings(
            mode="test",
            data_dir=folder,
            templates=ROOT / "templates",
            server=ServerSettings(port=0),
            store=StoreSettings(uri=server.uri, database="bench"),
            plugins=PLUGINS,
            counties={"510904": dict.fromkeys(PLUGINS, True)},
        )
        # Not serving: who hears of the positions then is another matter.
        async with Hub.open(settings) as hub:
            await hub.places.import_rows(read_csv((ROOT / "hub/demo/data/regions.csv").read_text("utf-8")))
            return await runs(hub, rows)


async def runs(hub: Hub, rows: int) -> bool:
    data = table(rows)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    first, took = await bring_in(hub, data)
    again, took_again = await bring_in(hub, data)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    documents, bare = await insert_bare(hub)
    for name, done, seconds in (("first", first, took), ("again", again, took_again)):
        print(
            f"{name}: {rows} rows in {seconds:.1f} s ({rows / seconds:,.0f}/s), added {done.added}, changed {done.changed}, "
            f"unchanged {done.unchanged}, rejected {len(done.problems)}"
        )
    print(f"bare: {documents} documents in {bare:.1f} s; the import takes {took / bare:.1f} times as long")
    print(
        f"peak memory: {before // 1024} MB before, {grown // 1024} MB more; the file has {len(data) / (1 << 20):.1f} MB"
    )
    accounts = await hub.database["accounts"].count_documents({})
    positions = await hub.database["positions"].count_documents({})
    added_up = (first.added, again.unchanged, positions) == (accounts, accounts, rows)
    return added_up and (again.added, again.changed, again.problems) == (0, 0, {}) and grown < MOST_GROWTH


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--smoke", action="store_true", help="a fiftieth")
    given = parser.parse_args(arguments)
    rows = given.rows // 50 if given.smoke else given.rows
    with tempfile.TemporaryDirectory() as folder:
        if not asyncio.run(measure(rows, Path(folder))):
            raise SystemExit(1)


if __name__ == "__main__":
    main()
