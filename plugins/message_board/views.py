"""How messages are shown: to their own writer, to whoever handles them, to leaders and 纪委; and how many there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from hub.api import Context, Group, HistoryLine, UnitLineView, charts, masking, shared, smallcells, taken, unit_of
from plugins.complaints.events import ComplaintTerms, TermsOfComplaint
from plugins.message_board.business import handles, sees_all
from plugins.message_board.config import MessageBoardConfig
from plugins.message_board.documents import GRADES, KINDS, MESSAGE, WITH_OFFICE, Message

CONFIDENTIAL = "保密"


class FormView(msgspec.Struct, frozen=True, kw_only=True):
    """To whom one can write; ``who_sees`` stands beside the button. ``complain`` leads to where complaints are filed, "" where they
    are not."""

    bureaus: tuple[str, ...]
    who_sees: tuple[str, ...]
    complain: str


class SaidView(msgspec.Struct, frozen=True, kw_only=True):
    """A reply of an office, or a question of the writer (without a ``unit``)."""

    text: str
    at: datetime
    unit: str
    handler: str


class MessageLine(msgspec.Struct, frozen=True, kw_only=True):
    """One of a list. ``seat`` is the office that has it, ``overdue`` that it has had it too long."""

    id: str
    version: int
    number: str
    kind: str
    kind_label: str
    subject: str
    bureau: str
    seat: str
    state: str
    state_label: str
    county: str
    filed_at: datetime | None
    due_at: datetime
    overdue: bool


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """What both sides read of one message. ``reply_by``: until when its office has to reply."""

    id: str
    message: MessageLine
    reply_by: datetime | None
    text: str
    pictures: tuple[str, ...]
    said: list[SaidView]
    flow: list[UnitLineView]
    moves: list[str]


class MineDetail(Story, frozen=True, kw_only=True):
    """One of my messages. ``answer_by``: until when I may rate it, or agree to a complaint; ``proposal``: why one is proposed, ``terms``
    what it asks of me. ``complaint_href`` is its page. ``waits`` says what comes next; ``phone`` is who is asked."""

    confidential: bool
    grade: str
    words: str
    answer_by: datetime | None
    proposal: str
    terms: ComplaintTerms | None
    complaint_number: str
    complaint_href: str
    waits: str
    phone: str


class MessageDetail(Story, frozen=True, kw_only=True):
    """``writer`` is masked, for those who handle it alone, who read the grade too; 保密 for nobody."""

    writer: str
    village: str
    grade: str
    words: str


class Unmasked(msgspec.Struct, frozen=True, kw_only=True):
    """In full, for the one who handles it."""

    writer: str


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """How many there are within reach by state, place and bureau, how many are overdue, and how they were rated: ``average`` of five is
    empty where one of them is withheld."""

    total: int
    overdue: int
    states: list[smallcells.Bar]
    places: list[smallcells.Bar]
    bureaus: list[smallcells.Bar]
    grades: list[smallcells.Bar]
    average: str


WAITS: Mapping[str, str] = {
    "waiting": "等待单位接办",
    "handling": "单位正在处理",
    "replied": "等您评价",
    "proposed": "等您确认",
}


def line(ctx: Context, message: Message) -> MessageLine:
    return MessageLine(
        kind_label=KINDS[message.kind],
        subject=message.subject.reveal(),
        seat=unit_of(ctx, message.place, message.bureau),
        state_label=MESSAGE.label(message.state),
        county=message.county or "",
        filed_at=message.created_at,
        overdue=message.state in WITH_OFFICE and message.due_at < ctx.now(),
        **shared(MessageLine, message, but=("subject", "county")),
    )


async def mine_detail(ctx: Context, message: Message, moves: list[str]) -> MineDetail:
    """One of my messages: what was said, how it stands, what I may do."""
    about = f"complaints/mine/{message.complaint}"
    there = bool(message.complaint) and ctx.is_on("complaints")
    proposed = message.state == "proposed"
    return MineDetail(
        **story(ctx, message, moves, whole=False),
        **taken(message, "confidential", "complaint_number"),
        answer_by=message.ends_at,
        proposal=next((act.why for act in reversed(message.acts) if act.move == "propose"), "") if proposed else "",
        terms=await ctx.ask(TermsOfComplaint()) if proposed else None,
        complaint_href=charts.page_at(ctx, message.county or message.place, about, {}) if there else "",
        waits=WAITS.get(message.state, ""),
        phone=ctx.settings(MessageBoardConfig).hotline,
        **judged(message),
    )


def detail(ctx: Context, message: Message, moves: list[str]) -> MessageDetail:
    """One message: what was said, what I may do."""
    ours = handles(ctx.actor, message)
    return MessageDetail(
        **story(ctx, message, moves, whole=True),
        writer=writer_of(message) if ours else masking.HIDDEN,
        village=ctx.regions.full_name(message.home) if ours and not message.confidential else "",
        **(judged(message) if ours else {"grade": "", "words": ""}),
    )


def story(ctx: Context, message: Message, moves: list[str], *, whole: bool) -> dict[str, Any]:
    """The fields of a ``Story``. What offices write for each other stays with them, unless the reader sees the ``whole`` of it."""
    return {
        "message": line(ctx, message),
        "reply_by": message.due_at if message.state in WITH_OFFICE else None,
        "text": message.text.reveal(),
        "said": [SaidView(text=each.text.reveal(), **shared(SaidView, each, but=("text",))) for each in message.said],
        "flow": [flow_line(each, whole=whole) for each in message.acts],
        "moves": moves,
        **taken(message, "id", "pictures"),
    }


def judged(message: Message) -> dict[str, Any]:
    """How its writer has rated the reply."""
    return {"grade": GRADES.get(message.grade, ""), "words": message.words.reveal() if message.words else ""}


def writer_of(message: Message) -> str:
    return masking.name(message.name.reveal()) if message.name else CONFIDENTIAL


def unmasked(ctx: Context, message: Message) -> Unmasked:
    """查看全名: with a reason, logged; 保密 is kept."""
    return Unmasked(writer=message.name.reveal() if message.name else CONFIDENTIAL)


def flow_line(act: HistoryLine, *, whole: bool) -> UnitLineView:
    return UnitLineView(why=act.why if whole or act.open else "", **shared(UnitLineView, act, but=("why",)))


def who_sees(ctx: Context) -> tuple[str, ...]:
    """In words, beside the button: who will read the message, and who will not."""
    where = "乡镇（街道）" if ctx.settings(MessageBoardConfig).handled_at == "town" else "区县"
    return (
        f"您的留言由您所在{where}这个部门的经办人员办理、回复，领导和纪委可以查看，不向社会公开。",
        "选“能看到”，办理人员看到的是隐去部分的姓名，查看全名须说明理由并留下记录；选“不能看到”，谁都看不到。领导和纪委看不到您的姓名。",
    )


# --- how many ---------------------------------------------------------------------------------------------------------------


def overview_of(ctx: Context, groups: Mapping[str, Sequence[Group]]) -> Overview:
    """Whoever does not handle them reads grades as numbers alone, and no small ones: what one person gave is theirs."""
    least = None if sees_all(ctx) else ctx.settings(MessageBoardConfig).least_shown
    rows = [(group.key[0], group.count) for group in groups["grade"]]
    return Overview(
        total=sum(group.count for group in groups["state"]),
        overdue=sum(group.count for group in groups["overdue"]),
        states=smallcells.bars(rows_of(groups["state"]), MESSAGE.label, None),
        places=charts.by_place(ctx, groups["place"], None),
        bureaus=smallcells.bars(rows_of(groups["bureau"]), str, None),
        grades=smallcells.bars(sorted(rows, reverse=True), lambda grade: GRADES[grade], least),
        average=average_of(rows, least),
    )


def rows_of(groups: Sequence[Group]) -> list[tuple[str, int]]:
    return [(group.key[0], group.count) for group in groups]


def average_of(rows: Sequence[tuple[str, int]], least: int | None) -> str:
    """To one decimal; none where a grade is withheld, whose number it would give back."""
    total = sum(count for _, count in rows)
    if not total or any(cell.count is None for cell in smallcells.shown([count for _, count in rows], least)):
        return ""
    return f"{sum(int(grade) * count for grade, count in rows) / total:.1f}"
