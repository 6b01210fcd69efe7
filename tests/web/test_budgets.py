"""Whoever asks is answered in time, whatever a plugin does about its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import structlog

from hub.api import Answer, Anyone, Context, Guard, Node, Page, Question, Route
from hub.rules.turns import Turns
from hub.web.settings import WebSettings
from tests.deaf import deaf
from tests.waiting import patience
from tests.web.small import SmallHub, small_hub
from tests.world import ANJU


class Anything(Question[int], frozen=True, kw_only=True):
    """Is there anything?"""


async def alone(ctx: Context) -> None:
    """Do it oneself."""
    await deaf()


async def ask(ctx: Context) -> None:
    """Ask another."""
    await ctx.ask(Anything())


async def look(ctx: Context) -> None:
    """Have it forbidden."""
    await ctx.guard("others.look", "")


async def move(ctx: Context) -> None:
    """Have it done at its node."""
    node = ctx.node("deaf")
    assert node is not None
    await node.moves["pass"](ctx, "")


CALLS = {"alone": alone, "ask": ask, "look": look, "move": move}


class Others:
    ROUTES = tuple(
        Route(method="GET", path=f"/{name}", call=call, access=Anyone.PUBLIC) for name, call in CALLS.items()
    )
    PAGES = (
        Page(apps=("ykt",), path="/alone", title="看看", template="ui/view.html", load=alone, access=Anyone.PUBLIC),
    )


class Deaf:
    USES = ("others",)
    ANSWERS = (Answer(question=Anything, call=deaf, reach="asker"),)
    GUARDS = (Guard(action="others.look", call=deaf),)
    NODES = (Node(name="deaf", label="不听", level="village", moves={"pass": deaf}),)


@pytest.fixture(scope="module")
async def hub(mongo_uri: str) -> AsyncIterator[SmallHub]:
    """One without patience."""
    settings = WebSettings(answer_within=timedelta(milliseconds=100))
    plugins: list[tuple[str, Any]] = [("others", Others()), ("deaf", Deaf())]
    async with small_hub(mongo_uri, f"test_{uuid4().hex}", settings=settings, plugins=plugins, on=(ANJU,)) as hub:
        hub.world.units.turns = Turns(ask_again=timedelta(milliseconds=10))
        yield hub


@pytest.mark.parametrize(
    ("address", "entry"),
    [*((f"/api/v1/{ANJU}/others/{name}", "route") for name in CALLS), (f"/ykt/{ANJU}/others/alone", "page")],
)
async def test_who_asks_is_answered_though_a_plugin_is_deaf(hub: SmallHub, address: str, entry: str) -> None:
    """Its own functions, and those of others that it asks; the log says where they stood."""
    async with patience():
        with structlog.testing.capture_logs() as lines:
            async with hub.http.get(f"{hub.base}{address}") as answer:
                await answer.read()

    [line] = [line for line in lines if line["event"] == "a plugin took too long to answer and was ended"]
    assert answer.status == 503
    assert (line["plugin"], line["entry"]) == ("others", entry)
    assert line["error"].startswith("TimeoutError at ")
