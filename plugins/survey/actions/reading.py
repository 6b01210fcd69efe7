"""Finding surveys again: by which filters, what was found before, pictures, and as a table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import msgspec

from hub.api import (
    SHANGHAI,
    Actor,
    Columns,
    Context,
    IdNumberText,
    Invalid,
    Paging,
    Position,
    Raw,
    both,
    day_in_chinese,
    masking,
    read_file,
)
from plugins.survey.actions.drafts import drafts_on, records_on
from plugins.survey.actions.positions import NODE, handles, open_to, sees_persons, surveys, watches
from plugins.survey.business import SURVEYS
from plugins.survey.config import SurveyConfig
from plugins.survey.documents import HANDLINGS, RESULTS, SURVEY, TODO, Result, Survey, surveys_of

MOST_SHOWN = 200  # of what was found before, whatever a county has set


class SurveyQuery(Paging, frozen=True, kw_only=True):
    """``subject`` is the case or other business it was wanted for, ``number`` what people call that. ``followup``: only those whose
    处理 is still to be done.
    """

    project: str | None = None
    state: str | None = None
    result: Result | None = None
    number: str | None = None
    subject: str | None = None
    followup: bool = False


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``since`` and ``until`` are days in Shanghai on which it came to be, both included; ``reason`` is logged."""

    reason: str
    project: str | None = None
    state: str | None = None
    result: Result | None = None
    since: date | None = None
    until: date | None = None


FILTERS = ("project", "state", "result", "subject")


def asked(ctx: Context, query: SurveyQuery) -> Mapping[str, Any]:
    """By number, and what is to be followed up; whoever asks for a result asks among those whose result they may read: a filter
    tells what a page hides.
    """
    number = {} if query.number is None else {"number": query.number.upper()}
    due = {"followup": "due"} if query.followup else {}
    return both(number, due, open_to(ctx.actor) if query.followup or query.result is not None else {})


def todo_of(actor: Actor, wanted: Mapping[str, Any], *, stand_in: bool = False) -> Mapping[str, Any]:
    """A filter for what waits for the actor's own positions; with ``stand_in`` for all below them.

    Each clause is complete in itself and has one position and one state, so that the index gives its surveys in due order.
    """
    corners = [_corner(position, stand_in) for position in actor.positions if _goes(position)]
    clauses = [{**corner, **wanted, "state": state, **SURVEYS.sees(actor)} for corner in corners for state in TODO]
    return {"$or": clauses} if clauses else {"_id": {"$in": []}}


def _goes(position: Position) -> bool:
    return position.role == "handler" and position.node in (None, NODE)


def _corner(position: Position, stand_in: bool) -> dict[str, Any]:
    place = {} if stand_in else {"place": position.region}
    known = {name: bound for name in ("county", "bureau", "project") if (bound := getattr(position, name)) is not None}
    return {"path": position.region, **place, **known}


def of_person(ctx: Context, number: IdNumberText) -> Mapping[str, Any]:
    """Whoever may not read about persons of a project does not learn here that somebody is in it."""
    return {"identity.id_number": number, **open_to(ctx.actor)}


async def earlier_of(ctx: Context, survey: Survey) -> list[Survey]:
    """What was found at this person's before, within reach; of sensitive projects the reader's own: of one person even a number
    tells that they are in it.
    """
    if not sees_persons(ctx.actor, survey):
        return []
    others = {"identity.id_number": survey.identity.id_number, "_id": {"$ne": survey.id}}
    wanted = {**others, **SURVEYS.sees(ctx.actor), **open_to(ctx.actor)}
    found: list[Survey] = await surveys_of(ctx).find(
        wanted,
        sort=(("created_at", -1), ("_id", -1)),
        limit=min(ctx.settings(SurveyConfig).history_at_most, MOST_SHOWN),
    )
    return found


async def picture(ctx: Context, id: str, file: str) -> Raw:
    """A picture: of a record for the survey's own people and 纪委, of a draft for the surveyors."""
    survey = await SURVEYS.seen(ctx, id)
    listed: set[str] = set()
    if handles(ctx.actor, survey) or watches(ctx.actor, survey):
        listed |= {each for record in await records_on(ctx, survey) for each in (*record.photos, *record.signatures)}
    if surveys(ctx.actor, survey):
        listed |= {each for draft in await drafts_on(ctx, survey) for each in draft.files}
    return await read_file(ctx, file, listed, survey.id)


# --- as a table ------------------------------------------------------------------------------------------------------


def made_between(ctx: Context, request: ExportRequest) -> Mapping[str, Any]:
    """Those that came to be on these days."""
    try:
        period = {
            **({"$gte": _start(request.since)} if request.since else {}),
            **({"$lt": _start(request.until + timedelta(days=1))} if request.until else {}),
        }
    except OverflowError:
        raise Invalid(fields={"until": "日期超出范围。"}) from None
    return {"created_at": period} if period else {}


def _start(day: date) -> datetime:
    if not 2000 <= day.year <= 2200:
        raise OverflowError
    return datetime.combine(day, time(), SHANGHAI)


def _number_of(ctx: Context, survey: Survey) -> str:
    number = survey.identity.id_number.reveal()
    return masking.id_number_public(number) if sees_persons(ctx.actor, survey) else masking.HIDDEN


def who(ctx: Context, survey: Survey) -> str:
    return survey.identity.masked if sees_persons(ctx.actor, survey) else masking.HIDDEN


def _found(ctx: Context, survey: Survey, labels: Mapping[str, str], value: str | None) -> str:
    return labels[value] if value and sees_persons(ctx.actor, survey) else ""


def _day(at: datetime | None) -> str:
    return day_in_chinese(at) if at else ""


COLUMNS: Columns[Survey] = {
    "编号": lambda ctx, survey: survey.number,
    "项目": lambda ctx, survey: survey.short,
    "姓名": who,
    "身份证号": _number_of,
    "村（社区）": lambda ctx, survey: ctx.regions.full_name(survey.place),
    "状态": lambda ctx, survey: SURVEY.label(survey.state),
    "调查结果": lambda ctx, survey: _found(ctx, survey, RESULTS, survey.result),
    "调查后处理": lambda ctx, survey: _found(ctx, survey, HANDLINGS, survey.handling),
    "调查时间": lambda ctx, survey: _day(survey.visited_at),
    "提交人": lambda ctx, survey: survey.submitted_name,
    "提交时间": lambda ctx, survey: _day(survey.submitted_at),
}
