"""How complaints are shown: to their own complainant, to whoever handles them, to leaders, to everybody."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

import msgspec

from hub.api import Context, Group, HistoryLine, UnitLineView, charts, masking, shared, smallcells, unit_of
from plugins.complaints import standing
from plugins.complaints.actions.reading import CONFIDENTIAL, accused_of
from plugins.complaints.business import handles, sees_all, sees_persons
from plugins.complaints.config import ComplaintsConfig
from plugins.complaints.documents import COMPLAINT, FINAL, KINDS, Complaint, Finding, Published, Reply

UPHELD = {"yes": "属实", "no": "不属实", "partly": "部分属实"}
FURTHER = "您对处理结果仍不满意的，可拨打12345政务服务热线；反映公职人员违纪违法问题的，可拨打12388举报电话。"
UNPROVED = (
    "您的身份经窗口核验后，投诉提交即暂缓被投诉人的公示确认或发放；未经核验的，自受理时起暂缓。投诉本身都会办理。"
)
JOINED = "另一件投诉并入本件"
# A type that the county has taken off its list.
GONE = "已停用的类型"
RESTRICTED = "（敏感项目，内容仅承办单位和纪委可见）"


class NoticeView(msgspec.Struct, frozen=True, kw_only=True):
    """投诉须知: ``version`` goes with the complaint."""

    version: str
    points: list[str]


class TypeView(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    label: str


class FormView(msgspec.Struct, frozen=True, kw_only=True):
    """``who_sees`` stands beside the button."""

    notice: NoticeView
    types: list[TypeView]
    who_sees: list[str]
    text_at_most: int
    pictures_at_most: int


class ActView(UnitLineView, frozen=True, kw_only=True):
    """A line of the flow. ``why`` is empty where it is not for the reader."""

    move: str


class ReplyView(msgspec.Struct, frozen=True, kw_only=True):
    """处理时间, 处理意见, 处理情况, 处理人, 处理部门."""

    number: int
    processed_at: datetime
    opinion: str
    situation: str
    handler: str
    unit: str
    upheld: str
    upheld_label: str
    satisfied: bool | None
    words: str


class FindingView(msgspec.Struct, frozen=True, kw_only=True):
    """A survey; without ``at`` it is still out. ``record`` opens it where the reader may."""

    round: int
    record: str
    result: str
    summary: str
    shown: str
    at: datetime | None


class MineLine(msgspec.Struct, frozen=True, kw_only=True):
    """One of my complaints. ``county`` is where it is changed."""

    id: str
    version: int
    number: str
    title: str
    county: str
    kind: str
    kind_label: str
    type_label: str
    project: str
    short: str
    accused: str
    state: str
    state_label: str
    filed_at: datetime | None
    due_at: datetime | None
    replies: int


class MineDetail(msgspec.Struct, frozen=True, kw_only=True):
    """``further`` says where else one may turn, once there is nothing more to be had here. ``reason`` is that of 不予受理.
    ``holds``: the row that it is about waits for its end. ``waits`` says what comes next, by ``waits_until``; both are empty at the end.
    ``office`` is asked about it at ``phone``.
    """

    id: str
    complaint: MineLine
    text: str
    pictures: tuple[str, ...]
    confidential: bool
    publish: bool
    source: str
    reason: str
    replies: list[ReplyView]
    flow: list[ActView]
    moves: list[str]
    answer_by: datetime | None
    further: str
    holds: bool
    waits: str
    waits_until: datetime | None
    office: str
    phone: str


class ComplaintLine(msgspec.Struct, frozen=True, kw_only=True):
    """A complaint in a list of staff. The complainant is not in it."""

    id: str
    version: int
    number: str
    title: str
    kind: str
    kind_label: str
    type: str
    type_label: str
    project: str
    short: str
    bureau: str
    seat: str
    seat_name: str
    accused: str
    state: str
    state_label: str
    round: int
    filed_at: datetime | None
    task_due: datetime
    overdue: bool
    joined: int


class ComplaintDetail(msgspec.Struct, frozen=True, kw_only=True):
    """``complainant`` and ``phone`` are masked, and 保密 where that was asked; the full ones behind a reason (查看全名). ``holds``:
    its row waits for its end.
    """

    complaint: ComplaintLine
    against: str
    unit: str
    staff: str
    accused_number: str
    row_number: str
    text: str
    pictures: tuple[str, ...]
    complainant: str
    phone: str
    publish: bool
    source: str
    reason: str
    due_at: datetime | None
    extended: bool
    merged_into: str | None
    summary: str
    replies: list[ReplyView]
    findings: list[FindingView]
    flow: list[ActView]
    moves: list[str]
    holds: bool


class Unmasked(msgspec.Struct, frozen=True, kw_only=True):
    """In full, for the one who handles it. 保密: not the complainant."""

    complainant: str
    phone: str
    accused: str
    accused_number: str
    staff: str


class PublishedView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    kind_label: str
    type_label: str
    short: str
    unit: str
    upheld: bool
    summary: str
    closed_at: datetime


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """How many there are within reach, by state; how many of them have not ended (``open``), also by ``places`` one level below, bureau
    and type; how many of these accuse somebody of the staff (``conduct``), and are ``overdue``."""

    states: list[smallcells.Bar]
    places: list[smallcells.Bar]
    bureaus: list[smallcells.Bar]
    types: list[smallcells.Bar]
    open: int | None
    open_text: str
    conduct: int | None
    conduct_text: str
    overdue: int | None
    overdue_text: str


# --- the complainant's own -------------------------------------------------------------------------------------------


def mine_line(ctx: Context, complaint: Complaint) -> MineLine:
    return MineLine(
        county=complaint.county or "",
        kind_label=KINDS[complaint.kind],
        accused=accused_of(ctx, complaint),
        state_label=COMPLAINT.label(complaint.state),
        filed_at=complaint.created_at,
        replies=len(complaint.replies),
        **shared(MineLine, complaint, but=("county", "accused", "replies")),
    )


def mine_detail(ctx: Context, complaint: Complaint, moves: list[str]) -> MineDetail:
    """One of my complaints: its flow, the replies, what I may do."""
    return MineDetail(
        id=complaint.id,
        complaint=mine_line(ctx, complaint),
        text=complaint.text.reveal(),
        pictures=complaint.pictures,
        confidential=complaint.confidential,
        publish=complaint.publish,
        source=complaint.source,
        # Why it was merged its handler wrote for colleagues.
        reason=complaint.reason if complaint.state == "refused" else "",
        replies=replies_view(ctx, complaint, named=ctx.settings(ComplaintsConfig).show_handler),
        flow=[own_act_view(ctx, act) for act in complaint.acts],
        moves=moves,
        answer_by=complaint.next_at if complaint.state == "replied" else None,
        further=FURTHER if is_over(complaint) else "",
        holds=is_holding(complaint),
        waits=standing.WAITS.get(complaint.state, ""),
        waits_until=standing.waits_until(complaint),
        **standing.asked_at(ctx, complaint),
    )


def is_holding(complaint: Complaint) -> bool:
    """While it is open, the row that it is about waits for its end."""
    return complaint.open and complaint.row is not None and complaint.holds


def is_over(complaint: Complaint) -> bool:
    """Nothing more is to be had here, and the last word was not the complainant's 满意."""
    satisfied = bool(complaint.answers) and complaint.answers[-1].satisfied
    return complaint.state in ("closed", "refused") and not satisfied


