"""State machines as tables, so that a test can walk every move of every state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from hub.words.errors import Conflict


class Move(msgspec.Struct, frozen=True):
    """One verb: from which states it may be done, and which state follows."""

    label: str
    before: tuple[str, ...]
    after: str


class Machine:
    """What may follow what. ``states`` maps each state to the word that people read."""

    def __init__(self, states: Mapping[str, str], moves: Mapping[str, Move]) -> None:
        unknown = {state for move in moves.values() for state in (*move.before, move.after)} - set(states)
        if unknown:
            raise ValueError(f"moves name states that do not exist: {', '.join(sorted(unknown))}")
        self.states = states
        self.moves = moves

    def label(self, state: str) -> str:
        """What people read. ``KeyError`` for a state that there is not."""
        return self.states[state]

    def allows(self, move: str, state: str) -> bool:
        """Whether the move may be made in that state. ``KeyError`` for a move that there is not."""
        return state in self.moves[move].before

    def is_last(self, state: str) -> bool:
        """Whether nothing follows it."""
        return not any(state in move.before for move in self.moves.values())

    def transition(self, move: str, state: str, /, **shown: Any) -> str:
        """The state after ``move``; ``Conflict`` with the present one (and what else is ``shown``) where it is not
        allowed.
        """
        if not self.allows(move, state):
            text = f"当前为“{self.label(state)}”，不能{self.moves[move].label}。"
            raise Conflict(text, state={**shown, "state": state})
        return self.moves[move].after
