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


async def clerk(scene: Scene, role: str = "handler") -> Created:
    """A member of staff with an account, and this position in 聚贤镇."""
    new = NewStaff(
        username=f"sample{next(_NAMES):03}", name="周敏", positions=(PositionWanted(role=role, region=JUXIAN),)
    )
    return await scene.hub.units.read(
        lambda ctx: scene.hub.identity.staff.create_account(ctx, new, PASSWORD, must_change=False),
        plugin="identity",
        place=scene.hub.places.tree[CITY],
    )


async def held(scene: Scene, created: Created | None = None) -> Holding:
    """The one position of somebody, or of a new clerk."""
    who = created or await clerk(scene)
    [holding] = await scene.hub.identity.staff.held(who.person, scene.hub.clock.now())
    return holding


async def positions(scene: Scene) -> Question:
    holding = await held(scene)
    return Question(query="?limit=200", shows=holding.id)


async def account(scene: Scene) -> Question:
    created = await clerk(scene)
    return Question(path={"id": created.account}, guards=("accounts", created.account))


async def position(scene: Scene, body: Any = None) -> Question:
    holding = await held(scene)
    return Question(path={"id": holding.id}, json=body, guards=("positions", holding.id))


async def looked_for(scene: Scene) -> Question:
    created = await clerk(scene)
    return Question(json={"who": created.username}, shows=created.account)


async def one_account(scene: Scene) -> Question:
    created = await clerk(scene)
    return Question(path={"id": created.account}, shows=created.account)


async def one_position(scene: Scene) -> Question:
    holding = await held(scene)
    return Question(path={"id": holding.id}, shows=holding.id)


async def given(scene: Scene) -> Question:
    created = await clerk(scene)
    body = {"role": "leader", "region": JUXIAN}
    return Question(path={"id": created.account}, json=body, guards=("people", created.person))


async def signed_in(scene: Scene) -> Question:
    created = await clerk(scene)
    return Question(
        path={"id": created.account}, guards=("sessions", await scene.session(created.person, "ydsh", "staff"))
    )


async def vacant(scene: Scene) -> Question:
    """A post whose holder is on leave, and nobody stands in."""
    holding = await held(scene)
    away = {"on_leave": True, "role": "discipline"}
    await scene.hub.database["positions"].update_one({"_id": holding.id}, {"$set": away})
    return Question(shows=holding.id)


async def leave(scene: Scene) -> Question:
    return await position(scene, {})


SAMPLES: Mapping[str, Sample] = {
    f"GET {ROUTE}/positions": Sample(SECURITY, positions, ANJU),
    f"GET {ROUTE}/positions/{{id}}": Sample(SECURITY, one_position, ANJU),
    f"GET {ROUTE}/accounts/{{id}}": Sample(SECURITY, one_account, ANJU),
    f"GET {ROUTE}/vacancies": Sample(SECURITY, vacant, ANJU),
    f"POST {ROUTE}/search": Sample(SECURITY, looked_for, ANJU),
    f"POST {ROUTE}/accounts/{{id}}/positions": Sample(SECURITY, given, ANJU),
    f"POST {ROUTE}/accounts/{{id}}/sessions/end": Sample(SECURITY, signed_in, ANJU),
    **{
        f"POST {ROUTE}/accounts/{{id}}/{act}": Sample(SECURITY, account, ANJU)
        for act in ("unlock", "reset", "disable", "enable", "leave-job")
    },
    f"POST {ROUTE}/positions/{{id}}/end": Sample(SECURITY, position, ANJU),
    f"POST {ROUTE}/positions/{{id}}/leave": Sample(SECURITY, leave, ANJU),
    f"POST {ROUTE}/positions/{{id}}/return": Sample(SECURITY, position, ANJU),
}
