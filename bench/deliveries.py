"""P7, P8, P9: accepting facts, delivering them to WeChat, and how long one takes; against floors measured in the same run.

python -m bench.deliveries [--write]        about 2 minutes

Floors: the bare three-insert transaction for accepting, a bare aiohttp loop of the same sends for delivering. The stand-in
for WeChat runs as a process of its own and answers at once. Medians of ``--runs`` rounds in which hub and floor take turns.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import uvloop

from hub.api import Collection, Document, Event, MessageType, Persons, Push, Trigger, hookimpl
from hub.app import Hub
from hub.identity.wechat_users import Binding, WechatUser
from hub.push.settings import PushSettings, QuietHours, WorkerSettings
from hub.realtime.live import Live
from hub.rules.places import read_csv
from hub.settings import HubSettings, ServerSettings, StoreSettings
from hub.store.inbox import InboxEntry
from hub.web import logs
from hub.wechat.accounts import WeChatAccount
from hub.wechat.settings import WeChatSettings
from hub.wechat.simulator import Remote, StandInAccount

ROOT = Path(__file__).parent.parent
COUNTY, PLACE = "510904", "510904114"
OA, TEMPLATE = "wx-bench-oa", "tpl-todo"
PERSONS, FACTS, IN_FLIGHT, AT_ONCE = 2000, 2000, 64, 50
FIELDS = {"thing1": {"value": "高龄津贴"}, "time2": {"value": "2026年11月23日 09:00"}}


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds by the clock, and of the processor that this process took."""

    seconds: float
    processor: float


class Told(Event, frozen=True, kw_only=True):
    persons: tuple[str, ...]
    key: str
    at: datetime


class Note(Document, frozen=True, kw_only=True):
    text: str
    readers: tuple[str, ...] = ()


async def tell(event: Told, ctx: Any) -> Sequence[Push]:
    return [Push(to=Persons(event.persons), message="bench.told", key=event.key, data={"at": event.at})]


class Bench:
    """A plugin that pushes one message per fact."""

    builtin = True
    placeless = False

    @hookimpl
    def events(self) -> Sequence[type[Event]]:
        return (Told,)

    @hookimpl
    def collections(self) -> Sequence[Collection]:
        return (Collection(name="bench.notes", document=Note, scope="subtree"),)

    @hookimpl
    def triggers(self) -> Sequence[Trigger]:
        return (Trigger(event=Told, call=tell),)

    @hookimpl
    def message_types(self) -> Sequence[MessageType]:
        sample = {"at": "2026-11-23T09:00:00+08:00"}
        return (MessageType(name="told", code="P14", kind="bench", app="ykt", label="进度", sample=sample),)


