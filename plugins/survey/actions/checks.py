"""What may not be done with a survey now: asked by the pages and by the calls."""

from __future__ import annotations

from hub.api import Conflict, Context, Forbidden, check_here, during
from plugins.survey.actions.positions import check_surveyor, follows_up
from plugins.survey.business import shown
from plugins.survey.config import SurveyConfig
from plugins.survey.documents import CASE, SURVEY, Survey


def check_savable(ctx: Context, survey: Survey) -> None:
    """Also after the hand-in: a phone that was offline sends what it has, and a correction begins as a draft."""
    SURVEY.transition("keep" if survey.state == "submitted" else "save", survey.state, **shown(survey))


def check_correctable(ctx: Context, survey: Survey) -> None:
    if survey.records >= ctx.settings(SurveyConfig).records_at_most:
        raise Conflict("更正次数过多，请由审核人员退回重查。", state=shown(survey))


def check_not_of_a_case(ctx: Context, survey: Survey) -> None:
    if survey.origin == CASE:
        raise Conflict(
            "这是申报中的入户调查：重查请在申报流程中退回到“入户调查”，申报办结后自动归档。", state=shown(survey)
        )


def check_again(ctx: Context, survey: Survey) -> None:
    if survey.records >= ctx.settings(SurveyConfig).records_at_most:
        raise Conflict("往返次数过多，请按现有记录归档。", state=shown(survey))


def check_follows_up(ctx: Context, survey: Survey) -> None:
    if not follows_up(ctx, survey):
        raise Forbidden("由区县主管部门办理。")
    if survey.followup != "due":
        raise Conflict("这件调查没有待落实的处理。", state=shown(survey))


# Done by routes of their own: what is handed in is a draft, in the revision that was looked at.
ON_SITE = {
    "save": (check_here, check_surveyor, check_savable),
    "submit": (check_here, check_surveyor, during(SURVEY, "submit")),
    "correct": (check_here, check_surveyor, during(SURVEY, "correct"), check_correctable),
}
