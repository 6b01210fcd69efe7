"""``hub serve --reload``: what was changed is served, an error is said and waited out, and one database runs through it all."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from hub.cli.skeletons import beside_config, make
from tests.cli.conftest import run, write_config
from tests.forked import ENVIRONMENT
from tests.waiting import patience
from tests.world import ANJU

MENDED = """
from hub.api import Anyone, Context, Route


async def look(ctx: Context) -> None:
    \"\"\"Look.\"\"\"


ROUTES = (Route(method="GET", path="/mended", call=look, access=Anyone.PUBLIC, status=204),)
"""


@dataclass
class Served:
    """A hub that is started anew when a file below ``folder`` changes, and what it says."""

    folder: Path
    process: asyncio.subprocess.Process

    async def where(self) -> str:
        """Its address, as soon as it listens the next time."""
        assert self.process.stdout is not None
        async with patience():
            return str(json.loads(await self.process.stdout.readline())["url"])

    async def says(self, words: str) -> str:
        """Everything that it says until these words have come."""
        assert self.process.stderr is not None
        said = ""
        async with patience():
            while words not in said:
                line = await self.process.stderr.readline()
                assert line, f"it has ended: {said}"
                said += line.decode()
        return said

    @property
    def mongod(self) -> str:
        """The process id of the embedded database; "" when none runs."""
        return (self.folder / "mongodb/db/mongod.lock").read_text().strip()


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    """With an embedded database, and a plugin of somebody's own."""
    make(beside_config("visits", tmp_path / "plugins"))
    given = {"plugins": ["visits"], "settings": {}, "counties": {ANJU: {"visits": True}}}
    config = write_config(tmp_path, plugins_dir=str(tmp_path / "plugins"), **given)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hub", "--config", str(config), "serve", "--reload", "--log-level", "error"),
        env=ENVIRONMENT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    yield Served(tmp_path, process)
    if process.returncode is None:
        process.terminate()
        await process.wait()


async def operations(url: str) -> set[str]:
    async with aiohttp.ClientSession() as http, http.get(f"{url}/openapi.json") as answer:
        return set((await answer.json())["paths"])


async def test_it_serves_what_was_changed_and_waits_out_an_error(served: Served) -> None:
    """At the same address; one database from its start to its end."""
    plugin = served.folder / "plugins/visits/plugin.py"
    text = plugin.read_text("utf-8")
    began, first_mongod = await served.where(), served.mongod

    plugin.write_text(text + "import nothing_like_this\n", "utf-8")
    said = await served.says("It is started again as soon as a file changes.")
    plugin.write_text(text + MENDED, "utf-8")
    went_on, last_mongod = await served.where(), served.mongod
    known = await operations(went_on)
    served.process.terminate()
    code = await served.process.wait()

    assert "ModuleNotFoundError: No module named 'nothing_like_this'" in said
    assert (went_on, last_mongod) == (began, first_mongod)
    assert "/api/v1/{place}/visits/mended" in known
    assert (code, served.mongod) == (0, "")


async def test_production_refuses_it(tmp_path: Path) -> None:
    """And ends, instead of waiting."""
    config = write_config(tmp_path, mode="production", store={"uri": "mongodb://db1.example/?replicaSet=hub"})

    ended = await run(config, "serve", "--reload")

    assert ended.code == 2
    assert "--reload is for development: in production leave it out" in ended.err


async def test_it_is_one_process(tmp_path: Path) -> None:
    """Several are replaced by a supervisor of their own."""
    ended = await run(write_config(tmp_path), "serve", "--reload", "--workers", "2")

    assert ended.code == 2
    assert "--reload: one process serves; leave out --workers" in ended.err
