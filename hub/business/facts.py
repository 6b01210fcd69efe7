"""Facts about work, and the message to those whom it concerns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from hub.rules.context import Context
from hub.words.contributions import Event, Persons, Push, Trigger


class WorkFact(Event, frozen=True, kw_only=True):
    """What a fact about a document says, as ``Business.fact`` makes it. ``state`` and ``state_label`` are those after it happened,
    ``at`` when that was; ``readers`` are the residents whom it concerns."""

    subject: str
    number: str
    title: str
    state: str
    state_label: str
    at: datetime
    readers: tuple[str, ...] = ()


WORK_SAMPLE: Mapping[str, Any] = {
    "subject": "1",
    "number": "510904-2026-000001",
    "title": "事项",
    "state": "done",
    "state_label": "已办结",
    "at": "2026-11-30T04:00:00Z",
}
"""Of the ``data`` that ``telling`` gives to templates; a fact's own fields come besides."""


def telling(fact: type[WorkFact], message: str) -> Trigger:
    """The trigger that sends ``message``, by its full name, to the readers of the document. Templates are given the fact's fields
    but ``place`` and ``readers``; its link may use them: ``/{place}/visits/mine/{subject}``."""

    async def tell(event: WorkFact, ctx: Context) -> Sequence[Push]:
        data = {
            name: value for name, value in msgspec.structs.asdict(event).items() if name not in ("place", "readers")
        }
        # One message for each fact: what is decided twice is told twice.
        return [Push(to=Persons(event.readers), message=message, key=f"{event.subject}:{ctx.event_id}", data=data)]

    # The name under which facts wait for it.
    tell.__name__ = f"tell_{message.rpartition('.')[2]}"
    return Trigger(event=fact, call=tell)
