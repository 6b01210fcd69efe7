"""The operations of 入户调查: what is to do, drafts, records, looking them over, finding them again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from hub.api import Context, Export, Face, Listing, NotFound, Paging, Raw, Route, Search, Unmasking, check_here
from plugins.survey import views
from plugins.survey.actions import drafts, reading, records, surveys
from plugins.survey.actions.checks import ON_SITE
from plugins.survey.actions.drafts import DraftRequest, drafts_on
from plugins.survey.actions.positions import check_surveyor
from plugins.survey.actions.positions import surveys as may_survey
from plugins.survey.actions.reading import ExportRequest, SurveyQuery, todo_of
from plugins.survey.actions.records import CorrectRequest, SubmitRequest
from plugins.survey.actions.surveys import BeginRequest
from plugins.survey.business import SURVEYS
from plugins.survey.documents import CASE, Draft, Survey, drafts_of, surveys_of

DO, READ, REVIEW, EXPORT = "survey.do", "survey.read", "survey.review", "survey.export"
HOURLY = timedelta(hours=1)
ONE = "/surveys/{id}"


async def find(ctx: Context, id: str) -> Survey:
    """By its own id; or the newest of a case, by the case's: the task of a case knows no other."""
    own, of_case = {"_id": id}, {"subject": id, "origin": CASE}
    for wanted, newest in ((own, ()), (of_case, (("round", -1),))):
        found: Survey | None = await surveys_of(ctx).first({**wanted, **SURVEYS.sees(ctx.actor)}, sort=newest)
        if found is not None:
            return found
    raise NotFound


SURVEY_PAGE: Face[Survey, views.SurveyDetail] = Face(
    business=SURVEYS,
    path="/surveys",
    find=find,
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


# --- what is to do ---------------------------------------------------------------------------------------------------


async def waiting(ctx: Context) -> int:
    """How many wait for my positions."""
    return await surveys_of(ctx).count(todo_of(ctx.actor, {}))


async def count_todo(ctx: Context) -> views.Counts:
    """How many surveys wait for my positions, how many are overdue, how many drafts of mine there are."""
    late = {"due_at": {"$lt": ctx.now()}}
    return views.Counts(
        todo=await waiting(ctx),
        overdue=await surveys_of(ctx).count(todo_of(ctx.actor, late)),
        drafts=await drafts_of(ctx).count({"person": ctx.actor.person}),
    )


def todo_filter(ctx: Context, query: TodoQuery) -> Mapping[str, Any]:
    wanted = {"project": query.project} if query.project else {}
    return todo_of(ctx.actor, wanted, stand_in=query.stand_in)


# --- one survey ------------------------------------------------------------------------------------------------------


async def begin(ctx: Context, body: BeginRequest) -> views.SurveyDetail:
    """入户调查 without a prior task: whom I visit; the id may be the phone's own."""
    return await SURVEY_PAGE.answer(ctx, await surveys.begin(ctx, body))


async def show_file(ctx: Context, id: str, file: str) -> Raw:
    """A photo or signature, for the survey's own people."""
    return await reading.picture(ctx, id, file)


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


# --- lists -----------------------------------------------------------------------------------------------------------

TODO_LIST = Listing(
    path="/todo",
    read=DO,
    says="待调查: what waits for my positions, begun or not, the soonest due first.",
    of=surveys_of,
    line=views.survey_line,
    query=TodoQuery,
    wanted=todo_filter,
    order=(("due_at", 1),),
)
MY_DRAFTS = Listing(
    path="/drafts",
    read=DO,
    says="My drafts, the newest first.",
    of=drafts_of,
    own=lambda ctx: {"person": ctx.actor.person},
    line=views.draft_line,
    query=Paging,
    order=(("received_at", -1),),
)
LIST = Listing(
    path="/surveys",
    read=READ,
    says="入户调查 within my reach, the newest first.",
    of=SURVEYS,
    line=views.survey_line,
    query=SurveyQuery,
    exact=reading.FILTERS,
    wanted=reading.asked,
    search=Search(
        says="入户调查 of one person by ID number; logged.",
        subject="surveys",
        wanted=reading.of_person,
    ),
    export=Export(
        says="导出 as XLSX, persons masked; with a reason, logged.",
        act=EXPORT,
        request=ExportRequest,
        columns=reading.COLUMNS,
        wanted=reading.made_between,
    ),
)
PERSON = Unmasking(
    business=SURVEYS,
    path=f"{ONE}/person",
    name="reveal",
    act=DO,
    may=(check_here, check_surveyor),
    show=views.person_in_full,
    hourly=120,
)

ROUTES = (
    Route(method="GET", path="/todo/count", call=count_todo, access=DO),
    *TODO_LIST.routes(),
    *MY_DRAFTS.routes(),
    # A village has a few dozen households to look at in a day; who types hundreds of numbers looks for something else.
    Route(method="POST", path="/surveys", call=begin, access=DO, status=201, rate=(120, HOURLY), reads=ONE),
    *LIST.routes(),
    *SURVEY_PAGE.routes(),
    PERSON.route(),
    Route(method="GET", path=f"{ONE}/files/{{file}}", call=show_file, access=READ),
    Route(method="PUT", path=f"{ONE}/drafts/{{draft}}", call=save_draft, access=DO),
    Route(method="GET", path=f"{ONE}/drafts/{{draft}}", call=show_draft, access=DO),
    Route(method="DELETE", path=f"{ONE}/drafts/{{draft}}", call=delete_draft, access=DO),
    Route(method="POST", path=f"{ONE}/submit", call=submit, access=DO, reads=ONE),
    Route(method="POST", path=f"{ONE}/correct", call=correct, access=DO, reads=ONE),
)
