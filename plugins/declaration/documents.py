"""What 阳光申报 stores of declarations: drafts, cases; and the state machine of a case. The catalogue is in ``projects.py``."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from hub.api import (
    CardText,
    Collection,
    Decision,
    Document,
    IdNumberText,
    Index,
    Limit,
    Machine,
    Migration,
    Move,
    PhoneText,
    Secret,
    Work,
    stored,
    update_in_ranges,
)
from plugins.declaration.projects import Form


class Draft(Document, frozen=True, kw_only=True):
    """An unfinished form; its id is made by the client, so that saving again is the same draft. ``content`` is the
    form as JSON, sealed: what is typed so far may hold anything. ``supersedes`` is the case that it declares anew: its
    files are shared, so that ``files_of`` is that case's and ``shared`` are never let go.
    """

    person: str
    project: str
    content: Secret
    files: tuple[str, ...] = ()
    supersedes: str | None = None
    files_of: str | None = None
    shared: tuple[str, ...] = ()


class Beneficiary(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the subsidy is for. ``region`` is the 户籍, ``card`` where the money goes."""

    name: str
    id_number: IdNumberText
    phone: PhoneText
    card: CardText | None = None
    region: str
    category: str
    minor: bool = False

    def __repr__(self) -> str:
        return "Beneficiary(***)"


class HandedIn(msgspec.Struct, frozen=True, kw_only=True):
    """The files of one material."""

    key: str
    files: tuple[str, ...]


class Pause(msgspec.Struct, frozen=True):
    """Days on which the limit does not run: 补正, a plugin that is off, 数据核验."""

    start: datetime
    end: datetime


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's wish that the case wait. ``by`` is their key; ``words`` are for the resident."""

    by: str
    words: str
    since: datetime
    until: datetime | None = None


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """The last that was carried out of the holds, and ends of holds, of one key: the event that told it. Older ones that come late
    change nothing."""

    by: str
    told_in: str


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """One stay of a case at a node. ``round`` counts all stays. The limit runs from ``since`` without the ``pauses``:
    a stay after 补正 goes on with the time of the one before. ``held_at``: since when it waits, for its plugin or
    for holds to be lifted. ``unit`` and ``handler`` are names as the flow shows them.
    """

    node: str
    label: str
    round: int
    place: str
    unit: str
    held_at: datetime | None = None
    state: Literal[
        "handling", "holding", "intercepted", "passed", "correcting", "returned", "refused", "withdrawn", "recalled",
        "ended", "void",
    ]  # fmt: skip
    entered_at: datetime
    since: datetime
    due_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    done_at: datetime | None = None
    handler: str = ""
    opinion: str = ""


STEP_LABELS = {
    "handling": "办理中",
    "holding": "等待",
    "intercepted": "数据核验中",
    "passed": "已通过",
    "correcting": "需补正",
    "returned": "已退回",
    "refused": "未通过",
    "withdrawn": "已撤回",
    "recalled": "通过已撤销",
    "ended": "已终止",
    "void": "已作废",
}

# How the nodes of the domain are called, also where no plugin handles them (yet).
NODE_LABELS = {
    "accept": "受理",
    "survey": "入户调查",
    "review_village": "村级初审",
    "publicity_village": "村级公示",
    "review_town": "乡镇审核",
    "publicity_town": "乡镇公示",
    "approve_county": "县级审批",
    "publicity_county": "县级公示",
    "disburse": "拨付",
    "pay": "发放",
}
# For a node that the project's limits leave out.
USUAL_LIMIT = Limit(10)

# Handlers' moves act on a case that is being handled; the hub holds and releases, the resident mends, withdraws and
# declares anew. Withdrawing and declaring anew end at 县级审批; `recall` asks that nobody has touched what followed.
UNENDED = ("handling", "correcting", "holding", "intercepted")
CASE = Machine(
    states={
        "handling": "办理中",
        "correcting": "待补正",
        "holding": "等待",
        "intercepted": "数据核验中",
        "approved": "已批准",
        "refused": "未通过",
        "withdrawn": "已撤回",
        "ended": "已终止",
        "void": "已作废",
    },
    moves={
        "pass": Move("通过", ("handling",), "handling"),
        "finish": Move("办结", ("handling",), "approved"),
        "correct": Move("要求补正", ("handling",), "correcting"),
        "mend": Move("补正", ("correcting",), "handling"),
        "return": Move("退回", ("handling",), "handling"),
        "refuse": Move("驳回", ("handling",), "refused"),
        "recall": Move("撤销通过", ("handling", "holding", "approved"), "handling"),
        "hold": Move("暂停", ("handling",), "holding"),
        "release": Move("恢复办理", ("holding",), "handling"),
        "intercept": Move("挂起", ("handling",), "intercepted"),
        "clear": Move("解除挂起", ("intercepted",), "handling"),
        "withdraw": Move("撤回", UNENDED, "withdrawn"),
        "end": Move("终止", UNENDED, "ended"),
        "supersede": Move("重新申报", (*UNENDED, "refused", "withdrawn", "ended"), "void"),
    },
)
# The one node whose pass is the approval; withdrawing is possible before it.
APPROVAL = "approve_county"
# Projects that pay by area ask for it, in 亩, under this key.
AREA = "area_mu"


# The key of the signed paper, which stands for the resident's own hand where a window has entered a declaration.
SIGNED = "signed_paper"


