"""What 拦截 stores: what is known of a person, hits, recoveries, check lists; and the state machines."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from hub.api import Collection, Document, Identity, Index, Machine, Move, Secret, Work, stored

Severity = Literal["block", "warn"]
Source = Literal["entry", "survey", "submit", "benefit", "roster", "pay", "list", "recheck"]
SOURCES = {
    "entry": "申报录入",
    "survey": "入户调查录入",
    "submit": "提交申报",
    "benefit": "享受登记",
    "roster": "名册导入",
    "pay": "发放前核查",
    "list": "名单比对",
    "recheck": "定期复查",
}
# Somebody was being typed in: S8 shows these, whether or not a declaration came of it.
AT_ENTRY = ("entry", "survey", "roster")

HIT = Machine(
    states={
        "found": "命中",
        "waiting": "待业务局确认",
        "proposed": "误报待第二人确认",
        "confirmed": "属实",
        "cleared": "误报解除",
        "noted": "知悉",
        "reviewed": "纪委已复核",
        "archived": "已归档",
    },
    moves={
        "ask": Move("转业务局确认", ("found",), "waiting"),
        "confirm": Move("确认属实", ("waiting",), "confirmed"),
        "propose": Move("提出误报解除", ("waiting",), "proposed"),
        "clear": Move("确认误报解除", ("proposed",), "cleared"),
        "reject": Move("不同意误报解除", ("proposed",), "waiting"),
        "note": Move("知悉", ("waiting",), "noted"),
        "review": Move("复核同意", ("confirmed", "cleared", "noted"), "reviewed"),
        "send_back": Move("退回重新核实", ("confirmed", "cleared", "noted"), "waiting"),
        "archive": Move("归档", ("reviewed",), "archived"),
    },
)
UNRESOLVED = ("found", "waiting", "proposed")
# A state in which the bureau has come to its result, and which.
OUTCOMES = ("confirmed", "cleared", "noted")

RECOVERY = Machine(
    states={"open": "待追缴", "recovered": "已追回", "waived": "不予追缴"},
    moves={
        "receive": Move("登记部分追回", ("open",), "open"),
        "recover": Move("登记追回", ("open",), "recovered"),
        "waive": Move("不予追缴", ("open",), "waived"),
    },
)

LIST = Machine(
    states={"receiving": "上传中", "running": "读取中", "ending": "清理旧数据", "done": "已完成", "left": "未完成"},
    moves={
        "start": Move("开始读取", ("receiving",), "running"),
        "sweep": Move("清理旧数据", ("running",), "ending"),
        "finish": Move("完成", ("running", "ending"), "done"),
        "leave": Move("放弃", ("receiving",), "left"),
    },
)


# --- what is known of a person ---------------------------------------------------------------------------------------


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a check list of this ``kind``. ``says`` is a JSON object of its cells, sealed. ``list`` is the newest list that
    has it, ``source`` who gave it, ``as_of`` the day it speaks of.
    """

    kind: str
    says: Secret
    list: str
    source: str
    as_of: date


