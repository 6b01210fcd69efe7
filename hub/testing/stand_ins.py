"""Stand-ins: what is there of a plugin whose own tests are elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from hub.identity.permissions import ROLES
from hub.identity.positions import PositionChanged
from hub.identity.prooffacts import PersonProved
from hub.rules.context import Context
from hub.words.contributions import Answer, Event, Guard, Instruction, Node, Reaction, Role


class StandIn:
    """Stands where another plugin stands, or where one would that hears, guards or answers.

    What it is instructed to do, and the facts that it ``hears``, are kept in ``heard``; nothing else is done about them.
    """

    def __init__(
        self,
        *,
        needs: Sequence[str] = (),
        roles: Sequence[Role] = (),
        events: Sequence[type[Event]] = (),
        nodes: Sequence[Node] = (),
        hears: Sequence[type[Event]] = (),
        reactions: Sequence[Reaction] = (),
        guards: Sequence[Guard] = (),
        answers: Sequence[Answer] = (),
        builtin: bool = False,
    ) -> None:
        self.heard: list[Event] = []
        self.builtin = builtin
        listened = [*(event for event in events if issubclass(event, Instruction)), *hears]
        # What the host looks for.
        self.NEEDS = tuple(needs)
        self.ROLES = tuple(roles)
        self.EVENTS = tuple(events)
        self.NODES = tuple(nodes)
        self.REACTIONS = (*(Reaction(event=event, call=self.hear) for event in listened), *reactions)
        self.GUARDS = tuple(guards)
        self.ANSWERS = tuple(answers)

    async def hear(self, event: Event, ctx: Context) -> None:
        self.heard.append(event)


# Of the hub's own parts what plugins name: roles, and the facts that somebody's position or claim has changed.
BUILT_IN: tuple[tuple[str, StandIn], ...] = (
    ("identity", StandIn(builtin=True, roles=ROLES, events=(PositionChanged,))),
    ("proofs", StandIn(builtin=True, events=(PersonProved,))),
)
