"""投诉处理 (S5): 受理, 不予受理, 退回, 转办, 合并, 延期, 开展调查, 回复."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec

from hub.api import (
    Asked,
    Button,
    Conflict,
    Context,
    Fact,
    Invalid,
    Moved,
    Office,
    Reason,
    ReasonRequest,
    Secret,
    VersionRequest,
    clean,
    keeps_away,
    masking,
    read_words,
    recusal,
    shown_name,
    unit_of,
)
from plugins.complaints.actions.checks import (
    assigned_by,
    check_alone,
    check_extendable,
    check_returnable,
    check_surveyable,
    is_down,
    reply_of_round,
)
from plugins.complaints.actions.ending import close, let_go
from plugins.complaints.actions.filing import kept_at
from plugins.complaints.actions.holding import hold_row
from plugins.complaints.actions.surveys import ask, called_off, kept_away
from plugins.complaints.business import COMPLAINTS, told
from plugins.complaints.config import ComplaintsConfig
from plugins.complaints.documents import COMPLAINT, Complaint, Reply, Seat, complaints_of
from plugins.complaints.events import (
    ComplaintAccepted,
    ComplaintExtended,
    ComplaintMerged,
    ComplaintRefused,
    ComplaintReplied,
    ComplaintTransferred,
)
from plugins.complaints.steps import ShareAnswer

MOST_JOINED = 200
LONGEST_OPINION = 2000
LONGEST_SUMMARY = 300

Short = Annotated[str, msgspec.Meta(max_length=40)]


class TransferRequest(ReasonRequest, frozen=True, kw_only=True):
    """转办 to the bureau at this region: the county, one of its towns, or up to the city."""

    region: Annotated[Short, Asked("转到", look="select")]
    bureau: Annotated[Short, Asked("承办部门", "如：民政局；由乡镇（街道）本身承办的不填")]


class MergeRequest(ReasonRequest, frozen=True, kw_only=True):
    """重复合并 into another open complaint about the same row, or the same matter."""

    into: Annotated[str, Asked("并入的投诉", look="options"), msgspec.Meta(max_length=64)]


class ReplyRequest(VersionRequest, frozen=True, kw_only=True):
    """处理时间, 处理意见, 处理情况; 处理人 and 处理部门 are whoever replies. ``public_summary`` is what everybody may read after
    the end, without persons."""

    processed_at: Annotated[datetime, Asked("处理时间")]
    upheld: Annotated[
        Literal["yes", "no", "partly"],
        Asked("是否属实", choices={"yes": "属实", "partly": "部分属实", "no": "不属实"}),
    ]
    situation: Annotated[str, Asked("处理情况", "调查了什么，查明了什么", long=True)]
    opinion: Annotated[str, Asked("处理意见", "投诉人会看到", long=True)]
    public_summary: Annotated[str, Asked("公开的摘要", "办结后所有人可看，不写任何人的姓名", long=True)] = ""

    def __repr__(self) -> str:
        return "ReplyRequest(***)"


# --- 受理 ------------------------------------------------------------------------------------------------------------


async def accept(ctx: Context, complaint: Complaint, form: VersionRequest) -> Moved[Complaint]:
    """受理.

    The first time the limit of law begins and the complainant is told; who gets it later goes on with that limit. From now on
    it holds its row, if it did not before.
    """
    held = await hold_row(ctx, complaint)
    if complaint.accepted_at is not None:
        return Moved(held)
    return Moved(msgspec.structs.replace(held, **_limits_from_now(ctx, complaint)), tell=(told(ComplaintAccepted),))


def _limits_from_now(ctx: Context, complaint: Complaint) -> dict[str, Any]:
    """信访工作条例 art. 34: 60 days from 受理; or the project's own limit where that is shorter."""
    legal = ctx.calendar.due(ctx.now(), ctx.settings(ComplaintsConfig).close_within)
    own = ctx.settings(ComplaintsConfig).limits.get(complaint.project)
    task_due = legal if own is None else min(legal, ctx.calendar.due(ctx.now(), own))
    return {"accepted_at": ctx.now(), "due_at": legal, "task_due": task_due, "urged": ""}


async def refuse(ctx: Context, complaint: Complaint, form: ReasonRequest) -> Moved[Complaint]:
    """不予受理, with a reason that the complainant reads.

    The row goes on.
    """
    refused = await let_go(ctx, complaint, upheld=False, reason="投诉不予受理")
    return Moved(msgspec.structs.replace(refused, reason=form.reason), tell=(told(ComplaintRefused),))


async def extend(ctx: Context, complaint: Complaint, form: ReasonRequest) -> Moved[Complaint]:
    """延期, once, with a reason that the complainant reads.

    [law: 30 days]
    """
    until = ctx.calendar.due(complaint.due_at or ctx.now(), ctx.settings(ComplaintsConfig).extension)
    later = msgspec.structs.replace(complaint, extended=True, due_at=until, task_due=until, urged="")
    return Moved(later, tell=(told(ComplaintExtended, until=until),))


