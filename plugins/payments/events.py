"""What happens to benefits and payments, what others ask for, and what guards look at before money goes out.

Events carry ids, states, masked names, and sealed identities where a reader must find the same person again.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from hub.api import Event, Identity, Instruction


class PaymentFact(Event, frozen=True, kw_only=True):
    """``place`` is the beneficiary's village, ``number`` the payment's, ``persons`` who hear of it, ``who`` the masked
    name; ``attempt`` counts how often the bank was given it.
    """

    subject_field: ClassVar[str] = "row"

    row: str
    batch: str
    benefit: str
    number: str
    project: str
    short: str
    bureau: str
    period: str
    persons: tuple[str, ...]
    who: str
    attempt: int
    at: datetime


class PaymentMade(PaymentFact, frozen=True, kw_only=True):
    """成功: the bank has paid it into the card."""


class PaymentFailed(PaymentFact, frozen=True, kw_only=True):
    """失败: the bank gave it back; the bureau corrects the card or strikes the row. ``returned``: what the bank meant, a name of
    ``plugins/payments/returns.py``, empty where nobody knows."""

    returned: str = ""


class PeriodUnpaid(Event, frozen=True, kw_only=True):
    """应发未发: a period of a project was to be paid by now. ``place`` is the county."""

    subject_field: ClassVar[str] = "project"

    project: str
    short: str
    bureau: str
    period: str
    at: datetime


class BenefitFact(Event, frozen=True, kw_only=True):
    """About one person's 享受 in a project. ``number`` is the declaration's where it came from one; ``quantity`` as the roster or
    the declaration says it: ``3.5亩``.
    """

    subject_field: ClassVar[str] = "benefit"

    benefit: str
    project: str
    short: str
    bureau: str
    sensitive: bool = False
    identity: Identity
    number: str = ""
    quantity: str = ""
    case: str | None
    reason: str
    at: datetime


class BenefitStarted(BenefitFact, frozen=True, kw_only=True):
    """享受中: by an approved declaration."""


class BenefitsStarted(Event, frozen=True, kw_only=True):
    """享受中 of ≤ 200 persons at once: by an imported roster, whose readers hear of them in parts as it is read."""

    benefits: tuple[BenefitStarted, ...]


class BenefitChanged(BenefitFact, frozen=True, kw_only=True):
    """Whether there is money to come has changed. ``told`` are the person and their agents, who hear of it."""

    told: tuple[str, ...] = ()


class BenefitSuspended(BenefitChanged, frozen=True, kw_only=True):
    """暂停: nothing is paid until it is resumed."""


class BenefitResumed(BenefitChanged, frozen=True, kw_only=True):
    """恢复享受."""


class BenefitStopped(BenefitChanged, frozen=True, kw_only=True):
    """停发: not entitled (any more)."""


class BenefitEnded(BenefitChanged, frozen=True, kw_only=True):
    """终止: closed for good."""


class StopBenefits(Instruction, frozen=True, kw_only=True):
    """停发 of somebody who was found not entitled: of one ``benefit``, or of all (in ``project``) of the person whose blind index
    is ``id_key``. ``reason`` is read by handlers and names no list; ``by`` is the asking plugin's own id.
    """

    subject_field: ClassVar[str] = "benefit"
    formerly: ClassVar[tuple[str, ...]] = ("StopAsked",)

    benefit: str | None = None
    id_key: str | None = None
    project: str | None = None
    reason: str
    by: str
    person: str | None = None
    shown: str = ""


# --- for guards --------------------------------------------------------------------------------------------------------


class Payee(msgspec.Struct, frozen=True, kw_only=True):
    """One row that is about to be paid, or a person about to be put on a roster (``row`` is then the line). ``quantity`` as the
    roster or the declaration says it: ``3.5亩``."""

    row: str
    benefit: str | None
    place: str
    identity: Identity
    quantity: str = ""


class Paying(msgspec.Struct, kw_only=True):
    """The carrier of the guards ``payments.pay`` (≤ 200 rows that the bank is about to get) and ``payments.enrol`` (≤ 200
    persons of a roster; ``batch`` is then the intake), called inside their transaction. A guard holds single rows by
    :meth:`hold`, or refuses all. In a ``dry_run`` a guard says whom it would hold and writes nothing.
    """

    batch: str
    project: str
    short: str
    bureau: str
    place: str
    sensitive: bool = False
    rows: tuple[Payee, ...]
    dry_run: bool = False
    held: dict[str, str] = msgspec.field(default_factory=dict)

    def hold(self, row: str, reason: str) -> None:
        """Keep one row back; ``reason`` in neutral words, since other bureaus read it."""
        self.held[row] = reason


EVENTS = (
    PaymentMade,
    PaymentFailed,
    PeriodUnpaid,
    BenefitStarted,
    BenefitsStarted,
    BenefitSuspended,
    BenefitResumed,
    BenefitStopped,
    BenefitEnded,
    StopBenefits,
)
