"""撤销通过: a pass is taken back by its maker while nobody has touched what followed."""

from __future__ import annotations

import msgspec

from hub.api import Conflict, Context, Decision
from plugins.declaration.actions import chain
from plugins.declaration.business import shown, tell
from plugins.declaration.config import DeclarationConfig
from plugins.declaration.documents import APPROVAL, CASE, Case, Pause, Stay, cases_of
from plugins.declaration.events import CaseRecalled


async def recall(ctx: Context, id: str, decision: Decision) -> int:
    """Bring a case back to the node that passed it, on the time that was left there. Returns the stay that is void: the
    worklist knows whether anybody claimed its task, guards know of nodes that work without tasks.
    """
    case: Case = await cases_of(ctx).get(id)
    after = CASE.transition("recall", case.state, **shown(case))
    finished = case.state == "approved"
    maker = check_untouched(ctx, case, decision.round)
    await ctx.guard("declaration.recall", chain.guarded(case, "recall"))
    left = recalled_step(ctx, case, decision)
    left = msgspec.structs.replace(left, state=after, open=True, closed_at=None, agent=agent_before(case, maker))
    tell(
        ctx,
        CaseRecalled,
        left,
        to=maker.node,
        finished=finished,
        announced=maker.node in (case.chain[0], APPROVAL),
    )
    waited = Pause(maker.done_at or maker.entered_at, ctx.now())
    await chain.enter(ctx, case, left, maker.node, (*maker.pauses, waited), maker.since)
    return 0 if finished else decision.round + 1


def check_untouched(ctx: Context, case: Case, round: int) -> Stay:
    """The stay that was passed, if nothing but its pass has happened since."""
    maker = case.progress[round - 1]
    following = case.progress[round:]
    if maker.state != "passed" or len(following) > 1 or case.parked is not None or case.holds:
        raise Conflict("本件已继续办理，不能撤销。", state=shown(case))
    if (
        case.state == "approved"
        and maker.done_at
        and ctx.now() - maker.done_at > ctx.settings(DeclarationConfig).recall_finished_within
    ):
        raise Conflict("办结已久，不能撤销；请按更正程序办理。", state=shown(case))
    return maker


def recalled_step(ctx: Context, case: Case, decision: Decision) -> Case:
    """The stay that is void says who took the pass back, and why; of a finished case it is the maker's own."""
    said = f"{case.progress[-1].opinion}（撤销通过：{decision.opinion}）" if case.closed_at else decision.opinion
    return chain.with_step(case, state="recalled", handler=decision.shown, opinion=said, done_at=ctx.now())


def agent_before(case: Case, maker: Stay) -> str | None:
    """受理 makes the applicant the agent; taken back, it does not."""
    return None if maker.node == case.chain[0] else case.agent
