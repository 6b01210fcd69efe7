"""What is played, in this order. A scene is a function with a docstring that says what it shows; each uses people of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from tests.golden import (
    scenes_chain,
    scenes_checks,
    scenes_complaints,
    scenes_console,
    scenes_end,
    scenes_files,
    scenes_messages,
    scenes_money,
    scenes_notices,
    scenes_overdue,
    scenes_people,
)
from tests.golden.play import Play

Scene = Callable[[Play], Awaitable[None]]

SCENES: Sequence[Scene] = (
    *scenes_chain.SCENES,
    *scenes_money.SCENES,
    *scenes_complaints.SCENES,
    *scenes_checks.SCENES,
    *scenes_people.SCENES,
    *scenes_console.SCENES,
    *scenes_messages.SCENES,
    *scenes_files.SCENES,
    *scenes_notices.SCENES,
    *scenes_overdue.SCENES,
    *scenes_end.SCENES,
)


async def perform(play: Play) -> None:
    """All of them."""
    for scene in SCENES:
        play.scene_name = scene.__name__.replace("_", " ")
        await scene(play)
        await play.settled()
