"""P11: a notice to 100,000 residents, while urgent messages go on; the hub is killed in the middle and goes on from there.

python -m bench.notices [--people 100000] [--rate 50] [--write]        --people 2000 is a fiftieth; 100,000 at 50 a second take 45 minutes

The hub is a process of its own, with the real plugin and WeChat's stand-in beside it. Every fifth of a second it is asked to push an
urgent message to somebody of another county: first alone, then under the notice. At half of the notice it is killed (kill -9) and
started again. Ends with 1 when somebody got the notice twice, or did not get it. What was on its way when it was killed waits for
leases (30 and 60 s) and is left out of the urgent times; it is within the total.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import uvloop

from bench.deliveries import OA, ROOT, account, percentile, stand_in
from hub.api import Event, MessageType, Persons, Push, Trigger, hookimpl
from hub.app import Hub
from hub.identity.people import Person
from hub.identity.wechat_users import Binding, WechatUser
from hub.push.settings import PushSettings, QuietHours, WorkerSettings
from hub.rules.places import read_csv
from hub.settings import HubSettings, ServerSettings, StoreSettings
from hub.web import logs
from hub.wechat.settings import WeChatSettings
from hub.wechat.simulator import Remote, StandInAccount
from hub.words.actors import Actor, Position
from hub.words.regions import Region
from plugins.notices import handlers, sending, writing

PLACE, ELSEWHERE = "510904", "510981"
URGENT, EVERY, IDLE = 200, 0.2, 30.0
AT_ONCE = 5000
TITLE = "汛期办理时间调整"


class Called(Event, frozen=True, kw_only=True):
    person: str
    key: str


async def call(event: Called, ctx: Any) -> Sequence[Push]:
    return [Push(to=Persons((event.person,)), message="bench.called", key=event.key, data={}, urgent=True)]


class Bench:
    """A plugin that pushes one urgent message per fact."""

    builtin = True
    placeless = False

    @hookimpl
    def events(self) -> Sequence[type[Event]]:
        return (Called,)

    @hookimpl
    def triggers(self) -> Sequence[Trigger]:
        return (Trigger(event=Called, call=call),)

    @hookimpl
    def message_types(self) -> Sequence[MessageType]:
        return (MessageType(name="called", code="P02", kind="bench", app="ykt", label="急件", sample={}),)


def settings(folder: Path, url: str, rate: float) -> HubSettings:
    never = datetime(2026, 1, 1).time()  # noqa: DTZ001 - an hour of the day
    worker = WorkerSettings(rate=rate, quiet_hours=QuietHours(start=never, end=never))
    templates = folder / "templates"
    (templates / "bench").mkdir(parents=True, exist_ok=True)
    (templates / "bench" / "called.inbox").write_text("急件\n请立即查看。\n", encoding="utf-8")
    (templates / "bench" / "called.oa").write_text("thing1: 急件\n", encoding="utf-8")
    return HubSettings(
        mode="test",
        data_dir=folder,
        templates=templates,
        plugins=("notices",),
        counties={PLACE: {"notices": True}},
        server=ServerSettings(port=0),
        store=StoreSettings(embedded_port=0),
        wechat=WeChatSettings(accounts=(account(url),)),
        push=PushSettings(worker=worker),
    )


def opened(folder: Path, url: str, rate: float) -> Any:
    return Hub.open(settings(folder, url, rate), extra_plugins=[("bench", Bench())])


# --- the process that is killed ---------------------------------------------------------------------------------------------


async def serve(folder: Path, url: str, rate: float) -> None:
    """Until it is killed: the hub, and an urgent message every fifth of a second."""
    async with opened(folder, url, rate) as hub, hub.serving():
        print("ready", flush=True)
        for number in range(10**9):
            fact = Called(place=ELSEWHERE, person=f"u{number % URGENT}", key=f"{time.time()}")

            async def tell(ctx: Any, fact: Called = fact) -> None:
                ctx.emit(fact)

            await hub.units.run(tell, plugin="bench", place=hub.places.tree[ELSEWHERE])
            await asyncio.sleep(EVERY)


@contextlib.asynccontextmanager
async def running(folder: Path, url: str, rate: float) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.notices", "--serve", str(folder), "--url", url, "--rate", str(rate)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


# --- the people, and the notice ------------------------------------------------------------------------------------------------


async def settle(hub: Hub, phones: Remote, ids: Sequence[str], homes: Sequence[Region]) -> None:
    """Residents with a home, who follow the official account."""
    now = datetime.now(UTC)
    for first in range(0, len(ids), AT_ONCE):
        some = ids[first : first + AT_ONCE]
        made = await phones.add_people([{"person": id, "follows": True} for id in some])
        people = [
            Person(id=id, name="王建国", region=homes[(first + n) % len(homes)].code, assurance="claimed")
            for n, id in enumerate(some)
        ]
        users = [
            WechatUser(id=f"w{id}", appid=OA, openid=one["openids"][OA], follows=True, created_at=now)
            for id, one in zip(some, made, strict=True)
        ]
        bound = [Binding(id=f"b{id}", person=id, user=f"w{id}", appid=OA, side="resident", bound_at=now) for id in some]
        for name, rows in (("people", people), ("wechat_users", users), ("wechat_bindings", bound)):
            await hub.database[name].insert_many([hub.database.encode(each) for each in rows], ordered=False)


async def send(hub: Hub) -> tuple[str, datetime, float]:
    """Write it, count, send, as the post of the county does: its id, when, and ms to count them."""
    path = hub.places.tree[PLACE].path
    actor = Actor(
        kind="staff",
        app="ydsh",
        person="clerk",
        positions=(Position(id="p", role="handler", region=PLACE, path=path),),
    )
    at: Any = {"plugin": "notices", "place": hub.places.tree[PLACE], "actor": actor, "permission": "notices.manage"}
    words = writing.WordsRequest(title=TITLE, text="七月起上午八点开门。", roles=("resident",), urgent=True)
    notice = await hub.units.run(lambda ctx: handlers.write(ctx, words), **at)
    began = time.perf_counter()
    found = await hub.units.read(lambda ctx: handlers.count(ctx, notice.id), **at)
    took = 1000 * (time.perf_counter() - began)
    form = sending.SendRequest(version=notice.version, people=found.people)
    await hub.units.run(lambda ctx: handlers.DESK.press(ctx, "send", notice.id, form), **at)
    return notice.id, datetime.now(UTC), took


async def reached(hub: Hub) -> int:
    done = {"message": "notices.resident", "channel": "wechat", "state": {"$in": ["sent", "delivered", "failed"]}}
    return await hub.database["deliveries"].count_documents(done)


async def until(hub: Hub, people: int) -> None:
    while await reached(hub) < people:
        await asyncio.sleep(1)


async def urgent_times(hub: Hub, since: datetime, before: datetime) -> list[tuple[float, float]]:
    """ms from the commit until the delivery is planned, and to WeChat's answer, of those told of between these moments."""
    told = hub.database["events"].find({"type": "bench.Called", "at": {"$gte": since, "$lt": before}}, {"at": 1})
    at = {row["_id"]: row["at"] async for row in told}
    wanted = {"event": {"$in": list(at)}, "channel": "wechat", "trace": {"$exists": True}}
    rows = hub.database["deliveries"].find(wanted, {"event": 1, "created_at": 1, "trace": 1})
    return [
        tuple(1000 * (then - at[row["event"]]).total_seconds() for then in (row["created_at"], row["trace"][0]["at"]))
        async for row in rows
    ]


