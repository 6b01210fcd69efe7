"""The play, played once for every test of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.golden.play import Play, stage
from tests.golden.scenes import perform


@pytest.fixture(scope="package")
async def played(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Play]:
    async with stage(mongo_uri, tmp_path_factory.mktemp("hub")) as play:
        await perform(play)
        yield play
