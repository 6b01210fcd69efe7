"""Accounts and positions of staff: something real to ask each route for."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from hub.identity.positions import Holding
from hub.identity.staff import Created, NewStaff, PositionWanted
from tests.web.scope import Question, Sample, Scene, Staff
from tests.world import ANJU, CITY, JUXIAN

SECURITY = Staff("ops_security", ANJU)
ROUTE = "/api/v1/{place}/staff"
PASSWORD = "Kuai-Le7-Shan"
_NAMES = count(1)


async def _clerk(scene: Scene) -> Created:
    new = NewStaff(
        username=f"sample{next(_NAMES)}", name="周敏", positions=(PositionWanted(role="handler", region=JUXIAN),)
    )
    return await scene.hub.units.read(
        lambda ctx: scene.hub.identity.staff.create_account(ctx, new, PASSWORD, must_change=False),
        plugin="identity",
        place=scene.hub.places.tree[CITY],
    )


async def _position(scene: Scene) -> Holding:
    clerk = await _clerk(scene)
    [held] = await scene.hub.identity.staff.held(clerk.person, scene.hub.clock.now())
    return held


async def positions(scene: Scene) -> Question:
    held = await _position(scene)
    return Question(query="?limit=200", shows=held.id)


async def account(scene: Scene) -> Question:
    clerk = await _clerk(scene)
    return Question(path={"id": clerk.account}, guards=("accounts", clerk.account))


async def position(scene: Scene, body: Any = None) -> Question:
    held = await _position(scene)
    return Question(path={"id": held.id}, json=body, guards=("positions", held.id))


async def leave(scene: Scene) -> Question:
    return await position(scene, {})


SAMPLES: Mapping[str, Sample] = {
    f"GET {ROUTE}/positions": Sample(SECURITY, positions, ANJU),
    **{
        f"POST {ROUTE}/accounts/{{id}}/{act}": Sample(SECURITY, account, ANJU)
        for act in ("unlock", "reset", "disable", "enable", "leave-job")
    },
    f"POST {ROUTE}/positions/{{id}}/end": Sample(SECURITY, position, ANJU),
    f"POST {ROUTE}/positions/{{id}}/leave": Sample(SECURITY, leave, ANJU),
    f"POST {ROUTE}/positions/{{id}}/return": Sample(SECURITY, position, ANJU),
}
