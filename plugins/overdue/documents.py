"""What 逾期督办 stores: each task that waits, by its limit, and those that were late; how many are late where; who is told how."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal, TypeAlias

import msgspec

from hub.api import Collection, Document, Holders, Index, Office, Recused, stored

Mode: TypeAlias = Literal["at_once", "digest", "none"]


class Watch(Recused, frozen=True, kw_only=True):
    """A task of the worklist (same id) as it waits, or as it was when it ended late; one that ended in time goes.

    ``row`` is the line of the board it counts in: its town, or its county or city itself (本级) for what is done there.
    ``state``: waiting within its limit; late since ``due_at``; halted, while no limit runs; over, having been late. ``limit_at`` is
    the limit that the worklist told, of ``days`` working days then: what was declared a day of rest since does not count, and
    ``due_at`` is later by as much. ``offer`` is that of the last fact heard. ``holder`` has claimed it, or has done it. ``over_at`` and
    ``move`` say when and how it ended, ``move`` empty where it was wanted no more. ``ordered`` is the state of the 督办单 about it, for
    lists. 回避 as in the task itself: ``hidden`` from those it avoids.
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
    limit_at: datetime
    days: int
    due_at: datetime
    state: Literal["waiting", "late", "halted", "over"] = "waiting"
    offer: int = 1
    holder: str | None = None
    over_at: datetime | None = None
    move: str = ""
    ordered: str = ""
    sensitive: bool = False
    hidden: bool = False


# To whom it is offered, as a query counts by it.
OFFER = ("role", "place", "bureau", "project", "node", "avoid", "avoid_keys", "avoid_offices")


def offered(*of: Any) -> Holders:
    """Whoever these values of ``OFFER`` say, or the first of them, as ``audience_of`` does of a watch."""
    role, place, bureau, project, node, persons, keys, offices = (*of, (), (), ())[: len(OFFER)]
    return Holders(
        role=role,
        place=place,
        bureau=bureau,
        project=project,
        node=node,
        but_not=tuple(persons or ()),
        but_not_keys=tuple(keys or ()),
        but_not_offices=tuple(Office(**each) for each in offices or ()),
    )


class NodeCount(msgspec.Struct, frozen=True, kw_only=True):
    """So many more are late at one 功能节点."""

    node: str
    label: str
    change: int


class Tally(Document, frozen=True, kw_only=True):
    """So many more tasks of one project are late in one line of the board (its place) than before: by node, and in all (``change``).

    What is late is the sum of all tallies. Whatever makes a task late, or late no more, writes one in the same transaction; a job
    adds those of one cell up in the one that is ``folded``. ``short`` is the project as people call it.
    """

    bureau: str
    project: str
    short: str
    sensitive: bool
    nodes: tuple[NodeCount, ...]
    change: int
    folded: bool = False


class Round(Document, frozen=True, kw_only=True):
    """The last morning on which a county or the city itself (its id) was told, and until when."""

    day: date
    until: datetime


class Notice(Document, frozen=True, kw_only=True):
    """What a person is to be told on this morning, while it is added up: of their own tasks, or as a ``leader`` of the region ``at``.
    ``late``: those that passed their limit since the last time, a leader's all; ``more`` are a leader's new ones, or those that end
    soon. ``at`` is where the message leads."""

    day: date
    person: str
    leader: bool
    at: str
    late: int
    more: int


class Wish(Document, frozen=True, kw_only=True):
    """How a leader wants to hear of what is late in a region (its place)."""

    person: str
    mode: Mode


watches_of = stored("overdue.watches", Watch)
tallies_of = stored("overdue.tallies", Tally)
rounds_of = stored("overdue.rounds", Round)
notices_of = stored("overdue.notices", Notice)
# Of all counties: who leads the city hears of what is told in one of them.
wishes_of = stored("overdue.wishes", Wish)

BY_DUE = (("due_at", 1), ("_id", 1))
COLLECTIONS = (
    Collection(
        name="overdue.watches",
        document=Watch,
        scope="subtree",
        narrowed_by=("bureau", "project"),
        indexes=(
            Index((("state", 1), *BY_DUE), name="due"),
            Index((("state", 1), ("row", 1), *BY_DUE), name="of_row"),
            Index((("state", 1), ("row", 1), ("project", 1), *BY_DUE), name="of_project"),
            Index((("state", 1), ("over_at", -1), ("_id", -1)), partial={"state": "over"}, name="over"),
            # What the numbers leave out for those who must not know of it.
            Index((("state", 1), ("hidden", 1)), partial={"hidden": True}, name="hidden"),
        ),
    ),
    Collection(
        name="overdue.tallies",
        document=Tally,
        scope="subtree",
        narrowed_by=("bureau", "project"),
        indexes=(Index((("place", 1),), name="of_row"), Index((("folded", 1), ("_id", 1)), name="unfolded")),
    ),
    Collection(name="overdue.rounds", document=Round, scope="open"),
    Collection(
        name="overdue.notices", document=Notice, scope="open", indexes=(Index((("day", 1), ("_id", 1)), name="next"),)
    ),
    Collection(
        name="overdue.wishes",
        document=Wish,
        scope="shared",
        indexes=(Index((("mode", 1), ("place", 1), ("_id", 1)), name="by_mode"),),
    ),
)