# --- 转办, 退回, 合并 --------------------------------------------------------------------------------------------------


async def transfer(ctx: Context, complaint: Complaint, form: TransferRequest) -> Moved[Complaint]:
    """转办 to another bureau or town, or up to the city, with a reason."""
    to = target(ctx, complaint, form)
    before = (*complaint.before, Seat(complaint.seat, complaint.bureau))
    return passed_on(ctx, complaint, to, before, returned=False)


async def give_back(ctx: Context, complaint: Complaint, form: ReasonRequest) -> Moved[Complaint]:
    """退回 of a wrong dispatch, with a reason.

    To whoever assigned it, within the days that the county has set.
    """
    to, before = assigned_by(ctx, complaint)
    return passed_on(ctx, complaint, to, before, returned=True)


def passed_on(
    ctx: Context, complaint: Complaint, to: Seat, before: tuple[Seat, ...], *, returned: bool
) -> Moved[Complaint]:
    """What was accepted stays accepted: its limits go on."""
    passed = msgspec.structs.replace(
        complaint,
        place=kept_at(ctx, to.region),
        seat=to.region,
        bureau=to.bureau,
        avoid_offices=kept_away_at(ctx, complaint, to.region),
        before=before,
        step=complaint.step + 1,
        assigned_at=ctx.now(),
    )
    return Moved(passed, tell=(told(ComplaintTransferred, returned=returned),))


def target(ctx: Context, complaint: Complaint, form: TransferRequest) -> Seat:
    """Where it may go: never to the accused office nor below it; from the city no more down."""
    at = ctx.regions.get(form.region)
    if at is None or not (
        at.code in ctx.regions[ctx.county or ""].path or (at.county == ctx.county and at.level == "town")
    ):
        raise Invalid(fields={"region": "请选择本区县、本区县的乡镇（街道）或市级。"})
    to = Seat(at.code, form.bureau)
    if to == Seat(complaint.seat, complaint.bureau):
        raise Invalid(fields={"bureau": "本件已在该单位。"})
    if is_down(ctx, complaint.seat, at.code):
        raise Invalid(fields={"region": "本件应由上一级办理，不能转回下级。"})
    unit = complaint.unit
    # Nobody is above the city: there another of its bureaus may have it.
    if unit is not None and unit.region in at.path and (at.county is not None or keeps_away(complaint, office(to))):
        raise Invalid(fields={"region": "不能转给被投诉的单位及其下级。"})
    return to


def office(seat: Seat) -> Office:
    return Office(seat.region, seat.bureau or None)


def kept_away_at(ctx: Context, complaint: Complaint, seat: str) -> tuple[Office, ...]:
    """Passed up to the city, nobody at the county has to do with it any more; given back, they have."""
    county = Office(ctx.county or "")
    if is_down(ctx, complaint.seat, seat):
        return tuple(each for each in complaint.avoid_offices if each != county)
    if ctx.regions[seat].county is not None:
        return complaint.avoid_offices
    return tuple(dict.fromkeys((*complaint.avoid_offices, county)))


async def merge(ctx: Context, complaint: Complaint, form: MergeRequest) -> Moved[Complaint]:
    """重复合并 into another open complaint about the same.

    The other goes on for both and is written, so that it cannot end meanwhile.
    """
    main = await main_of(ctx, complaint, form.into)
    # The row stays held, by the one that goes on.
    held = await hold_row(ctx, main) if complaint.holds else main
    # What was replied to the other already, and what will be, is for both.
    merged = msgspec.structs.replace(complaint, merged_into=main.id, reason=form.reason, replies=main.replies)
    merged = await let_go(ctx, merged, upheld=False, reason="已合并办理")
    await take_in(ctx, main, held, complaint)
    return Moved(merged, tell=(told(ComplaintMerged, into=main.id),))


async def take_in(ctx: Context, main: Complaint, held: Complaint, complaint: Complaint) -> None:
    """Who may not handle the one may not handle the other: its task is offered anew, to those who still may."""
    joined = msgspec.structs.replace(
        recusal.widened(held, complaint),
        joined=main.joined + 1,
        step=main.step + 1,
        avoid_offices=tuple(dict.fromkeys((*main.avoid_offices, *complaint.avoid_offices))),
    )
    tell = kept_away(ctx, main, joined)
    await COMPLAINTS.amend(ctx, main, joined, "join", f"{complaint.number}并入本件", tell=tell)


async def main_of(ctx: Context, complaint: Complaint, id: str) -> Complaint:
    main = await COMPLAINTS.here(ctx, id)
    shown = {"state": main.state}
    if main.id == complaint.id or not same_matter(main, complaint):
        raise Invalid("只能并入同一对象或同一事项的投诉。", fields={"into": "不是同一事项"})
    if is_down(ctx, complaint.seat, main.seat):
        raise Invalid("本件由上一级办理，请把另一件转办到上一级后再合并。", fields={"into": "办理单位不同"})
    if not main.open or main.joined >= MOST_JOINED:
        raise Conflict(f"要并入的投诉{COMPLAINT.label(main.state)}，不能再并入。", state=shown)
    return main


