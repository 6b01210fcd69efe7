"""What happens to a declaration. Events carry ids and states, the project's short name and a masked name."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from hub.api import Event


class CaseFact(Event, frozen=True, kw_only=True):
    """What every fact about a case tells. ``place`` is the beneficiary's village; ``round`` counts the stays at nodes;
    ``declarants`` are the persons who hear how it goes on; ``who`` is the beneficiary's masked name."""

    case: str
    number: str
    project: str
    short: str
    bureau: str
    node: str
    label: str
    round: int
    declarants: tuple[str, ...]
    who: str
    at: datetime


class CaseSubmitted(CaseFact, frozen=True, kw_only=True):
    """A resident handed in a declaration."""


class NodeEntered(CaseFact, frozen=True, kw_only=True):
    """A case has come to a node of its chain and is being handled there."""


class CaseAccepted(CaseFact, frozen=True, kw_only=True):
    """受理: the first node passed."""


class CorrectionAsked(CaseFact, frozen=True, kw_only=True):
    """补正: something must be mended before it goes on."""


class CaseMended(CaseFact, frozen=True, kw_only=True):
    """The declarant answered 补正."""


class CaseReturned(CaseFact, frozen=True, kw_only=True):
    """退回: ``node`` sent the case back to the earlier node ``to``."""

    to: str


class CaseApproved(CaseFact, frozen=True, kw_only=True):
    """县级审批 passed; further nodes (publicity, payment) may follow."""


class CaseRefused(CaseFact, frozen=True, kw_only=True):
    """不予受理 or 驳回: the case has ended."""


class CaseWithdrawn(CaseFact, frozen=True, kw_only=True):
    """The declarant took it back."""


class CaseFinished(CaseFact, frozen=True, kw_only=True):
    """The last node of the chain has been passed."""


class CaseHeld(CaseFact, frozen=True, kw_only=True):
    """The plugin of the node is off in this county: the case waits there, no node is ever skipped."""


class CaseReleased(CaseFact, frozen=True, kw_only=True):
    """The node's plugin is on again and the case goes on."""


class StepDecided(Event, frozen=True, kw_only=True):
    """Told by a plugin whose node came to a result without a handler's decision in the worklist: a survey was
    submitted, a publicity confirmed. ``place`` lies on the way from the county to the case; ``round`` is that of
    ``NodeEntered``; ``move`` is pass, correct, return or refuse. ``opinion`` and ``shown`` (the handler's name) are
    read by the declarant.
    """

    case: str
    round: int
    move: Literal["pass", "correct", "return", "refuse"]
    opinion: str = ""
    person: str | None = None
    shown: str = ""
    to: str | None = None


EVENTS = (
    CaseSubmitted,
    NodeEntered,
    CaseAccepted,
    CorrectionAsked,
    CaseMended,
    CaseReturned,
    CaseApproved,
    CaseRefused,
    CaseWithdrawn,
    CaseFinished,
    CaseHeld,
    CaseReleased,
    StepDecided,
)
