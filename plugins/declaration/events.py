"""What happens to a declaration, and what other plugins ask of it.

Events carry ids and states, the project's short name, a masked name, and the beneficiary sealed, for whoever must find the
same person again.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

import msgspec

from hub.api import Event, Identity, IdNumberText, Instruction, Limit, Question


class Counter(msgspec.Struct, frozen=True, kw_only=True):
    """Where a declaration was entered for a resident, and in which role one sits there."""

    place: str
    role: str


class CaseFact(Event, frozen=True, kw_only=True):
    """What every fact about a case tells. ``place`` is the beneficiary's village; ``round`` counts the stays at nodes;
    ``declarants`` are the persons who hear how it goes on, ``agents`` those accepted to act for the beneficiary; ``who`` is the
    beneficiary's masked name, ``identity`` the beneficiary. ``avoid_keys`` are the blind ID numbers of both, and of those who
    entered it at a ``counter``, who keep away from handling what comes of it under whatever account. ``rules``, ``standard`` and
    ``sensitive`` are the project's at submit; ``limit`` is the time that ``node`` has; ``area_mu`` is the area declared, as
    typed, where the project asks for one."""

    subject_field: ClassVar[str] = "case"

    case: str
    number: str
    project: str
    short: str
    bureau: str
    node: str
    label: str
    round: int
    declarants: tuple[str, ...]
    agents: tuple[str, ...] = ()
    avoid_keys: tuple[str, ...] = ()
    counter: Counter | None = None
    who: str
    identity: Identity
    sensitive: bool
    rules: tuple[str, ...]
    standard: str
    area_mu: str = ""
    limit: Limit | None = None
    at: datetime


class CaseSubmitted(CaseFact, frozen=True, kw_only=True):
    """A resident handed in a declaration; ``for_other``: for somebody else, or at a window (then there are no ``declarants``)."""

    for_other: bool = False


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


class CaseIntercepted(CaseFact, frozen=True, kw_only=True):
    """拦截挂起: somebody asked for it to be held (``HoldCase``). The stay goes on afterwards; its limit stands still."""


class CaseCleared(CaseFact, frozen=True, kw_only=True):
    """No hold is left: the stay goes on where it was."""


class CaseRecalled(CaseFact, frozen=True, kw_only=True):
    """撤销通过: the maker of a pass took it back. ``node`` and ``round`` are the stay that ends untouched (of a ``finished``
    case: the last one, and what followed from its end is void); it is with ``to`` again, where ``NodeEntered`` follows.
    ``announced``: the declarant had been told of the pass.
    """

    to: str
    finished: bool
    announced: bool


class CaseTerminated(CaseFact, frozen=True, kw_only=True):
    """终止: death, no longer eligible. The case has ended."""


class CaseSuperseded(CaseFact, frozen=True, kw_only=True):
    """作废: the declarant declared anew; ``by`` is the new case. Told before the new one's ``CaseSubmitted``."""

    by: str


class PersonEntered(Event, frozen=True, kw_only=True):
    """Somebody typed for whom they want to declare (下一步 after name and ID number), whether or not a declaration comes of
    it. ``attempt_id`` is the same while they correct one form, and becomes the id of the case if it is handed in; ``by`` is
    the person who types, ``by_key`` their blind ID number. ``place`` is the 户籍.
    """

    subject_field: ClassVar[str] = "attempt_id"

    attempt_id: str
    project: str
    short: str
    bureau: str
    rules: tuple[str, ...]
    sensitive: bool
    identity: Identity
    area_mu: str = ""
    by: str
    by_key: str | None = None
    at: datetime


# --- what others want done -------------------------------------------------------------------------------------------


class TakeStep(Instruction, frozen=True, kw_only=True):
    """Move the case on: its node came to a result without a handler's decision in the worklist, such as a survey that was
    submitted, a publicity confirmed. ``place`` lies on the way from the county to the case; ``round`` is that of
    ``NodeEntered``; ``move`` is pass, correct, return or refuse. ``opinion`` and ``shown`` (the handler's name) are
    read by the declarant. What waited for handlers of this node is done by ``person``; without one it ends.
    """

    subject_field: ClassVar[str] = "case"
    formerly: ClassVar[tuple[str, ...]] = ("StepDecided",)

    case: str
    round: int
    move: Literal["pass", "correct", "return", "refuse"]
    opinion: str = ""
    person: str | None = None
    shown: str = ""
    to: str | None = None