# What staff read of it in other words, or not at all.
OTHERWISE = (
    "unit", "staff", "row_number", "text", "pictures", "complainant", "phone", "replies", "findings", "holds",
)  # fmt: skip

# --- staff -----------------------------------------------------------------------------------------------------------


def line(ctx: Context, complaint: Complaint) -> ComplaintLine:
    return ComplaintLine(
        kind_label=KINDS[complaint.kind],
        seat_name=ctx.regions.full_name(complaint.seat),
        accused=accused_of(ctx, complaint),
        state_label=COMPLAINT.label(complaint.state),
        filed_at=complaint.created_at,
        overdue=complaint.open and complaint.state != "replied" and complaint.task_due < ctx.now(),
        **shared(ComplaintLine, complaint, but=("accused",)),
    )


def detail(ctx: Context, complaint: Complaint, moves: list[str]) -> ComplaintDetail:
    """One complaint: whom it accuses (masked), its flow, what I may do."""
    seen = sees_persons(ctx.actor, complaint)
    accused, unit = complaint.accused, complaint.unit
    return ComplaintDetail(
        complaint=line(ctx, complaint),
        unit=unit_of(ctx, unit.region, unit.bureau) if unit else "",
        staff=masking.name(complaint.staff.reveal()) if complaint.staff else "",
        accused_number=masking.id_number_staff(accused.id_number.reveal()) if accused and seen else "",
        row_number=complaint.row_number if seen else "",
        text=complaint.text.reveal() if seen else RESTRICTED,
        pictures=complaint.pictures if seen else (),
        complainant=complainant_of(ctx, complaint),
        phone=phone_of(ctx, complaint),
        replies=replies_view(ctx, complaint, named=True) if seen else [],
        findings=[finding_view(finding) for finding in complaint.findings] if seen else [],
        flow=[act_view(act, named=True, whole=seen) for act in complaint.acts],
        moves=moves,
        holds=is_holding(complaint),
        **shared(ComplaintDetail, complaint, but=OTHERWISE),
    )


def complainant_of(ctx: Context, complaint: Complaint) -> str:
    """Masked for who handles it; 保密 and for all others nothing."""
    if complaint.confidential:
        return CONFIDENTIAL
    return masking.name(complaint.name.reveal()) if handles(ctx.actor, complaint) else masking.HIDDEN


