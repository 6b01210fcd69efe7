"""What every test may use: a look into the MongoDB server, a real Redis server, and a seed. One of each per session."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import shutil
import subprocess
from collections.abc import AsyncIterator, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import hypothesis
import pytest
import redis.asyncio
import uvloop
from pymongo import AsyncMongoClient
from redis.exceptions import ConnectionError as RedisNotReady

from hub.testing.hashing import hash_cheaply
from hub.testing.servers import MEMORY, there_is_room
from hub.web import logs
from tests.browsers import chromium
from tests.forked import Forker, forker
from tests.hanging import Alarm
from tests.waiting import patience

if TYPE_CHECKING:
    from playwright.async_api import Browser

# What other projects' tests have as well, among it the MongoDB server. By name, so that it is there also where the package was
# installed before it had an entry point.
pytest_plugins = ("hub.fixtures",)

# No deadline: times are measured in bench/, and a shared machine is slow when it likes.
hypothesis.settings.register_profile("hub", deadline=None, print_blob=True)
hypothesis.settings.load_profile("hub")


# As in production: the library's own default draws local variables around tracebacks, for minutes.
logs.configure("info")
hash_cheaply()


def seed_of_the_tree() -> int:
    """The same for the same files, so that what has passed passes again; each change tries another. Any without git."""
    asked = subprocess.run(
        ["git", "rev-parse", "--short=8", "HEAD^{tree}"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return int(asked.stdout[:8], 16) if asked.returncode == 0 else random.SystemRandom().randrange(2**32)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, help="of random tests; else it comes from the tree that is committed")
    parser.addoption("--loop", choices=("uvloop", "asyncio"), default="uvloop", help="the event loop that tests run on")
    parser.addoption("--load", type=int, default=1, help="multiply the load of tests/resilience/test_kill.py")
    parser.addoption("--golden", action="store_true", help="write golden files anew, see scripts/golden")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """One seed for all: the workers get the first process's, and hypothesis the same. Folders of tests are in memory."""
    if config.option.loop == "uvloop":
        # On which `hub serve` runs, and which takes less of the processor. Not by pytest-asyncio's hook: where it is in force, a
        # test without async takes down the loop of the session and all that stands on it.
        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    if there_is_room():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
    if config.option.seed is None:
        config.option.seed = seed_of_the_tree()
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(config.option.seed)
    config.stash[ALARM] = Alarm()


def pytest_report_header(config: pytest.Config) -> str:
    return f"seed: {config.getoption('--seed')} (repeat with --seed={config.getoption('--seed')})"


ALARM = pytest.StashKey[Alarm]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Around set-up and putting away as well: after the last test, of all that the session has made."""
    with item.config.stash[ALARM].around(item.nodeid):
        return (yield)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Threads that do not end hold the process."""
    session.config.stash[ALARM].start("the process of the tests")


@pytest.fixture(scope="session", autouse=True)
async def _watched_loop(pytestconfig: pytest.Config) -> None:
    """Whose tasks are told of."""
    pytestconfig.stash[ALARM].loop = asyncio.get_running_loop()


# A few tests of minutes each.
LONGEST = (
    "tests/resilience/test_kill",
    "tests/resilience",
    "tests/demo",
    "tests/cli/test_wheel",
    "tests/golden",
    "tests/chain",
    "tests/subsets",
    "tests/pages",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, so that both workers are busy to the end."""

    def place(item: pytest.Item) -> int:
        return next((at for at, name in enumerate(LONGEST) if item.nodeid.startswith(name)), len(LONGEST))

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """What is there now stays: looking through it for garbage takes a tenth of the whole time."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """For `random.Random(seed)`; a failing test shows it."""
    chosen: int = request.config.getoption("--seed")
    print(f"seed: {chosen}")
    return chosen


@pytest.fixture(scope="session")
def load_factor(request: pytest.FixtureRequest) -> int:
    """How many times the load of every day's run: 3 brings some 3,000 declarations over ten kills."""
    factor: int = request.config.getoption("--load")
    return factor


@pytest.fixture(scope="session")
def golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written instead of compared."""
    chosen: bool = request.config.getoption("--golden")
    return chosen


@pytest.fixture(scope="session")
async def mongo_client(mongo_uri: str) -> AsyncIterator[AsyncMongoClient[dict[str, Any]]]:
    """To look into the database past the hub's own store."""
    async with AsyncMongoClient[dict[str, Any]](mongo_uri, tz_aware=True) as client:
        yield client


@pytest.fixture
async def database_name(mongo_client: AsyncMongoClient[dict[str, Any]]) -> AsyncIterator[str]:
    """This test's own database, gone when it ends."""
    name = f"test_{uuid4().hex}"
    yield name
    await mongo_client.drop_database(name)


@pytest.fixture(scope="session")
async def forking(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Forker]:
    """Starts commands without paying for their imports."""
    async with forker(tmp_path_factory.mktemp("forker")) as running:
        yield running


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One for the tests of a module; each opens a context of its own and closes it."""
    async with chromium() as running:
        yield running


@pytest.fixture(scope="session")
async def redis_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A Redis server that keeps nothing on disk, on a unix socket: no port to race for."""
    folder = tmp_path_factory.mktemp("redis")
    url = f"unix://{folder / 'redis.sock'}"
    process = await _start_redis(folder)
    await _until_it_answers(url)
    yield url
    process.terminate()
    await process.wait()


async def _start_redis(folder: Path) -> asyncio.subprocess.Process:
    program = shutil.which("redis-server")
    assert program, "these tests need Redis: `apt-get install -y redis-server`"
    options = ["--port", "0", "--unixsocket", str(folder / "redis.sock"), "--dir", str(folder), "--save", ""]
    with (folder / "redis.log").open("w") as words:
        return await asyncio.create_subprocess_exec(program, *options, "--appendonly", "no", stdout=words)


async def _until_it_answers(url: str) -> None:
    async with patience(), redis.asyncio.from_url(url) as client:
        while True:
            try:
                return await client.ping()
            except RedisNotReady:
                await asyncio.sleep(0.01)
