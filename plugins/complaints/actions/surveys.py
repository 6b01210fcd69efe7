"""入户调查 for a complaint: asked for without who complained, and what comes back."""

from __future__ import annotations

import msgspec

from hub.api import Context, read_words
from plugins.complaints.actions.acts import ORIGIN, act, move_on, scheduled, touched, with_act
from plugins.complaints.actions.handling import ReasonRequest, taken
from plugins.complaints.actions.offers import household_of
from plugins.complaints.documents import COMPLAINT, Complaint, Finding, complaints_of
from plugins.complaints.events import SurveyFound
from plugins.survey.events import StillWanted, SurveySubmitted, SurveyWanted

RESULTS = {"true": "属实", "untrue": "不属实", "changed": "情况变化", "unverifiable": "无法核实"}


async def ask(ctx: Context, id: str, request: ReasonRequest) -> Complaint:
    """Ask for a survey of the accused; ``reason`` is what the surveyors are to look at."""
    complaint = await taken(ctx, id, request.version, "survey")
    place, accused = household_of(complaint)
    reason = read_words(request.reason, "reason", "需要调查的内容")
    round = len(complaint.findings) + 1
    findings = (*complaint.findings, Finding(round=round))
    asked = await move_on(ctx, complaint, "investigate", reason, findings=findings)
    touched(ctx, asked, "转入户调查")
    ctx.emit(
        SurveyWanted(
            place=place,
            subject=asked.id,
            origin=ORIGIN,
            round=round,
            number=asked.number,
            project=asked.project,
            short=asked.subject,
            bureau=asked.bureau,
            identity=accused,
            reason=reason,
            sensitive=asked.sensitive,
            hidden=True,
            avoid=asked.avoid,
            avoid_keys=asked.avoid_keys,
        )
    )
    return asked


async def still_want(ctx: Context, asked: StillWanted) -> None:
    """Guard ``survey.still_wanted``: over with its complaint, or with a reply that did not wait for it."""
    if asked.origin != ORIGIN:
        return
    ids = sorted({subject for subject, _ in asked.stays})
    found: list[Complaint] = await complaints_of(ctx).find({"_id": {"$in": ids}})
    rounds = {each.id: {one.round for one in each.findings} if each.open else set() for each in found}
    asked.over |= {(id, round) for id, round in asked.stays if id in rounds and round not in rounds[id]}


async def hear(event: SurveySubmitted, ctx: Context) -> None:
    """A survey is told of in its village; the complaint is kept above."""
    if event.origin != ORIGIN or ctx.county is None:
        return
    same = {name: getattr(event, name) for name in ("round", "survey", "record", "result", "summary", "shown", "at")}
    ctx.emit(SurveyFound(place=ctx.county, complaint=event.subject, **same))


async def note(event: SurveyFound, ctx: Context) -> None:
    """The record stands with the complaint; while it was waited for, handling goes on. A correction takes its place."""
    complaint: Complaint | None = await complaints_of(ctx).first({"_id": event.complaint})
    if complaint is None or not complaint.open:
        return
    found = finding_of(event)
    waited = any(each.round == event.round and each.at is None for each in complaint.findings)
    if found in complaint.findings:
        return
    others = tuple(each for each in complaint.findings if each.round != event.round)
    findings = tuple(sorted((*others, found), key=lambda each: each.round))
    line = f"调查结果：{RESULTS.get(event.result, event.result)}"
    if waited and COMPLAINT.allows("found", complaint.state):
        await move_on(ctx, complaint, "found", line, findings=findings)
        return
    acts = with_act(complaint.acts, act(ctx, complaint, "found", "登记调查结果", line))
    await complaints_of(ctx).save(scheduled(ctx, msgspec.structs.replace(complaint, findings=findings, acts=acts)))


def finding_of(event: SurveyFound) -> Finding:
    return Finding(
        round=event.round,
        survey=event.survey,
        record=event.record,
        result=event.result,
        summary=event.summary,
        shown=event.shown,
        at=event.at,
    )
