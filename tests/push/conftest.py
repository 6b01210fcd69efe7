"""An office for each test, on one database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from hub.push.settings import PushSettings
from hub.store.database import Database
from hub.testing.slate import Slate
from tests.push.office import QUICK, Office, furnished, opened


@pytest.fixture
def settings() -> PushSettings:
    """What a test module may override."""
    return QUICK


@pytest.fixture
def plugins() -> list[tuple[str, Any]]:
    """Beside the office's own; what a test module may override."""
    return []


@pytest.fixture(scope="package")
async def rooms(mongo_uri: str) -> AsyncIterator[tuple[Database, Slate]]:
    """To make its indexes takes longer than most tests."""
    async with furnished(mongo_uri, f"test_{uuid4().hex}") as database:
        slate = Slate(database.client, database.name)
        await slate.keep()
        yield database, slate


@pytest.fixture
async def office(
    rooms: tuple[Database, Slate], tmp_path: Path, settings: PushSettings, plugins: list[tuple[str, Any]]
) -> AsyncIterator[Office]:
    """Nothing has happened yet, and nothing runs yet: ``async with office.push.running()``."""
    database, slate = rooms
    await slate.wipe()
    async with opened(database, tmp_path, settings, plugins) as office:
        yield office
