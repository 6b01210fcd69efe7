"""What 逾期督办 stores: each task that waits, by its limit, and those that were late; how many are late where."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from hub.api import Collection, Document, Index, Office, stored


class Watch(Document, frozen=True, kw_only=True):
    """A task of the worklist (same id) as it waits, or as it was when it ended late; one that ended in time goes.

    ``row`` is the line of the board it counts in: its town, or its county or city itself (本级) for what is done there.
    ``state``: waiting within its limit; late since ``due_at``; halted, while no limit runs; over, having been late. ``offer`` is
    that of the last fact heard. ``holder`` has claimed it. 回避 as in the task itself: ``hidden`` from those it avoids.
    """

    row: str
    subject: str
    node: str
    label: str
    round: int
    role: str
    bureau: str
    project: str
    title: str
    number: str
    link: str
    arrived_at: datetime
    due_at: datetime
    state: Literal["waiting", "late", "halted", "over"] = "waiting"
    offer: int = 1
    holder: str | None = None
    over_at: datetime | None = None
    sensitive: bool = False
    hidden: bool = False
    avoid: tuple[str, ...] = ()
    avoid_keys: tuple[str, ...] = ()
    avoid_offices: tuple[Office, ...] = ()


class Count(msgspec.Struct, frozen=True):
    """How many are late of one project at one 功能节点."""

    project: str
    node: str
    late: int


class Total(Document, frozen=True, kw_only=True):
    """What was late in one line of the board (its id) when it was last folded."""

    counts: tuple[Count, ...] = ()


class Delta(Document, frozen=True, kw_only=True):
    """A task became late (``change`` 1) or is late no more (-1), since the last folding."""

    row: str
    project: str
    node: str
    change: int


watches_of = stored("overdue.watches", Watch)
totals_of = stored("overdue.totals", Total)
deltas_of = stored("overdue.deltas", Delta)

COLLECTIONS = (
    Collection(
        name="overdue.watches",
        document=Watch,
        scope="subtree",
        narrowed_by=("bureau", "project"),
        indexes=(
            Index((("state", 1), ("due_at", 1), ("_id", 1)), name="due"),
            Index((("row", 1), ("state", 1), ("project", 1), ("node", 1), ("due_at", 1), ("_id", 1)), name="of_row"),
        ),
    ),
    Collection(name="overdue.totals", document=Total, scope="open"),
    Collection(name="overdue.deltas", document=Delta, scope="open"),
)
