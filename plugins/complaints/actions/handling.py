"""投诉处理 (S5): 受理, 不予受理, 退回, 转办, 合并, 延期, 开展调查, 回复."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec

from hub.api import Conflict, Context, Invalid, Office, Secret, clean, masking, read_words
from plugins.complaints.actions.acts import (
    act,
    cancel_survey,
    check_version,
    earlier,
    end_task,
    move_on,
    scheduled,
    settle_task,
    shown_name,
    tell,
    touched,
    unit_of,
    want_task,
    with_act,
)
from plugins.complaints.actions.avoiding import complaint_here, is_accused
from plugins.complaints.actions.ending import close, let_go
from plugins.complaints.actions.filing import kept_at, unique
from plugins.complaints.actions.holding import hold_row
from plugins.complaints.actions.offers import STAFF, assigned_by, is_down, reply_of_round
from plugins.complaints.documents import COMPLAINT, WITH_OFFICE, Complaint, Reply, Seat, complaints_of
from plugins.complaints.events import (
    AnswerShared,
    ComplaintAccepted,
    ComplaintExtended,
    ComplaintMerged,
    ComplaintRefused,
    ComplaintReplied,
    ComplaintTransferred,
)

MOST_JOINED = 200
LONGEST_OPINION = 2000
LONGEST_SUMMARY = 300
# An ID, card or phone number, or a long part of one.

Short = Annotated[str, msgspec.Meta(max_length=40)]


class VersionRequest(msgspec.Struct, frozen=True, kw_only=True):
    version: int


class ReasonRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Why; 不予受理 and 延期 are told to the complainant with it."""

    version: int
    reason: str


class TransferRequest(msgspec.Struct, frozen=True, kw_only=True):
    """转办 to the bureau at this region: the county, one of its towns, or up to the city."""

    version: int
    region: Short
    bureau: Short
    reason: str


class MergeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """重复合并 into another open complaint about the same row, or the same matter."""

    version: int
    into: Annotated[str, msgspec.Meta(max_length=64)]
    reason: str


class ReplyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """处理时间, 处理意见, 处理情况; 处理人 and 处理部门 are whoever replies. ``public_summary`` is what everybody may read after
    the end, without persons."""

    version: int
    processed_at: datetime
    opinion: str
    situation: str
    upheld: Literal["yes", "no", "partly"]
    public_summary: str = ""

    def __repr__(self) -> str:
        return "ReplyRequest(***)"


async def taken(ctx: Context, id: str, version: int, move: str) -> Complaint:
    """The complaint, if ``move`` may follow on this version of it."""
    complaint = await complaint_here(ctx, id)
    await STAFF.check(move, ctx, complaint)
    check_version(complaint, version)
    return complaint


# --- 受理 ------------------------------------------------------------------------------------------------------------


async def accept(ctx: Context, id: str, request: VersionRequest) -> Complaint:
    """受理. The first time the limit of law begins and the complainant is told; who gets it later goes on with that limit.
    From now on it holds its row, if it did not before.
    """
    complaint = await hold_row(ctx, await taken(ctx, id, request.version, "accept"))
    first = complaint.accepted_at is None
    changes: dict[str, Any] = _limits_from_now(ctx, complaint) if first else {}
    accepted = await move_on(ctx, complaint, "accept", **changes)
    want_task(ctx, accepted)
    touched(ctx, accepted, "受理")
    if first:
        tell(ctx, ComplaintAccepted, accepted)
    return accepted


def _limits_from_now(ctx: Context, complaint: Complaint) -> dict[str, Any]:
    """信访工作条例 art. 34: 60 days from 受理."""
    legal = ctx.calendar.due(ctx.now(), ctx.config.close_within)
    task_due = earlier(ctx, complaint, ctx.now(), legal)
    return {"accepted_at": ctx.now(), "due_at": legal, "task_due": task_due, "urged": ""}


async def refuse(ctx: Context, id: str, request: ReasonRequest) -> Complaint:
    """不予受理, with a reason; the row goes on."""
    complaint = await taken(ctx, id, request.version, "refuse")
    reason = read_words(request.reason, "reason", "不予受理的理由")
    refused = await move_on(ctx, complaint, "refuse", reason, open=True, reason=reason)
    refused = await let_go(ctx, refused, upheld=False, reason="投诉不予受理")
    settle_task(ctx, complaint, "refuse")
    tell(ctx, ComplaintRefused, refused)
    return refused


async def extend(ctx: Context, id: str, request: ReasonRequest) -> Complaint:
    """延期, once, with a reason that the complainant is told [law: 30 days]."""
    complaint = await taken(ctx, id, request.version, "extend")
    reason = read_words(request.reason, "reason", "延期的理由")
    until = ctx.calendar.due(complaint.due_at or ctx.now(), ctx.config.extension)
    line = act(ctx, complaint, "extend", "延期", reason, open=True)
    later = msgspec.structs.replace(
        complaint, extended=True, due_at=until, task_due=until, urged="", acts=with_act(complaint.acts, line)
    )
    saved: Complaint = await complaints_of(ctx).save(scheduled(ctx, later))
    ctx.audit("complaints.extend", id, why=reason, number=saved.number)
    want_task(ctx, saved)
    touched(ctx, saved, "延期")
    tell(ctx, ComplaintExtended, saved, until=until)
    return saved


# --- 转办, 退回, 合并 --------------------------------------------------------------------------------------------------