class HoldCase(Instruction, frozen=True, kw_only=True):
    """Let the case wait until whoever asks lifts the hold. ``by`` is the asker's own key: several holds stand beside each
    other, the same key again replaces its words. ``words`` are read by the resident: neutral, how to object; never why.
    ``until`` is when an answer can be expected. A case that has ended is not held.
    """

    subject_field: ClassVar[str] = "case"
    formerly: ClassVar[tuple[str, ...]] = ("HoldAsked",)

    case: str
    by: str
    words: str
    until: datetime | None = None


class LiftHold(Instruction, frozen=True, kw_only=True):
    """Take back the hold of this key; with the last one the case goes on."""

    subject_field: ClassVar[str] = "case"
    formerly: ClassVar[tuple[str, ...]] = ("HoldLifted",)

    case: str
    by: str


class EndCase(Instruction, frozen=True, kw_only=True):
    """终止: the beneficiary has died, or is no longer eligible. ``reason`` is read by the declarant. A case that has ended
    already stays as it is. ``CaseTerminated`` follows.
    """

    subject_field: ClassVar[str] = "case"
    formerly: ClassVar[tuple[str, ...]] = ("CaseEnded",)

    case: str
    reason: str
    person: str | None = None
    shown: str = ""


# --- what guards look at, and what is asked ---------------------------------------------------------------------------------------------


class CaseGuarded(msgspec.Struct, frozen=True, kw_only=True):
    """The subject of ``ctx.guard("declaration.submit" | "mend" | "advance" | "withdraw" | "recall", …)``. ``move`` is what is
    about to be done: submit, mend, withdraw, recall, or a decision (pass, correct, return, refuse).
    """

    case: str
    number: str
    project: str
    bureau: str
    place: str
    node: str
    round: int
    move: str
    identity: Identity
    rules: tuple[str, ...]
    sensitive: bool
    area_mu: str = ""

    def __repr__(self) -> str:
        return f"CaseGuarded({self.case!r}, {self.move!r})"


class Rival(msgspec.Struct, frozen=True, kw_only=True):
    """Another open case for the same person and project; ``applicant`` is masked."""

    case: str
    number: str
    place: str
    declared_for: str
    applicant: str
    state_label: str
    node_label: str
    submitted_at: datetime
    admitted: bool


class RivalsOf(Question[tuple[Rival, ...]], frozen=True, kw_only=True):
    """Which other open cases there are in the county for the same person and project, wherever the one who asks reaches."""

    case: str
    project: str
    id_number: IdNumberText

    def __repr__(self) -> str:
        return f"RivalsOf({self.case!r})"


class KnownProject(msgspec.Struct, frozen=True, kw_only=True):
    """A project as the catalogue of a place has it; one that is not ``found`` does not exist there. ``cycle``: how often it pays,
    None where the catalogue does not say. ``offered``: one can declare for it; one that was stopped is known all the same.
    """

    code: str
    found: bool = True
    offered: bool = True
    short: str = ""
    bureau: str = ""
    sensitive: bool = False
    cycle: Literal["once", "year", "half", "quarter", "month"] | None = None
    rules: tuple[str, ...] = ()


class ProjectOf(Question[KnownProject], frozen=True, kw_only=True):
    """Whose the project ``code`` is, and how sensitive: another plugin begins something in it and must not take the caller's word.
    Where declaration is off nobody has looked: None.
    """

    code: str


class ListedProject(msgspec.Struct, frozen=True, kw_only=True):
    """A project by its name, and whose it is."""

    code: str
    name: str
    bureau: str


class ListedProjects(Question[tuple[ListedProject, ...]], frozen=True, kw_only=True):
    """The projects that the asker's place has, for a form on which one is chosen; those that are stopped are paid, surveyed and complained
    about as before. None where declaration is off.
    """


class KnownRules(Question[frozenset[str]], frozen=True, kw_only=True):
    """The codes of the rules that a project may name, so that a mistyped one is refused. None where nobody looks at declarations."""


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
    CaseIntercepted,
    CaseCleared,
    CaseRecalled,
    CaseTerminated,
    CaseSuperseded,
    PersonEntered,
    TakeStep,
    HoldCase,
    LiftHold,
    EndCase,
)
