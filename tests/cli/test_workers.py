"""Several processes behind one port: kept alive, replaced one after the other, stopped together."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from pymongo import AsyncMongoClient

from hub.store import embedded
from tests.cli.conftest import ROOT, end_of, run, write_config

START_WITHIN = 240.0


@dataclass
class Serving:
    """A supervisor, and what it said when its workers were up."""

    process: asyncio.subprocess.Process
    said: dict[str, Any]
    http: aiohttp.ClientSession

    @property
    def url(self) -> str:
        return str(self.said["url"])

    def pids(self) -> list[int]:
        """The workers' processes."""
        pid = self.process.pid
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    async def nodes(self) -> list[str]:
        """Who answers at each worker's own port; waits for one that is being started."""
        urls = [worker["url"] for worker in self.said["workers"]]
        return [await asyncio.wait_for(self._node_at(url), START_WITHIN) for url in urls]

    async def _node_at(self, url: str) -> str:
        async with self.http.get(f"{url}/metrics") as answer:
            return re.findall(r'hub_node_info\{node="([^"]+)"', await answer.text())[0]


@asynccontextmanager
async def serving(folder: Path, redis_url: str, **changes: Any) -> AsyncIterator[Serving]:
    # A fast machine asks more often than an address may.
    endless = {"calls": 10**6}
    config = write_config(folder, redis=redis_url, web={"person_rate": endless, "address_rate": endless}, **changes)
    # A file: nobody reads a pipe here, and a full one would stop the workers.
    with (folder / "log").open("wb") as words:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "hub", "--config", str(config), "serve", "--name", "hub", "--workers", "2"),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=words,
        )
    assert process.stdout is not None
    try:
        said = json.loads(await asyncio.wait_for(process.stdout.readline(), START_WITHIN))
        # A connection for each question: which worker takes it is the kernel's choice.
        connector = aiohttp.TCPConnector(force_close=True)
        async with aiohttp.ClientSession(connector=connector) as http:
            yield Serving(process, said, http)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.fixture(scope="module")
async def served(
    redis_url: str,
    mongo_uri: str,
    mongo_client: AsyncMongoClient[dict[str, Any]],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Serving]:
    store = {"uri": mongo_uri, "database": f"test_{uuid4().hex}"}
    async with serving(tmp_path_factory.mktemp("workers"), redis_url, store=store) as found:
        yield found
    await mongo_client.drop_database(store["database"])


async def test_each_worker_answers_by_itself_under_its_name(served: Serving) -> None:
    """For Prometheus: at the common port it would ask now this one, now that one."""
    assert [worker["node"] for worker in served.said["workers"]] == ["hub-1", "hub-2"]
    assert await served.nodes() == ["hub-1", "hub-2"]


async def test_a_worker_that_dies_is_started_again(served: Serving) -> None:
    """Under its name and on its sockets; the other one answers meanwhile."""
    first, second = served.pids()
    os.kill(second, signal.SIGKILL)

    async with served.http.get(f"{served.url}/healthz") as answer:
        status = answer.status
    nodes = await served.nodes()

    assert (status, nodes) == (200, ["hub-1", "hub-2"])
    assert first in served.pids() and second not in served.pids()


async def test_a_rolling_restart_refuses_nobody(served: Serving) -> None:
    """SIGHUP replaces every process; every connection of that time is answered."""
    before, statuses = set(served.pids()), []

    async def ask() -> None:
        while True:
            async with served.http.get(f"{served.url}/healthz") as answer:
                statuses.append(answer.status)

    asking = asyncio.create_task(ask())
    served.process.send_signal(signal.SIGHUP)
    async with asyncio.timeout(START_WITHIN):
        while before & set(served.pids()) or len(served.pids()) < 2:
            await asyncio.sleep(0.05)
    nodes = await served.nodes()
    asking.cancel()

    assert nodes == ["hub-1", "hub-2"]
    assert set(statuses) == {200}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_workers_stop_with_their_supervisor(redis_url: str, tmp_path: Path, number: signal.Signals) -> None:
    """Told, in good order with exit code 0; and also when it is killed: nobody would look after them."""
    async with serving(tmp_path, redis_url) as hub:
        pids = [os.pidfd_open(pid) for pid in hub.pids()]

        hub.process.send_signal(number)
        ended = await end_of(hub.process)
        gone = [await asyncio.wait_for(_readable(pid), START_WITHIN) for pid in pids]

    assert ended.code == (0 if number == signal.SIGTERM else -number)
    assert gone == [True, True]
    assert not embedded_runs(tmp_path)


async def _readable(pidfd: int) -> bool:
    """When that process has ended."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(pidfd, ended.set)
    await ended.wait()
    asyncio.get_running_loop().remove_reader(pidfd)
    os.close(pidfd)
    return True


def embedded_runs(folder: Path) -> bool:
    return embedded._Folder(folder / "mongodb").running is not None


async def test_several_workers_need_redis(tmp_path: Path) -> None:
    ended = await run(write_config(tmp_path), "serve", "--workers", "2")

    assert ended.code == 2
    assert "live sessions of several processes find each other through Redis" in ended.err


async def test_workers_that_cannot_start_say_why_and_end(redis_url: str, tmp_path: Path) -> None:
    """The first one is not started again and again: its problem is the configuration's."""
    config = write_config(tmp_path, redis=redis_url)
    (tmp_path / "keys.json").write_text("{}")
    (tmp_path / "keys.json").chmod(0o644)

    ended = await run(config, "serve", "--workers", "2")

    assert ended.code == 2
    assert ended.err.count("can be read by other users: chmod 600") == 1
