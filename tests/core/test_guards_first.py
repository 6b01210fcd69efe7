"""Guards look at what was before: when one is asked, nothing of the act has been saved."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp
import pytest

from hub.api import Context, Guard, hookimpl
from hub.app import Hub
from hub.clock import MovingClock
from tests.web.samples import complaints, core
from tests.web.scope import Scene
from tests.whole import ALL_ON, whole_hub
from tests.world import ANJU, MONDAY_MORNING

# What the acts here write.
WRITTEN = ("declaration.cases", "declaration.declarants", "worklist.tasks", "complaints.complaints")


class Onlooker:
    """Notes for each action what its transaction had written when its guards were asked."""

    def __init__(self) -> None:
        self.saved: dict[str, list[str]] = {}

    @hookimpl
    def guards(self) -> Sequence[Guard]:
        actions = ("declaration.submit", "declaration.advance", "declaration.recall", "complaints.end")
        return [Guard(action=action, call=self._noting(action)) for action in actions]

    def _noting(self, action: str) -> Any:
        async def note(ctx: Context, subject: Any) -> None:
            self.saved[action] = [name for name in WRITTEN if await self._has_written(ctx, name)]

        return note

    async def _has_written(self, ctx: Context, name: str) -> bool:
        """Whether anything is newer inside the transaction than outside."""
        rows = ctx.unit.database[name]
        inside = {row["_id"]: row["version"] async for row in rows.find({}, session=ctx.unit.session)}
        outside = {row["_id"]: row["version"] async for row in rows.find({})}
        return any(version > outside.get(id, 0) for id, version in inside.items())


ONLOOKER = Onlooker()


@pytest.fixture(scope="module")
async def hub(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    async with whole_hub(
        mongo_uri,
        tmp_path_factory.mktemp("hub"),
        {ANJU: {**ALL_ON, "onlooker": True}},
        clock=MovingClock(MONDAY_MORNING),
        extra_plugins=[("onlooker", ONLOOKER)],
    ) as made:
        yield made


@pytest.fixture
async def scene(hub: Hub) -> AsyncIterator[Scene]:
    ONLOOKER.saved.clear()
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Scene(hub, http)


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


async def test_before_a_merging(scene: Scene) -> None:
    """Neither of the two complaints."""
    row = await core._row(scene)
    same = {"kind": "payment", "row": row.id, "row_place": row.place, "against": "row", "holds": False}
    main, other = [await complaints._complaint(scene, **same) for _ in range(2)]
    handler = await scene.visitor(complaints.HANDLER)
    body = {"version": 1, "into": main.id, "reason": "同一事项"}

    answer = await handler.post(f"{complaints.COMPLAINTS}/{other.id}/merge", body)

    assert answer.status == 200, answer.body
    assert ONLOOKER.saved == {"complaints.end": []}
