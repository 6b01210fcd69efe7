"""入户调查表: blank, to be filled in at the house; or as it was handed in."""

from __future__ import annotations

from collections.abc import Mapping

from hub.api import App, Context, Forbidden, Page, PaperView, day_in_chinese, printed_on, unit_of
from plugins.survey import views
from plugins.survey.actions.drafts import records_on
from plugins.survey.actions.positions import sees_persons
from plugins.survey.business import SURVEYS
from plugins.survey.config import SurveyConfig
from plugins.survey.documents import HANDLINGS, RESULTS, TODO, Record, Survey
from plugins.survey.handlers import ONE, READ

STAFF_APPS: tuple[App, ...] = ("ydsh", "ydjd")


class SurveyPaper(PaperView, frozen=True, kw_only=True):
    """``record`` is what was handed in last and counts; None is filled in by hand, by so many as ``signers``."""

    short: str
    person: views.PersonView
    reason: str
    due: str
    record: views.RecordView | None
    results: Mapping[str, str]
    handlings: Mapping[str, str]
    signers: int


async def filled_form(ctx: Context, id: str) -> SurveyPaper:
    """入户调查表"""
    survey = await seen(ctx, id)
    present = next((each for each in await records_on(ctx, survey) if each.id == survey.record), None)
    return paper(ctx, survey, present)


async def blank_form(ctx: Context, id: str) -> SurveyPaper:
    """空白入户调查表"""
    return paper(ctx, await seen(ctx, id), None)


async def seen(ctx: Context, id: str) -> Survey:
    survey = await SURVEYS.seen(ctx, id)
    if not sees_persons(ctx.actor, survey):
        raise Forbidden("本项目涉及个人隐私，只有办理环节能打印。")
    return survey


def paper(ctx: Context, survey: Survey, record: Record | None) -> SurveyPaper:
    # The pictures stay in the hub; their number stands on the paper.
    return SurveyPaper(
        title="入户调查表",
        office=unit_of(ctx, survey.county or survey.place, survey.bureau),
        number=survey.number,
        place=ctx.regions.full_name(survey.place),
        printed=printed_on(ctx),
        short=survey.short,
        person=views.person_view(ctx, survey),
        reason=survey.reason,
        due=day_in_chinese(survey.due_at) if survey.state in TODO else "",
        record=views.record_view(survey, record, pictures=True) if record else None,
        results=RESULTS,
        handlings=HANDLINGS,
        signers=ctx.settings(SurveyConfig).investigators_at_least,
    )


PAGES = tuple(
    Page(apps=STAFF_APPS, path=path, title=title, template="survey/paper.html", load=load, access=READ)
    for path, title, load in (
        (f"{ONE}/print", "打印入户调查表", filled_form),
        (f"{ONE}/blank", "打印空白调查表", blank_form),
    )
)
