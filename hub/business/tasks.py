"""What the worklist is told: somebody is wanted, later, no more; somebody did something. What it tells of tasks that wait."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

import msgspec

from hub.words.contributions import (
    MOST_OF_A_LIST,
    Event,
    Holders,
    Instruction,
    Office,
    Paged,
    Paging,
    Persons,
    Question,
)


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

    def is_about(self, wanted: OpenTask) -> bool:
        """Whether it was this task that was decided."""
        return self.round == wanted.round and self.node in (None, wanted.node)


class OpenTask(Instruction, frozen=True, kw_only=True):
    """Offer a piece of business to those who are to do it. ``place`` is where it is done: the town for a town's node.

    One task is opened per (``subject``, ``node``, ``round``), however often this is asked. ``title`` is the project's
    short name and the masked name; ``link`` the page of the thing inside the handlers' app. ``subject_key`` is the
    blind index of the person it is about and links their earlier tasks. 回避: ``avoid`` are persons, ``avoid_keys``
    blind indexes of people, ``avoid_offices`` all who hold a position there, who may not handle it; ``hidden``: nor see it.
    ``announced``: whoever wants it tells the holders in a message of its own, so the first offer is not told again here.
    """

    formerly: ClassVar[tuple[str, ...]] = ("TaskWanted",)

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


class Offer(Protocol):
    """To whom a task is offered: what is wanted, what has arrived, and the task itself say it alike."""

    @property
    def role(self) -> str: ...
    @property
    def place(self) -> str: ...
    @property
    def bureau(self) -> str: ...
    @property
    def project(self) -> str: ...
    @property
    def node(self) -> str: ...
    @property
    def avoid(self) -> tuple[str, ...]: ...
    @property
    def avoid_keys(self) -> tuple[str, ...]: ...
    @property
    def avoid_offices(self) -> tuple[Office, ...]: ...


class SettleTask(Instruction, frozen=True, kw_only=True):
    """Call a task done, by ``person``, who came to a result on the page of the thing itself, not in the worklist.
    ``place`` as in ``OpenTask``; ``shown`` is the handler's name as the flow shows it.
    """

    formerly: ClassVar[tuple[str, ...]] = ("TaskSettled",)

    subject: str
    node: str
    round: int
    move: str
    opinion: str = ""
    person: str
    shown: str


class CloseTask(Instruction, frozen=True, kw_only=True):
    """Nobody is wanted any more: the thing was withdrawn, or went on without a decision. ``place`` as in
    ``OpenTask``.
    """

    formerly: ClassVar[tuple[str, ...]] = ("TaskEnded",)

    subject: str
    node: str
    round: int


class PauseTask(Instruction, frozen=True, kw_only=True):
    """Let nobody work on it for the time being. ``place`` as in ``OpenTask``."""

    formerly: ClassVar[tuple[str, ...]] = ("TaskPaused",)

    subject: str
    node: str
    round: int


class ResumeTask(Instruction, frozen=True, kw_only=True):
    """Offer a paused task again; the pause does not count, so that ``due_at`` is later than before."""

    formerly: ClassVar[tuple[str, ...]] = ("TaskResumed",)

    subject: str
    node: str
    round: int
    due_at: datetime


class RecordActivity(Instruction, frozen=True, kw_only=True):
    """Keep in 经办历史 what a handler did that no task tells of. ``kind`` is the sort of business (survey,
    complaint …), ``label`` what was done (提交调查); ``title`` and ``link`` as in ``OpenTask``. The same ``at`` again is the
    same act.
    """

    formerly: ClassVar[tuple[str, ...]] = ("BusinessTouched",)

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


class Remind(Instruction, frozen=True, kw_only=True):
    """Tell these people, in this ``message`` of the plugin, that a document has waited ``until`` then; ``at`` is when that was seen,
    ``since`` when this wait began."""

    subject: str
    number: str
    title: str
    state: str
    state_label: str
    at: datetime
    until: datetime
    message: str
    to: Persons | Holders
    since: datetime | None = None


class RemindNoMore(Instruction, frozen=True, kw_only=True):
    """What this ``message`` told of the wait that began ``since`` then is over: nobody need hear of it any more."""

    subject: str
    message: str
    since: datetime


def audience_of(task: Offer) -> Holders:
    """Whoever holds a task's position, except those who must keep away from it: for pushes, lists and decisions alike."""
    return Holders(
        role=task.role,
        place=task.place,
        bureau=task.bureau,
        project=task.project,
        node=task.node,
        but_not=task.avoid,
        but_not_keys=task.avoid_keys,
        but_not_offices=task.avoid_offices,
    )


