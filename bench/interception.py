"""P12: check lists of 100,000 lines against all 13 rules, and a roster of 100,000, through the hub's own dispatcher.

python -m bench.interception [--rows 100000] [--smoke] [--write]        a few minutes; --smoke takes a fiftieth

A first list meets nobody; of the roster one in a hundred is on it and left out; a second list is about everybody who was
enrolled, so that each of them is held against every rule. Prints how long each took, lines per second, the hub's peak memory before and
after; with --write also to bench/results/interception.md. Ends with 1 when a second run of the list changes anything, when
somebody on the list is not found, when somebody else is, or when memory grows with the rows.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bench.imports import ANJU, FARMING, HEAD, LAND, MOST_GROWTH, PLUGINS, ROOT, line
from hub.api import Secret, Upload
from hub.app import Hub
from hub.rules.importing import run_import
from hub.rules.places import read_csv
from hub.settings import HubSettings, ServerSettings, StoreSettings
from hub.store import embedded
from hub.words.actors import Actor, Position
from plugins.interception.actions.lists import ListQuery, receive
from plugins.interception.actions.rules import RULES
from plugins.payments.actions.intakes import RosterQuery, receive_roster

RESULTS = ROOT / "bench/results/interception.md"
EVERY = 100  # of the roster, one in so many is on the list
# Every kind of list has somebody, so that each rule has something to read.
OTHERS = {
    "payroll": "姓名,身份证号",
    "cadres": "姓名,身份证号",
    "vehicles": "姓名,身份证号,车牌号",
    "houses": "姓名,身份证号,不动产权证号",
    "companies": "姓名,身份证号,统一社会信用代码",
    "prisoners": "姓名,身份证号",
    "moved_out": "姓名,身份证号",
    "land": "姓名,身份证号,承包面积（亩）",
    "identities": "姓名,身份证号",
    "supporters": "姓名,身份证号,赡养人姓名",
}


def number(n: int) -> str:
    """The ID number of the roster's n-th line."""
    return line(n).split(",")[1]


def roster(rows: int) -> bytes:
    """Right lines alone: a card that is none says nothing of the rules."""
    return "\n".join([HEAD, *(line(n * 33 + 1) for n in range(rows))]).encode()


def check_list(rows: int) -> bytes:
    """One in ``EVERY`` of the roster, and many whom nobody has heard of."""
    people = (number(n * 33 + 1) if n % EVERY == 0 else number(n * 33 + 2) for n in range(rows))
    return "\n".join(["姓名,身份证号", *(f"张三,{each}" for each in people)]).encode()


def land_list(rows: int) -> bytes:
    """Everybody on the roster has 4 亩 by contract and asks for 3.5: looked at by every rule, found by none."""
    return "\n".join(["姓名,身份证号,承包面积（亩）", *(f"张三,{number(n * 33 + 1)},4" for n in range(rows))]).encode()


def staff(hub: Hub, role: str, bureau: str | None = None) -> Actor:
    position = Position(id=role, role=role, region=ANJU, path=hub.places.tree[ANJU].path, bureau=bureau)
    return Actor(kind="staff", app="ydsh", person=role, positions=(position,), name=Secret("罗勇"))


async def wait_for(hub: Hub, collection: str, id: str, counted: Callable[[Any], str]) -> dict[str, Any]:
    while True:
        found: dict[str, Any] | None = await hub.database[collection].find_one({"_id": id})
        assert found is not None
        print(f"\r{counted(found)}      ", end="", file=sys.stderr)
        if found["state"] == "done":
            print(file=sys.stderr)
            return found
        await asyncio.sleep(0.2)


async def ask(hub: Hub, plugin: str, permission: str, actor: Actor, call: Callable[[Any], Awaitable[Any]]) -> Any:
    place = hub.places.tree[ANJU]
    return await hub.units.read(call, plugin=plugin, place=place, actor=actor, permission=permission)


async def bring_list(hub: Hub, kind: str, data: bytes) -> tuple[dict[str, Any], float]:
    """Upload a list as its route does, and wait until the dispatcher has read the last part."""
    started = time.monotonic()
    query, upload = ListQuery(kind=kind), Upload(filename="l.csv", data=data)
    actor = staff(hub, "discipline")
    stored = await ask(hub, "interception", "interception.import", actor, lambda ctx: receive(ctx, query, upload))
    done = await wait_for(hub, "interception.lists", stored.id, lambda now: f"{kind} {now['done']}/{now['parts']}")
    return done, time.monotonic() - started


