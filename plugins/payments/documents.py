"""What 补贴发放 stores: benefits, batches and their rows, uploaded tables; and the state machines."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from hub.api import (
    Collection,
    Document,
    HistoryLine,
    Identity,
    Index,
    Limit,
    Machine,
    Migration,
    Move,
    Secret,
    Work,
    stored,
    update_in_ranges,
)

BENEFIT = Machine(
    states={"active": "享受中", "suspended": "暂停", "stopped": "停发", "ended": "终止"},
    moves={
        "suspend": Move("暂停", ("active",), "suspended"),
        "resume": Move("恢复", ("suspended",), "active"),
        "stop": Move("停发", ("active", "suspended"), "stopped"),
        "end": Move("终止", ("active", "suspended", "stopped"), "ended"),
    },
)

BATCH = Machine(
    states={
        "roster": "名册",
        "applied": "发放申请",
        "publicity": "发放公示",
        "confirmed": "最终确认",
        "disbursed": "拨付",
        "paying": "发放中",
        "done": "已发放",
        "cancelled": "作废",
    },
    moves={
        "apply": Move("提交发放申请", ("roster",), "applied"),
        "return": Move("退回", ("applied",), "roster"),
        "publicize": Move("发起公示", ("applied",), "publicity"),
        "break_off": Move("终止公示", ("publicity",), "applied"),
        "confirm": Move("最终确认", ("publicity",), "confirmed"),
        "disburse": Move("拨付", ("confirmed",), "disbursed"),
        "pay": Move("发放", ("disbursed", "paying"), "paying"),
        "finish": Move("办结", ("disbursed", "paying"), "done"),
        "cancel": Move("作废", ("roster", "applied", "confirmed"), "cancelled"),
    },
)

# An objection is no state: it holds a row wherever it is (``objections``), and lets go of it there again.
ROW = Machine(
    states={
        "listed": "待确认",
        "confirmed": "待发放",
        "held": "暂缓发放",
        "sent": "发放中",
        "paid": "发放成功",
        "failed": "发放失败",
        "corrected": "已更正待重发",
        "struck": "已剔除",
    },
    moves={
        "confirm": Move("确认", ("listed",), "confirmed"),
        "send": Move("发放", ("confirmed", "corrected", "held"), "sent"),
        "hold": Move("暂缓", ("confirmed", "corrected", "held"), "held"),
        "succeed": Move("登记成功", ("sent",), "paid"),
        "fail": Move("登记失败", ("sent",), "failed"),
        "correct": Move("更正", ("failed",), "corrected"),
        "strike": Move("剔除", ("listed", "confirmed", "held", "failed", "corrected"), "struck"),
    },
)
# Why a row was struck, in words that everybody may read: whoever it is about reads no others.
CANCELLED, UPHELD, OBJECTED = "批次作废", "投诉属实", "公示异议成立"
OURS = (CANCELLED, UPHELD, OBJECTED)
PAYABLE = ("confirmed", "corrected", "held")
FINAL = ("paid", "struck")
UNFINISHED = tuple(state for state in ROW.states if state not in FINAL)


class Benefit(Work, frozen=True, kw_only=True):
    """享受: one person in one project. ``open`` until it has ended: a person has one open benefit per project.

    ``amount`` is the yuan of one payment, a decimal text; None until somebody sets it. ``case`` with its node and stay is
    the declaration it came from; ``agents`` are the persons approved to act in that case. ``readers`` are those who may
    ask for its payments: the proved person and the agents.
    """

    project: str
    short: str
    bureau: str
    sensitive: bool = False
    source: Literal["declaration", "roster"]
    identity: Identity
    readers: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    number: str = ""
    standard: str = ""
    quantity: str = ""
    amount: str | None = None
    case: str | None = None
    case_node: str = ""
    case_round: int = 0
    intake: str | None = None
    state: str = "active"
    open: bool = True

    @property
    def owner(self) -> str:
        return self.bureau

    def __repr__(self) -> str:
        return f"Benefit({self.id!r}, {self.state!r})"


class Apart(msgspec.Struct, frozen=True, kw_only=True):
    """The 更正 of payments that concern those who do it else: it is for others. ``round`` is its number among the 更正."""

    round: int
    avoid: tuple[str, ...]
    avoid_keys: tuple[str, ...]


class Batch(Work, frozen=True, kw_only=True):
    """发放批次. ``place`` is the county. ``bureau`` names the business bureau and then the one that pays: both reach it.

    ``rows`` and ``total`` are those of the 名册, ``passed_over`` the benefits left out of it. ``after`` is how far the work
    in parts has come, ``run`` how often the bank was given rows. ``maker_key`` is the maker's blind ID number. ``cycle``: how
    often its project pays. ``waiting``: rows wait for the next run; ``correcting``: the 更正 that wait, by
    their numbers, of which ``corrections`` is the last: the bank may give rows of one run back after its 更正 was done.
    ``apart``: one more, for others.
    """

    title: str
    project: str
    short: str
    bureau: tuple[str, ...]
    sensitive: bool
    period: str
    cycle: Literal["once", "year", "half", "quarter", "month"] | None = None
    publicity: Limit
    maker: str
    maker_key: str | None = None
    state: str = "roster"
    collected: bool = False
    after: str = ""
    rows: int = 0
    total: str = "0"
    passed_over: int = 0
    run: int = 0
    sending: bool = False
    waiting: bool = False
    correcting: tuple[int, ...] = ()
    corrections: int = 0
    apart: Apart | None = None
    round: int = 0

    @property
    def owner(self) -> str:
        """The bureau that grants."""
        return self.bureau[0]


class Schedule(Document, frozen=True, kw_only=True):
    """A project whose batches are made here; its id is county:project. Whoever makes a batch writes it. ``cycle``: how often the
    project pays, as the first batch said of one that stands in no catalogue.
    """

    project: str
    short: str = ""
    bureau: str
    cycle: Literal["once", "year", "half", "quarter", "month"] | None = None


class Milestones(Document, frozen=True, kw_only=True):
    """The steps of a batch (same id) without anything else of it: part of the life of every payment, so residents read it."""

    acts: tuple[HistoryLine, ...] = ()


class Row(Work, frozen=True, kw_only=True):
    """One payment of a batch. ``place`` is the beneficiary's village. The identity is frozen with the 名册, but for a
    corrected card. ``live``: counts as paid for its period, until it was struck; ``once``: and for every other, its project pays
    but once. ``sole``: the one of its person and period; of rows from before that was a rule one stands for all. ``run``: the
    last run that looked at it.
    """

    batch: str
    serial: int
    benefit: str
    case: str | None
    project: str
    short: str
    bureau: tuple[str, ...]
    sensitive: bool
    identity: Identity
    readers: tuple[str, ...]
    agents: tuple[str, ...]
    told: tuple[str, ...]
    period: str
    standard: str
    quantity: str
    amount: str
    state: str = "listed"
    live: bool = True
    once: bool = False
    sole: bool = False
    objections: tuple[str, ...] = ()
    recover: bool = False
    run: int = 0
    attempt: int = 0
    reason: str = ""
    paid_at: datetime | None = None

    @property
    def owner(self) -> str:
        return self.bureau[0]

    @property
    def slip(self) -> str:
        """What the bank is given: a late answer to an earlier attempt is told from one to this."""
        return f"{self.number}-{self.attempt}"

    def __repr__(self) -> str:
        return f"Row({self.id!r}, {self.state!r})"


class Intake(Document, frozen=True, kw_only=True):
    """An uploaded table: a 名册 of a project, or the bank's results of a batch. ``done`` of ``parts`` have been read; ``left`` is one
    whose upload never ended. ``maker_key`` is the blind ID number of who brought it in.
    """

    kind: Literal["roster", "results"]
    project: str
    short: str
    bureau: tuple[str, ...]
    batch: str | None = None
    sensitive: bool = False
    dry_run: bool
    maker: str
    maker_key: str | None = None
    maker_name: str
    unit: str
    state: Literal["receiving", "running", "done", "left"] = "receiving"
    parts: int = 0
    done: int = 0
    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    finished_at: datetime | None = None


class IntakePart(Document, frozen=True, kw_only=True):
    """Up to 200 lines of an uploaded table, sealed, until they have been read."""

    intake: str
    number: int
    bureau: tuple[str, ...]
    project: str
    lines: Secret


class Reject(Document, frozen=True, kw_only=True):
    """A line that was left out, and why, in words without what stood there."""

    intake: str
    line: int
    reason: str
    bureau: tuple[str, ...]
    project: str


class Proved(Document, frozen=True, kw_only=True):
    """Which person was proved to have an ID number (its blind index), so that new benefits find their reader; and in which
    event that was told. ``person`` is empty while nobody was.

    A proof and every benefit that begins write it: whichever comes while the other is under way, one sees the other.
    """

    id_key: str
    person: str = ""
    told_in: str = ""


benefits_of = stored("payments.benefits", Benefit)
batches_of = stored("payments.batches", Batch)
schedules_of = stored("payments.schedules", Schedule)
milestones_of = stored("payments.milestones", Milestones)
rows_of = stored("payments.rows", Row)
intakes_of = stored("payments.intakes", Intake)
parts_of = stored("payments.parts", IntakePart)
rejects_of = stored("payments.rejects", Reject)
proved_of = stored("payments.proved", Proved)


async def mark_sole(database: Any) -> None:
    """Rows from before nobody was paid twice: of those of one person and period the first stands for all."""
    same = {"county": "$county", "project": "$project", "who": "$identity.id_number.b", "period": "$period"}
    marked = {"$max": {"$ifNull": ["$sole", False]}}
    found = await database["payments.rows"].aggregate(
        [
            {"$match": {"live": True}},
            {"$group": {"_id": same, "first": {"$min": "$_id"}, "marked": marked}},
            {"$match": {"marked": False}},
        ]
    )
    while ids := [row["first"] for row in await found.to_list(MARKED_AT_ONCE)]:
        await database["payments.rows"].update_many({"_id": {"$in": ids}}, {"$set": {"sole": True}})


async def mark_waiting(database: Any) -> None:
    """Batches from before they said themselves what their rows wait for: as the worklist has it on offer."""
    async for task in database["worklist.tasks"].find({"node": {"$in": ["payments_pay", "payments_correct"]}}):
        offered, change = task["state"] in ("open", "claimed", "paused"), {}
        if task["node"] == "payments_correct":
            change = {"$max": {"corrections": task["round"]}}
            change |= {"$addToSet": {"correcting": task["round"]}} if offered else {}
        elif offered:
            change = {"$set": {"waiting": True}}
        if change:
            await database["payments.batches"].update_one({"_id": task["subject"], "state": "paying"}, change)


async def keep_away(database: Any) -> None:
    """Benefits and payments from before those whom they are about, and who declared them, had to keep away."""
    for name in ("payments.benefits", "payments.rows"):
        own, told = "$identity.id_number.b", {"$ifNull": ["$told", []]}
        avoid, keys = {"$ifNull": ["$avoid", []]}, {"$ifNull": ["$avoid_keys", []]}
        done = {"$and": [{"$setIsSubset": [told, avoid]}, {"$in": [own, keys]}]}
        wanted = {"identity.id_number.b": {"$exists": True}, "$expr": {"$not": [done]}}
        avoided = {"avoid": {"$setUnion": [avoid, told]}, "avoid_keys": {"$setUnion": [keys, [own]]}}
        await update_in_ranges(database[name], wanted, [{"$set": avoided}])


MARKED_AT_ONCE = 1000
MIGRATIONS = (
    Migration(name="one_payment_of_a_person_and_period", run=mark_sole),
    Migration(name="batches_say_what_their_rows_wait_for", run=mark_waiting),
    Migration(name="who_is_paid_keeps_away", run=keep_away),
)
BY_BUREAU: tuple[Literal["bureau", "project"], ...] = ("bureau", "project")
NEWEST_OF = (("project", 1), ("created_at", -1), ("_id", -1))

COLLECTIONS = (
    Collection(
        name="payments.benefits",
        document=Benefit,
        scope="subtree",
        narrowed_by=BY_BUREAU,
        indexes=(
            # However often a fact is told or a roster brought in, one open benefit comes of it.
            Index(
                (("county", 1), ("project", 1), ("identity.id_number.b", 1)),
                unique=True,
                partial={"open": True},
                name="one_open_benefit",
            ),
            Index((("project", 1), ("state", 1), ("_id", 1)), name="collect"),
            Index(NEWEST_OF, name="newest_of_project"),
            Index((("created_at", -1), ("_id", -1)), name="newest"),
            Index((("state", 1), ("created_at", -1), ("_id", -1)), name="state"),
            Index((("identity.id_number.b", 1),), name="person"),
            Index((("case", 1),), name="case"),
        ),
    ),
    Collection(
        name="payments.batches",
        document=Batch,
        scope="subtree",
        narrowed_by=BY_BUREAU,
        indexes=(
            Index((("number", 1),), unique=True, name="number"),
            Index((("created_at", -1), ("_id", -1)), name="newest"),
            Index((("state", 1), ("created_at", -1), ("_id", -1)), name="state"),
            Index((("project", 1), ("period", 1)), name="period"),
        ),
    ),
    # By id alone.
    Collection(name="payments.schedules", document=Schedule, scope="subtree", narrowed_by=BY_BUREAU),
    # By id alone, for whoever was let see a payment of the batch.
    Collection(name="payments.milestones", document=Milestones, scope="open"),
    Collection(
        name="payments.rows",
        document=Row,
        scope="subtree",
        narrowed_by=BY_BUREAU,
        indexes=(
            Index((("number", 1),), unique=True, name="number"),
            # Nobody is paid twice for one period, be it under a second benefit; nor twice at all what is paid once.
            Index(
                (("county", 1), ("project", 1), ("identity.id_number.b", 1), ("period", 1)),
                unique=True,
                # Over all older rows, which may break it, it could not be built, and nothing would start.
                partial={"live": True, "sole": True},
                name="sole_of_period",
            ),
            Index((("benefit", 1), ("case", 1)), unique=True, partial={"live": True, "once": True}, name="paid_once"),
            Index((("batch", 1), ("serial", 1), ("_id", 1)), name="order"),
            Index((("batch", 1), ("state", 1), ("serial", 1), ("_id", 1)), name="state"),
            Index((("benefit", 1), ("created_at", -1), ("_id", -1)), name="benefit"),
            Index((("identity.id_number.b", 1), ("created_at", -1), ("_id", -1)), name="person"),
        ),
    ),
    Collection(
        name="payments.intakes",
        document=Intake,
        scope="subtree",
        narrowed_by=BY_BUREAU,
        indexes=(
            Index((("created_at", -1), ("_id", -1)), name="newest"),
            Index((("state", 1), ("created_at", 1)), partial={"state": "receiving"}, name="receiving"),
        ),
    ),
    Collection(
        name="payments.parts",
        document=IntakePart,
        scope="subtree",
        narrowed_by=BY_BUREAU,
        indexes=(Index((("intake", 1), ("number", 1)), unique=True, name="number"),),
    ),
    Collection(
        name="payments.rejects",
        document=Reject,
        scope="subtree",
        narrowed_by=BY_BUREAU,
        indexes=(Index((("intake", 1), ("line", 1), ("_id", 1)), name="line"),),
    ),
    Collection(
        name="payments.proved",
        document=Proved,
        # Asked by key alone, for the one whose key it is.
        scope="open",
        indexes=(Index((("county", 1), ("id_key", 1)), unique=True, name="id_key"),),
    ),
)
