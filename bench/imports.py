"""A roster of 100,000 lines with 3 % bad ones, brought in through the hub's own dispatcher, then once more.

python -m bench.imports [--rows 100000] [--smoke]        a few minutes; --smoke takes a fiftieth

Prints how long both runs took, lines per second, the hub's peak memory beside that before, and the reconciliation counts.
Ends with 1 when the second run changes anything, the counts do not add up, or memory grows with the table.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from pathlib import Path

from stdnum import luhn
from stdnum.iso7064 import mod_11_2

from hub.api import Secret, Upload
from hub.app import Hub
from hub.rules.importing import run_import
from hub.rules.places import read_csv
from hub.settings import HubSettings, ServerSettings, StoreSettings
from hub.store import embedded
from hub.words.actors import Actor, Position
from plugins.payments.actions.intakes import RosterQuery, receive_roster
from plugins.payments.documents import Intake

ROOT = Path(__file__).parents[1]
ANJU, LAND, FARMING = "510904", "10001", "农业农村局"
HEAD = "姓名,身份证号,社保卡号,村（社区）,补贴标准,数量,金额"
PLUGINS = tuple(sorted(folder.parent.name for folder in (ROOT / "plugins").glob("*/plugin.py")))
# Beside the file itself, which is in memory as long as its request: one part, and what Python keeps of freed ones.
MOST_GROWTH = 150 * 1024


def line(n: int) -> str:
    digits = f"51090419{50 + n // 336000:02d}{1 + n // 28000 % 12:02d}{1 + n // 1000 % 28:02d}{n % 1000:03d}"
    card = f"621700{n:012d}"
    good = card + luhn.calc_check_digit(card)
    number = digits + mod_11_2.calc_check_digit(digits)
    # Every 33rd line has a card that is none.
    return f"张三,{number},{good if n % 33 else '1'},聚贤镇万古桥村,100元/亩,3.5亩,350.00"


def table(rows: int) -> bytes:
    return "\n".join([HEAD, *(line(n) for n in range(rows))]).encode()


async def bring_in(hub: Hub, data: bytes) -> tuple[Intake, float]:
    """Upload as the route does, and wait until the dispatcher has read the last part."""
    path = hub.places.tree[ANJU].path
    position = Position(id="p", role="handler", region=ANJU, path=path, bureau=FARMING)
    actor = Actor(kind="staff", app="ydsh", person="luo", positions=(position,), name=Secret("罗勇"))
    query = RosterQuery(project=LAND, short="地力保护", bureau=FARMING)
    started = time.monotonic()
    intake = await hub.units.read(
        lambda ctx: receive_roster(ctx, query, Upload(filename="r.csv", data=data)),
        plugin="payments",
        place=hub.places.tree[ANJU],
        actor=actor,
        permission="payments.manage",
    )
    while True:
        found = await hub.database["payments.intakes"].find_one({"_id": intake.id})
        assert found is not None
        now = hub.database.decode(Intake, found)
        print(f"\r{now.done}/{now.parts} parts", end="", file=sys.stderr)
        if now.state == "done":
            print(file=sys.stderr)
            return now, time.monotonic() - started
        await asyncio.sleep(0.2)


async def measure(rows: int, folder: Path) -> bool:
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
            catalogue = (ROOT / "hub/demo/data/projects.yaml").read_bytes()
            await run_import(hub.units, "projects", catalogue, lambda done, total: None)
            async with hub.serving():
                return await runs(hub, rows)


async def runs(hub: Hub, rows: int) -> bool:
    data = table(rows)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    first, took = await bring_in(hub, data)
    again, took_again = await bring_in(hub, data)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    for name, intake, seconds in (("first", first, took), ("again", again, took_again)):
        print(
            f"{name}: {intake.rows} lines in {seconds:.1f} s ({intake.rows / seconds:,.0f}/s), added {intake.added}, "
            f"changed {intake.changed}, unchanged {intake.unchanged}, rejected {intake.rejected}"
        )
    print(f"peak memory: {before // 1024} MB before, {grown // 1024} MB more; the file has {len(data) >> 20} MB")
    added_up = all(each.added + each.changed + each.unchanged + each.rejected == rows for each in (first, again))
    return added_up and (again.added, again.changed) == (0, 0) and grown < MOST_GROWTH


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
