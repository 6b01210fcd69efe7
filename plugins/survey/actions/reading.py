"""Finding surveys again: lists, one person's, the person behind one with a reason, and as a table."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

import msgspec

from hub.api import (
    SHANGHAI,
    Actor,
    Context,
    IdNumberText,
    Invalid,
    NotFound,
    Page,
    Paging,
    Position,
    Raw,
    day_in_chinese,
    idnumbers,
    masking,
    read_reason,
    shanghai,
    sheets,
)
from plugins.survey.actions.drafts import drafts_on, records_on
from plugins.survey.actions.positions import (
    NODE,
    check_surveyor,
    handles,
    open_to,
    sees_persons,
    surveys,
    watches,
)
from plugins.survey.business import SURVEYS
from plugins.survey.documents import HANDLINGS, RESULTS, SURVEY, TODO, Result, Survey, surveys_of

HIDDEN = "***"
EXPORTED_AT_ONCE = 200
HEADINGS = (
    "编号", "项目", "姓名", "身份证号", "村（社区）", "状态", "调查结果", "调查后处理", "调查时间", "提交人", "提交时间",
)  # fmt: skip


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


class PersonSearch(Paging, frozen=True, kw_only=True):
    """A person by ID number, in the body: a number in an address would stand in every log on the way."""

    id_number: Annotated[str, msgspec.Meta(max_length=40)]

    def __repr__(self) -> str:
        return "PersonSearch(***)"


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``since`` and ``until`` are days in Shanghai on which it came to be, both included; ``reason`` is logged."""

    reason: str
    project: str | None = None
    state: str | None = None
    result: Result | None = None
    since: date | None = None
    until: date | None = None


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """Other surveys of the same person within reach; of sensitive projects the reader's own: of one person even a number tells
    that they are in it.
    """

    surveys: list[Survey]


async def page_of(ctx: Context, query: SurveyQuery) -> Page[Survey]:
    """Within reach, the newest first."""
    wanted: dict[str, Any] = {
        name: value for name in ("project", "state", "result", "subject") if (value := getattr(query, name)) is not None
    }
    if query.number is not None:
        wanted["number"] = query.number.upper()
    if query.followup:
        wanted["followup"] = "due"
    seen = {**wanted, **SURVEYS.sees(ctx.actor), **unhidden(ctx, query)}
    page: Page[Survey] = await surveys_of(ctx).page(seen, query)
    return page


def unhidden(ctx: Context, query: SurveyQuery | ExportRequest) -> Mapping[str, Any]:
    """Whoever asks for a result asks among those whose result they may read: a filter tells what a page hides."""
    asks = query.result is not None or (isinstance(query, SurveyQuery) and query.followup)
    return open_to(ctx.actor) if asks else {}


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


async def find_person(ctx: Context, query: PersonSearch) -> Page[Survey]:
    """Of one person, logged; whoever may not read about persons of a project does not learn here that somebody is in it."""
    try:
        number = IdNumberText(idnumbers.parse(query.id_number, shanghai(ctx.now()).date()).number)
    except idnumbers.BadNumber as problem:
        raise Invalid(fields={"id_number": problem.text}) from None
    ctx.audit("survey.search", "surveys")
    wanted = {"identity.id_number": number, **SURVEYS.sees(ctx.actor), **open_to(ctx.actor)}
    page: Page[Survey] = await surveys_of(ctx).page(wanted, query)
    return page


async def earlier_of(ctx: Context, survey: Survey) -> Earlier:
    """What was found at this person's before."""
    if not sees_persons(ctx.actor, survey):
        return Earlier(surveys=[])
    others = {"identity.id_number": survey.identity.id_number, "_id": {"$ne": survey.id}}
    wanted = {**others, **SURVEYS.sees(ctx.actor), **open_to(ctx.actor)}
    found: list[Survey] = await surveys_of(ctx).find(
        wanted, sort=(("created_at", -1), ("_id", -1)), limit=ctx.config.history_at_most
    )
    return Earlier(surveys=found)


async def read_file(ctx: Context, id: str, file: str) -> Raw:
    """A picture: of a record for the survey's own people and 纪委, of a draft for the surveyors."""
    survey = await SURVEYS.seen(ctx, id)
    listed: set[str] = set()
    if handles(ctx.actor, survey) or watches(ctx.actor, survey):
        listed |= {each for record in await records_on(ctx, survey) for each in (*record.photos, *record.signatures)}
    if surveys(ctx.actor, survey):
        listed |= {each for draft in await drafts_on(ctx, survey) for each in draft.files}
    if file not in listed:
        raise NotFound("没有找到该文件。")
    stored, data = await ctx.files.read(file, survey.id)
    return Raw(data=data, media_type=stored.media_type)


async def reveal(ctx: Context, id: str, reason: str) -> Survey:
    """The person in full, for those who go there: to compare with the card at the door. Logged with the reason."""
    survey = await SURVEYS.here(ctx, id)
    check_surveyor(ctx, survey)
    ctx.audit("survey.reveal", survey.id, why=read_reason(reason))
    return survey


# --- as a table ------------------------------------------------------------------------------------------------------


async def export(ctx: Context, request: ExportRequest) -> Raw:
    """Surveys with masked persons, logged with the reason."""
    why = read_reason(request.reason)

    async def note(unit: Context) -> None:
        unit.audit("survey.export", unit.place.code, why=why)

    await ctx.in_transaction(note)
    data = await sheets.write_rows(HEADINGS, _tables(ctx, _exported(ctx, request)))
    return Raw(data=data, media_type=sheets.XLSX_TYPE, filename=f"survey-{ctx.place.code}.xlsx")


def _exported(ctx: Context, request: ExportRequest) -> Mapping[str, Any]:
    wanted: dict[str, Any] = {
        name: value for name in ("project", "state", "result") if (value := getattr(request, name)) is not None
    }
    try:
        period = {
            **({"$gte": _start(request.since)} if request.since else {}),
            **({"$lt": _start(request.until + timedelta(days=1))} if request.until else {}),
        }
    except OverflowError:
        raise Invalid(fields={"until": "日期超出范围。"}) from None
    return {**wanted, **({"created_at": period} if period else {}), **SURVEYS.sees(ctx.actor), **unhidden(ctx, request)}


def _start(day: date) -> datetime:
    if not 2000 <= day.year <= 2200:
        raise OverflowError
    return datetime.combine(day, time(), SHANGHAI)


async def _tables(ctx: Context, wanted: Mapping[str, Any]) -> AsyncIterator[Iterable[tuple[str, ...]]]:
    """The rows, a page at a time."""
    cursor: str | None = None
    while True:
        page: Page[Survey] = await surveys_of(ctx).page(wanted, Paging(limit=EXPORTED_AT_ONCE, cursor=cursor))
        yield [_cells(ctx, survey) for survey in page.items]
        cursor = page.next
        if cursor is None:
            return


def _cells(ctx: Context, survey: Survey) -> tuple[str, ...]:
    seen = sees_persons(ctx.actor, survey)
    return (
        survey.number,
        survey.short,
        survey.identity.masked if seen else HIDDEN,
        masking.id_number_public(survey.identity.id_number.reveal()) if seen else HIDDEN,
        ctx.regions.full_name(survey.place),
        SURVEY.label(survey.state),
        RESULTS[survey.result] if survey.result and seen else "",
        HANDLINGS[survey.handling] if survey.handling and seen else "",
        day_in_chinese(shanghai(survey.visited_at).date()) if survey.visited_at else "",
        survey.submitted_name,
        day_in_chinese(shanghai(survey.submitted_at).date()) if survey.submitted_at else "",
    )