def same_matter(one: Complaint, other: Complaint) -> bool:
    """About one row; without rows, about one project or one office."""
    if one.row or other.row:
        return (one.kind, one.row) == (other.kind, other.row)
    return bool(one.project and one.project == other.project) or (one.unit is not None and one.unit == other.unit)


# --- 调查, 回复 ------------------------------------------------------------------------------------------------------


async def investigate(ctx: Context, complaint: Complaint, form: VersionRequest) -> Moved[Complaint]:
    """开展调查."""
    return Moved(complaint)


async def reply(ctx: Context, complaint: Complaint, form: ReplyRequest) -> Moved[Complaint]:
    """回复: 处理时间, 处理意见, 处理情况, 处理人, 处理部门.

    The first waits for the complainant's word; the second ends it.
    """
    final = reply_of_round(complaint) == "conclude"
    written = reply_of(ctx, complaint, form)
    replied = msgspec.structs.replace(
        complaint,
        replies=(*complaint.replies, written),
        summary=await read_summary(ctx, complaint, form.public_summary),
        findings=tuple(finding for finding in complaint.findings if finding.at is not None),
    )
    ended = await close(ctx, replied, "reply") if final else Moved(replied)
    said: Fact[Complaint] = told(ComplaintReplied, reply=written.number, upheld=written.upheld, final=final)
    shared = (share(written.number),) if complaint.joined else ()
    return Moved(ended.after, tell=(*ended.tell, *called_off(ctx, complaint), said, *shared))


def share(reply: int) -> Fact[Complaint]:
    """With those whose complaints were merged into it."""
    return lambda ctx, complaint: ShareAnswer(place=ctx.county or "", complaint=complaint.id, reply=reply)


def reply_of(ctx: Context, complaint: Complaint, request: ReplyRequest) -> Reply:
    at = request.processed_at
    if (
        at.tzinfo is None
        or not complaint.created_at
        or not complaint.created_at <= at <= ctx.now() + timedelta(minutes=5)
    ):
        raise Invalid(fields={"processed_at": "处理时间应在投诉之后、现在之前。"})
    return Reply(
        number=len(complaint.replies) + 1,
        processed_at=at,
        opinion=Secret(read_words(request.opinion, "opinion", "处理意见", LONGEST_OPINION)),
        situation=Secret(read_words(request.situation, "situation", "处理情况", LONGEST_OPINION)),
        handler=shown_name(ctx.actor),
        unit=unit_of(ctx, complaint.seat, complaint.bureau),
        upheld=request.upheld,
        at=ctx.now(),
    )


async def read_summary(ctx: Context, complaint: Complaint, text: str) -> str:
    """What everybody may read: no long number, and no name that we know, also of those whose complaints were merged into it."""
    summary = clean(text)
    if len(summary) > LONGEST_SUMMARY:
        raise Invalid(fields={"public_summary": f"公开内容不超过{LONGEST_SUMMARY}字。"})
    merged: list[Complaint] = []
    if summary and complaint.joined:
        merged = await complaints_of(ctx).find({"merged_into": complaint.id}, sort=(("_id", 1),))
    names = [name for each in (complaint, *merged) for name in names_in(each)]
    return masking.check_published(summary, "public_summary", names)


def names_in(complaint: Complaint) -> list[str]:
    known = [complaint.name, complaint.staff, complaint.accused.name if complaint.accused else None]
    return [name.reveal() for name in known if name]


# --- the buttons of S5 -------------------------------------------------------------------------------------------------

# What takes the matter on stands first: a page means its first button.
BUTTONS: tuple[Button[Complaint, Any], ...] = (
    Button(name="accept", call=accept, form=VersionRequest),
    Button(name="investigate", call=investigate, form=VersionRequest),
    Button(
        name="reply",
        call=reply,
        form=ReplyRequest,
        rows=("reply", "conclude"),
        choose=lambda complaint, form: reply_of_round(complaint),
    ),
    Button(name="refuse", call=refuse, form=ReasonRequest, reason=Reason("不予受理的理由", open=True)),
    Button(name="return", call=give_back, form=ReasonRequest, reason=Reason("退回的理由"), checks=(check_returnable,)),
    Button(name="transfer", call=transfer, form=TransferRequest, reason=Reason("转办的理由")),
    Button(name="merge", call=merge, form=MergeRequest, reason=Reason("合并的理由"), checks=(check_alone,)),
    Button(
        name="survey",
        call=ask,
        form=ReasonRequest,
        reason=Reason("需要调查的内容"),
        rows=("investigate",),
        checks=(check_surveyable,),
        label="转入户调查",
    ),
    Button(
        name="extend",
        call=extend,
        form=ReasonRequest,
        reason=Reason("延期的理由", open=True),
        rows=(),
        checks=(check_extendable,),
        label="延期",
    ),
)
