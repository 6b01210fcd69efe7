"""Records: a draft handed in, checked, never changed again; corrected by a new version."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec

from hub.api import (
    Asked,
    Conflict,
    Context,
    Fact,
    Invalid,
    NotFound,
    Pressed,
    Secret,
    Stale,
    check_all,
    clean,
    is_name,
    read_reason,
    shown_name,
    taken,
)
from plugins.declaration.events import CaseGuarded, TakeStep
from plugins.survey.actions.checks import ON_SITE
from plugins.survey.actions.drafts import SurveyForm, form_of, names_of, within
from plugins.survey.actions.positions import check_surveyor
from plugins.survey.business import SURVEYS, shown, summary_of
from plugins.survey.config import SurveyConfig
from plugins.survey.documents import (
    CASE,
    TOLD,
    Draft,
    Handling,
    Record,
    Result,
    Survey,
    drafts_of,
    records_of,
    surveys_of,
)
from plugins.survey.events import SurveySubmitted

# A phone's clock may be a little ahead; nobody was there last year.
AHEAD = timedelta(minutes=10)
LONG_AGO = timedelta(days=366)
MISSING = {
    "spot": "请填写调查地点。",
    "findings": "请填写调查情况。",
    "photos": "请至少上传1张现场照片。",
    "signatures": "请上传签名。",
}


class SubmitRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which draft, and which revision of it: what was looked at before it is handed in."""

    draft: Annotated[str, Asked("草稿", look="hidden")]
    revision: Annotated[int, Asked("第几次保存", look="hidden"), msgspec.Meta(ge=1, le=1_000_000)]


class CorrectRequest(SubmitRequest, frozen=True, kw_only=True):
    """``replaces`` is the record that it takes the place of, as it was shown; ``reason`` is kept with the new one."""

    replaces: Annotated[str, Asked("更正的记录", look="hidden")]
    reason: Annotated[str, Asked("更正的理由", long=True)]


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a record must have, with nothing missing."""

    result: Result
    handling: Handling
    visited_at: datetime
    investigators: tuple[str, ...]


# --- handed in -------------------------------------------------------------------------------------------------------


async def submit(ctx: Context, id: str, request: SubmitRequest) -> Survey:
    """提交. The same words sent again are the same record; a case goes on with the first record of its stay."""
    survey, draft = await _chosen(ctx, id, request)
    if await _handed_in(ctx, survey, draft, request):
        return survey
    await check_all(ON_SITE["submit"], ctx, survey)
    form = form_of(draft)
    record = await _write(ctx, survey, draft, form, check_form(ctx, survey, form), "")
    after = _with(ctx, survey, record)
    tell = [submitted(record, correction=survey.records > 0)]
    if survey.origin == CASE:
        tell.append(step_decided)
    # The task of a case is declaration's own.
    pressed = None if survey.origin == CASE else Pressed("submit", "提交入户调查", opinion_of(after))
    return await SURVEYS.move(ctx, survey, "submit", after, pressed=pressed, tell=tell)


async def correct(ctx: Context, id: str, request: CorrectRequest) -> Survey:
    """更正: a new version beside the old one, with the reason. A case that has gone on is not moved again."""
    survey, draft = await _chosen(ctx, id, request)
    if await _handed_in(ctx, survey, draft, request):
        return survey
    await check_all(ON_SITE["correct"], ctx, survey)
    if survey.record != request.replaces:
        raise Stale(state=shown(survey))
    reason = read_reason(request.reason)
    form = form_of(draft)
    record = await _write(ctx, survey, draft, form, check_form(ctx, survey, form), reason)
    pressed = Pressed("correct", "更正调查记录")
    tell = (submitted(record, correction=True),)
    return await SURVEYS.move(
        ctx, survey, "correct", _with(ctx, survey, record), why=reason, pressed=pressed, tell=tell
    )


async def _chosen(ctx: Context, id: str, request: SubmitRequest) -> tuple[Survey, Draft]:
    """The survey and the draft that is meant, in the revision that is meant."""
    survey = await SURVEYS.here(ctx, id)
    check_surveyor(ctx, survey)
    draft: Draft | None = await drafts_of(ctx).first({"_id": request.draft, "survey": survey.id})
    if draft is None:
        raise NotFound("没有找到这份草稿，请先保存。")
    if draft.revision < request.revision:
        raise Conflict("这份草稿还没有保存到最新，请先保存。", state={"draft": draft.id, "revision": draft.revision})
    return survey, draft


async def _handed_in(ctx: Context, survey: Survey, draft: Draft, request: SubmitRequest) -> bool:
    """Whether these very words are the present record: a phone sends again what it was not told had arrived. ``Conflict`` where
    they were handed in before and sent back, or where the draft has changed since it was looked at.
    """
    same = {"survey": survey.id, "draft": request.draft, "revision": request.revision}
    known: Record | None = await records_of(ctx).first(same)
    if known is None:
        if draft.revision != request.revision:
            raise Stale("草稿已有更新，请查看后再提交。", state={"draft": draft.id, "revision": draft.revision})
        return False
    if known.id == survey.record and survey.state in TOLD:
        return True
    raise Conflict("这份内容已提交过，请修改后再提交。", state=shown(survey))


async def _write(ctx: Context, survey: Survey, draft: Draft, form: SurveyForm, checked: Checked, reason: str) -> Record:
    record = Record(
        id=ctx.new_id(),
        survey=survey.id,
        number=survey.records + 1,
        replaces=survey.record,
        reason=reason,
        draft=draft.id,
        revision=draft.revision,
        spot=Secret(clean(form.spot)),
        findings=Secret(clean(form.findings)),
        **taken(survey, "place", "bureau", "project"),
        **taken(checked, "result", "handling", "visited_at", "investigators"),
        **taken(form, "photos", "signatures"),
        person=ctx.actor.person or "",
        shown=shown_name(ctx.actor),
        at=ctx.now(),
    )
    added: Record = await records_of(ctx).insert(record)
    return added


def _with(ctx: Context, survey: Survey, record: Record) -> Survey:
    """What lists show of a survey: its newest version."""
    return msgspec.structs.replace(
        survey,
        records=record.number,
        record=record.id,
        result=record.result,
        handling=record.handling,
        visited_at=record.visited_at,
        submitted_at=record.at,
        submitted_by=record.person,
        submitted_key=ctx.actor.id_key,
        submitted_name=record.shown,
    )


# --- what it must have -----------------------------------------------------------------------------------------------


def check_form(ctx: Context, survey: Survey, form: SurveyForm) -> Checked:
    """Everything that a record must have in this project; ``Invalid`` names every wrong field."""
    wrong: dict[str, str] = {}
    names = tuple(names_of(form.investigators))
    wrong |= {field: MISSING[field] for field in required(ctx, survey) if field in MISSING and not _given(form, field)}
    least = ctx.settings(SurveyConfig).investigators_at_least if "investigators" in required(ctx, survey) else 0
    if not all(map(is_name, names)):
        wrong["investigators"] = "请填写调查人员的姓名。"
    elif len(names) < least:
        wrong["investigators"] = f"请填写至少{least}名调查人员。"
    visited_at = check_time(ctx, form.visited_at, wrong)
    if form.result is None:
        wrong["result"] = "请选择调查结果。"
    if form.handling is None:
        wrong["handling"] = "请选择调查后处理。"
    if wrong or form.result is None or form.handling is None or visited_at is None:
        raise Invalid(fields=wrong)
    return Checked(result=form.result, handling=form.handling, visited_at=visited_at, investigators=names)


def required(ctx: Context, survey: Survey) -> tuple[str, ...]:
    asked = ctx.settings(SurveyConfig).required
    return asked.get(survey.project, asked.get("*", ()))


def _given(form: SurveyForm, field: str) -> bool:
    value = getattr(form, field)
    return bool(clean(value) if isinstance(value, str) else value)


def check_time(ctx: Context, visited_at: datetime | None, wrong: dict[str, str]) -> datetime | None:
    """When they were there; a phone's clock that is a little ahead does not stop anybody."""
    if visited_at is None:
        wrong["visited_at"] = "请填写调查时间。"
        return None
    if not ctx.now() - LONG_AGO <= visited_at <= ctx.now() + AHEAD:
        wrong["visited_at"] = "调查时间不能晚于现在，也不能早于一年前。"
        return None
    return within(visited_at, ctx.now() - LONG_AGO, ctx.now())


