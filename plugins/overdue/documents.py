"""What 逾期督办 stores: each task that waits, by its limit, and those that were late; how many are late where."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from hub.api import Collection, Document, Index, Recused, stored


class Watch(Recused, frozen=True, kw_only=True):
    """A task of the worklist (same id) as it waits, or as it was when it ended late; one that ended in time goes.

    ``row`` is the line of the board it counts in: its town, or its county or city itself (本级) for what is done there.
    ``state``: waiting within its limit; late since ``due_at``; halted, while no limit runs; over, having been late. ``offer`` is
    that of the last fact heard. ``holder`` has claimed it. ``over_at`` and ``move`` say when and how it ended, ``move`` empty
    where it was wanted no more. 回避 as in the task itself: ``hidden`` from those it avoids.
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
    move: str = ""
    sensitive: bool = False
    hidden: bool = False


class Tally(Document, frozen=True, kw_only=True):
    """That ``change`` more tasks are late than before, in one line of the board (its place), of one project at one 功能节点. What is
    late is the sum of all of them; a job folds those that say the same of one cell into one."""

    bureau: str
    project: str
    node: str
    sensitive: bool
    change: int


watches_of = stored("overdue.watches", Watch)
tallies_of = stored("overdue.tallies", Tally)

COLLECTIONS = (
    Collection(
        name="overdue.watches",
        document=Watch,
        scope="subtree",
        narrowed_by=("bureau", "project"),
        indexes=(
            Index((("state", 1), ("due_at", 1), ("_id", 1)), name="due"),
            Index((("state", 1), ("row", 1), ("project", 1), ("node", 1), ("due_at", 1), ("_id", 1)), name="of_cell"),
        ),
    ),
    Collection(
        name="overdue.tallies",
        document=Tally,
        scope="subtree",
        narrowed_by=("bureau", "project"),
        indexes=(Index((("place", 1), ("bureau", 1), ("project", 1), ("node", 1)), name="cell"),),
    ),
)
