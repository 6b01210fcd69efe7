"""What is offered is what is accepted: in every state, to every kind of reader, each move is tried and undone."""

from __future__ import annotations

from typing import Any

import pytest

from hub.testing import County
from plugins.policy.documents import POLICY
from tests.offered import accepted, seen
from tests.policy.conftest import CIVIL, FACTS, FARMING, Press
from tests.world import ANJU, CITY, JUXIAN, SHEHONG

WHY = {"reason": "日期有误"}


async def in_state(press: Press, state: str) -> tuple[Any, Any]:
    """A file in that state, and a published one that may come in its place."""
    newer = await press.published(title="新的通知")
    file = await (press.upload() if state in ("draft", "deleted") else press.published())
    if state == "withdrawn":
        file = await press.press(file, "withdraw", **WHY)
    if state == "superseded":
        file = await press.press(file, "supersede", by=newer.id)
    if state == "deleted":
        file = await press.press(file, "delete", **WHY)
    return file, newer


@pytest.mark.parametrize("state", POLICY.states)
async def test_offered_is_accepted(county: County, press: Press, state: str) -> None:
    file, newer = await in_state(press, state)
    forms = {"describe": FACTS, "supersede": {"by": newer.id}, "withdraw": WHY, "delete": WHY, "publish": {}}
    readers = [
        (await county.staff(role, region=region, bureau=bureau, node=node), at)
        for role, region, bureau, node, at in (
            ("handler", ANJU, CIVIL, None, ANJU),
            ("handler", ANJU, None, None, ANJU),
            ("handler", CITY, CIVIL, None, ANJU),
            ("handler", ANJU, FARMING, None, ANJU),
            ("handler", ANJU, CIVIL, "approve_county", ANJU),
            ("handler", JUXIAN, CIVIL, None, ANJU),
            ("handler", JUXIAN, CIVIL, None, JUXIAN),
            ("handler", SHEHONG, CIVIL, None, SHEHONG),
            ("leader", ANJU, CIVIL, None, ANJU),
        )
    ]
    readers.append((await county.resident("王建国"), ANJU))

    for who, at in readers:
        shown = await seen(county, who, "GET policy/desk/{id}", at=at, id=file.id)
        offers = set(shown.moves) if shown else set()
        taken = set()
        for move, form in forms.items():
            body = {"version": file.version, **form}
            if await accepted(county, who, f"POST policy/desk/{{id}}/{move}", at=at, id=file.id, body=body):
                taken.add(move)
        assert offers == taken, f"{who.positions} at {at}"
