"""The small hub, one per test module: starting one costs a second, and tests use ids of their own."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from PIL import Image

from tests.web.small import SmallHub, small_hub


@pytest.fixture(scope="module")
async def hub(mongo_uri: str) -> AsyncIterator[SmallHub]:
    async with small_hub(mongo_uri, f"test_{uuid4().hex}") as made:
        yield made


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    return picture()


def picture() -> bytes:
    """A small JPEG file."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(out, "JPEG")
    return out.getvalue()
