"""The operations of 入户调查: what is to do, drafts, records, looking them over, finding them again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from hub.api import Context, Face, NotFound, Page, Paging, Raw, Route, check_here
from plugins.survey import views
from plugins.survey.actions import drafts, reading, records, surveys
from plugins.survey.actions.checks import ON_SITE
from plugins.survey.actions.drafts import DraftRequest, drafts_on
from plugins.survey.actions.positions import surveys as may_survey
from plugins.survey.actions.reading import ExportRequest, PersonSearch, SurveyQuery, todo_of
from plugins.survey.actions.records import CorrectRequest, SubmitRequest
from plugins.survey.actions.surveys import BeginRequest
from plugins.survey.business import SURVEYS
from plugins.survey.documents import Draft, Survey, drafts_of, surveys_of

DO, READ, REVIEW, EXPORT = "survey.do", "survey.read", "survey.review", "survey.export"
BY_DUE = (("due_at", 1),)
HOURLY = timedelta(hours=1)
ONE = "/surveys/{id}"

SURVEY_PAGE: Face[Survey, views.SurveyDetail] = Face(
    business=SURVEYS,
    path="/surveys",
    find=SURVEYS.seen,
    show=views.detail,
    read=READ,
    act=REVIEW,
    may=(check_here,),
    buttons=surveys.BUTTONS,
    also=ON_SITE,
)


class TodoQuery(Paging, frozen=True, kw_only=True):
    """``stand_in``: also those of the places below."""

    project: str | None = None
    stand_in: bool = False


class RevealRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Why unmasked data are needed."""

    reason: str


# --- what is to do ---------------------------------------------------------------------------------------------------


async def list_todo(ctx: Context, query: TodoQuery) -> Page[views.SurveyLine]:
    """待调查: what waits for my positions, begun or not, the soonest due first."""
    page: Page[Survey] = await surveys_of(ctx).page(todo_filter(ctx, query), query, sort=BY_DUE)
    return _lines(ctx, page)


async def count_todo(ctx: Context) -> views.Counts:
    """How many surveys wait for my positions, how many are overdue, how many drafts of mine there are."""
    late = {"due_at": {"$lt": ctx.now()}}
    return views.Counts(
        todo=await surveys_of(ctx).count(todo_of(ctx.actor, {})),
        overdue=await surveys_of(ctx).count(todo_of(ctx.actor, late)),
        drafts=await drafts_of(ctx).count({"person": ctx.actor.person}),
    )


async def list_drafts(ctx: Context, query: Paging) -> Page[views.DraftLine]:
    """My drafts, the newest first."""
    newest = (("received_at", -1),)
    page: Page[Draft] = await drafts_of(ctx).page({"person": ctx.actor.person}, query, sort=newest)
    return Page(items=[views.draft_line(ctx, draft) for draft in page.items], next=page.next)


def todo_filter(ctx: Context, query: TodoQuery) -> Any:
    wanted = {"project": query.project} if query.project else {}
    return todo_of(ctx.actor, wanted, stand_in=query.stand_in)


def _lines(ctx: Context, page: Page[Survey]) -> Page[views.SurveyLine]:
    return Page(items=[views.survey_line(ctx, survey) for survey in page.items], next=page.next)


# --- one survey ------------------------------------------------------------------------------------------------------


async def begin(ctx: Context, body: BeginRequest) -> views.SurveyDetail:
    """入户调查 without a prior task: whom I visit; the id may be the phone's own."""
    return await SURVEY_PAGE.answer(ctx, await surveys.begin(ctx, body))


async def reveal(ctx: Context, id: str, body: RevealRequest) -> views.PersonInFull:
    """补贴对象 in full, to compare with the card at the door: for surveyors, with a reason, logged."""
    return views.person_in_full((await reading.reveal(ctx, id, body.reason)).identity)


async def show_file(ctx: Context, id: str, file: str) -> Raw:
    """A photo or signature, for the survey's own people."""
    return await reading.read_file(ctx, id, file)


async def save_draft(ctx: Context, id: str, draft: str, body: DraftRequest) -> views.SavedView:
    """存草稿, also made offline: the id is the phone's own; the same save again is the same draft, another phone's stays beside."""
    saved = await drafts.save_draft(ctx, id, draft, body)
    [newest, *_] = await drafts_on(ctx, await SURVEYS.seen(ctx, id))
    return views.SavedView(draft=views.draft_line(ctx, saved), newest=newest.id)


async def show_draft(ctx: Context, id: str, draft: str) -> views.DraftView:
    """One draft of a survey, to go on with."""
    survey = await SURVEYS.seen(ctx, id)
    found: Draft | None = await drafts_of(ctx).first({"_id": draft, "survey": survey.id})
    if found is None or not may_survey(ctx.actor, survey):
        raise NotFound
    return views.draft_view(ctx, found)


async def delete_draft(ctx: Context, id: str, draft: str) -> None:
    """Throw one of my drafts away."""
    await drafts.delete_draft(ctx, id, draft)


async def submit(ctx: Context, id: str, body: SubmitRequest) -> views.SurveyDetail:
    """提交 a draft: from then on the record is never changed."""
    return await SURVEY_PAGE.answer(ctx, await records.submit(ctx, id, body))


async def correct(ctx: Context, id: str, body: CorrectRequest) -> views.SurveyDetail:
    """更正: a draft becomes the new version, with the reason; the old one stays readable."""
    return await SURVEY_PAGE.answer(ctx, await records.correct(ctx, id, body))


# --- found again -----------------------------------------------------------------------------------------------------


async def list_surveys(ctx: Context, query: SurveyQuery) -> Page[views.SurveyLine]:
    """入户调查 within my reach, the newest first."""
    return _lines(ctx, await reading.page_of(ctx, query))


async def search(ctx: Context, body: PersonSearch) -> Page[views.SurveyLine]:
    """入户调查 of one person by ID number; logged."""
    return _lines(ctx, await reading.find_person(ctx, body))


async def export(ctx: Context, body: ExportRequest) -> Raw:
    """导出 as XLSX, persons masked; with a reason, logged."""
    return await reading.export(ctx, body)


ROUTES = (
    Route(method="GET", path="/todo", call=list_todo, access=DO),
    Route(method="GET", path="/todo/count", call=count_todo, access=DO),
    Route(method="GET", path="/drafts", call=list_drafts, access=DO),
    # A village has a few dozen households to look at in a day; who types hundreds of numbers looks for something else.
    Route(method="POST", path="/surveys", call=begin, access=DO, status=201, rate=(120, HOURLY), reads=ONE),
    Route(method="GET", path="/surveys", call=list_surveys, access=READ),
    Route(method="POST", path="/surveys/search", call=search, access=READ, rate=(60, HOURLY)),
    *SURVEY_PAGE.routes(),
    Route(method="POST", path=f"{ONE}/person", call=reveal, access=DO, rate=(120, HOURLY)),
    Route(method="GET", path=f"{ONE}/files/{{file}}", call=show_file, access=READ),
    Route(method="PUT", path=f"{ONE}/drafts/{{draft}}", call=save_draft, access=DO),
    Route(method="GET", path=f"{ONE}/drafts/{{draft}}", call=show_draft, access=DO),
    Route(method="DELETE", path=f"{ONE}/drafts/{{draft}}", call=delete_draft, access=DO),
    Route(method="POST", path=f"{ONE}/submit", call=submit, access=DO, reads=ONE),
    Route(method="POST", path=f"{ONE}/correct", call=correct, access=DO, reads=ONE),
    Route(method="POST", path="/export", call=export, access=EXPORT, rate=(30, HOURLY), transaction=False),
)