async def bring_roster(hub: Hub, data: bytes) -> tuple[dict[str, Any], float]:
    started = time.monotonic()
    query = RosterQuery(project=LAND, short="地力保护", bureau=FARMING)
    upload, actor = Upload(filename="r.csv", data=data), staff(hub, "handler", FARMING)
    stored = await ask(hub, "payments", "payments.manage", actor, lambda ctx: receive_roster(ctx, query, upload))
    done = await wait_for(hub, "payments.intakes", stored.id, lambda now: f"roster {now['done']}/{now['parts']}")
    return done, time.monotonic() - started


async def measure(rows: int, folder: Path) -> tuple[bool, str]:
    every_rule = {"rules": {LAND: [rule.code for rule in RULES]}}
    switches: dict[str, Any] = dict.fromkeys(PLUGINS, True)
    switches["interception"] = every_rule
    async with await embedded.start(embedded.EmbeddedSettings(folder / "mongod", port=0)) as server:
        settings = HubSettings(
            mode="test",
            data_dir=folder,
            templates=ROOT / "templates",
            server=ServerSettings(port=0),
            store=StoreSettings(uri=server.uri, database="bench"),
            plugins=PLUGINS,
            counties={ANJU: switches},
        )
        async with Hub.open(settings) as hub:
            await hub.places.import_rows(read_csv((ROOT / "hub/demo/data/regions.csv").read_text("utf-8")))
            catalogue = (ROOT / "hub/demo/data/projects.yaml").read_bytes()
            await run_import(hub.units, "projects", catalogue, lambda done, total: None)
            async with hub.serving():
                return await runs(hub, rows)


async def runs(hub: Hub, rows: int) -> tuple[bool, str]:
    for kind, head in OTHERS.items():
        cells = ["张三", number(32), *("1" for _ in head.split(",")[2:])]
        await bring_list(hub, kind, "\n".join([head, ",".join(cells)]).encode())
    deaths, people = check_list(rows), roster(rows)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    first, took = await bring_list(hub, "death", deaths)
    again, took_again = await bring_list(hub, "death", deaths)
    enrolled, took_roster = await bring_roster(hub, people)
    while await hub.database["events"].count_documents({"state": "pending"}, limit=1):
        await asyncio.sleep(0.2)
    everybody, took_everybody = await bring_list(hub, "land", land_list(rows))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    hits = await hub.database["interception.hits"].count_documents({})
    wanted = -(-rows // EVERY)
    lines = [
        f"| {name} | {count:,} | {seconds:.1f} | {count / seconds:,.0f} |"
        for name, count, seconds in (
            ("a list that meets nobody", first["rows"], took),
            ("the same again", again["rows"], took_again),
            ("a roster, each line against 13 rules", enrolled["rows"], took_roster),
            ("a list about everybody enrolled, each against 13 rules", everybody["rows"], took_everybody),
        )
    ]
    table = "\n".join(["| what | rows | seconds | rows/s |", "|---|---|---|---|", *lines])
    memory = f"Peak memory {before // 1024} MB before, {grown // 1024} MB more; the files have {(len(deaths) + len(people)) >> 20} MB."
    counts = f"{hits:,} of {rows:,} found, {enrolled['added']:,} enrolled, {enrolled['rejected']:,} left out."
    right = (
        (first["added"], again["added"], again["changed"], everybody["added"]) == (rows, 0, 0, rows)
        and (hits, enrolled["rejected"], enrolled["added"]) == (wanted, wanted, rows - wanted)
        and grown < MOST_GROWTH
    )
    return right, f"{table}\n\n{counts} {memory}"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--smoke", action="store_true", help="a fiftieth")
    parser.add_argument("--write", action="store_true", help="to bench/results/interception.md")
    given = parser.parse_args(arguments)
    rows = given.rows // 50 if given.smoke else given.rows
    with tempfile.TemporaryDirectory() as folder:
        right, said = asyncio.run(measure(rows, Path(folder)))
    print(said)
    if given.write:
        head = "# Check lists and rosters against 13 rules (P12)\n\n`python -m bench.interception --write`"
        RESULTS.write_text(f"{head}\n\n{said}\n", encoding="utf-8")
    if not right:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
