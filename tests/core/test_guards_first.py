"""Guards and whoever else may refuse look at what was before: when one is asked, nothing of the act has been saved."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hub.api import Answer, Context, Guard, hookimpl
from hub.app import Hub
from hub.rules.context import unit_of
from hub.words.clock import MovingClock
from plugins.complaints.events import Ending
from tests.web.samples import complaints, core
from tests.web.scope import Scene
from tests.whole import PLUGINS, whole_hub
from tests.world import ANJU, MONDAY_MORNING, VILLAGE

# What the acts here write.
WRITTEN = ("declaration.cases", "declaration.declarants", "worklist.tasks", "complaints.complaints")


class Onlooker:
    """Notes for each action what its transaction had written when its guards were asked."""

    USES = ("declaration",)

    def __init__(self) -> None:
        self.saved: dict[str, list[str]] = {}

    @hookimpl
    def guards(self) -> Sequence[Guard]:
        actions = ("declaration.submit", "declaration.advance", "declaration.recall")
        return [Guard(action=action, call=self._noting(action)) for action in actions]

    @hookimpl
    def answers(self) -> Sequence[Answer]:
        """Whoever keeps rows may refuse, and says that it has heard; asked before them, this one only looks."""
        return [Answer(question=Ending, call=self._noting("complaints.Ending"), reach="county")]

    def _noting(self, action: str) -> Any:
        async def note(ctx: Context, subject: Any) -> None:
            self.saved[action] = [name for name in WRITTEN if await self._has_written(ctx, name)]

        return note

    async def _has_written(self, ctx: Context, name: str) -> bool:
        """Whether anything is newer inside the transaction than outside."""
        rows = unit_of(ctx).database[name]
        inside = {row["_id"]: row["version"] async for row in rows.find({}, session=unit_of(ctx).session)}
        outside = {row["_id"]: row["version"] async for row in rows.find({})}
        return any(version > outside.get(id, 0) for id, version in inside.items())


ONLOOKER = Onlooker()


@asynccontextmanager
async def watched(uri: str, folder: Path, plugins: Sequence[str]) -> AsyncIterator[Hub]:
    on = dict.fromkeys((*plugins, "onlooker"), True)
    extra = [("onlooker", ONLOOKER)]
    clock = MovingClock(MONDAY_MORNING)
    async with whole_hub(uri, folder, {ANJU: on}, plugins=plugins, clock=clock, extra_plugins=extra) as made:
        yield made


@pytest.fixture(scope="module")
async def hub(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    async with watched(mongo_uri, tmp_path_factory.mktemp("hub"), PLUGINS) as made:
        yield made


@asynccontextmanager
async def scene_on(hub: Hub) -> AsyncIterator[Scene]:
    ONLOOKER.saved.clear()
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Scene(hub, http)


@pytest.fixture
async def scene(hub: Hub) -> AsyncIterator[Scene]:
    async with scene_on(hub) as made:
        yield made


async def test_before_a_declaration(scene: Scene) -> None:
    """Neither it, nor how many the declarant has handed in."""
    await core.my_case(scene)

    assert ONLOOKER.saved == {"declaration.submit": []}


async def test_before_a_decision_and_its_recall(scene: Scene) -> None:
    """Neither the case nor the task."""
    asked = await core.recall(scene)
    before = dict(ONLOOKER.saved)
    window = await scene.visitor(core.WINDOW)
    answer = await window.post(f"{core.WORKLIST}/tasks/{asked.path['id']}/recall", asked.json)

    assert answer.status == 200, answer.body
    assert before["declaration.advance"] == []
    assert ONLOOKER.saved["declaration.recall"] == []


async def test_before_a_merging(mongo_uri: str, tmp_path: Path) -> None:
    """Neither of the two complaints. Where nobody else keeps rows: whoever does is asked first, and answers."""
    same = {"kind": "payment", "row": "a-row", "row_place": VILLAGE, "against": "row", "holds": False}
    async with watched(mongo_uri, tmp_path, ("complaints", "declaration")) as hub, scene_on(hub) as scene:
        main, other = [await complaints.stored(scene, **same) for _ in range(2)]
        handler = await scene.visitor(complaints.HANDLER)
        body = {"version": 1, "into": main.id, "reason": "同一事项"}

        answer = await handler.post(f"{complaints.COMPLAINTS}/{other.id}/merge", body)

    assert answer.status == 200, answer.body
    assert ONLOOKER.saved == {"complaints.Ending": []}
