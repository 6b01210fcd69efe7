"""Who did what: the lines of a survey's life, and what the worklist and 经办历史 are told of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from hub.api import Actor, BusinessTouched, Context, Identity, TaskEnded, TaskSettled, TaskWanted, masking
from plugins.survey.actions.positions import FOLLOWUP, NODE, stands_in
from plugins.survey.documents import CASE, HANDLINGS, RESULTS, SURVEY, Act, Handling, Result, Survey, surveys_of

# Of one survey; an endless to and fro is cut at its old end.
MOST_ACTS = 60


async def moved(ctx: Context, survey: Survey, move: str, *, why: str = "", **changes: Any) -> Survey:
    """The survey after a move of its table, saved, with who did it, when and why."""
    changed: Survey = await surveys_of(ctx).save(followed(ctx, survey, move, why=why, **changes))
    stand_in = ctx.actor.kind == "staff" and stands_in(ctx.actor, survey)
    ctx.audit(f"survey.{move}", survey.id, why=why, stand_in=stand_in)
    return changed


async def moved_all(ctx: Context, surveys: Sequence[Survey], move: str, *, why: str = "") -> list[Survey]:
    """The same for several (≤ 200), by the hub, in one command."""
    for survey in surveys:
        ctx.audit(f"survey.{move}", survey.id, why=why)
    return await surveys_of(ctx).save_many([followed(ctx, survey, move, why=why) for survey in surveys])


def followed(ctx: Context, survey: Survey, move: str, *, why: str = "", **changes: Any) -> Survey:
    """The same, not saved yet. ``Conflict`` with the present state where the table does not allow it."""
    after = SURVEY.follow(move, survey.state, version=survey.version, record=survey.record)
    return noted(ctx, msgspec.structs.replace(survey, state=after, **changes), move, SURVEY.moves[move].label, why)


def noted(ctx: Context, survey: Survey, move: str, label: str, why: str = "") -> Survey:
    line = Act(at=ctx.now(), move=move, label=label, handler=shown_name(ctx.actor), person=ctx.actor.person, why=why)
    return msgspec.structs.replace(survey, acts=(*survey.acts, line)[-MOST_ACTS:])


def shown_name(actor: Actor) -> str:
    """A handler's name stands open: who decides on public money does it by name."""
    return actor.name.reveal() if actor.kind == "staff" and actor.name else ""


def masked(identity: Identity) -> str:
    return masking.name(identity.name.reveal(), minor=identity.minor)


def title_of(survey: Survey) -> str:
    return f"{survey.short} · {masked(survey.identity)}"


def link_of(survey: Survey) -> str:
    return f"/pages/survey?id={survey.id}"


def summary_of(result: Result, handling: Handling) -> str:
    """In fixed words, for people who read no more of it: 属实，继续享受."""
    return f"{RESULTS[result]}，{HANDLINGS[handling]}"


# --- the worklist ----------------------------------------------------------------------------------------------------


def task_of(survey: Survey) -> dict[str, Any]:
    """Which task it is: that of the case, which declaration opened, or the survey's own, a new one with each 退回重查."""
    if survey.origin == CASE:
        return {"place": survey.place, "subject": survey.subject, "node": NODE, "round": survey.round}
    return {"place": survey.place, "subject": survey.id, "node": NODE, "round": survey.attempt}


def want(ctx: Context, survey: Survey) -> None:
    """Put the survey on the list of those who go there."""
    ctx.emit(TaskWanted(**task_of(survey), **_described(ctx, survey), label="入户调查", due_at=survey.due_at))


def want_followup(ctx: Context, survey: Survey) -> None:
    """落实调查处理: the bureau at the county does what the survey says."""
    due = ctx.calendar.due(ctx.now(), ctx.config.followup_limit)
    ctx.emit(TaskWanted(**followup_of(ctx, survey), **_described(ctx, survey), label="落实调查处理", due_at=due))


def followup_of(ctx: Context, survey: Survey) -> dict[str, Any]:
    place = survey.county or survey.place
    return {"place": place, "subject": survey.id, "node": FOLLOWUP, "round": survey.attempt}


def _described(ctx: Context, survey: Survey) -> dict[str, Any]:
    return {
        "role": "handler",
        "bureau": survey.bureau,
        "project": survey.project,
        "title": title_of(survey),
        "number": survey.number,
        "link": link_of(survey),
        "subject_key": ctx.store.blind(survey.identity.id_number),
        "avoid": survey.avoid,
        "avoid_keys": survey.avoid_keys,
        "hidden": survey.hidden,
        "sensitive": survey.sensitive,
    }


def settle(ctx: Context, task: dict[str, Any], move: str, opinion: str) -> None:
    """The task is done, by whoever acts here."""
    ctx.emit(
        TaskSettled(**task, move=move, opinion=opinion, person=ctx.actor.person or "", shown=shown_name(ctx.actor))
    )


def unwant(ctx: Context, survey: Survey) -> None:
    """Nobody need go; declaration ends the tasks of its cases itself."""
    if survey.tasked and survey.origin != CASE:
        ctx.emit(TaskEnded(**task_of(survey)))


def touched(ctx: Context, survey: Survey, label: str) -> None:
    """Onto the 经办历史 of the handler who acts; what tasks tell is there already."""
    ctx.emit(
        BusinessTouched(
            place=survey.place,
            subject=survey.id,
            kind="survey",
            label=label,
            title=title_of(survey),
            number=survey.number,
            person=ctx.actor.person or "",
            bureau=survey.bureau,
            project=survey.project,
            link=link_of(survey),
            at=ctx.now(),
        )
    )
