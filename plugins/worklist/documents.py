"""A task: one piece of business that waits for the holders of a position."""

from __future__ import annotations

from datetime import datetime

from hub.api import Collection, Context, Document, Documents, Index, Machine, Move

TASK = Machine(
    states={"open": "待认领", "claimed": "处理中", "done": "已办结", "ended": "已撤销"},
    moves={
        "claim": Move("认领", ("open",), "claimed"),
        "release": Move("退还", ("claimed",), "open"),
        "decide": Move("办理", ("claimed",), "done"),
        "end": Move("撤销", ("open", "claimed"), "ended"),
    },
)
UNDONE = ("open", "claimed")


class Task(Document, frozen=True, kw_only=True):
    """Bureau and project narrow who sees it. ``place`` is where it is done; holders of the same position above may
    stand in. ``offer`` counts how often it was offered: each offer is pushed anew. Names of handlers are kept as they
    were shown.
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
    subject_key: str | None = None
    avoid: tuple[str, ...] = ()
    avoid_keys: tuple[str, ...] = ()
    claimed_by: str | None = None
    claimed_name: str = ""
    claimed_until: datetime | None = None
    done_by: str | None = None
    done_name: str = ""
    done_at: datetime | None = None
    move: str | None = None
    opinion: str = ""


def tasks_of(ctx: Context) -> Documents[Task]:
    """The tasks within reach."""
    return ctx.store["worklist.tasks"]


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
            Index((("place", 1), ("role", 1), ("state", 1), ("due_at", 1), ("_id", 1)), name="todo"),
            Index((("role", 1), ("state", 1), ("due_at", 1), ("_id", 1)), name="todo_below"),
            Index((("state", 1), ("claimed_until", 1)), partial={"state": "claimed"}, name="claims"),
            Index((("done_by", 1), ("done_at", -1), ("_id", -1)), name="done"),
            Index((("subject_key", 1), ("arrived_at", -1)), name="history"),
        ),
    ),
)