@contextlib.asynccontextmanager
async def stand_in() -> AsyncIterator[tuple[str, str]]:
    """A process of its own: its address and its control address."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hub.wechat.simulator", "--port", "0", "--keep-messages", "1000000"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    said = json.loads(await process.stdout.readline())
    try:
        yield said["url"], said["control_url"]
    finally:
        process.terminate()
        await process.wait()


def account(url: str) -> WeChatAccount:
    return WeChatAccount(
        name="oa",
        kind="oa",
        appid=OA,
        secret="secret-of-the-benchmark",
        callback_token="token",
        aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
        base_url=url,
        templates=dict.fromkeys(("bench", "todo", "progress", "reminder", "result", "alert"), TEMPLATE),
    )


def settings(folder: Path, url: str) -> HubSettings:
    templates = folder / "templates"
    (templates / "bench").mkdir(parents=True)
    (templates / "bench" / "told.inbox").write_text("高龄津贴有新进展\n时间：{{ at | moment }}\n", encoding="utf-8")
    (templates / "bench" / "told.oa").write_text("thing1: 高龄津贴\ntime2: {{ at | moment }}\n", encoding="utf-8")
    never = datetime(2026, 1, 1).time()  # noqa: DTZ001 - an hour of the day
    worker = WorkerSettings(rate=1e6, in_flight=AT_ONCE, quiet_hours=QuietHours(start=never, end=never))
    return HubSettings(
        mode="test",
        data_dir=folder,
        templates=templates,
        server=ServerSettings(port=0),
        store=StoreSettings(embedded_port=0),
        wechat=WeChatSettings(accounts=(account(url),)),
        push=PushSettings(worker=worker),
    )


async def people(hub: Hub, phones: Remote, count: int) -> list[str]:
    """Followers of the official account, known to the hub."""
    made = await phones.add_people([{"person": f"p{number}", "follows": True} for number in range(count)])
    now = datetime.now(UTC)
    openids = [one["openids"][OA] for one in made]
    users = [
        WechatUser(id=f"u{n}", appid=OA, openid=openid, follows=True, created_at=now)
        for n, openid in enumerate(openids)
    ]
    bound = [
        Binding(id=f"b{n}", person=f"p{n}", user=f"u{n}", appid=OA, side="resident", bound_at=now) for n in range(count)
    ]
    await hub.database["wechat_users"].insert_many([hub.database.encode(each) for each in users])
    await hub.database["wechat_bindings"].insert_many([hub.database.encode(each) for each in bound])
    return openids


async def in_lanes(lanes: int, count: int, work: Callable[[int], Awaitable[Any]]) -> float:
    """Seconds for ``count`` pieces of work with so many in flight."""
    numbers = iter(range(count))

    async def lane() -> None:
        for number in numbers:
            await work(number)

    began = time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(lanes)))
    return time.perf_counter() - began


async def accept(hub: Hub, run: int, count: int) -> tuple[float, float]:
    """A domain action (document, event, audit line) through a unit of work, and the bare transaction of three inserts.

    Seconds of each. The facts name nobody, so that nothing is delivered meanwhile.
    """
    place = hub.places.tree[PLACE]
    bare = hub.database.client.get_database("floor")
    for name in {"notes", "events", "audit"} - set(await bare.list_collection_names()):
        await bare.create_collection(name)

    async def act(number: int) -> None:
        async def call(ctx: Any) -> None:
            note = Note(id=ctx.new_id(), place=PLACE, text="x" * 200)
            await ctx.store["bench.notes"].insert(note)
            ctx.emit(Told(place=PLACE, persons=(), key=f"{run}-{number}", at=ctx.now()))
            ctx.audit("bench.noted", note.id)

        await hub.units.run(call, plugin="bench", place=place)

    async def floor(number: int) -> None:
        row = {"county": COUNTY, "place": PLACE, "text": "x" * 200, "at": datetime.now(UTC)}

        async def work(session: Any) -> None:
            for name in ("notes", "events", "audit"):
                await bare[name].insert_one({"_id": f"{run}-{number}", **row}, session=session)

        await hub.database.transaction(work)

    return await in_lanes(IN_FLIGHT, count, act), await in_lanes(IN_FLIGHT, count, floor)


async def deliver(hub: Hub, url: str, openids: list[str], run: int) -> tuple[Cost, Cost]:
    """One message to each person, from the commit until every delivery is settled with its history kept; and a bare loop
    of the same sends."""
    persons = tuple(f"p{number}" for number in range(len(openids)))
    began, busy = time.perf_counter(), time.process_time()

    async def call(ctx: Any) -> None:
        for start in range(0, len(persons), 50):
            ctx.emit(Told(place=PLACE, persons=persons[start : start + 50], key=f"run-{run}-{start}", at=ctx.now()))

    await hub.units.run(call, plugin="bench", place=hub.places.tree[PLACE])
    while await hub.database["deliveries"].count_documents(
        {"channel": "wechat", "state": {"$in": ["pending", "held", "sending"]}}
    ) or await hub.database["events"].count_documents({"type": "bench.Told", "state": "pending"}):
        await asyncio.sleep(0.1)
    through_hub = Cost(time.perf_counter() - began, time.process_time() - busy)

    token = await next(iter(hub.clients.values())).tokens.get()
    async with aiohttp.ClientSession() as http:

        async def send(number: int) -> None:
            body = {"touser": openids[number], "template_id": TEMPLATE, "data": FIELDS}
            address = f"{url}/cgi-bin/message/template/send?access_token={token}"
            async with http.post(address, data=json.dumps(body, ensure_ascii=False).encode()) as answer:
                assert (await answer.json(content_type=None))["errcode"] == 0

        busy = time.process_time()
        seconds = await in_lanes(AT_ONCE, len(openids), send)
        return through_hub, Cost(seconds, time.process_time() - busy)


@contextlib.contextmanager
def stopwatch() -> Iterator[dict[str, float]]:
    """When each person's newest message reached the live sessions of this node."""
    heard: dict[str, float] = {}
    publish = Live.publish

    def listen(self: Live, entries: Sequence[InboxEntry]) -> None:
        now = time.time()
        heard.update({entry.person: now for entry in entries})
        publish(self, entries)

    Live.publish = listen  # type: ignore[method-assign]
    try:
        yield heard
    finally:
        Live.publish = publish  # type: ignore[method-assign]


