"""A survey as a business: what waits for whom, what is told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from hub.api import Business, Context, Fact, Task, shown_name
from plugins.payments.events import StopBenefits
from plugins.survey.actions.positions import FOLLOWUP, NODE, stands_in
from plugins.survey.config import SurveyConfig
from plugins.survey.documents import CASE, HANDLINGS, RESULTS, SURVEY, TODO, Handling, Result, Survey


def title_of(survey: Survey) -> str:
    return f"{survey.short} · {survey.identity.masked}"


def link_of(survey: Survey) -> str:
    return f"/{survey.place}/survey/surveys/{survey.id}"


def shown(survey: Survey) -> dict[str, Any]:
    """The present state, for whoever came too late."""
    return {"state": survey.state, "version": survey.version, "record": survey.record}


def tasks_of(ctx: Context, survey: Survey) -> Sequence[Task]:
    """For those who go there, a new one with each 退回重查; declaration has the tasks of its cases itself. 落实调查处理 for the
    bureau at the county, which does what the survey says."""
    about: Mapping[str, Any] = {
        "round": survey.attempt,
        "subject_key": ctx.store.blind(survey.identity.id_number),
        "hidden": survey.hidden,
        "sensitive": survey.sensitive,
    }
    tasks = []
    if survey.tasked and survey.origin != CASE and survey.state in TODO:
        tasks.append(Task(node=NODE, label="入户调查", due_at=survey.due_at, **about))
    if survey.followup == "due":
        due = survey.followup_due or survey.due_at
        tasks.append(Task(node=FOLLOWUP, label="落实调查处理", due_at=due, place=survey.county, **about))
    return tasks


def derived(ctx: Context, survey: Survey) -> Survey:
    """By when the bureau has to see to it."""
    if survey.followup != "due" or survey.followup_due is not None:
        return survey
    return msgspec.structs.replace(
        survey, followup_due=ctx.calendar.due(ctx.now(), ctx.settings(SurveyConfig).followup_limit)
    )


def noted(ctx: Context, survey: Survey) -> Mapping[str, Any]:
    return {"stand_in": ctx.actor.kind == "staff" and stands_in(ctx.actor, survey)}


SURVEYS: Business[Survey] = Business(
    collection="survey.surveys",
    kind="survey",
    machine=SURVEY,
    title=title_of,
    link=link_of,
    about=lambda survey: survey.identity.id_number,
    tasks=tasks_of,
    derive=derived,
    shown=shown,
    noted=noted,
)


def summary_of(result: Result, handling: Handling) -> str:
    """In fixed words, for people who read no more of it: 属实，继续享受."""
    return f"{RESULTS[result]}，{HANDLINGS[handling]}"


def stop_asked(ctx: Context, survey: Survey) -> StopBenefits:
    """停发, in words that name no list and no person. At the county: the benefit may be kept at another village."""
    return StopBenefits(
        place=survey.county or survey.place,
        id_key=ctx.store.blind(survey.identity.id_number),
        project=survey.project,
        reason="入户调查核实，不再符合享受条件",
        by=survey.id,
        person=ctx.actor.person,
        shown=shown_name(ctx.actor),
    )


STOP: Fact[Survey] = stop_asked
