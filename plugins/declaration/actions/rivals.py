"""Several declarations for one person and project: anybody may hand one in, and 受理 judges which one is admitted."""

from __future__ import annotations

from hub.api import Conflict, Context, Decision, Invalid, masking
from plugins.declaration.documents import CASE, Case, cases_of
from plugins.declaration.events import Rival, RivalsOf

MOST_RIVALS = 20
ELSEWHERE = "此人的这个项目已由其他区县受理，请向申报人核实户籍后再办理。"


async def rivals_of(ctx: Context, case: Case) -> tuple[Rival, ...]:
    """The other open cases of the county for the same person and project, the oldest first."""
    asked = RivalsOf(case=case.id, project=case.project, id_number=case.beneficiary.id_number)
    return await ctx.ask(asked) or ()


async def find_rivals(ctx: Context, asked: RivalsOf) -> tuple[Rival, ...]:
    """Answered with the reach of the county."""
    same = {
        "project": asked.project,
        "beneficiary.id_number": asked.id_number,
        "open": True,
        "_id": {"$ne": asked.case},
    }
    found: list[Case] = await cases_of(ctx).find(same, limit=MOST_RIVALS)
    return tuple(rival_of(ctx, case) for case in sorted(found, key=lambda case: case.submitted_at))


def rival_of(ctx: Context, case: Case) -> Rival:
    return Rival(
        case=case.id,
        number=case.number,
        place=ctx.regions.full_name(case.place),
        declared_for=case.declared_for,
        applicant=masking.name(case.applicant_name),
        state_label=CASE.label(case.state),
        node_label=case.progress[-1].label,
        submitted_at=case.submitted_at,
        admitted=case.admitted,
    )


async def judge(ctx: Context, case: Case, decision: Decision) -> None:
    """受理 of one of several: not beside one that is admitted already, nor unlooked at.

    Others that wait do not stand in the way: one that is invented must lock nobody out. The index judges across counties.
    """
    rivals = await rivals_of(ctx, case)
    admitted = next((rival for rival in rivals if rival.admitted), None)
    numbers = "、".join(rival.number for rival in rivals)
    if admitted is not None:
        raise Conflict(
            f"此人的这个项目已受理另一件（{admitted.number}）。请核对：本件重复的不予受理；那一件有误的先终止或撤销通过。",
            state={"other": admitted.number},
        )
    if rivals and decision.together:
        raise Conflict(f"此人的这个项目另有未受理的申报（{numbers}），请单独核对办理。", state={"others": numbers})
    if rivals and not decision.opinion.strip():
        raise Invalid(fields={"opinion": f"此人的这个项目另有未受理的申报（{numbers}），请核对后写明受理本件的理由。"})
