"""What happens to messages."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from hub.api import Event, Office, WorkFact


class MessageFact(WorkFact, frozen=True, kw_only=True):
    """What every fact about a message tells. ``place`` and ``bureau`` are those of the office that has it, ``readers`` its writer, never
    named; ``step`` counts whose turn it was, ``due_at`` is the limit of the reply. 回避: ``avoid``, ``avoid_keys`` and ``avoid_offices``
    must hear nothing of it.
    """

    kind: Literal["consult", "suggest", "complain"]
    bureau: str
    step: int
    due_at: datetime
    avoid: tuple[str, ...]
    avoid_keys: tuple[str, ...]
    avoid_offices: tuple[Office, ...]


class MessageFiled(MessageFact, frozen=True, kw_only=True):
    """我要留言: a resident has written to a bureau."""


class MessageTransferred(MessageFact, frozen=True, kw_only=True):
    """转办, or 退回 of a wrong dispatch (``returned``): ``place`` and ``bureau`` are the new ones."""

    returned: bool


class MessageReplied(MessageFact, frozen=True, kw_only=True):
    """回复: ``replies`` counts them."""

    replies: int


class MessageAsked(MessageFact, frozen=True, kw_only=True):
    """It is the office's turn again: 追问 after a reply, or (``declined``) its writer wants no complaint made of it."""

    declined: bool


class ComplaintProposed(MessageFact, frozen=True, kw_only=True):
    """The office proposes a complaint; its writer decides."""


class MessageComplained(MessageFact, frozen=True, kw_only=True):
    """It has become the complaint of this id: told to whoever follows it, since it ends here and goes on there."""

    complaint: str


class MessageRated(MessageFact, frozen=True, kw_only=True):
    """评价: ``grade`` from 5 非常满意 to 1 非常不满意. Told to whoever counts them."""

    grade: str


class MessageClosed(MessageFact, frozen=True, kw_only=True):
    """It has ended without a grade: ``by`` its writer, or since they said nothing to the reply in time."""

    by: Literal["writer", "silence"]


EVENTS: tuple[type[Event], ...] = (
    MessageFiled,
    MessageTransferred,
    MessageReplied,
    MessageAsked,
    ComplaintProposed,
    MessageComplained,
    MessageRated,
    MessageClosed,
)