async def latency(hub: Hub, heard: dict[str, float], count: int, per_second: float) -> tuple[list[float], list[float]]:
    """Milliseconds from the commit to the live session and to WeChat's answer, at a steady pace."""
    committed: dict[str, float] = {}
    began = time.perf_counter()
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number / per_second - time.perf_counter()))
        person = f"p{number}"

        async def call(ctx: Any, person: str = person, number: int = number) -> None:
            ctx.emit(Told(place=PLACE, persons=(person,), key=f"late-{number}", at=ctx.now()))

        await hub.units.run(call, plugin="bench", place=hub.places.tree[PLACE])
        committed[person] = time.time()
    await asyncio.sleep(2)
    rows = hub.database["deliveries"].find({"channel": "wechat", "key": {"$regex": "late-"}}, {"person": 1, "trace": 1})
    sent = {row["person"]: row["trace"][-1]["at"].timestamp() async for row in rows}
    live = [1000 * max(0.0, heard[person] - at) for person, at in committed.items() if person in heard]
    return live, [1000 * max(0.0, sent[person] - at) for person, at in committed.items() if person in sent]


def rates(hub: float, floor: float) -> tuple[str, str, str]:
    return f"{hub:.0f}/s", f"{floor:.0f}/s", f"{hub / floor:.2f}"


def milliseconds(values: Sequence[float], *shares: float) -> str:
    return " / ".join(f"{percentile(values, share):.0f}" for share in shares) + " ms"


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


async def main(given: argparse.Namespace) -> str:
    persons, facts = (max(40, int(number * given.scale)) for number in (PERSONS, FACTS))
    with tempfile.TemporaryDirectory() as name:
        async with stand_in() as (url, control), aiohttp.ClientSession() as http:
            phones = Remote(control, http)
            await phones.open_account(StandInAccount.of(account(url)))
            with stopwatch() as heard:
                async with Hub.open(settings(Path(name), url), extra_plugins=[("bench", Bench())]) as hub:
                    await hub.places.import_rows(
                        read_csv((ROOT / "hub/demo/data/regions.csv").read_text(encoding="utf-8"))
                    )
                    openids = await people(hub, phones, persons)
                    accepting, delivering, busy = [], [], []
                    async with hub.serving():
                        for run in range(given.runs):
                            accepting.append(await accept(hub, run, facts))
                            through_hub, bare = await deliver(hub, url, openids, run)
                            delivering.append((through_hub.seconds, bare.seconds))
                            busy.append((1e6 * through_hub.processor / persons, 1e6 * bare.processor / persons))
                        live, sent = await latency(hub, heard, min(persons, int(600 * given.scale) or 40), 50)
    return table(accepting, delivering, busy, live, sent, persons, facts)


def table(
    accepting: list[tuple[float, float]],
    delivering: list[tuple[float, float]],
    busy: list[tuple[float, float]],
    live: list[float],
    sent: list[float],
    persons: int,
    facts: int,
) -> str:
    def middle(rows: list[tuple[float, float]], count: int) -> tuple[float, float]:
        hub, floor = (statistics.median(column) for column in zip(*rows, strict=True))
        return count / hub, count / floor

    a, af = middle(accepting, facts)
    d, df = middle(delivering, persons)
    rows = [
        ("measure", "hub", "floor", "ratio", "goal"),
        ("---",) * 5,
        ("P7 domain action, 64 in flight; floor: the bare three-insert transaction", *rates(a, af), "≥ 0.8"),
        ("P8 delivered at once, history kept; floor: a bare aiohttp loop", *rates(d, df), "≥ 0.6"),
        (
            "of P8, processor time of this process for each delivery; floor: for each bare send",
            *(f"{statistics.median(each):.0f} µs" for each in zip(*busy, strict=True)),
            f"{statistics.median(hub / bare for hub, bare in busy):.2f}",
            "≤ 350 µs, where a bare send takes 160",
        ),
        ("P9 commit → live session, at 50/s: p50 / p99", milliseconds(live, 0.5, 0.99), "", "", "p99 ≤ 50 ms"),
        (
            "P9 commit → WeChat's answer, at 50/s: p50 / p95",
            milliseconds(sent, 0.5, 0.95),
            "",
            "",
            "p95 ≤ 300 ms at 200/s",
        ),
    ]
    about = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores shared by hub, MongoDB and stand-in, load {os.getloadavg()[0]:.1f}, "
    return (
        f"# Deliveries\n\n{about}{len(accepting)} rounds, medians.\n\n"
        + "\n".join(f"| {' | '.join(row)} |" for row in rows)
        + "\n"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--write", action="store_true", help="put the table into bench/results/")
    chosen = parser.parse_args()
    logs.configure("warning")
    # As `hub serve` runs it.
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        text = runner.run(main(chosen))
    print(text)
    if chosen.write:
        (ROOT / "bench/results/deliveries.md").write_text(text, encoding="utf-8")
