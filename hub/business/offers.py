"""What may be done with a document now: the check that hides a button is the one that refuses its call.

Per kind of business one table says of each move what it asks, of the document as it is and of the one who acts. An action begins
with ``check``, a view shows ``offered``; neither has conditions of its own. What the form says (a reason, a target) is checked
afterwards, by the action alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

from hub.business.machines import Machine
from hub.rules.context import Context
from hub.words.errors import Refused

D = TypeVar("D")
Check = Callable[[Context, D], Awaitable[None] | None]


async def check_all(checks: Sequence[Check[D]], ctx: Context, document: D) -> None:
    """Raise what the first of these that fails has to say."""
    for check in checks:
        answer = check(ctx, document)
        if answer is not None:
            await answer


class Stated(Protocol):
    """A document of a state machine."""

    @property
    def state(self) -> str: ...
    @property
    def version(self) -> int: ...


class Offers(Generic[D]):
    """``moves`` names them in the order of the buttons. A check raises the ``Refused`` of the call; it may look something up, and
    writes nothing.
    """

    def __init__(self, moves: Mapping[str, Sequence[Check[D]]]) -> None:
        self.moves = moves

    async def check(self, move: str, ctx: Context, document: D) -> None:
        """Raise what the first check that fails has to say."""
        await check_all(self.moves[move], ctx, document)

    async def offered(self, ctx: Context, document: D) -> list[str]:
        """The moves that the one who reads may make now, with a form that is filled in well."""
        return [move for move in self.moves if await self._may(move, ctx, document)]

    async def _may(self, move: str, ctx: Context, document: D) -> bool:
        try:
            await self.check(move, ctx, document)
        except Refused:
            return False
        return True


def during(machine: Machine, move: str) -> Callable[[Context, Stated], None]:
    """A check that the machine allows the move in the document's state."""

    def check(ctx: Context, document: Stated) -> None:
        shown: dict[str, Any] = {"version": document.version}
        machine.transition(move, document.state, **shown)

    return check
