"""What is offered is what is accepted: in every state, to every kind of reader, each move is tried and undone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub.testing import County
from plugins.notices.documents import NOTICE
from tests.notices.conftest import WHY, WORDS, Desk
from tests.offered import accepted, seen
from tests.world import ANJU, CITY, JUXIAN, SHEHONG, VILLAGE


async def in_state(desk: Desk, state: str) -> Any:
    notice = await desk.attach(await desk.press(await desk.write(towns=[JUXIAN]), "choose", villages=[VILLAGE]))
    if state == "scheduled":
        return await desk.press(notice, "schedule", people=1, at=desk.county.world.clock.now() + timedelta(days=1))
    if state == "deleted":
        return await desk.press(notice, "delete", **WHY)
    if state != "draft":
        notice = await desk.press(notice, "send", people=1)
    if state == "paused":
        return await desk.press(notice, "pause")
    if state == "sent":
        await desk.county.deliver()
    if state == "recalled":
        await desk.press(notice, "recall", **WHY)
    return notice


@pytest.mark.parametrize("state", NOTICE.states)
async def test_offered_is_accepted(county: County, desk: Desk, state: str) -> None:
    await county.resident()
    notice = await in_state(desk, state)
    version = (await county.world.database["notices.notices"].find_one({"_id": notice.id}))["version"]
    at = county.world.clock.now() + timedelta(days=2)
    forms: dict[str, Any] = {
        "describe": WORDS,
        "choose": {"villages": [VILLAGE]},
        "detach": {"file": notice.files[0].file if notice.files else ""},
        "send": {"people": 1},
        "schedule": {"people": 1, "at": at},
        "recall": WHY,
        "delete": WHY,
        **{move: {} for move in ("unschedule", "pause", "resume", "remind")},
    }
    readers = [
        (await county.staff(role, region=region, node=node), at)
        for role, region, node, at in (
            ("handler", ANJU, None, ANJU),
            ("handler", ANJU, "notices", ANJU),
            ("handler", CITY, None, ANJU),
            ("handler", ANJU, "approve_county", ANJU),
            ("handler", JUXIAN, None, ANJU),
            ("handler", SHEHONG, None, SHEHONG),
            ("leader", ANJU, None, ANJU),
        )
    ]
    readers.append((await county.resident("陈芳", region=SHEHONG), ANJU))

    for who, place in readers:
        shown = await seen(county, who, "GET notices/desk/{id}", at=place, id=notice.id)
        offers = set(shown.moves) if shown else set()
        taken = set()
        for move, form in forms.items():
            body = {"version": version, **form}
            if await accepted(county, who, f"POST notices/desk/{{id}}/{move}", at=place, id=notice.id, body=body):
                taken.add(move)
        assert offers == taken, f"{who.positions} at {place}"