# --- who hears of it -------------------------------------------------------------------------------------------------


def submitted(record: Record, *, correction: bool) -> Fact[Survey]:
    def fact(ctx: Context, survey: Survey) -> SurveySubmitted:
        return SurveySubmitted(
            survey=survey.id,
            record=record.id,
            correction=correction,
            summary=summary_of(record.result, record.handling),
            **taken(survey, "place", "subject", "origin", "round", "number", "project", "short", "bureau"),
            **taken(record, "result", "handling", "person", "shown", "at"),
        )

    return fact


def step_decided(ctx: Context, survey: Survey) -> TakeStep:
    """The case's node has come to its result. Told again for a stay that is over, it changes nothing."""
    return TakeStep(
        place=survey.place,
        case=survey.subject,
        round=survey.round,
        move=step_of(ctx, survey),
        opinion=opinion_of(survey),
        person=survey.submitted_by,
        shown=survey.submitted_name,
    )


def step_of(ctx: Context, survey: Survey) -> Literal["pass", "correct", "return"]:
    """A survey finds facts and the next node decides, unless the county says otherwise."""
    moves = ctx.settings(SurveyConfig).moves
    return moves.get(survey.result, "pass") if survey.result else "pass"


def opinion_of(survey: Survey) -> str:
    """Read by the declarant: fixed words, never what somebody typed."""
    if survey.result is None or survey.handling is None:
        return ""
    return f"入户调查：{summary_of(survey.result, survey.handling)}"


# --- guards of declaration -------------------------------------------------------------------------------------------


async def keep_stay(ctx: Context, guarded: CaseGuarded) -> None:
    """Guard of ``declaration.recall``: the pass that led here is not taken back once somebody has begun to survey."""
    survey = await _newest(ctx, guarded)
    if survey is None or survey.round != guarded.round:
        return
    if survey.state != "wanted":
        raise Conflict("入户调查已开始，不能撤销。", state={"survey": survey.state})
    await surveys_of(ctx).touch(survey)


async def keep_order(ctx: Context, guarded: CaseGuarded) -> None:
    """Guard of ``declaration.advance``: 村级初审 does not pass a case whose survey has no record. It could not be there, were it
    not for a fault; a level that the law asks for is not left to that.
    """
    if guarded.node != "review_village" or guarded.move != "pass":
        return
    survey = await _newest(ctx, guarded)
    if survey is None:
        return
    if survey.state not in TOLD:
        raise Conflict("入户调查尚未提交，不能通过。", state={"survey": survey.state})
    await surveys_of(ctx).touch(survey)


async def _newest(ctx: Context, guarded: CaseGuarded) -> Survey | None:
    """The survey of the case's latest stay."""
    wanted = {"subject": guarded.case, "origin": CASE}
    found: Survey | None = await surveys_of(ctx).first(wanted, sort=(("round", -1),))
    return found
