"""What 投诉举报 stores: complaints with all that happened to them, versions of 投诉须知, and what is shown to the public."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from hub.api import (
    Collection,
    Document,
    Identity,
    Index,
    Machine,
    Migration,
    Move,
    Office,
    PhoneText,
    Secret,
    Work,
    stored,
)

NODE = "complaints"
Kind = Literal["publicity", "payment", "free"]
KINDS: dict[str, str] = {"publicity": "公示投诉", "payment": "补贴发放投诉", "free": "其他投诉举报"}

# In the first round a reply waits for the complainant's word; the second reply is the end of it.
COMPLAINT = Machine(
    states={
        "filed": "待受理",
        "assigned": "已转办，待受理",
        "returned": "已退回，待受理",
        "accepted": "已受理",
        "investigating": "调查中",
        "replied": "已回复",
        "reopened": "再次处理",
        "closed": "已办结",
        "refused": "不予受理",
        "merged": "已合并办理",
        "withdrawn": "已撤诉",
    },
    moves={
        "accept": Move("受理", ("filed", "assigned", "returned"), "accepted"),
        "refuse": Move("不予受理", ("filed", "assigned", "returned"), "refused"),
        "return": Move("退回", ("filed", "assigned", "accepted"), "returned"),
        "transfer": Move("转办", ("filed", "assigned", "returned", "accepted", "reopened"), "assigned"),
        "merge": Move("合并", ("filed", "assigned", "returned", "accepted"), "merged"),
        "investigate": Move("开展调查", ("accepted", "reopened"), "investigating"),
        "found": Move("登记调查结果", ("investigating",), "accepted"),
        "reply": Move("回复", ("accepted", "investigating", "reopened"), "replied"),
        "conclude": Move("再次回复", ("accepted", "investigating", "reopened"), "closed"),
        "satisfied": Move("评价满意", ("replied",), "closed"),
        "dissatisfied": Move("评价不满意", ("replied",), "reopened"),
        "lapse": Move("到期办结", ("replied",), "closed"),
        "withdraw": Move(
            "撤诉",
            ("filed", "assigned", "returned", "accepted", "investigating", "replied", "reopened"),
            "withdrawn",
        ),
    },
)
FINAL = ("closed", "refused", "merged", "withdrawn")
# Those in which an office has to do something, and the limit runs.
WITH_OFFICE = ("filed", "assigned", "returned", "accepted", "investigating", "reopened")
EXTENDABLE = ("assigned", "returned", "accepted", "investigating", "reopened")


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """处理时间, 处理意见, 处理情况, 处理人, 处理部门 [manual], and whether it is true. ``at`` is when it was written."""

    number: int
    processed_at: datetime
    opinion: Secret
    situation: Secret
    handler: str
    unit: str
    upheld: Literal["yes", "no", "partly"]
    at: datetime


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the complainant said to the reply of this number."""

    reply: int
    satisfied: bool
    words: Secret
    at: datetime


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A survey that this complaint asked for; without ``at`` it is still out."""

    round: int
    survey: str = ""
    record: str = ""
    result: str = ""
    summary: str = ""
    shown: str = ""
    at: datetime | None = None


class Seat(msgspec.Struct, frozen=True):
    """An office that had the complaint before."""

    region: str
    bureau: str


class Complaint(Work, frozen=True, kw_only=True):
    """``place`` is where it is kept (the county, or the town that handles it), ``seat`` where it is handled: the same, or the
    city when the county itself is accused. ``bureau`` handles it. ``row`` is held while ``open`` where there is one and the
    complaint ``holds`` it; ``row_place`` its village. ``unit`` is the accused office. 回避: ``avoid``, ``avoid_keys``,
    ``avoid_offices`` neither see nor handle it; of a complaint that was passed up this is everybody at the county.
    ``readers`` is the complainant. ``source``: what it was before, such as a message to an office.
    ``task_due`` is the limit of what is to be done now, ``due_at`` that of the whole; ``urged`` how far was reminded of
    the former; ``next_at`` when something happens by itself. ``owed``: it has ended, and the reason in which its row is still
    to be let go, since whoever keeps the row was off.
    """

    title: str
    kind: Kind
    row: str | None = None
    row_number: str = ""
    row_place: str | None = None
    holds: bool = True
    against: Literal["row", "project", "unit", "staff"]
    unit: Office | None = None
    staff: Secret | None = None
    project: str = ""
    short: str = ""
    bureau: str
    node: str = NODE
    seat: str
    sensitive: bool = False
    type: str
    type_label: str
    text: Secret
    pictures: tuple[str, ...] = ()
    readers: tuple[str, ...]
    complainant: str
    complainant_key: str
    name: Secret
    phone: PhoneText | None = None
    confidential: bool
    publish: bool
    notice: str
    notice_at: datetime
    accused: Identity | None = None
    accused_masked: str = ""
    state: str = "filed"
    open: bool = True
    step: int = 1
    round: int = 1
    before: tuple[Seat, ...] = ()
    assigned_at: datetime
    accepted_at: datetime | None = None
    closed_at: datetime | None = None
    task_due: datetime
    due_at: datetime | None = None
    extended: bool = False
    urged: Literal["", "near", "late"] = ""
    next_at: datetime | None = None
    replies: tuple[Reply, ...] = ()
    answers: tuple[Answer, ...] = ()
    findings: tuple[Finding, ...] = ()
    summary: str = ""
    merged_into: str | None = None
    joined: int = 0
    reason: str = ""
    upheld: bool | None = None
    owed: str = ""
    source: str = ""

    @property
    def subject(self) -> str:
        """What pushes and lists call it; never a person."""
        return self.short or KINDS[self.kind]

    @property
    def still_out(self) -> Finding | None:
        return next((finding for finding in self.findings if finding.at is None), None)

    def __repr__(self) -> str:
        return f"Complaint({self.id!r}, {self.state!r})"


class Notice(Document, frozen=True, kw_only=True):
    """A version of a county's 投诉须知; the newest holds."""

    number: int
    points: tuple[str, ...]
    by: str


