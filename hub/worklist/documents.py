"""A task: one piece of business that waits for the holders of a position; and who has touched which."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from hub.api import Collection, Document, Index, Machine, Migration, Move, Office, stored, update_in_ranges

TASK = Machine(
    states={
        "open": "待认领",
        "claimed": "处理中",
        "paused": "暂缓办理",
        "done": "已办结",
        "recalled": "已撤销通过",
        "ended": "已撤销",
    },
    moves={
        "claim": Move("认领", ("open",), "claimed"),
        "release": Move("退还", ("claimed",), "open"),
        "decide": Move("办理", ("claimed",), "done"),
        "settle": Move("办结", ("open", "claimed", "paused"), "done"),
        "pause": Move("暂缓", ("open", "claimed"), "paused"),
        "resume": Move("恢复", ("paused",), "open"),
        "recall": Move("撤销通过", ("done",), "recalled"),
        "end": Move("撤销", ("open", "claimed", "paused"), "ended"),
    },
)
# What can be worked on, and what is not over.
UNDONE = ("open", "claimed")
# Roles of those who work on tasks.
DECIDERS = ("window", "handler", "leader")
LEFT = (*UNDONE, "paused")


class Task(Document, frozen=True, kw_only=True):
    """Bureau and project narrow who sees it. ``place`` is where it is done; ``at`` the place whose holders have it: the
    same, or while nobody can do it there the nearest above where somebody can; ``unfilled``: nobody can anywhere. ``offer``
    counts how often it was offered: each offer is pushed anew. Names of handlers are kept as they were shown. ``hidden``:
    those who must keep away from it do not see it either. ``reason`` is that of 撤销通过. ``asked_in`` and ``paused_in`` are the
    events whose word it has on who is wanted, and on a pause or its end: older ones that come late change nothing.
    """

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
    sensitive: bool
    urgent: bool = False
    state: str = "open"
    offer: int = 1
    at: str = ""
    unfilled: bool = False
    subject_key: str | None = None
    avoid: tuple[str, ...] = ()
    avoid_keys: tuple[str, ...] = ()
    avoid_offices: tuple[Office, ...] = ()
    announced: bool = False
    hidden: bool = False
    claimed_by: str | None = None
    claimed_name: str = ""
    claimed_until: datetime | None = None
    done_by: str | None = None
    done_name: str = ""
    done_at: datetime | None = None
    move: str | None = None
    opinion: str = ""
    reason: str = ""
    asked_in: str = ""
    paused_in: str = ""


class Early(msgspec.Struct, frozen=True, kw_only=True):
    """A task that nobody has asked for yet is to be ``paused`` or ``ended``, or was taken up again (``open``) with this limit; as
    the event ``told_in`` says."""

    node: str
    round: int
    state: Literal["paused", "ended", "open"]
    due_at: datetime | None = None
    told_in: str = ""


class Stay(Document, frozen=True, kw_only=True):
    """How far the tasks of one subject (its id) have come, wherever they are done: the last round that somebody has
    ``touched``, and the last that is void because what led to it was ``recalled``. Whoever claims and whoever recalls
    writes it, so that of two at once one wins. ``early`` is what was told of tasks before they were asked for.
    """

    touched: int = 0
    recalled: int = 0
    early: tuple[Early, ...] = ()


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was done."""

    kind: str
    label: str
    at: datetime


class Touch(Document, frozen=True, kw_only=True):
    """A piece of business that a person touched, for their 经办历史: what it is called, and their latest acts in it."""

    person: str
    subject: str
    title: str
    number: str
    bureau: str
    project: str
    link: str
    kinds: tuple[str, ...]
    acts: tuple[Act, ...]
    last_at: datetime


# The tasks within reach.
tasks_of = stored("worklist.tasks", Task)
# Of all subjects: those who do the next task are beyond the reach of those who did the last.
stays_of = stored("worklist.stays", Stay)
# One's own.
touches_of = stored("worklist.touches", Touch)


async def place_tasks(database: Any) -> None:
    """Tasks from before there was ``at``: on the list of their own place, as they were; a job looks at them again."""
    await update_in_ranges(database["worklist.tasks"], {"at": {"$exists": False}}, [{"$set": {"at": "$place"}}])


MIGRATIONS = (Migration(name="tasks_have_a_list", run=place_tasks),)
COLLECTIONS = (
    Collection(
        name="worklist.tasks",
        document=Task,
        scope="subtree",
        # Not by node: a handler reads what was decided before at the other nodes of the place. Their own list goes
        # by position.
        narrowed_by=("bureau", "project"),
        indexes=(
            # However often a fact is told, one task comes of it.
            Index((("subject", 1), ("node", 1), ("round", 1)), unique=True, name="one_per_round"),
            # 我的待办 of a position, and what waits below it.
            Index((("at", 1), ("role", 1), ("state", 1), ("due_at", 1), ("_id", 1)), name="todo_at"),
            Index((("role", 1), ("state", 1), ("due_at", 1), ("_id", 1)), name="todo_below"),
            Index(
                (("role", 1), ("state", 1), ("due_at", 1), ("_id", 1)), partial={"unfilled": True}, name="todo_unfilled"
            ),
            Index((("state", 1), ("claimed_until", 1)), partial={"state": "claimed"}, name="claims"),
            Index((("done_by", 1), ("done_at", -1), ("_id", -1)), name="done"),
            Index((("subject_key", 1), ("arrived_at", -1)), name="history"),
            Index((("number", 1),), name="number"),
        ),
    ),
    Collection(name="worklist.stays", document=Stay, scope="shared"),
    Collection(
        name="worklist.touches",
        document=Touch,
        scope="person",
        indexes=(
            Index((("person", 1), ("last_at", -1), ("_id", -1)), name="newest"),
            Index((("person", 1), ("number", 1)), name="number"),
        ),
    ),
)
