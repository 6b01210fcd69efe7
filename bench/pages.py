"""First pages: what comes over the wire to a phone that opens the app for the first time, and what drawing one costs the server.

python -m bench.pages [--write]        about five minutes; needs Chromium

The demo's hub in a process of its own, with people who are signed in. Weight: Chromium with an empty cache, all that it loads until the
page has loaded, as it came. Interactive: until its scripts have run and it answers a tap, of a first visit with a processor that is
slowed down six times, over 3G (1.6 Mbit/s down, 0.75 up, 300 ms there and back). Server: processor time of the hub for a page, in turns
with the same read as JSON, over the same HTTP; medians over the rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from playwright.async_api import Browser, Page, async_playwright

from bench.sockets.processes import Server, cores, load_here
from hub.cli.opening import read_settings
from hub.demo import CONFIG, people
from hub.demo.client import Phone
from hub.demo.stage import Stage, open_stage
from hub.demo.telling import RESIDENT_APPID
from hub.web import logs
from hub.web.settings import Rate

ROOT = Path(__file__).parent.parent
GOAL, SECONDS = 60_000, 2.5
SLOWER = 6
NETWORK = {"offline": False, "latency": 300, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
VISITS = 5
# Scripts are deferred: after this event the page answers.
WIRED = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd / 1000"
MANY = Rate(1_000_000)
VILLAGE, COUNTY = "510904114204", "510904"
ROUNDS, EACH = 9, 40
RESIDENT, HANDLER, LEADER = "chen_xuewen", "hejun", "linfeng"


@dataclass(frozen=True, slots=True)
class First:
    """A page, and the operation that reads the same; ``who`` is signed in, "" for nobody."""

    name: str
    app: str
    who: str
    page: str
    json: str = ""


FIRST = (
    First("登录（居民）", "ykt", "", "/ykt/signin"),
    First("登录（工作人员）", "ydsh", "", "/ydsh/signin"),
    First("首页（居民）", "ykt", RESIDENT, f"/ykt/{VILLAGE}", f"/{VILLAGE}/menu"),
    First("消息", "ykt", RESIDENT, "/ykt/inbox", "/inbox"),
    First("投诉须知", "ykt", RESIDENT, f"/ykt/{VILLAGE}/complaints/notice", f"/{VILLAGE}/complaints/notice"),
    First("阳光申报", "ykt", RESIDENT, f"/ykt/{VILLAGE}/declaration/projects", f"/{VILLAGE}/declaration/projects"),
    First("阳光公示", "ykt", RESIDENT, f"/ykt/{VILLAGE}/publicity/notices", f"/{VILLAGE}/publicity/notices"),
    First("我的投诉", "ykt", RESIDENT, f"/ykt/{VILLAGE}/complaints/mine", f"/{VILLAGE}/complaints/mine"),
    First("首页（经办）", "ydsh", HANDLER, f"/ydsh/{COUNTY}", f"/{COUNTY}/menu"),
    First("我的待办", "ydsh", HANDLER, f"/ydsh/{COUNTY}/worklist/tasks", f"/{COUNTY}/worklist/tasks"),
    First("投诉处理（领导）", "ydjd", LEADER, f"/ydjd/{COUNTY}/complaints", f"/{COUNTY}/complaints"),
    First("投诉概况（领导）", "ydjd", LEADER, f"/ydjd/{COUNTY}/complaints/overview", f"/{COUNTY}/complaints/overview"),
)


# --- the hub under measurement ---------------------------------------------------------------------------------------------


async def serve(folder: Path) -> None:
    """Prints its port; answers "tokens" with one for each of the people, until it is told "quit"."""
    logs.configure("error")
    settings = msgspec.structs.replace(read_settings(CONFIG), data_dir=folder)
    free = {
        "server": msgspec.structs.replace(settings.server, port=0),
        # Whoever measures asks more often than anybody who reads.
        "web": msgspec.structs.replace(settings.web, person_rate=MANY, address_rate=MANY),
        "store": msgspec.structs.replace(settings.store, embedded_port=0),
    }
    async with open_stage(msgspec.structs.replace(settings, **free), says=lambda text: None) as stage:
        tokens = {RESIDENT: await claimed(stage)}
        for key, app in ((HANDLER, "ydsh"), (LEADER, "ydjd")):
            phone = Phone(stage.http, stage.url, app)
            await phone.sign_in_by_account(key, stage.password)
            tokens[key] = phone.token
        print("port", stage.url.rpartition(":")[2], flush=True)
        while (order := (await asyncio.to_thread(sys.stdin.readline)).strip()) not in ("quit", ""):
            print(json.dumps(tokens) if order == "tokens" else "?", flush=True)


async def claimed(stage: Stage) -> str:
    """The token of the resident, who has said who they are."""
    [own] = [each for each in people.residents() if each.key == RESIDENT]
    phone = Phone(stage.http, stage.url, "ykt")
    await phone.sign_in_by_wechat(await stage.remote.code(RESIDENT_APPID, RESIDENT))
    await phone.claim(own)
    return phone.token


# --- weight ------------------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def visit(browser: Browser, url: str, first: First, token: str) -> AsyncIterator[Page]:
    """With an empty cache."""
    context = await browser.new_context(viewport={"width": 375, "height": 812}, locale="zh-CN")
    if token:
        await context.add_cookies([{"name": f"hub_{first.app}", "value": token, "url": url}])
    yield await context.new_page()
    await context.close()


async def interactive(browser: Browser, url: str, first: First, token: str) -> float:
    """Seconds, as a cheap phone has them; the median of some visits."""
    seconds: list[float] = []
    for _ in range(VISITS):
        async with visit(browser, url, first, token) as page:
            session = await page.context.new_cdp_session(page)
            await session.send("Network.enable")
            await session.send("Network.emulateNetworkConditions", NETWORK)
            await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            await page.goto(url + first.page, wait_until="load")
            seconds.append(float(await page.evaluate(WIRED)))
    return statistics.median(seconds)


async def weighed(browser: Browser, url: str, first: First, token: str) -> dict[str, int]:
    """Bytes as they came, with their headers, by kind of file."""
    async with visit(browser, url, first, token) as page:
        return await weight_of(page, url, first)


async def weight_of(page: Page, url: str, first: First) -> dict[str, int]:
    session = await page.context.new_cdp_session(page)
    kinds: dict[str, str] = {}
    weight: dict[str, int] = {}

    def loaded(event: Any) -> None:
        kind = kinds.get(event["requestId"], "Other")
        weight[kind] = weight.get(kind, 0) + int(event["encodedDataLength"])

    session.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    session.on("Network.loadingFinished", loaded)
    await session.send("Network.enable")
    answer = await page.goto(url + first.page, wait_until="networkidle")
    assert answer is not None and answer.ok and page.url == url + first.page, (
        f"{first.page}: {answer and answer.status} {page.url}"
    )
    return weight


# --- server ------------------------------------------------------------------------------------------------------------------


async def milliseconds(http: aiohttp.ClientSession, server: Server, address: str, headers: dict[str, str]) -> float:
    """Of the processor, for one answer."""
    before = server.cpu()
    for _ in range(EACH):
        async with http.get(address, headers=headers) as answer:
            assert answer.status == 200, f"{address}: {answer.status}"
            await answer.read()
    return (server.cpu() - before) / EACH * 1000


async def cost(http: aiohttp.ClientSession, server: Server, url: str, first: First, token: str) -> tuple[float, float]:
    """(page, JSON) in ms; 0 for JSON where nothing reads the same."""
    page = {"Cookie": f"hub_{first.app}={token}", "Accept-Encoding": "gzip"} if token else {"Accept-Encoding": "gzip"}
    program = {"Authorization": f"Bearer {token}"}
    pages, programs = [], []
    for _ in range(ROUNDS):
        pages.append(await milliseconds(http, server, url + first.page, page))
        if first.json:
            programs.append(await milliseconds(http, server, f"{url}/api/v1{first.json}", program))
    return statistics.median(pages), statistics.median(programs) if programs else 0.0


# --- the table ----------------------------------------------------------------------------------------------------------------


async def measure(server: Server) -> list[str]:
    url, tokens = f"http://127.0.0.1:{server.port}", json.loads(server.ask("tokens"))
    program = shutil.which("chromium")
    assert program, "this needs Chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program)
        weights = [await weighed(browser, url, each, tokens.get(each.who, "")) for each in FIRST]
        waits = [await interactive(browser, url, each, tokens.get(each.who, "")) for each in FIRST]
        await browser.close()
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        costs = [await cost(http, server, url, each, tokens.get(each.who, "")) for each in FIRST]
    return [row(*each) for each in zip(FIRST, weights, waits, costs, strict=True)]


def row(first: First, weight: dict[str, int], wait: float, cost: tuple[float, float]) -> str:
    total, page, program = sum(weight.values()), *cost
    beside = f"{program:.2f} | {page / program:.2f}" if program else "| "
    html = weight.get("Document", 0) / 1000
    seen = f"{wait:.2f} | {wait / SECONDS:.2f}"
    return f"| {first.name} | {total / 1000:.1f} | {total / GOAL:.2f} | {html:.1f} | {seen} | {page:.2f} | {beside} |"


def table(rows: Sequence[str]) -> str:
    head = "| page | KB in all | of the 60 KB | KB of HTML | interactive s | of the 2.5 s | server ms | as JSON ms | ratio |"
    about = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, medians of {ROUNDS} rounds."
    goal = "Goal: ≤ 60 KB over the wire on a first visit; what is loaded once is kept (immutable), a next page is its HTML alone."
    slow = f"Interactive: processor {SLOWER} times slower, 1.6 Mbit/s, 300 ms there and back, empty cache; goal ≤ {SECONDS} s."
    return "\n".join(["# First pages", "", about, goal, slow, "", head, "| --- |" + " --- |" * 8, *rows, ""])


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the table into bench/results/")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.serve:
        asyncio.run(serve(given.serve))
        return
    with tempfile.TemporaryDirectory() as folder:
        server = Server([sys.executable, "-m", "bench.pages", "--serve", folder], ROOT, cores()[0])
        try:
            load_here()
            text = table(asyncio.run(measure(server)))
        finally:
            server.stop()
    print(text)
    if given.write:
        (ROOT / "bench/results/pages.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