class Stake(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody has asked for, or enjoys, in a project: an open ``case``, or a ``benefit`` (and the case it came from).
    Without either it is an attempt, or a line of a roster. ``since`` decides who was first; ``quantity`` is of ``3.5亩``.
    """

    project: str
    short: str
    bureau: str
    place: str
    sensitive: bool
    rules: tuple[str, ...]
    identity: Identity
    quantity: str = ""
    number: str = ""
    case: str | None = None
    benefit: str | None = None
    avoid: tuple[str, ...] = ()
    avoid_keys: tuple[str, ...] = ()
    since: datetime


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Where the newest hit of a rule in a project stands. ``print`` is a keyed digest of its evidence: what was found to be a
    false alarm is not raised again by the same evidence. ``attempt``, ``case`` and ``benefit`` are what the hit knows of already.
    ``final``: archived.
    """

    rule: str
    project: str
    hit: str
    severity: Severity
    state: Literal["open", "confirmed", "cleared", "noted"]
    print: str
    attempt: str | None = None
    case: str | None = None
    benefit: str | None = None
    final: bool = False


class Person(Document, frozen=True, kw_only=True):
    """Everything about one person in one county; its id is county:blind ID number.

    Lists, hits and guards all write it. So whatever arrives while somebody is being approved or paid comes before or after.
    """

    key: str
    facts: tuple[Fact, ...] = ()
    kinds: tuple[str, ...] = ()
    stakes: tuple[Stake, ...] = ()
    marks: tuple[Mark, ...] = ()
    staked: bool = False

    def __repr__(self) -> str:
        return f"Person({len(self.facts)} facts, {len(self.stakes)} stakes, {len(self.marks)} marks)"


# --- hits ------------------------------------------------------------------------------------------------------------


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """误报解除 as one clerk proposes it: why, and what proves it."""

    person: str
    id_key: str | None
    shown: str
    reason: str
    evidence: str
    at: datetime


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of evidence, as the bureau and 纪委 read it. ``says`` maps headings to cells."""

    list: str
    source: str
    as_of: str
    says: dict[str, str]


class Hit(Work, frozen=True, kw_only=True):
    """命中: a rule says something about a person in a project. ``place`` is the 户籍.

    ``open`` until the bureau has come to its result: a person has one open hit per rule and project, whatever case, attempt or
    benefit it is found at again. ``attempt`` is the form it was found at (the id of the case that came of it: then
    ``case``); ``attempts`` counts how often. ``evidence`` is a JSON list of ``Proof``, sealed. ``avoid`` and ``avoid_keys`` are those it
    is about. ``month`` is for counting.
    """

    rule: str
    label: str
    severity: Severity
    key: str
    identity: Identity
    project: str
    short: str
    bureau: str
    sensitive: bool
    month: str
    source: Source
    at_entry: bool
    attempt: str | None = None
    attempts: int = 1
    case: str | None = None
    case_number: str = ""
    benefit: str | None = None
    evidence: Secret
    print: str
    state: str = "found"
    outcome: Literal["", "confirmed", "cleared", "noted"] = ""
    open: bool = True
    round: int = 1
    due_at: datetime | None = None
    proposal: Proposal | None = None
    recovery: str | None = None

    def __repr__(self) -> str:
        return f"Hit({self.id!r}, {self.rule!r}, {self.state!r})"


class Recovery(Work, frozen=True, kw_only=True):
    """追缴: money that somebody must give back. ``amount`` is the yuan asked for, ``returned`` what has come of it so far, decimal
    texts. ``recovered`` once all of it came, ``waived`` once the rest need not.
    """

    hit: str
    identity: Identity
    project: str
    short: str
    bureau: str
    sensitive: bool
    amount: str
    returned: str = "0.00"
    state: str = "open"

    @property
    def remaining(self) -> Decimal:
        """The yuan that have not come back."""
        return Decimal(self.amount) - Decimal(self.returned or 0)

    def __repr__(self) -> str:
        return f"Recovery({self.id!r}, {self.state!r})"


# --- lists -----------------------------------------------------------------------------------------------------------


class CheckList(Document, frozen=True, kw_only=True):
    """An uploaded list of one ``kind``. ``replace``: it is complete, so that what it does not have ends. ``done`` of ``parts``
    have been read; ``ended`` entries were not in it any more; ``after`` is how far their end has come.
    """

    kind: str
    source: str
    as_of: date
    replace: bool
    dry_run: bool
    maker: str
    maker_name: str
    state: str = "receiving"
    busy: bool = False
    parts: int = 0
    done: int = 0
    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    ended: int = 0
    hits: int = 0
    after: str = ""
    finished_at: datetime | None = None


class ListPart(Document, frozen=True, kw_only=True):
    """Up to 200 lines of an uploaded list, sealed, until they have been read."""

    list: str
    number: int
    lines: Secret


class Reject(Document, frozen=True, kw_only=True):
    """A line that was left out, and why, in words without what stood there."""

    list: str
    line: int
    reason: str


people_of = stored("interception.people", Person)
hits_of = stored("interception.hits", Hit)
recoveries_of = stored("interception.recoveries", Recovery)
lists_of = stored("interception.lists", CheckList)
parts_of = stored("interception.parts", ListPart)
rejects_of = stored("interception.rejects", Reject)


BY_BUREAU: tuple[Literal["bureau", "project"], ...] = ("bureau", "project")
NEWEST = (("created_at", -1), ("_id", -1))

COLLECTIONS = (
    Collection(
        name="interception.people",
        document=Person,
        # Kept at the county and found from every place in it: guards run wherever somebody acts, with that actor's reach.
        # No operation shows these documents.
        scope="published_down",
        indexes=(
            Index((("kinds", 1), ("_id", 1)), name="kinds"),
            Index((("staked", 1), ("_id", 1)), name="staked"),
        ),
    ),
    Collection(
        name="interception.hits",
        document=Hit,
        scope="subtree",
        narrowed_by=BY_BUREAU,
        indexes=(
            Index((("number", 1),), unique=True, name="number"),
            # Found again, a hit is the same hit.
            Index(
                (("county", 1), ("key", 1), ("rule", 1), ("project", 1)),
                unique=True,
                partial={"open": True},
                name="one_open_hit",
            ),
            Index(NEWEST, name="newest"),
            Index((("state", 1), *NEWEST), name="state"),
            Index((("rule", 1), *NEWEST), name="rule"),
            Index((("project", 1), *NEWEST), name="project"),
            Index((("severity", 1), *NEWEST), name="severity"),
            Index((("at_entry", 1), *NEWEST), name="at_entry"),
            Index((("key", 1), *NEWEST), name="person"),
            Index((("bureau", 1), *NEWEST), name="bureau"),
            Index((("open", 1), *NEWEST), name="open"),
            Index((("month", -1), *NEWEST), name="newest_month"),
        ),
    ),
    Collection(
        name="interception.recoveries",
        document=Recovery,
        scope="subtree",
        narrowed_by=BY_BUREAU,
        indexes=(Index(NEWEST, name="newest"), Index((("state", 1), *NEWEST), name="state")),
    ),
    Collection(
        name="interception.lists",
        document=CheckList,
        scope="subtree",
        indexes=(
            Index(NEWEST, name="newest"),
            Index((("state", 1), *NEWEST), name="state"),
            # One list of a kind at a time: two complete ones side by side would each end what the other brought.
            Index((("county", 1), ("kind", 1)), unique=True, partial={"busy": True}, name="one_at_a_time"),
        ),
    ),
    Collection(
        name="interception.parts",
        document=ListPart,
        scope="subtree",
        indexes=(Index((("list", 1), ("number", 1)), unique=True, name="number"),),
    ),
    Collection(
        name="interception.rejects",
        document=Reject,
        scope="subtree",
        indexes=(Index((("list", 1), ("line", 1), ("_id", 1)), name="line"),),
    ),
)
