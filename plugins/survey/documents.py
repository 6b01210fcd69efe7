"""What 入户调查 stores: surveys, the drafts that phones have sent, the records handed in; and the state machine."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from hub.api import Collection, Document, Identity, Index, Machine, Move, Secret, Work, stored

Result: TypeAlias = Literal["true", "untrue", "changed", "unverifiable"]
Handling: TypeAlias = Literal["continue", "adjust", "stop", "report"]

RESULTS = {"true": "属实", "untrue": "不属实", "changed": "情况变化", "unverifiable": "无法核实"}
HANDLINGS = {"continue": "继续享受", "adjust": "调整", "stop": "停发", "report": "上报"}

SURVEY = Machine(
    states={
        "wanted": "待调查",
        "draft": "草稿",
        "submitted": "已提交",
        "archived": "已归档",
        "cancelled": "已撤销",
    },
    moves={
        "save": Move("存草稿", ("wanted", "draft"), "draft"),
        # A phone that was offline sends what it has after somebody else has handed in: kept all the same.
        "keep": Move("留存草稿", ("submitted",), "submitted"),
        "submit": Move("提交", ("draft",), "submitted"),
        "correct": Move("更正", ("submitted",), "submitted"),
        "return": Move("退回重查", ("submitted",), "draft"),
        "archive": Move("归档", ("submitted",), "archived"),
        "cancel": Move("撤销", ("wanted", "draft"), "cancelled"),
    },
)
# Somebody still has to go; and what somebody was told of.
TODO = ("wanted", "draft")
TOLD = ("submitted", "archived")
# The plugin's own name as ``origin``: nobody had asked. Cases come from declaration.
OWN, CASE = "survey", "declaration"


class Survey(Work, frozen=True, kw_only=True):
    """One household to look at. ``place`` is its village (or town). ``subject`` is what it was wanted for by ``origin``: a case,
    the asker's own id, or its own where nobody had asked.

    ``attempt`` rises with each 退回重查; ``tasked``: the worklist has a task for it. ``records`` counts the versions handed in,
    of which ``record`` is the present one, with its result beside it for lists. ``followup``: 落实调查处理 by the bureau,
    until ``followup_due``.
    ``submitted_key`` is the blind number of who handed it in.
    """

    origin: str
    subject: str
    round: int
    project: str
    short: str
    bureau: str
    sensitive: bool
    identity: Identity
    reason: str = ""
    hidden: bool = False
    due_at: datetime
    state: str = "wanted"
    attempt: int = 1
    tasked: bool = True
    records: int = 0
    record: str | None = None
    result: Result | None = None
    handling: Handling | None = None
    visited_at: datetime | None = None
    submitted_at: datetime | None = None
    submitted_by: str | None = None
    submitted_key: str | None = None
    submitted_name: str = ""
    followup: Literal["", "due", "done"] = ""
    followup_due: datetime | None = None

    def __repr__(self) -> str:
        return f"Survey({self.id!r}, {self.state!r})"


class Draft(Document, frozen=True, kw_only=True):
    """What one phone has typed so far; its id is the phone's own, ``revision`` counts that phone's saves of it. ``content`` is the
    form as JSON, sealed. ``saved_at`` is the phone's word, held within what is possible; ``received_at`` the hub's.
    """

    survey: str
    bureau: str
    project: str
    person: str
    shown: str
    revision: int
    saved_at: datetime
    received_at: datetime
    content: Secret
    files: tuple[str, ...] = ()


class Record(Document, frozen=True, kw_only=True):
    """A version that was handed in, never changed afterwards; ``replaces`` the one before, for ``reason``. What was found is about
    a person and sealed. ``draft`` and ``revision`` say which phone's words it is.
    """

    survey: str
    bureau: str
    project: str
    number: int
    replaces: str | None = None
    reason: str = ""
    draft: str
    revision: int
    result: Result
    handling: Handling
    visited_at: datetime
    spot: Secret
    findings: Secret
    investigators: tuple[str, ...]
    photos: tuple[str, ...]
    signatures: tuple[str, ...]
    person: str
    shown: str
    at: datetime


# The surveys within reach.
surveys_of = stored("survey.surveys", Survey)
drafts_of = stored("survey.drafts", Draft)
records_of = stored("survey.records", Record)


BY_BUREAU: tuple[Literal["bureau", "project"], ...] = ("bureau", "project")
NEWEST = (("created_at", -1), ("_id", -1))

COLLECTIONS = (
    Collection(
        name="survey.surveys",
        document=Survey,
        scope="subtree",
        narrowed_by=BY_BUREAU,
        indexes=(
            # However often a fact is told, one survey comes of it; also finds those of a case.
            Index((("subject", 1), ("origin", 1), ("round", 1)), unique=True, name="one_per_round"),
            # What waits for a position, and what waits below it.
            Index((("place", 1), ("state", 1), ("due_at", 1), ("_id", 1)), name="todo"),
            Index((("state", 1), ("due_at", 1), ("_id", 1)), name="todo_below"),
            Index(NEWEST, name="newest"),
            Index((("state", 1), *NEWEST), name="state"),
            Index((("project", 1), *NEWEST), name="project"),
            Index((("result", 1), *NEWEST), name="result"),
            Index((("number", 1), *NEWEST), name="number"),
            Index((("followup", 1), *NEWEST), partial={"followup": "due"}, name="followup"),
            Index((("identity.id_number.b", 1), *NEWEST), name="person"),
        ),
    ),
    Collection(
        name="survey.drafts",
        document=Draft,
        scope="subtree",
        narrowed_by=BY_BUREAU,
        indexes=(
            Index((("survey", 1), ("saved_at", -1), ("_id", -1)), name="newest"),
            Index((("person", 1), ("received_at", -1), ("_id", -1)), name="person"),
            Index((("received_at", 1), ("_id", 1)), name="oldest"),
        ),
    ),
    Collection(
        name="survey.records",
        document=Record,
        scope="subtree",
        narrowed_by=BY_BUREAU,
        indexes=(
            Index((("survey", 1), ("number", 1)), unique=True, name="number"),
            # The same words of the same phone are handed in once.
            Index((("survey", 1), ("draft", 1), ("revision", 1)), unique=True, name="once"),
        ),
    ),
)
