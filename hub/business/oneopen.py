"""At most one open at a time: a unique index decides, however many are filed at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec

from hub.business.machines import Machine
from hub.words.actors import Actor
from hub.words.contributions import Index
from hub.words.errors import Conflict, Duplicate

if TYPE_CHECKING:
    from hub.business.business import Work

D = TypeVar("D", bound="Work")

BY_ONE_OPEN = Index(keys=(("open_as", 1),), unique=True, partial={"open_as": {"$gt": ""}}, name="one_open")


@dataclass(frozen=True, kw_only=True)
class OneOpen:
    """Of one person, in whatever place, at most one is open: of each value of the fields ``per``, of all without. Under whatever account
    where the identity is proved: a number that anybody may type must not keep its owner out, nor tell what they have open. It is open
    in a state that some move leads out of, or in these ``states``; once it has left them, it counts no more. Whoever files another is
    told what this ``says`` (409). What was open before a plugin asks for this does not count."""

    per: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    says: str = "您已有一件同类申请在办，办结后再提交。"

    def opened(self, document: D, actor: Actor) -> D:
        """The new one, with what no other open one may have."""
        whose = (actor.id_key if actor.assurance == "proved" else None) or actor.person
        return msgspec.structs.replace(document, open_as=self._key(whose, document) if whose else "")

    def left(self, document: D, machine: Machine) -> D:
        """The document as it is written: one that is not open makes room, one that was amended in ``per`` takes another."""
        states = self.states or {state for move in machine.moves.values() for state in move.before}
        if not document.open_as:
            return document
        whose = document.open_as.partition(":")[0]
        return msgspec.structs.replace(document, open_as=self._key(whose, document) if document.state in states else "")

    def _key(self, whose: str, document: D) -> str:
        return ":".join((whose, *(str(getattr(document, name)) for name in self.per)))

    def refusal(self, error: Duplicate) -> Conflict:
        """What the one who files is told; another index speaks for itself."""
        return Conflict(self.says) if (error.state or {}).get("index") == BY_ONE_OPEN.name else error
