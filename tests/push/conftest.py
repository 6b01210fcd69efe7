"""One office per test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.push.settings import PushSettings
from tests.push.office import QUICK, Office, opened


@pytest.fixture
def settings() -> PushSettings:
    """What a test module may override."""
    return QUICK


@pytest.fixture
async def office(mongo_uri: str, database_name: str, tmp_path: Path, settings: PushSettings) -> AsyncIterator[Office]:
    """Nothing runs yet: ``async with office.push.running()``."""
    async with opened(mongo_uri, database_name, tmp_path, settings) as office:
        yield office
