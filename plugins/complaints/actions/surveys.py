"""入户调查 for a complaint: asked for without who complained, and what comes back."""

from __future__ import annotations

import msgspec

from hub.api import Context, Fact, Moved, ReasonRequest, recusal, shared
from plugins.complaints.actions.checks import household_of
from plugins.complaints.business import COMPLAINTS
from plugins.complaints.documents import COMPLAINT, Complaint, Finding, complaints_of
from plugins.complaints.steps import NoteSurvey
from plugins.survey.events import CallOffSurvey, MakeSurvey, NoLongerWanted, SurveySubmitted

# What surveys that complaints ask for are told to come from.
ORIGIN = "complaints"
RESULTS = {"true": "属实", "untrue": "不属实", "changed": "情况变化", "unverifiable": "无法核实"}


async def ask(ctx: Context, complaint: Complaint, form: ReasonRequest) -> Moved[Complaint]:
    """转入户调查: surveyors look at what the reason names, without hearing who complained."""
    round = len(complaint.findings) + 1
    asked = msgspec.structs.replace(complaint, findings=(*complaint.findings, Finding(round=round)))
    return Moved(asked, tell=(wanted(round, form.reason),))


def wanted(round: int, reason: str, *, only_known: bool = False) -> Fact[Complaint]:
    """``reason`` is what the surveyors are to look at."""

    def fact(ctx: Context, complaint: Complaint) -> MakeSurvey:
        place, accused = household_of(complaint)
        return MakeSurvey(
            place=place,
            subject=complaint.id,
            origin=ORIGIN,
            round=round,
            number=complaint.number,
            project=complaint.project,
            short=complaint.subject,
            bureau=complaint.bureau,
            identity=accused,
            reason=reason,
            sensitive=complaint.sensitive,
            hidden=True,
            avoid=complaint.avoid,
            avoid_keys=complaint.avoid_keys,
            only_known=only_known,
        )

    return fact


def called_off(ctx: Context, complaint: Complaint) -> tuple[Fact[Complaint], ...]:
    """A survey that is still out need not be made; surveys that are off ask for it later (:func:`no_longer_wanted`). ``complaint``
    is as it was before."""
    out, place = complaint.still_out, complaint.row_place
    if out is None or place is None or not ctx.does(CallOffSurvey):
        return ()
    gone = CallOffSurvey(place=place, subject=complaint.id, origin=ORIGIN, round=out.round)
    return (lambda ctx, complaint: gone,)


def kept_away(ctx: Context, before: Complaint, complaint: Complaint) -> tuple[Fact[Complaint], ...]:
    """Who must keep away from it now must from its survey that is still out."""
    out = complaint.still_out
    told = out and recusal.keeps_more_away(complaint, before) and ctx.does(MakeSurvey)
    # What is to be looked at the survey knows.
    return (wanted(out.round, "", only_known=True),) if out and told else ()


async def no_longer_wanted(ctx: Context, asked: NoLongerWanted) -> frozenset[tuple[str, int]] | None:
    """Over with its complaint, or with a reply that did not wait for it."""
    if asked.origin != ORIGIN:
        return None
    ids = sorted({subject for subject, _ in asked.stays})
    found: list[Complaint] = await complaints_of(ctx).find({"_id": {"$in": ids}})
    rounds = {each.id: {one.round for one in each.findings} if each.open else set() for each in found}
    return frozenset((id, round) for id, round in asked.stays if id in rounds and round not in rounds[id])


async def hear(event: SurveySubmitted, ctx: Context) -> None:
    """A survey is told of in its village; the complaint is kept above."""
    if event.origin != ORIGIN or ctx.county is None or await ctx.told_since(f"{event.subject}:{event.round}"):
        return
    same = {name: getattr(event, name) for name in ("round", "survey", "record", "result", "summary", "shown", "at")}
    ctx.enqueue(NoteSurvey(place=ctx.county, complaint=event.subject, **same))


async def note(step: NoteSurvey, ctx: Context) -> None:
    """The record stands with the complaint; while it was waited for, handling goes on. A correction takes its place, which what was
    put off does not take back."""
    if await ctx.told_since(f"{step.complaint}:{step.round}"):
        return
    complaint: Complaint | None = await complaints_of(ctx).first({"_id": step.complaint})
    if complaint is None or not complaint.open:
        return
    found = finding_of(step)
    waited = any(each.round == step.round and each.at is None for each in complaint.findings)
    if found in complaint.findings:
        return
    others = tuple(each for each in complaint.findings if each.round != step.round)
    findings = tuple(sorted((*others, found), key=lambda each: each.round))
    line = f"调查结果：{RESULTS.get(step.result, step.result)}"
    after = msgspec.structs.replace(complaint, findings=findings)
    if waited and COMPLAINT.allows("found", complaint.state):
        await COMPLAINTS.move(ctx, complaint, "found", after, why=line)
    else:
        await COMPLAINTS.amend(ctx, complaint, after, "found", "登记调查结果", why=line)


def finding_of(step: NoteSurvey) -> Finding:
    return Finding(**shared(Finding, step))
