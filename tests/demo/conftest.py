"""One demo for all tests of this folder: its own data folder, its own mongod, its own stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec
import pytest

from hub.cli.opening import read_settings
from hub.demo import page
from hub.demo.desk import Desk
from hub.demo.stage import AHEAD, Stage, open_stage
from hub.settings import HubSettings
from tests.world import MONDAY_MORNING

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> HubSettings:
    """config.yaml of the project, on free ports and a fresh data folder, whose time begins on the same morning in every run."""
    ours, folder = read_settings(ROOT / "config.yaml"), tmp_path_factory.mktemp("demo")
    (folder / AHEAD).write_text(f"{(MONDAY_MORNING - datetime.now(UTC)).total_seconds():.0f}", "utf-8")
    return msgspec.structs.replace(
        ours,
        data_dir=folder,
        server=msgspec.structs.replace(ours.server, port=0),
        store=msgspec.structs.replace(ours.store, embedded_port=0),
    )


@pytest.fixture(scope="module")
async def stage(settings: HubSettings) -> AsyncIterator[Stage]:
    """A running demo whose page plays the story without pauses."""
    async with AsyncExitStack() as exits:
        desk = Desk(settings.templates, pace=0)
        stage = await exits.enter_async_context(open_stage(settings, says=print, handlers=partial(page.handlers, desk)))
        await exits.enter_async_context(desk.following(stage))
        yield stage
