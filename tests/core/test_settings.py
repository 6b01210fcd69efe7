"""A plugin's settings have their type: for whoever writes the plugin, and when it runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from hub.api import Context
from tests.typing_check import errors_in
from tests.world import ANJU, World

PLUGIN = """
from typing import assert_type

import msgspec

from hub.api import Context


class VisitsConfig(msgspec.Struct, frozen=True):
    most: int = 5


async def look(ctx: Context) -> None:
    assert_type(ctx.settings(VisitsConfig), VisitsConfig)
    print(ctx.settings(VisitsConfig).least)
"""


class VisitsConfig(msgspec.Struct, frozen=True):
    """What a county may set."""

    most: int = 5


class OtherConfig(msgspec.Struct, frozen=True):
    """Of another plugin."""


class Visits:
    CONFIG = VisitsConfig


@pytest.fixture
async def world(mongo_uri: str, database_name: str) -> AsyncIterator[World]:
    world = await World.make(mongo_uri, database_name, [("visits", Visits())], settings={"visits": {"most": 7}})
    yield world
    await world.database.close()


def test_a_type_checker_knows_them(tmp_path: Path) -> None:
    """What they have, and what they have not: the one error is the misspelt name."""
    file = tmp_path / "visits.py"
    file.write_text(PLUGIN, "utf-8")

    errors = errors_in(file)

    assert errors == ['"VisitsConfig" has no attribute "least"  [attr-defined]']


async def test_they_are_those_of_the_place(world: World) -> None:
    async def look(ctx: Context) -> tuple[int, int]:
        return ctx.settings(VisitsConfig).most, ctx.config.most

    assert await world.units.read(look, plugin="visits", place=world.place(ANJU)) == (7, 7)


async def test_anothers_settings_are_refused(world: World) -> None:
    """Instead of answering what nobody has set."""

    async def look(ctx: Context) -> object:
        return ctx.settings(OtherConfig)

    with pytest.raises(TypeError, match="the settings of plugin visits are VisitsConfig, not OtherConfig"):
        await world.units.read(look, plugin="visits", place=world.place(ANJU))
