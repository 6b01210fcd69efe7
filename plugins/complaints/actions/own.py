"""What complainants do about their own complaints: 满意, 不满意, 撤诉."""

from __future__ import annotations

import msgspec

from hub.api import Context, NotFound, Secret, read_words
from plugins.complaints.actions.acts import cancel_survey, check_version, end_task, move_on, tell, want_task
from plugins.complaints.actions.ending import close, let_go
from plugins.complaints.actions.offers import OWN
from plugins.complaints.documents import Answer, Complaint, complaints_of
from plugins.complaints.events import ComplaintAnswered, ComplaintWithdrawn

LONGEST_WORDS = 500


class AnswerRequest(msgspec.Struct, frozen=True, kw_only=True):
    """满意 or 不满意; with the latter the words say what is wrong."""

    version: int
    satisfied: bool
    words: str = ""

    def __repr__(self) -> str:
        return "AnswerRequest(***)"


class WithdrawRequest(msgspec.Struct, frozen=True, kw_only=True):
    version: int


async def mine(ctx: Context, id: str) -> Complaint:
    """One of my own, from whichever county I ask."""
    found: Complaint | None = await complaints_of(ctx).first({"_id": id, "complainant": ctx.actor.person})
    if found is None:
        raise NotFound
    return found


async def mine_here(ctx: Context, id: str, version: int, move: str) -> Complaint:
    """The same, to be changed: in its own county, if ``move`` may follow on this version of it."""
    found = await mine(ctx, id)
    if found.county != ctx.county:
        raise NotFound("请在受理投诉的区县办理。")
    await OWN.check(move, ctx, found)
    check_version(found, version)
    return found


async def answer(ctx: Context, id: str, request: AnswerRequest) -> Complaint:
    """评价 a reply: satisfied it is closed, not satisfied it is handled once more."""
    complaint = await mine_here(ctx, id, request.version, "satisfied" if request.satisfied else "dissatisfied")
    words = request.words[:LONGEST_WORDS]
    if not request.satisfied:
        words = read_words(request.words, "words", "不满意的原因", LONGEST_WORDS)
    answers = (*complaint.answers, answer_of(ctx, complaint, request.satisfied, words))
    if not request.satisfied:
        return await reopen(ctx, complaint, answers)
    closed = await close(ctx, complaint, "satisfied", answers=answers)
    tell(ctx, ComplaintAnswered, closed, satisfied=True, again=False)
    return closed


def answer_of(ctx: Context, complaint: Complaint, satisfied: bool, words: str) -> Answer:
    return Answer(reply=len(complaint.replies), satisfied=satisfied, words=Secret(words), at=ctx.now())


async def reopen(ctx: Context, complaint: Complaint, answers: tuple[Answer, ...]) -> Complaint:
    """再次处理, once: the second reply is the end."""
    due = ctx.calendar.due(ctx.now(), ctx.config.again_within)
    reopened = await move_on(
        ctx,
        complaint,
        "dissatisfied",
        answers=answers,
        round=complaint.round + 1,
        step=complaint.step + 1,
        task_due=due,
        due_at=due,
        urged="",
    )
    tell(ctx, ComplaintAnswered, reopened, satisfied=False, again=True)
    want_task(ctx, reopened)
    return reopened


async def withdraw(ctx: Context, id: str, request: WithdrawRequest) -> Complaint:
    """撤诉: nobody handles it any more, the row goes on."""
    complaint = await mine_here(ctx, id, request.version, "withdraw")
    withdrawn = await move_on(ctx, complaint, "withdraw")
    withdrawn = await let_go(ctx, withdrawn, upheld=False, reason="投诉人撤诉")
    cancel_survey(ctx, complaint)
    end_task(ctx, complaint)
    tell(ctx, ComplaintWithdrawn, withdrawn)
    return withdrawn
