"""Tries what a page offers: each move is called as it should be, by everybody, and undone."""

from __future__ import annotations

from typing import Any

from hub.identity.permissions import may
from hub.words.actors import Actor
from hub.words.errors import Refused
from tests.world import ANJU


class Undone(Exception):
    """A move was made; its transaction is rolled back."""


async def accepted(office: Any, actor: Actor, operation: str, *, at: str = ANJU, **given: Any) -> bool:
    """Whether the call is accepted; what it does is undone."""
    plugin, route = office._routes[operation]
    if not may(actor, route.access, office.world.host):
        return False
    wanted = {name: office._read(route.call, name, value) for name, value in given.items()}

    async def act(ctx: Any) -> None:
        await route.call(ctx, **wanted)
        raise Undone

    permission = route.access if isinstance(route.access, str) else None
    try:
        await office.world.units.run(
            act, plugin=plugin, place=office.world.place(at), actor=actor, permission=permission
        )
    except Undone:
        return True
    except Refused:
        return False


async def seen(office: Any, actor: Actor, operation: str, *, at: str = ANJU, **given: Any) -> Any:
    """What a page shows, or None to whoever may not open it."""
    try:
        return await office.ask(actor, operation, at=at, **given)
    except Refused:
        return None