def phone_of(ctx: Context, complaint: Complaint) -> str:
    if complaint.confidential:
        return CONFIDENTIAL
    if complaint.phone is None or not handles(ctx.actor, complaint):
        return ""
    return masking.phone(complaint.phone.reveal())


def unmasked(ctx: Context, complaint: Complaint) -> Unmasked:
    """查看全名: with a reason, logged; 保密 is kept."""
    accused, secret = complaint.accused, complaint.confidential
    return Unmasked(
        complainant=CONFIDENTIAL if secret else complaint.name.reveal(),
        phone=CONFIDENTIAL if secret else complaint.phone.reveal() if complaint.phone else "",
        accused=accused.name.reveal() if accused else "",
        accused_number=accused.id_number.reveal() if accused else "",
        staff=complaint.staff.reveal() if complaint.staff else "",
    )


# --- parts -----------------------------------------------------------------------------------------------------------


def replies_view(ctx: Context, complaint: Complaint, *, named: bool) -> list[ReplyView]:
    return [reply_view(complaint, reply, named=named) for reply in complaint.replies]


def reply_view(complaint: Complaint, reply: Reply, *, named: bool) -> ReplyView:
    answer = next((each for each in complaint.answers if each.reply == reply.number), None)
    return ReplyView(
        opinion=reply.opinion.reveal(),
        situation=reply.situation.reveal(),
        handler=reply.handler if named else "",
        upheld_label=UPHELD[reply.upheld],
        satisfied=answer.satisfied if answer else None,
        words=answer.words.reveal() if answer else "",
        **shared(ReplyView, reply, but=("opinion", "situation", "handler")),
    )


def act_view(act: HistoryLine, *, named: bool, whole: bool) -> ActView:
    """What offices write for each other stays with them."""
    handler, why = act.handler if named else "", act.why if whole or act.open else ""
    return ActView(handler=handler, why=why, **shared(ActView, act, but=("handler", "why")))


def own_act_view(ctx: Context, act: HistoryLine) -> ActView:
    """The same for the complainant: whose complaint was merged into theirs is not their business, not by its number either."""
    label = JOINED if act.move == "join" else act.label
    own = act_view(act, named=ctx.settings(ComplaintsConfig).show_handler, whole=False)
    return msgspec.structs.replace(own, label=label)


def finding_view(finding: Finding) -> FindingView:
    return FindingView(**shared(FindingView, finding))


def published_view(ctx: Context, shown: Published) -> PublishedView:
    kind, unit = KINDS[shown.kind], unit_of(ctx, shown.seat or shown.place, shown.bureau)
    return PublishedView(kind_label=kind, unit=unit, **shared(PublishedView, shown))


def who_sees(ctx: Context) -> list[str]:
    """In words, beside the button: who will read the complaint, and who will not."""
    where = "乡镇（街道）" if ctx.settings(ComplaintsConfig).handled_at == "town" else "区县"
    unproved = () if ctx.settings(ComplaintsConfig).unproved_hold == "filing" else (UNPROVED,)
    return [
        f"您的投诉由{where}补贴项目主管部门的投诉处理人员办理，同级及上级领导、纪委可以查看办理情况。",
        "投诉单位或工作人员的，由其上一级办理；被投诉人、被投诉单位的人员看不到，也不能办理。",
        "领导和纪委看不到您的姓名；办理人员看到的姓名和电话是隐去部分的，查看全名须说明理由并留下记录。选择“保密”后，办理人员也看不到您的姓名和电话。",
        "选择“公开”且办结后，处理结果摘要（不含任何人的姓名）可能向社会公开。",
        *unproved,
    ]


def overview_of(ctx: Context, groups: Mapping[str, Sequence[Group]]) -> Overview:
    """Small numbers are withheld from whoever may not see the persons behind them. Beside the number of those that have not ended their
    states are a table of their own."""
    settings = ctx.settings(ComplaintsConfig)
    least = None if sees_all(ctx) else settings.least_shown
    number = {name: sum(group.count for group in groups[name]) for name in ("open", "conduct", "overdue")}
    [unended] = smallcells.shown([number["open"]], least)
    conduct, overdue = (smallcells.part(number[name], number["open"], least) for name in ("conduct", "overdue"))

    def bars(field: str, label: Callable[[str], str], states: Collection[str] = ()) -> list[smallcells.Bar]:
        rows = [(group.key[0], group.count) for group in groups[field] if not states or group.key[0] in states]
        return smallcells.bars(rows, label, least)

    return Overview(
        states=[
            *bars("state", COMPLAINT.label, COMPLAINT.states.keys() - FINAL),
            *bars("state", COMPLAINT.label, FINAL),
        ],
        places=charts.by_place(ctx, groups["place"], least),
        bureaus=bars("bureau", str),
        types=bars("type", lambda code: settings.types.get(code, GONE)),
        open=unended.count,
        open_text=unended.text,
        conduct=conduct.count,
        conduct_text=conduct.text,
        overdue=overdue.count,
        overdue_text=overdue.text,
    )