async def copies(phones: Remote) -> Counter[str]:
    """How many messages of the notice are on each phone."""
    found: Counter[str] = Counter()
    after = 0
    while messages := await phones.messages(after=after):
        found.update(each["openid"] for each in messages if TITLE in each["fields"].values())
        after = messages[-1]["seq"]
    return found


async def main(people: int, rate: float) -> tuple[str, bool]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with stand_in() as (url, control), aiohttp.ClientSession() as http, opened(folder, url, rate) as hub:
            phones = Remote(control, http)
            await phones.open_account(StandInAccount.of(account(url)))
            await hub.places.import_rows(read_csv((ROOT / "hub/demo/data/regions.csv").read_text(encoding="utf-8")))
            tree = hub.places.tree
            homes = [each for each in tree if each.level == "village" and each.county == PLACE]
            await settle(hub, phones, [f"p{n:06d}" for n in range(people)], homes)
            await settle(hub, phones, [f"u{n}" for n in range(URGENT)], [tree[ELSEWHERE]])
            async with running(folder, url, rate) as process:
                await asyncio.sleep(5)
                begun = datetime.now(UTC)
                await asyncio.sleep(IDLE)
                id, sent, counting = await send(hub)
                began = time.perf_counter()
                await until(hub, people // 2)
                killed = datetime.now(UTC)
                process.kill()
            async with running(folder, url, rate):
                again = datetime.now(UTC)
                await until(hub, people)
                total, over = time.perf_counter() - began, datetime.now(UTC)
                await asyncio.sleep(2)
            idle = await urgent_times(hub, begun, sent)
            under = await urgent_times(hub, sent, datetime.fromtimestamp(killed.timestamp() - 2, UTC))
            under += await urgent_times(hub, again, over)
            told = Counter(
                [row["person"] async for row in hub.database["notices.receipts"].find({"notice": id}, {"person": 1})]
            )
            on_phones = await copies(phones)
    twice = sum(count - 1 for count in (*told.values(), *on_phones.values()) if count > 1)
    missing = 2 * people - len(told) - len(on_phones)
    (planned, alone), (planned_under, meanwhile) = (list(zip(*times, strict=True)) for times in (idle, under))
    before, after = percentile(alone, 0.95), percentile(meanwhile, 0.95)
    lines = [
        "| measure | |",
        "|---|---|",
        f"| residents | {people:,} |",
        f"| counting them before it is sent | {counting:.0f} ms |",
        f"| all of them, killed at half and started again, at most {rate:.0f} calls a second | {total:.0f} s |",
        f"| told twice (receipts, phones) | {twice} |",
        f"| missed (receipts, phones) | {missing} |",
        f"| urgent p50 / p95 alone, {len(idle)} messages | {percentile(alone, 0.5):.0f} / {before:.0f} ms |",
        f"| urgent p50 / p95 meanwhile, {len(under)} messages | {percentile(meanwhile, 0.5):.0f} / {after:.0f} ms |",
        f"| until it is planned, p95 alone / meanwhile | {percentile(planned, 0.95):.0f} / {percentile(planned_under, 0.95):.0f} ms |",
        f"| p95 ÷ p95 (goal ≤ 2) | {after / before:.2f} |",
    ]
    return "\n".join(lines), twice == missing == 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--rate", type=float, default=50, help="calls to WeChat in a second; what is known to be safe")
    parser.add_argument("--write", action="store_true", help="into bench/results/notices.md")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    given = parser.parse_args()
    logs.configure("warning")
    if given.serve:
        uvloop.run(serve(given.serve, given.url, given.rate))
        raise SystemExit
    said, right = uvloop.run(main(given.people, given.rate))
    print(said)
    if given.write:
        head = f"# A notice to a whole county\n\n{datetime.now(UTC):%Y-%m-%d} · `python -m bench.notices --people {given.people}`\n\n"
        (ROOT / "bench/results/notices.md").write_text(f"{head}{said}\n", encoding="utf-8")
    raise SystemExit(0 if right else 1)
