"""What the worklist is told: somebody is wanted, later, no more; somebody did something."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import msgspec

from hub.contributions import Event, Office


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a handler decided, as a node's move is given it.

    ``round`` is that of the task, so that a decision on an earlier round is told from the present one. ``to`` is the
    node that a 退回 goes to (None: the one before). ``shown`` is the handler's name as the flow shows it. ``together``: one of
    several that were passed at once (合并), so that nobody has looked at this one by itself. ``in_worklist``: made there, whose
    task is done already. ``node``: that of the task; None where the round says it.
    """

    move: str
    opinion: str
    round: int
    person: str | None = None
    shown: str = ""
    to: str | None = None
    together: bool = False
    in_worklist: bool = False
    node: str | None = None

    def is_about(self, wanted: TaskWanted) -> bool:
        """Whether it was this task that was decided."""
        return self.round == wanted.round and self.node in (None, wanted.node)


class TaskWanted(Event, frozen=True, kw_only=True):
    """A piece of business waits for somebody. ``place`` is where it is done: the town for a town's node.

    One task is opened per (``subject``, ``node``, ``round``), however often this is told. ``title`` is the project's
    short name and the masked name; ``link`` the page of the thing inside the handlers' app. ``subject_key`` is the
    blind index of the person it is about and links their earlier tasks. 回避: ``avoid`` are persons, ``avoid_keys``
    blind indexes of people, ``avoid_offices`` all who hold a position there, who may not handle it; ``hidden``: nor see it.
    ``announced``: whoever wants it tells the holders in a message of its own, so the first offer is not told again here.
    """

    subject: str
    node: str
    label: str
    round: int = 1
    role: str
    bureau: str
    project: str
    title: str
    number: str
    link: str
    due_at: datetime
    subject_key: str | None = None
    avoid: tuple[str, ...] = ()
    avoid_keys: tuple[str, ...] = ()
    avoid_offices: tuple[Office, ...] = ()
    hidden: bool = False
    sensitive: bool = False
    urgent: bool = False
    announced: bool = False


class TaskSettled(Event, frozen=True, kw_only=True):
    """A handler came to a result on the page of the thing itself, not in the worklist: the task is done, by ``person``.
    ``place`` as in ``TaskWanted``; ``shown`` is the handler's name as the flow shows it.
    """

    subject: str
    node: str
    round: int
    move: str
    opinion: str = ""
    person: str
    shown: str


class TaskEnded(Event, frozen=True, kw_only=True):
    """Nobody is wanted any more: the thing was withdrawn, or went on without a decision. ``place`` as in
    ``TaskWanted``.
    """

    subject: str
    node: str
    round: int


class TaskPaused(Event, frozen=True, kw_only=True):
    """Nobody may work on it for the time being. ``place`` as in ``TaskWanted``."""

    subject: str
    node: str
    round: int


class TaskResumed(Event, frozen=True, kw_only=True):
    """A paused task is on offer again; the pause does not count, so that ``due_at`` is later than before."""

    subject: str
    node: str
    round: int
    due_at: datetime


class BusinessTouched(Event, frozen=True, kw_only=True):
    """A handler did something that no task tells of, for their 经办历史. ``kind`` is the sort of business (survey,
    complaint …), ``label`` what was done (提交调查); ``title`` and ``link`` as in ``TaskWanted``. The same ``at`` again is the
    same act.
    """

    subject: str
    kind: str
    label: str
    title: str
    number: str
    person: str
    bureau: str
    project: str
    link: str
    at: datetime


# --- what has changed ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Offered:
    """A task as a document asks for it. ``paused``: nobody may work on it. Without ``told``, others tell who is wanted."""

    wanted: TaskWanted
    paused: bool
    told: bool


def changes(was: Offered | None, now: Offered) -> Iterator[Event]:
    """What the worklist must know of a task that waits, as it ``was`` before."""
    named = {name: getattr(now.wanted, name) for name in ("place", "subject", "node", "round")}
    if now.told and (was is None or not was.told or _differs(was, now)):
        yield now.wanted
    paused = was is not None and was.paused
    if now.paused and not paused:
        yield TaskPaused(**named)
    if paused and not now.paused:
        yield TaskResumed(**named, due_at=now.wanted.due_at)


def _differs(was: Offered, now: Offered) -> bool:
    """A pause is told by itself; while it lasts, no limit runs."""
    due = now.wanted.due_at if was.paused or now.paused else was.wanted.due_at
    return msgspec.structs.replace(was.wanted, due_at=due) != now.wanted
