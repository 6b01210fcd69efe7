"""What 逾期督办 tells of its orders."""

from __future__ import annotations

from datetime import datetime

from hub.api import Office, WorkFact

# --- 督办单 ----------------------------------------------------------------------------------------------------------------


class OrderFact(WorkFact, frozen=True, kw_only=True):
    """What every fact of an order tells. ``person`` got it, as a leader where it ``leads``, from ``issuer``, about ``task``; ``bureau`` and
    ``project`` are those of the task. Whoever follows it keeps the avoided away too. ``step`` tells two facts of one order
    apart; ``phase`` is what its person was last warned of: unread, late."""

    task: str
    person: str
    leads: bool
    issuer: str
    office: str
    bureau: str
    project: str
    label: str
    answer_by: datetime
    step: str
    phase: str = ""
    avoid: tuple[str, ...] = ()
    avoid_keys: tuple[str, ...] = ()
    avoid_offices: tuple[Office, ...] = ()


class OrderIssued(OrderFact, frozen=True, kw_only=True):
    """签发."""


class OrderRead(OrderFact, frozen=True, kw_only=True):
    """已读."""


class OrderFedBack(OrderFact, frozen=True, kw_only=True):
    """反馈."""


class OrderReturned(OrderFact, frozen=True, kw_only=True):
    """退回再办."""


class OrderClosed(OrderFact, frozen=True, kw_only=True):
    """办结, by the issuer or with its task."""


class OrderWithdrawn(OrderFact, frozen=True, kw_only=True):
    """撤回."""


class OrderWarned(OrderFact, frozen=True, kw_only=True):
    """It was not read, or the feedback is late: the person is warned."""


class OrderEscalated(OrderFact, frozen=True, kw_only=True):
    """That went on: the leaders one level above the person's office are told."""


class OrderLapsed(OrderFact, frozen=True, kw_only=True):
    """The person has left the post; the issuer may order somebody else."""


ORDER_EVENTS = (
    OrderIssued,
    OrderRead,
    OrderFedBack,
    OrderReturned,
    OrderClosed,
    OrderWithdrawn,
    OrderWarned,
    OrderEscalated,
    OrderLapsed,
)
