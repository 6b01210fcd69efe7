"""拦截挂起 and 终止: what other plugins ask of a case, what the bureau ends by itself, and what becomes of it."""

from __future__ import annotations

import msgspec

from hub.api import (
    BusinessTouched,
    Context,
    Decision,
    Duty,
    Forbidden,
    NotFound,
    Stale,
    TaskResumed,
    duties,
    read_words,
)
from plugins.declaration.actions import chain
from plugins.declaration.documents import CASE, Case, Hold, Pause, cases_of
from plugins.declaration.events import CaseCleared, CaseEnded, CaseTerminated, HoldAsked, HoldLifted

# The bureau at the county.
ENDING = Duty(role="handler", nodes=("approve_county",))


class EndRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``reason`` is read by the declarant; ``version`` as it was shown."""

    version: int
    reason: str


async def hold_case(event: HoldAsked, ctx: Context) -> None:
    """Let a case wait: at once where it is being handled, else as soon as it would be again."""
    case: Case | None = await cases_of(ctx).first({"_id": event.case})
    if case is None or not case.open:
        return
    known = {hold.by: hold for hold in case.holds}
    since = known[event.by].since if event.by in known else ctx.now()
    held = known | {event.by: Hold(by=event.by, words=event.words, since=since, until=event.until)}
    if held == known:
        return
    ctx.audit("declaration.hold", case.id, by=event.by)
    case = msgspec.structs.replace(case, holds=tuple(held.values()))
    if case.state == "handling":
        await chain.intercept(ctx, case)
    else:
        await cases_of(ctx).save(case)


async def lift_hold(event: HoldLifted, ctx: Context) -> None:
    """Take one hold away; with the last one the case goes on."""
    case: Case | None = await cases_of(ctx).first({"_id": event.case})
    left = tuple(hold for hold in case.holds if hold.by != event.by) if case else ()
    if case is None or len(left) == len(case.holds):
        return
    ctx.audit("declaration.lift_hold", case.id, by=event.by)
    case = msgspec.structs.replace(case, holds=left)
    if case.state == "intercepted" and not left:
        await clear(ctx, case)
    else:
        await cases_of(ctx).save(case)


async def clear(ctx: Context, case: Case) -> None:
    """The same stay goes on, its wait not counted; a result that came meanwhile takes effect now."""
    step = case.progress[-1]
    pauses = (*step.pauses, Pause(step.held_at or step.entered_at, ctx.now()))
    due = chain.due_of(ctx, case, step.node, pauses, step.since)
    case = chain.with_step(case, state="handling", held_at=None, due_at=due, pauses=pauses)
    case = await cases_of(ctx).save(msgspec.structs.replace(case, state=CASE.follow("clear", case.state)))
    ctx.emit(TaskResumed(place=step.place, subject=case.id, node=step.node, round=step.round, due_at=due))
    chain.tell(ctx, CaseCleared, case)
    if case.parked is not None:
        await chain.carry_out(ctx, case, case.parked)


async def end_case(event: CaseEnded, ctx: Context) -> None:
    """终止 called for by another plugin."""
    case: Case | None = await cases_of(ctx).first({"_id": event.case})
    if case is None or not CASE.allows("end", case.state):
        return
    said = Decision(
        move="end", opinion=event.reason, round=case.progress[-1].round, person=event.person, shown=event.shown
    )
    await terminate(ctx, case, said)


async def end_by_hand(ctx: Context, id: str, request: EndRequest) -> Case:
    """终止 by the county's bureau, whose project it is."""
    case: Case = await cases_of(ctx).get(id)
    check_bureau(ctx, case)
    if case.version != request.version:
        raise Stale(state={"state": case.state, "node": case.node, "version": case.version})
    reason = read_words(request.reason, "reason", "终止的理由（申报人会看到）")
    actor = ctx.actor
    said = Decision(
        move="end",
        opinion=reason,
        round=case.progress[-1].round,
        person=actor.person,
        shown=actor.name.reveal() if actor.name else "",
    )
    ended = await terminate(ctx, case, said)
    ctx.emit(touched(ctx, ended, "终止申报"))
    return ended


def check_bureau(ctx: Context, case: Case) -> None:
    """``Forbidden`` for whoever is not the case's bureau at its county; nor may those it is about."""
    if case.county != ctx.county:
        raise NotFound
    if not duties.does(ctx.actor, case, ENDING, at=case.county):
        raise Forbidden("终止申报由区县主管部门办理。")
    if ctx.actor.person == case.applicant or ctx.actor.id_key in case.avoid_keys:
        raise Forbidden("您是本件的当事人，按规定应当回避，请由其他经办人员办理。")


def touched(ctx: Context, case: Case, label: str) -> BusinessTouched:
    """For the handler's 经办历史."""
    return BusinessTouched(
        place=case.place,
        subject=case.id,
        kind="declaration",
        label=label,
        title=chain.title_of(case),
        number=case.number,
        person=ctx.actor.person or "",
        bureau=case.bureau,
        project=case.project,
        link=chain.link_of(case),
        at=ctx.now(),
    )


async def terminate(ctx: Context, case: Case, said: Decision) -> Case:
    """End a case that cannot go on; ``said`` is who ended it and why."""
    after = CASE.follow("end", case.state, node=case.node, version=case.version)
    chain.end_task(ctx, case)
    case = chain.closed(case, "ended", ctx.now(), said)
    case = msgspec.structs.replace(case, state=after, open=False, closed_at=ctx.now(), holds=(), parked=None)
    ctx.audit("declaration.end", case.id, why=said.opinion)
    chain.tell(ctx, CaseTerminated, case)
    ended: Case = await cases_of(ctx).save(case)
    return ended
