"""The command as people run it: a process, a config.yaml, a data folder with a real database."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from pymongo import AsyncMongoClient

from hub import demo
from hub.cli.opening import read_settings
from hub.demo import story
from hub.demo.stage import Stage, open_stage
from hub.demo.watch import Expected, Unmet
from tests.forked import ENVIRONMENT, FORKERS, Forker
from tests.waiting import PATIENCE, until

ROOT = Path(__file__).parents[2]
TEMPLATE_SEND = "/cgi-bin/message/template/send"
MALFORMED = 47001


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Hub = Callable[..., Awaitable[Ended]]


@pytest.fixture(scope="session", autouse=True)
def _without_imports(forking: Forker) -> None:
    """Commands are copies of a process that has imported everything."""


async def run(config: Path, *arguments: str, typed: str = "", out: str = "utf-8", **environment: str) -> Ended:
    """``hub --config … arguments`` with what is typed on the keyboard; ``out`` is the encoding of what it says.

    What changes the interpreter itself gets a new one; else the process has imported everything already.
    """
    if FORKERS and not any(name.startswith("PYTHON") for name in environment.keys() - {"PYTHONIOENCODING"}):
        words = ["--config", str(config), *arguments]
        code, said, complained = await FORKERS[-1].run(words, environment, typed.encode(), PATIENCE)
        return Ended(code, said.decode(out), complained.decode(out))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "hub", "--config", str(config), *arguments),
        cwd=ROOT,
        env={**ENVIRONMENT, **environment},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    return await end_of(process, typed, out)


async def end_of(process: asyncio.subprocess.Process, typed: str = "", encoding: str = "utf-8") -> Ended:
    """How it ends; one that does not end is ended, so that a failing test leaves nothing behind."""
    try:
        out, err = await asyncio.wait_for(process.communicate(typed.encode() if process.stdin else None), PATIENCE)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    return Ended(process.returncode or 0, (out or b"").decode(encoding), (err or b"").decode(encoding))


def write_config(folder: Path, **changes: Any) -> Path:
    """The project's own config.yaml with these sections changed, and its data in ``folder``."""
    given = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))
    places = {"data_dir": str(folder), "templates": str(ROOT / "templates"), "plugins_dir": str(ROOT / "plugins")}
    given |= places | {"server": {"port": 0}, "store": {"embedded_port": 0}} | changes
    file = folder / "config.yaml"
    file.write_text(yaml.safe_dump(given, allow_unicode=True), "utf-8")
    return file


def commands_on(config: Path) -> Hub:
    async def hub(*arguments: str, **more: str) -> Ended:
        return await run(config, *arguments, **more)

    return hub


@pytest.fixture
def empty(tmp_path: Path, mongo_uri: str, database_name: str) -> Hub:
    """Commands on a database that nobody has filled yet."""
    return commands_on(write_config(tmp_path, store={"uri": mongo_uri, "database": database_name}))


@pytest.fixture(scope="module")
async def filled(
    tmp_path_factory: pytest.TempPathFactory, mongo_uri: str, mongo_client: AsyncMongoClient[dict[str, Any]]
) -> AsyncIterator[Hub]:
    """Commands on a database that knows its regions."""
    name = f"test_{uuid4().hex}"
    hub = commands_on(write_config(tmp_path_factory.mktemp("filled"), store={"uri": mongo_uri, "database": name}))
    assert (await hub("regions", "import", str(demo.REGIONS))).code == 0
    yield hub
    await mongo_client.drop_database(name)


@pytest.fixture(scope="module")
async def played(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    """Commands on a demo's database in which a declaration has been pushed, and two WeChat messages were refused."""
    folder = tmp_path_factory.mktemp("played")
    config = write_config(folder)
    settings = read_settings(config)
    async with open_stage(settings, says=print) as stage:
        await _play_with_a_failure(stage)
        hub = commands_on(config)

        async def both_refused() -> bool:
            failed = (await hub("deliveries", "list", "--state", "failed", "--json")).json["items"]
            return len(failed) >= 2

        await until(both_refused)
        yield hub


async def _play_with_a_failure(stage: Stage) -> None:
    """The story up to the first push to a resident; then a declaration whose messages WeChat calls malformed."""
    await story.play(stage, Nobody(), story.STEPS[:8])
    await stage.remote.fault(path=TEMPLATE_SEND, errcode=MALFORMED, times=None)
    with pytest.raises(Unmet):
        await story.play(stage, Nobody(), story.STEPS[:6], within=3)


class Nobody:
    """Hears a story and keeps it."""

    def step(self, number: int, title: str) -> None:
        """Nothing to do."""

    def say(self, text: str) -> None:
        """Nothing to do."""

    def push(self, expected: Expected, person: str) -> None:
        """Nothing to do."""

    async def pause(self) -> None:
        """Nothing to wait for."""
