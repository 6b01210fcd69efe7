"""Stopping: what was taken is answered, what hangs does not hold the process, and a second signal ends it at once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import aiohttp
from pymongo import AsyncMongoClient

from hub.api import Anyone, Context, Route, hookimpl
from tests.cli.conftest import end_of, write_config
from tests.resilience.conftest import Found
from tests.resilience.load import form
from tests.resilience.process import ROOT, HubProcess
from tests.whole import whole_hub
from tests.world import ANJU

AT_WORK = DECLARATIONS = 40
# Work that does not end when it is cancelled, as one that waits for a frozen database in a `finally`.
STUBBORN = """
import asyncio, contextlib, datetime
from hub.cli.serve import run_until_told

async def never_ends():
    print("runs", flush=True)
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)

run_until_told(never_ends(), datetime.timedelta(milliseconds=200))
"""


class Slow:
    """An operation that answers when it is told to."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.taken = asyncio.Semaphore(0)

    @hookimpl
    def routes(self) -> Sequence[Route]:
        return [Route(method="GET", path="/wait", call=self.wait, access=Anyone.PUBLIC, transaction=False)]

    async def wait(self, ctx: Context) -> None:
        """等一等"""
        self.taken.release()
        await self.gate.wait()


async def opened_when_refused(port: int, gate: asyncio.Event) -> None:
    """Let the answers go as soon as the hub takes no more connections."""
    with contextlib.suppress(OSError):
        while True:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
    gate.set()


async def test_requests_in_flight_are_answered_before_a_hub_stops(mongo_uri: str, tmp_path: Path) -> None:
    """Each of them, and told that its connection closes; nobody else is let in."""
    slow = Slow()
    on = {ANJU: {"slow": True}}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:

        async def ask(url: str) -> tuple[int, str | None]:
            async with http.get(f"{url}/api/v1/{ANJU}/slow/wait") as answer:
                return answer.status, answer.headers.get("Connection")

        async with whole_hub(
            mongo_uri, tmp_path, on, plugins=("worklist", "declaration"), extra_plugins=[("slow", slow)]
        ) as hub:
            asking = [asyncio.create_task(ask(hub.url)) for _ in range(AT_WORK)]
            for _ in range(AT_WORK):
                await slow.taken.acquire()
            opening = asyncio.create_task(opened_when_refused(int(hub.url.rpartition(":")[2]), slow.gate))
        answers = await asyncio.gather(*asking)
        await opening

    assert {status for status, _ in answers} == {204}


async def test_what_was_committed_is_answered_although_sigterm_comes(
    found: Found, mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str
) -> None:
    """Many declarations at once, SIGTERM after the first answers: none is in the database without its answer."""
    # On a busy machine, too.
    town = await found(server={"stop_within": "PT10M"})
    hub = await town.start()
    residents = await town.residents(hub.url, DECLARATIONS)
    answered = asyncio.Semaphore(0)

    async def declare(number: int) -> int | None:
        path = f"{hub.url}/api/v1/{ANJU}/declaration/cases"
        headers = {"Idempotency-Key": f"stop-{number:08d}", "Authorization": f"Bearer {residents[number].token}"}
        with contextlib.suppress(aiohttp.ClientError):
            async with town.http.post(path, json=form(number, town.towns_of(ANJU)[0]), headers=headers) as answer:
                answered.release()
                return answer.status
        return None

    declaring = [asyncio.create_task(declare(number)) for number in range(DECLARATIONS)]
    for _ in range(5):
        await answered.acquire()
    await hub.stop()
    statuses = await asyncio.gather(*declaring)

    committed = await mongo_client[database_name]["declaration.cases"].count_documents({})
    assert statuses.count(201) == committed >= 5
    assert hub.process.returncode == 0


async def test_what_does_not_stop_is_ended_at_the_deadline() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", STUBBORN), cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    await process.stdout.readline()

    process.terminate()
    ended = await end_of(process)

    assert ended.code == 1
    assert "did not stop in good order" in ended.out + ended.err


async def test_a_second_signal_ends_a_hub_at_once_though_its_database_is_frozen(tmp_path: Path) -> None:
    hub = await HubProcess.start(write_config(tmp_path), "frozen")
    with frozen(int((tmp_path / "mongodb/db/mongod.lock").read_text())):
        hub.process.terminate()
        await said(hub.log, "hub is stopping")

        hub.process.terminate()
        code = await hub.process.wait()

    assert code == -signal.SIGTERM


@contextlib.contextmanager
def frozen(pid: int) -> Iterator[None]:
    """A database that is there and does not answer; ended afterwards, for the hub is gone that would do it."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGKILL)


async def said(log: Path, words: str) -> None:
    async with asyncio.timeout(60):
        while words not in log.read_text():
            await asyncio.sleep(0.01)