async def transfer(ctx: Context, id: str, request: TransferRequest) -> Complaint:
    """转办 to another bureau or place."""
    complaint = await taken(ctx, id, request.version, "transfer")
    reason = read_words(request.reason, "reason", "转办的理由")
    to = target(ctx, complaint, request)
    before = (*complaint.before, Seat(complaint.seat, complaint.bureau))
    return await pass_on(ctx, complaint, "transfer", to, reason, before=before)


async def give_back(ctx: Context, id: str, request: ReasonRequest) -> Complaint:
    """退回 of a wrong dispatch to whoever assigned it, within the days that the county has set."""
    complaint = await taken(ctx, id, request.version, "return")
    reason = read_words(request.reason, "reason", "退回的理由")
    to, before = assigned_by(ctx, complaint)
    return await pass_on(ctx, complaint, "return", to, reason, before=before)


async def pass_on(
    ctx: Context, complaint: Complaint, move: str, to: Seat, reason: str, *, before: tuple[Seat, ...]
) -> Complaint:
    """The task here is done, and wanted there. What was accepted stays accepted: its limits go on."""
    passed = await move_on(
        ctx,
        complaint,
        move,
        reason,
        place=kept_at(ctx, to.region),
        seat=to.region,
        bureau=to.bureau,
        avoid_offices=kept_away_at(ctx, complaint, to.region),
        before=before,
        step=complaint.step + 1,
        assigned_at=ctx.now(),
    )
    settle_task(ctx, complaint, move)
    want_task(ctx, passed)
    tell(ctx, ComplaintTransferred, passed, returned=move == "return")
    return passed


def target(ctx: Context, complaint: Complaint, request: TransferRequest) -> Seat:
    """Where it may go: never to the accused office nor below it; from the city no more down."""
    at = ctx.regions.get(request.region)
    if at is None or not (
        at.code in ctx.regions[ctx.county or ""].path or (at.county == ctx.county and at.level == "town")
    ):
        raise Invalid(fields={"region": "请选择本区县、本区县的乡镇（街道）或市级。"})
    to = Seat(at.code, request.bureau)
    if to == Seat(complaint.seat, complaint.bureau):
        raise Invalid(fields={"bureau": "本件已在该单位。"})
    if is_down(ctx, complaint.seat, at.code):
        raise Invalid(fields={"region": "本件应由上一级办理，不能转回下级。"})
    unit = complaint.unit
    # Nobody is above the city: there another of its bureaus may have it.
    if unit is not None and unit.region in at.path and (at.county is not None or is_accused(complaint, office(to))):
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


async def merge(ctx: Context, id: str, request: MergeRequest) -> Complaint:
    """重复合并: the other goes on for both and is written, so that it cannot end meanwhile."""
    complaint = await taken(ctx, id, request.version, "merge")
    reason = read_words(request.reason, "reason", "合并的理由")
    main = await main_of(ctx, complaint, request.into)
    if complaint.holds:
        # The row stays held, by the one that goes on.
        main = await hold_row(ctx, main)
    await take_in(ctx, main, complaint)
    # What was replied to the other already, and what will be, is for both.
    merged = await move_on(ctx, complaint, "merge", reason, merged_into=main.id, reason=reason, replies=main.replies)
    merged = await let_go(ctx, merged, upheld=False, reason="已合并办理")
    settle_task(ctx, complaint, "merge")
    tell(ctx, ComplaintMerged, merged, into=main.id)
    return merged


async def take_in(ctx: Context, main: Complaint, complaint: Complaint) -> Complaint:
    """Who may not handle the one may not handle the other: its task is offered anew, to those who still may."""
    line = act(ctx, main, "join", f"{complaint.number}并入本件")
    joined = msgspec.structs.replace(
        main,
        joined=main.joined + 1,
        step=main.step + 1,
        avoid=unique(*main.avoid, *complaint.avoid),
        avoid_keys=unique(*main.avoid_keys, *complaint.avoid_keys),
        avoid_offices=tuple(dict.fromkeys((*main.avoid_offices, *complaint.avoid_offices))),
        acts=with_act(main.acts, line),
    )
    saved: Complaint = await complaints_of(ctx).save(joined)
    if main.state in WITH_OFFICE:
        end_task(ctx, main)
        want_task(ctx, saved)
    return saved


async def main_of(ctx: Context, complaint: Complaint, id: str) -> Complaint:
    main = await complaint_here(ctx, id)
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


async def investigate(ctx: Context, id: str, request: VersionRequest) -> Complaint:
    """开展调查 by oneself."""
    complaint = await taken(ctx, id, request.version, "investigate")
    begun = await move_on(ctx, complaint, "investigate")
    touched(ctx, begun, "开展调查")
    return begun


async def reply(ctx: Context, id: str, request: ReplyRequest) -> Complaint:
    """回复. The first waits for the complainant's word; the second ends it."""
    complaint = await taken(ctx, id, request.version, "reply")
    final = reply_of_round(complaint) == "conclude"
    written = reply_of(ctx, complaint, request)
    changes: dict[str, Any] = {
        "replies": (*complaint.replies, written),
        "summary": await read_summary(ctx, complaint, request.public_summary),
        "findings": tuple(finding for finding in complaint.findings if finding.at is not None),
    }
    # Closed first: guards of the row run before the facts are told.
    replied = await (
        close(ctx, complaint, "reply", **changes) if final else move_on(ctx, complaint, "reply", **changes)
    )
    cancel_survey(ctx, complaint)
    settle_task(ctx, complaint, "reply")
    tell(ctx, ComplaintReplied, replied, reply=written.number, upheld=written.upheld, final=final)
    if replied.joined:
        ctx.emit(AnswerShared(place=ctx.county or "", complaint=replied.id, reply=written.number))
    return replied


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