class Hand(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of the staff who has written on a form. ``key``: the blind index of their ID number."""

    person: str
    key: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """代录: by whose hands a declaration was entered and mended for a resident, the first one first, at which window, and in which
    ``role`` one sits there. ``unit`` and ``handler`` are names as the flow shows them."""

    hands: tuple[Hand, ...]
    handler: str
    role: str
    place: str
    unit: str


class Case(Work, frozen=True, kw_only=True):
    """A declaration. ``place`` is the beneficiary's village (or town without villages). ``progress`` is its way along the
    chain, ``acts`` what was done besides. ``open`` until it has ended, ``admitted`` from 受理 on: one person has one
    admitted open case per project, and whoever declares one open one for them. ``applicant`` is the person who declared;
    ``agent`` the same person once the 受理 handler has accepted the proof of a declaration for somebody else. ``entry``: it was
    entered at a window; then nobody's account has it, and ``applicant`` is empty.
    ``files_of`` is the name the files are kept under; ``shared`` are those of the case that this one ``supersedes``.
    ``holds`` are what it waits for, ``wishes`` what was heard of them; ``parked`` is the result of its node that came while it
    could not go on.
    """

    project: str
    project_name: str
    short: str
    bureau: str
    sensitive: bool
    declared_for: Literal["self", "other"]
    applicant: str
    applicant_name: str
    agent: str | None = None
    readers: tuple[str, ...]
    entry: Entry | None = None
    beneficiary: Beneficiary
    answers: dict[str, str] = msgspec.field(default_factory=dict)
    handed_in: tuple[HandedIn, ...] = ()
    files_of: str
    chain: tuple[str, ...]
    limits: dict[str, Limit]
    form: Form
    rules: tuple[str, ...] = ()
    standard: str = ""
    state: str = "handling"
    node: str
    progress: tuple[Stay, ...] = ()
    holds: tuple[Hold, ...] = ()
    wishes: tuple[Wish, ...] = ()
    parked: Decision | None = None
    open: bool = True
    admitted: bool = False
    shared: tuple[str, ...] = ()
    supersedes: str | None = None
    superseded_by: str | None = None
    submitted_at: datetime
    closed_at: datetime | None = None

    def __repr__(self) -> str:
        return f"Case({self.id!r}, {self.state!r}, {self.node!r})"


class Declarant(Document, frozen=True, kw_only=True):
    """When somebody (its id; at a window ``window:`` and theirs) has handed in lately. Written with each declaration, so that of many at
    once none slips by."""

    person: str
    times: tuple[datetime, ...] = ()


# One's own record.
declarants_of = stored("declaration.declarants", Declarant)
# One's own drafts; and what one has begun at a window, for others.
drafts_of = stored("declaration.drafts", Draft)
window_drafts_of = stored("declaration.window_drafts", Draft)
# The cases within reach.
cases_of = stored("declaration.cases", Case)


async def judge_at_acceptance(database: Any) -> None:
    """Uniqueness is judged at 受理: the index that judged it at submit goes; what is past 受理 is admitted."""
    cases = database["declaration.cases"]
    if "one_open_case" in await cases.index_information():
        await cases.drop_index("one_open_case")
    past = {"$ne": ["$node", {"$first": "$chain"}]}
    left = {"open": True, "admitted": {"$exists": False}}
    await update_in_ranges(cases, left, [{"$set": {"admitted": past}}])


NEWEST = (("created_at", -1), ("_id", -1))
ENTERED = {"entry.place": {"$gt": ""}}

MIGRATIONS = (Migration(name="one_admitted_case", run=judge_at_acceptance),)
COLLECTIONS = (
    Collection(
        name="declaration.drafts",
        document=Draft,
        scope="person",
        indexes=(Index((("updated_at", -1), ("_id", -1)), name="newest"),),
    ),
    Collection(
        name="declaration.window_drafts",
        document=Draft,
        scope="person",
        indexes=(Index((("updated_at", -1), ("_id", -1)), name="newest"),),
    ),
    Collection(name="declaration.declarants", document=Declarant, scope="person"),
    Collection(
        name="declaration.cases",
        document=Case,
        scope="subtree",
        narrowed_by=("bureau", "project"),
        indexes=(
            Index((("number", 1),), unique=True, name="number"),
            # In whatever county: the blind index is compared, not the number. Anybody can declare for anybody, so that
            # others' declarations stand in nobody's way before 受理.
            Index(
                (("project", 1), ("beneficiary.id_number.b", 1)),
                unique=True,
                partial={"open": True, "admitted": True},
                name="one_admitted_case",
            ),
            Index(
                (("project", 1), ("beneficiary.id_number.b", 1), ("applicant", 1)),
                unique=True,
                partial={"open": True},
                name="one_open_case_per_declarant",
            ),
            Index((("state", 1), ("node", 1)), name="waiting"),
            Index((("beneficiary.id_number.b", 1),), name="person"),
            Index((("created_at", -1), ("_id", -1)), partial={"open": True}, name="open"),
            Index(NEWEST, partial=ENTERED, name="entered"),
            Index((("state", 1), *NEWEST), partial=ENTERED, name="entered_in_state"),
            Index((("parked.round", 1), ("_id", 1)), partial={"parked.round": {"$gte": 1}}, name="parked"),
        ),
    ),
)
