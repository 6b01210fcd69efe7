"""What becomes of a hit: put to the bureau, 属实 or 误报解除 with a second person, looked at by 纪委, archived.

Each move is written on the hit and on its person in one transaction, so that whoever approves or pays comes before or after.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from hub.api import (
    Asked,
    Button,
    Context,
    Fact,
    Moved,
    Reason,
    ReasonRequest,
    day_in_chinese,
    money,
    read_words,
    recusal,
    shown_name,
)
from plugins.declaration.events import EndCase, HoldCase, LiftHold
from plugins.interception.actions.checks import (
    check_confirms,
    check_needs_no_more,
    check_newest,
    check_not_overtaken,
    check_second,
    check_watches,
)
from plugins.interception.actions.people import Book
from plugins.interception.actions.recoveries import keep_away_too, open_recovery
from plugins.interception.actions.rules import BY_CODE
from plugins.interception.business import HITS, county_of, told
from plugins.interception.config import InterceptionConfig
from plugins.interception.documents import Hit, Mark, Proposal, hits_of
from plugins.interception.events import HitCleared, HitConfirmed, HitFound, HitNoted
from plugins.interception.steps import JoinHit
from plugins.payments.events import StopBenefits
from plugins.survey.events import MakeSurvey

T = TypeVar("T")

# None of these says which rule or list it was: handlers of other bureaus and residents read them.
STOPPED = "经主管部门核实，不符合享受条件"
SURVEY_REASON = "请全面核查家庭成员、收入、财产和实际居住情况。"

SECOND, REVIEW = "interception.second", "interception.review"
WHY = Reason("理由")
OPINION = Reason("意见")


class ConfirmRequest(ReasonRequest, frozen=True, kw_only=True):
    """属实. ``stop``: 停发 (of what blocks, always). ``end_case``: the open declaration ends, too; else its node refuses it.
    ``recover``: yuan to get back, ``"120.50"``.
    """

    stop: Annotated[bool, Asked("同时停发本项目的补贴")] = False
    end_case: Annotated[bool, Asked("同时终止正在办理的申报")] = False
    recover: Annotated[str | None, Asked("追缴金额", "单位：元，如120.50。不需要追缴的不填。")] = None


class ProposalRequest(ReasonRequest, frozen=True, kw_only=True):
    """误报解除: why, and what proves it (documents seen, offices asked)."""

    evidence: Annotated[str, Asked("证明误报的材料或核实情况", "看过哪些证件、问过哪些单位。", long=True)]


# --- found -----------------------------------------------------------------------------------------------------------


async def take_up(event: HitFound, ctx: Context) -> None:
    """Put a new hit to the bureau; let its case wait; let somebody go and look where the rule wants it. Told twice, once done."""
    hit: Hit | None = await hits_of(ctx).first({"_id": event.hit})
    if hit is None or hit.state != "found":
        return
    looked = (survey_of,) if BY_CODE[hit.rule].full_survey and ctx.does(MakeSurvey) else ()
    await HITS.move(ctx, hit, "ask", audited=False, tell=(*held(hit), *looked))


async def join(step: JoinHit, ctx: Context) -> None:
    """An open hit was found again: its form was handed in, the case became a benefit, or another form was typed.
    What was put off adds what is not known, and takes nothing back.
    """
    late = bool(await ctx.told_since(step.hit))
    hit: Hit | None = await hits_of(ctx).first({"_id": step.hit})
    if hit is None or not hit.open:
        return
    joined = msgspec.structs.replace(
        recusal.widened(hit, step),
        attempt=newest(step.attempt, hit.attempt, late),
        attempts=hit.attempts + (step.attempt is not None and step.attempt not in (hit.attempt, hit.case)),
        at_entry=hit.at_entry or (step.case is None and step.attempt is not None),
        case=newest(step.case, hit.case, late),
        case_number=newest(step.case_number, hit.case_number, late),
        benefit=newest(step.benefit, hit.benefit, late),
    )
    if joined == hit:
        return
    other = joined.case != hit.case and joined.state != "found"
    moved = (*lifted(hit), *held(joined)) if other else ()
    await HITS.keep(ctx, hit, joined, tell=(*moved, *kept_away(ctx, hit, joined)))
    await keep_away_too(ctx, joined)


def newest(told: T, known: T, late: bool) -> T:
    return known or told if late else told or known


def kept_away(ctx: Context, before: Hit, hit: Hit) -> tuple[Fact[Hit], ...]:
    """Who must keep away from it now must from its survey."""
    surveyed = before.state != "found" and BY_CODE[hit.rule].full_survey and ctx.does(MakeSurvey)
    return (partial(survey_of, only_known=True),) if surveyed and recusal.keeps_more_away(hit, before) else ()


def survey_of(ctx: Context, hit: Hit, *, only_known: bool = False) -> MakeSurvey:
    return MakeSurvey(
        place=hit.place,
        subject=hit.id,
        origin="interception",
        number=hit.number,
        project=hit.project,
        short=hit.short,
        bureau=hit.bureau,
        identity=hit.identity,
        reason=SURVEY_REASON,
        sensitive=hit.sensitive,
        avoid=hit.avoid,
        avoid_keys=hit.avoid_keys,
        only_known=only_known,
    )


def held(hit: Hit) -> tuple[Fact[Hit], ...]:
    """拦截挂起 of the case of what blocks."""
    return (hold_of,) if hit.case is not None and hit.severity == "block" else ()


def hold_of(ctx: Context, hit: Hit) -> HoldCase:
    """Told neutrally, until when, and how to object."""
    until = ctx.calendar.due(ctx.now(), ctx.settings(InterceptionConfig).answer_within)
    words = (
        f"有关信息正在核对，预计{day_in_chinese(until)}前完成，核对期间不计入办理期限。"
        f"如有异议，可携带证明材料到{ctx.settings(InterceptionConfig).objection_office}说明。"
    )
    return HoldCase(place=county_of(hit), case=hit.case or "", by=by(hit), words=words, until=until)


def lifted(hit: Hit) -> tuple[Fact[Hit], ...]:
    """The end of it, for the case that ``hit`` had."""
    if hit.case is None or hit.severity != "block":
        return ()
    gone = LiftHold(place=county_of(hit), case=hit.case, by=by(hit))
    return (lambda ctx, hit: gone,)


def by(hit: Hit) -> str:
    """As others are told who wants it."""
    return f"interception:{hit.id}"


# --- the bureau ------------------------------------------------------------------------------------------------------


async def confirm(ctx: Context, hit: Hit, form: ConfirmRequest) -> Moved[Hit]:
    """属实: 停发, the open declaration ends or is refused, money is asked back."""
    amount = money.read_amount(form.recover, "recover") if form.recover is not None else None
    recovery = await open_recovery(ctx, hit, amount, form.reason) if amount else None
    await mark(ctx, hit, "confirmed")
    confirmed = msgspec.structs.replace(hit, recovery=recovery.id if recovery else hit.recovery)
    stopped = (stop_of,) if (hit.severity == "block" or form.stop) and ctx.does(StopBenefits) else ()
    ended = (end_of,) if form.end_case and hit.case is not None else ()
    return Moved(confirmed, (*stopped, *lifted(hit), *ended, told(HitConfirmed)), opinion=form.reason)


def stop_of(ctx: Context, hit: Hit) -> StopBenefits:
    return StopBenefits(
        place=county_of(hit),
        id_key=hit.key,
        project=hit.project,
        reason=STOPPED,
        by=by(hit),
        person=ctx.actor.person,
        shown=shown_name(ctx.actor),
    )


def end_of(ctx: Context, hit: Hit) -> EndCase:
    """The declarant reads why in words of ours, not in those that the clerk wrote for colleagues."""
    reason = f"经主管部门核实，不符合本项目的享受条件。如有异议，可到{ctx.settings(InterceptionConfig).objection_office}说明。"
    return EndCase(
        place=county_of(hit),
        case=hit.case or "",
        reason=reason,
        person=ctx.actor.person,
        shown=shown_name(ctx.actor),
    )


async def note(ctx: Context, hit: Hit, form: ReasonRequest) -> Moved[Hit]:
    """知悉 a warning that needs nothing more."""
    await mark(ctx, hit, "noted")
    return Moved(hit, (told(HitNoted),), opinion=form.reason)


async def propose(ctx: Context, hit: Hit, form: ProposalRequest) -> Moved[Hit]:
    """提出误报解除 with reason and proof: a second person of the position decides; where there is none, the level above.

    The second person's task is a round of its own, which the first is kept from.
    """
    evidence = read_words(form.evidence, "evidence", "证明误报的材料或核实情况")
    proposal = Proposal(
        person=ctx.actor.person or "",
        id_key=ctx.actor.id_key,
        shown=shown_name(ctx.actor),
        reason=form.reason,
        evidence=evidence,
        at=ctx.now(),
    )
    proposed = msgspec.structs.replace(hit, proposal=proposal, round=hit.round + 1)
    return Moved(proposed, opinion=form.reason, why=f"{form.reason}（{evidence}）")


async def clear(ctx: Context, hit: Hit, form: ReasonRequest) -> Moved[Hit]:
    """确认误报解除, as the second person: another holder, the bureau's leader, or the level above; never the first again.

    The case goes on, and the same evidence raises nothing again.
    """
    await mark(ctx, hit, "cleared")
    return Moved(hit, (*lifted(hit), told(HitCleared)), opinion=form.reason)


async def reject(ctx: Context, hit: Hit, form: ReasonRequest) -> Moved[Hit]:
    """不同意误报解除, as the second person: the bureau looks again."""
    return Moved(await asked_again(ctx, hit), opinion=form.reason)


# --- 纪委 ------------------------------------------------------------------------------------------------------------


async def review(ctx: Context, hit: Hit, form: ReasonRequest) -> Moved[Hit]:
    """纪委复核同意."""
    return Moved(hit)


async def send_back(ctx: Context, hit: Hit, form: ReasonRequest) -> Moved[Hit]:
    """纪委退回重新核实: it is open again.

    Its case waits again.
    """
    return Moved(await asked_again(ctx, hit), held(hit))


async def archive(ctx: Context, hit: Hit, form: ReasonRequest) -> Moved[Hit]:
    """归档."""
    await mark(ctx, hit, hit.outcome, final=True)
    return Moved(hit)


# --- small words -----------------------------------------------------------------------------------------------------


async def asked_again(ctx: Context, hit: Hit) -> Hit:
    """It waits for the bureau once more, in a new round."""
    due = ctx.calendar.due(ctx.now(), ctx.settings(InterceptionConfig).confirm_within)
    await mark(ctx, hit, "open")
    return msgspec.structs.replace(hit, round=hit.round + 1, due_at=due, proposal=None)


async def mark(
    ctx: Context, hit: Hit, state: Literal["", "open", "confirmed", "cleared", "noted"], *, final: bool = False
) -> None:
    """Write on the person where the hit stands. ``Conflict`` for one that has been overtaken by a newer."""
    book = await Book.open(ctx, [hit.key])
    person = book[hit.key]
    if state == "open":
        check_newest(person, hit)
    book.put(msgspec.structs.replace(person, marks=tuple(put_state(each, hit, state, final) for each in person.marks)))
    await book.write(everything=True)


def put_state(each: Mark, hit: Hit, state: str, final: bool) -> Mark:
    return msgspec.structs.replace(each, state=state, final=final) if each.hit == hit.id else each


# --- the buttons of a hit's page -----------------------------------------------------------------------------------------


BUTTONS: tuple[Button[Hit, Any], ...] = (
    Button(name="confirm", call=confirm, form=ConfirmRequest, reason=WHY, may=(check_confirms,)),
    Button(name="propose", call=propose, form=ProposalRequest, reason=WHY, may=(check_confirms,)),
    Button(
        name="note", call=note, form=ReasonRequest, reason=OPINION, may=(check_confirms,), checks=(check_needs_no_more,)
    ),
    Button(name="clear", call=clear, form=ReasonRequest, reason=WHY, act=SECOND, may=(check_second,)),
    Button(
        name="reject",
        call=reject,
        form=ReasonRequest,
        reason=WHY,
        act=SECOND,
        may=(check_second,),
        checks=(check_not_overtaken,),
    ),
    Button(name="review", call=review, form=ReasonRequest, reason=OPINION, act=REVIEW, may=(check_watches,)),
    Button(
        name="return",
        call=send_back,
        form=ReasonRequest,
        reason=WHY,
        rows=("send_back",),
        offered_as=("send_back",),
        act=REVIEW,
        may=(check_watches,),
        checks=(check_not_overtaken,),
    ),
    Button(name="archive", call=archive, form=ReasonRequest, reason=WHY, act=REVIEW, may=(check_watches,)),
)
