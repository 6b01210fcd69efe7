"""What complainants do about their own complaints: 满意, 不满意, 撤诉."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import msgspec

from hub.api import Asked, Button, Context, Moved, NotFound, Secret, VersionRequest, check_here, read_words
from plugins.complaints.actions.checks import check_only_mine
from plugins.complaints.actions.ending import close, let_go
from plugins.complaints.actions.surveys import called_off
from plugins.complaints.business import told
from plugins.complaints.config import ComplaintsConfig
from plugins.complaints.documents import Answer, Complaint, complaints_of
from plugins.complaints.events import ComplaintAnswered, ComplaintWithdrawn

LONGEST_WORDS = 500


class AnswerRequest(VersionRequest, frozen=True, kw_only=True):
    """满意 or 不满意; with the latter the words say what is wrong."""

    satisfied: Annotated[bool, Asked("对处理结果", choices={"true": "满意", "false": "不满意"})]
    words: Annotated[str, Asked("您的意见", "不满意的，请写明哪里不满意", long=True)] = ""

    def __repr__(self) -> str:
        return "AnswerRequest(***)"


async def mine(ctx: Context, id: str) -> Complaint:
    """One of my own, from whichever county I ask."""
    found: Complaint | None = await complaints_of(ctx).first({"_id": id, "complainant": ctx.actor.person})
    if found is None:
        raise NotFound
    return found


async def answer(ctx: Context, complaint: Complaint, form: AnswerRequest) -> Moved[Complaint]:
    """评价: 满意 closes it, 不满意 has it handled once more."""
    words = form.words[:LONGEST_WORDS]
    if not form.satisfied:
        words = read_words(form.words, "words", "不满意的原因", LONGEST_WORDS)
    said = Answer(reply=len(complaint.replies), satisfied=form.satisfied, words=Secret(words), at=ctx.now())
    answered = msgspec.structs.replace(complaint, answers=(*complaint.answers, said))
    if not form.satisfied:
        return reopened(ctx, answered)
    closed = await close(ctx, answered, "satisfied")
    return Moved(closed.after, tell=(*closed.tell, told(ComplaintAnswered, satisfied=True, again=False)))


def reopened(ctx: Context, complaint: Complaint) -> Moved[Complaint]:
    """再次处理, once: the second reply is the end."""
    due = ctx.calendar.due(ctx.now(), ctx.settings(ComplaintsConfig).again_within)
    again = msgspec.structs.replace(
        complaint, round=complaint.round + 1, step=complaint.step + 1, task_due=due, due_at=due, urged=""
    )
    return Moved(again, tell=(told(ComplaintAnswered, satisfied=False, again=True),))


async def withdraw(ctx: Context, complaint: Complaint, form: VersionRequest) -> Moved[Complaint]:
    """撤诉.

    Nobody handles it any more, the row goes on.
    """
    withdrawn = await let_go(ctx, complaint, upheld=False, reason="投诉人撤诉")
    return Moved(withdrawn, tell=(*called_off(ctx, complaint), told(ComplaintWithdrawn)))


# Offered wherever one's complaints are read; made in the complaint's own county, which stands beside it.
IN_ITS_COUNTY = partial(check_here, elsewhere="请在受理投诉的区县办理。")
BUTTONS: tuple[Button[Complaint, Any], ...] = (
    Button(
        name="answer",
        call=answer,
        form=AnswerRequest,
        rows=("satisfied", "dissatisfied"),
        choose=lambda complaint, form: "satisfied" if form.satisfied else "dissatisfied",
        offered_as=("satisfied", "dissatisfied"),
    ),
    Button(name="withdraw", call=withdraw, form=VersionRequest, checks=(check_only_mine,)),
)