# --- what the worklist tells ----------------------------------------------------------------------------------------------


class TaskFact(Event, frozen=True, kw_only=True):
    """What every fact of the worklist about a task tells. ``offer`` counts how often it was put on offer."""

    task: str
    subject: str
    node: str
    offer: int


class TaskArrived(TaskFact, frozen=True, kw_only=True):
    """A task is on offer to the holders of its position: new (``offer`` 1), or free again: ``given_back`` by that handler, who is not
    told of this offer and therefore stands in ``avoid`` too."""

    round: int = 1
    label: str
    role: str
    bureau: str
    project: str
    title: str
    number: str
    arrived_at: datetime
    due_at: datetime
    avoid: tuple[str, ...] = ()
    avoid_keys: tuple[str, ...] = ()
    avoid_offices: tuple[Office, ...] = ()
    urgent: bool = False
    announced: bool = False
    given_back: str | None = None
    link: str = ""
    hidden: bool = False
    sensitive: bool = False


class TaskChanged(TaskFact, frozen=True, kw_only=True):
    """A task that waits has another limit or name, or others must keep away from it."""

    round: int
    due_at: datetime
    title: str = ""
    number: str = ""
    link: str = ""
    avoid: tuple[str, ...] = ()
    avoid_keys: tuple[str, ...] = ()
    avoid_offices: tuple[Office, ...] = ()
    hidden: bool = False
    sensitive: bool = False


class TaskClaimed(TaskFact, frozen=True, kw_only=True):
    """A handler has taken the task; ``person`` is that handler."""

    person: str


class TaskPassedOn(TaskFact, frozen=True, kw_only=True):
    """The offer went to others: up while nobody holds the position, back when somebody does again, or to the one who came.
    ``TaskArrived`` of the next offer follows."""


class TaskReleased(TaskFact, frozen=True, kw_only=True):
    """The handler let the task go, or its claim ran out or was lost with the position (``expired``). ``TaskArrived`` of the
    next offer follows."""

    person: str
    expired: bool


class _TaskAct(TaskFact, frozen=True, kw_only=True):
    person: str
    move: str
    round: int
    label: str
    title: str
    number: str
    bureau: str
    project: str
    link: str
    at: datetime


class TaskHalted(TaskFact, frozen=True, kw_only=True):
    """A task was paused: it leaves the lists until ``TaskArrived`` of the next offer; its limit stands still."""


class TaskDone(_TaskAct, frozen=True, kw_only=True):
    """A handler decided: ``move`` is pass, correct, return, refuse or another of the node's moves."""


class TaskRecalled(_TaskAct, frozen=True, kw_only=True):
    """The one who decided took the pass back (撤销通过), before anybody touched what followed."""


class TaskClosed(TaskFact, frozen=True, kw_only=True):
    """The task ended without a decision."""


class WaitingTask(TaskArrived, frozen=True, kw_only=True):
    """A task as it stands: claimed by somebody, or ``paused``."""

    claimed_by: str | None = None
    paused: bool = False


class WaitingTasks(Question[Paged[WaitingTask]], frozen=True, kw_only=True):
    """What is not over here, whoever has it: so many at a time, or those of these ``ids``. For a plugin that has heard the facts, or some
    of them."""

    ids: tuple[str, ...] | None = None
    paging: Paging = Paging(limit=MOST_OF_A_LIST)


# --- what has changed ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Offered:
    """A task as a document asks for it. ``paused``: nobody may work on it. Without ``told``, others tell who is wanted."""

    wanted: OpenTask
    paused: bool
    told: bool


def changes(was: Offered | None, now: Offered) -> Iterator[Event]:
    """What the worklist must know of a task that waits, as it ``was`` before."""
    named = {name: getattr(now.wanted, name) for name in ("place", "subject", "node", "round")}
    if now.told and (was is None or not was.told or _differs(was, now)):
        yield now.wanted
    paused = was is not None and was.paused
    if now.paused and not paused:
        yield PauseTask(**named)
    if paused and not now.paused:
        yield ResumeTask(**named, due_at=now.wanted.due_at)


def _differs(was: Offered, now: Offered) -> bool:
    """A pause is told by itself; while it lasts, no limit runs."""
    due = now.wanted.due_at if was.paused or now.paused else was.wanted.due_at
    return msgspec.structs.replace(was.wanted, due_at=due) != now.wanted