class Published(Document, frozen=True, kw_only=True):
    """A closed complaint as everybody may read it: no persons, no text of the complaint. Same id. ``seat`` is where it was handled,
    with one from before that was kept the place.
    """

    kind: Kind
    type_label: str
    project: str
    short: str
    bureau: str
    seat: str = ""
    upheld: bool
    summary: str
    closed_at: datetime


# Within reach; for staff see ``COMPLAINTS.seen``, which leaves out what one must not see.
complaints_of = stored("complaints.complaints", Complaint)
notices_of = stored("complaints.notices", Notice)
published_of = stored("complaints.published", Published)


async def seat_published(database: Any) -> None:
    """What was published before its seat was kept: as the complaint still tells it."""
    async for shown in database["complaints.published"].find({"seat": {"$exists": False}}, {"_id": 1}):
        told = await database["complaints.complaints"].find_one({"_id": shown["_id"]}, {"seat": 1})
        if told is not None:
            await database["complaints.published"].update_one({"_id": shown["_id"]}, {"$set": {"seat": told["seat"]}})


MIGRATIONS = (Migration(name="published_say_who_handled_them", run=seat_published),)
NEWEST = (("created_at", -1), ("_id", -1))

COLLECTIONS = (
    Collection(
        name="complaints.complaints",
        document=Complaint,
        scope="subtree",
        narrowed_by=("bureau", "project", "node"),
        indexes=(
            # No repeats while one is open: the same human under whatever account, about the same row.
            Index(
                (("complainant_key", 1), ("kind", 1), ("row", 1)),
                unique=True,
                partial={"open": True, "row": {"$gt": ""}},
                name="one_open_per_row",
            ),
            Index(NEWEST, name="newest"),
            Index((("bureau", 1), *NEWEST), name="newest_of_bureau"),
            Index((("state", 1), *NEWEST), name="state"),
            Index((("project", 1), *NEWEST), name="project"),
            Index((("kind", 1), *NEWEST), name="kind"),
            Index((("type", 1), *NEWEST), name="type"),
            Index((("number", 1), *NEWEST), name="number"),
            Index((("against", 1), *NEWEST), name="against"),
            Index((("open", 1), *NEWEST), name="open"),
            Index((("open", 1), ("task_due", 1), ("_id", 1)), partial={"open": True}, name="due"),
            Index((("next_at", 1), ("_id", 1)), name="moments"),
            Index((("merged_into", 1), ("_id", 1)), name="merged"),
        ),
    ),
    Collection(
        name="complaints.notices",
        document=Notice,
        scope="published_down",
        indexes=(Index((("number", -1),), name="newest"),),
    ),
    Collection(
        name="complaints.published",
        document=Published,
        scope="open",
        indexes=(Index((("closed_at", -1), ("_id", -1)), name="newest"),),
    ),
)
