"""Whose survey it is: who goes there, who looks it over, who must keep away, who reads what was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.api import Actor, Context, Duty, Forbidden, duties, is_same
from plugins.survey.documents import Survey

NODE, FOLLOWUP = "survey", "survey_followup"
# The case's own nodes beside the survey, who read what was found in full; and those above the village who look it over.
REVIEWING = ("review_town", "approve_county")
SURVEYING = Duty(role="handler", nodes=(NODE,))
LOOKING_OVER = Duty(role="handler", nodes=REVIEWING)
FOLLOWING_UP = Duty(role="handler", nodes=(FOLLOWUP, "approve_county"))
READING = Duty(role="handler", nodes=(NODE, FOLLOWUP, "review_village", *REVIEWING))
WATCHING = Duty(role="discipline")
ABOVE = ("town", "county", "city")


def surveys(actor: Actor, survey: Survey) -> bool:
    return duties.does(actor, survey, SURVEYING)


def stands_in(actor: Actor, survey: Survey) -> bool:
    """Whether the actor does it from above rather than from the survey's own place."""
    return not duties.does(actor, survey, SURVEYING, at=survey.place)


def reviews(ctx: Context, survey: Survey) -> bool:
    """Above the village, and not who handed it in: nobody looks over their own record."""
    above = [code for code in survey.path if ctx.regions[code].level in ABOVE]
    return not handed_in(ctx.actor, survey) and any(
        duties.does(ctx.actor, survey, LOOKING_OVER, at=code) for code in above
    )


def handed_in(actor: Actor, survey: Survey) -> bool:
    """Whether the record is the actor's own, under whatever account."""
    return is_same(actor, survey.submitted_by, survey.submitted_key)


def follows_up(ctx: Context, survey: Survey) -> bool:
    """The bureau at the county."""
    return duties.does(ctx.actor, survey, FOLLOWING_UP, at=survey.county)


def handles(actor: Actor, survey: Survey) -> bool:
    """The survey's own people: who goes there must find the house, who decides on it must know whose it is."""
    return duties.does(actor, survey, READING)


def watches(actor: Actor, survey: Survey) -> bool:
    return duties.does(actor, survey, WATCHING)


def sees_persons(actor: Actor, survey: Survey) -> bool:
    """Of a sensitive project only the survey's own people and 纪委 read about persons."""
    return duties.sees_persons(actor, survey, READING, WATCHING)


def open_to(actor: Actor) -> Mapping[str, Any]:
    """The filter of what they may."""
    return duties.seen(actor, READING, WATCHING)


def check_surveyor(ctx: Context, survey: Survey) -> None:
    if not surveys(ctx.actor, survey):
        raise Forbidden("这件入户调查不属于您的岗位。")


def check_reviewer(ctx: Context, survey: Survey) -> None:
    if handed_in(ctx.actor, survey):
        raise Forbidden("调查记录由您提交，请由其他审核人员办理。")
    if not reviews(ctx, survey):
        raise Forbidden("由乡镇或区县主管部门的审核岗位办理。")
