"""拦截挂起 and 终止: what other plugins ask of a case, what the bureau ends by itself, and what becomes of it."""

from __future__ import annotations

import msgspec

from hub.api import (
    Button,
    Context,
    Decision,
    Duty,
    Forbidden,
    Moved,
    Reason,
    ReasonRequest,
    duties,
    recusal,
    shown_name,
)
from plugins.declaration.actions import chain
from plugins.declaration.business import CASES, derived, told
from plugins.declaration.documents import CASE, Case, Hold, Pause, Wish, cases_of
from plugins.declaration.events import (
    CaseCleared,
    CaseIntercepted,
    CaseTerminated,
    EndCase,
    HoldCase,
    LiftHold,
)

# Of one case: each hit has one.
MOST_WISHES = 50
# The bureau at the county.
ENDING = Duty(role="handler", nodes=("approve_county",))


# --- 拦截挂起 --------------------------------------------------------------------------------------------------------


async def hold_case(event: HoldCase, ctx: Context) -> None:
    """Let a case wait: at once where it is being handled, else as soon as it would be again."""
    case = await told_newly(ctx, event)
    if case is None:
        return
    known = {hold.by: hold for hold in case.holds}
    since = known[event.by].since if event.by in known else ctx.now()
    wanted = known | {event.by: Hold(by=event.by, words=event.words, since=since, until=event.until)}
    if wanted == known:
        await note(ctx, case, event)
        return
    held, now = heard(ctx, msgspec.structs.replace(case, holds=tuple(wanted.values())), event), case.state == "handling"
    after, tell = (chain.intercepted(ctx, held), (told(CaseIntercepted),)) if now else (held, ())
    await CASES.amend(ctx, case, after, "hold", CASE.moves["intercept"].label, tell=tell, by=event.by)


async def lift_hold(event: LiftHold, ctx: Context) -> None:
    """Take one hold away; with the last one the same stay goes on, and a result that came meanwhile takes effect."""
    case = await told_newly(ctx, event)
    if case is None:
        return
    left = tuple(hold for hold in case.holds if hold.by != event.by)
    if left == case.holds:
        await note(ctx, case, event)
        return
    lifted, last = (
        heard(ctx, msgspec.structs.replace(case, holds=left), event),
        case.state == "intercepted" and not left,
    )
    after, tell = (cleared(ctx, lifted), (told(CaseCleared),)) if last else (lifted, ())
    saved = await CASES.amend(ctx, case, after, "lift_hold", CASE.moves["clear"].label, tell=tell, by=event.by)
    if last and saved.parked is not None:
        await chain.carry_out(ctx, saved, saved.parked)


async def told_newly(ctx: Context, event: HoldCase | LiftHold) -> Case | None:
    """The open case that somebody wants held, or held no more, unless the same has said since what they want."""
    case: Case | None = await cases_of(ctx).first({"_id": event.case})
    if case is None or not case.open:
        return None
    late = any(wish.by == event.by and ctx.overtaken_by(wish.told_in) for wish in case.wishes)
    return None if late else case


def heard(ctx: Context, case: Case, event: HoldCase | LiftHold) -> Case:
    """The case, knowing which wish of this key it has followed last."""
    others = tuple(wish for wish in case.wishes if wish.by != event.by)
    wishes = (*others, Wish(by=event.by, told_in=ctx.event_id or ""))[-MOST_WISHES:]
    return msgspec.structs.replace(case, wishes=wishes)


async def note(ctx: Context, case: Case, event: HoldCase | LiftHold) -> None:
    """What changes nothing now still counts against what comes late."""
    if (after := heard(ctx, case, event)) != case:
        await CASES.keep(ctx, case, after)


def cleared(ctx: Context, case: Case) -> Case:
    """The case goes on in the same stay, its wait not counted."""
    step = case.progress[-1]
    pauses = (*step.pauses, Pause(step.held_at or step.entered_at, ctx.now()))
    due = chain.due_of(ctx, case, step.node, pauses, step.since)
    case = chain.with_step(case, state="handling", held_at=None, due_at=due, pauses=pauses)
    return msgspec.structs.replace(case, state=CASE.transition("clear", case.state))


# --- 终止 ------------------------------------------------------------------------------------------------------------


async def end_case(event: EndCase, ctx: Context) -> None:
    """终止, as another plugin asks."""
    case: Case | None = await cases_of(ctx).first({"_id": event.case})
    if case is None or not CASE.allows("end", case.state):
        return
    said = Decision(
        move="end", opinion=event.reason, round=case.progress[-1].round, person=event.person, shown=event.shown
    )
    await CASES.move(
        ctx, case, "end", ended(ctx, case, said), why=said.opinion, open=True, tell=(told(CaseTerminated),)
    )


async def end_by_hand(ctx: Context, case: Case, form: ReasonRequest) -> Moved[Case]:
    """终止: death, no longer eligible; by the county's bureau, with its reason."""
    said = Decision(
        move="end",
        opinion=form.reason,
        round=case.progress[-1].round,
        person=ctx.actor.person,
        shown=shown_name(ctx.actor),
    )
    return Moved(ended(ctx, case, said), (told(CaseTerminated),))


def check_bureau(ctx: Context, case: Case) -> None:
    """``Forbidden`` for whoever is not the case's bureau at its county; nor may those it is about."""
    if not duties.does(ctx.actor, case, ENDING, at=case.county):
        raise Forbidden("终止申报由区县主管部门办理。")
    recusal.check_not_avoided(ctx.actor, derived(ctx, case))


def ended(ctx: Context, case: Case, said: Decision) -> Case:
    """A case that cannot go on; ``said`` is who ended it and why."""
    over = chain.closed(case, "ended", ctx.now(), said)
    return msgspec.structs.replace(over, open=False, closed_at=ctx.now(), holds=())


BUTTONS: tuple[Button[Case, ReasonRequest], ...] = (
    Button(
        name="end",
        call=end_by_hand,
        form=ReasonRequest,
        reason=Reason("终止的理由", open=True),
        may=(check_bureau,),
        label="终止申报",
        # Whoever had it at its node has not handled it.
        settles=False,
    ),
)
