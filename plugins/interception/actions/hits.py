"""What becomes of a hit: put to the bureau, 属实 or 误报解除 with a second person, looked at by 纪委, archived.

Each move is written on the hit and on its person in one transaction, so that whoever approves or pays comes before or after.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from hub.api import (
    Conflict,
    Context,
    Forbidden,
    NotFound,
    Offers,
    TaskSettled,
    TaskWanted,
    clean,
    day_in_chinese,
    during,
    money,
    read_reason,
    read_words,
)
from plugins.declaration.events import CaseEnded, HoldAsked, HoldLifted
from plugins.interception.actions.acts import (
    NODE,
    act,
    check_confirms,
    check_evidence,
    check_here,
    check_version,
    link_of,
    seconds,
    shown,
    shown_name,
    title_of,
    touched,
    visible,
    watches,
    with_act,
)
from plugins.interception.actions.people import Book, told
from plugins.interception.actions.recoveries import open_recovery
from plugins.interception.actions.rules import BY_CODE
from plugins.interception.documents import HIT, UNRESOLVED, Hit, Mark, Person, Proof, Proposal, hits_of
from plugins.interception.events import HitCleared, HitConfirmed, HitFound, HitJoined, HitNoted, HitReturned
from plugins.payments.events import StopAsked
from plugins.survey.events import SurveyWanted

# None of these says which rule or list it was: handlers of other bureaus and residents read them.
STOPPED = "经主管部门核实，不符合享受条件"
SURVEY_REASON = "请全面核查家庭成员、收入、财产和实际居住情况。"
SECOND_PERSON = (
    "误报解除须由第二人确认：请本岗位另一名经办人员办理；本岗位只有一人的，由市级主管部门或本局领导确认。"
    "同一人的其他账号不能确认。"
)


class VersionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``version`` as it was shown; ``reason`` is kept with the move."""

    version: int
    reason: str


class ConfirmRequest(msgspec.Struct, frozen=True, kw_only=True):
    """属实. ``stop``: 停发 (of what blocks, always). ``end_case``: the open declaration ends, too; else its node refuses it.
    ``recover``: yuan to get back, ``"120.50"``.
    """

    version: int
    reason: str
    stop: bool = False
    end_case: bool = False
    recover: str | None = None


class ProposalRequest(msgspec.Struct, frozen=True, kw_only=True):
    """误报解除: why, and what proves it (documents seen, offices asked)."""

    version: int
    reason: str
    evidence: str


class ReasonRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Why unmasked data are needed."""

    reason: str


# --- found -----------------------------------------------------------------------------------------------------------


async def take_up(event: HitFound, ctx: Context) -> None:
    """Put a new hit to the bureau; let its case wait; let somebody go and look where the rule wants it. Told twice, once done."""
    hit: Hit | None = await hits_of(ctx).first({"_id": event.hit})
    if hit is None or hit.state != "found":
        return
    hit = await hits_of(ctx).save(
        msgspec.structs.replace(
            hit,
            state=HIT.follow("ask", hit.state),
            acts=with_act(hit.acts, act(ctx, "ask", "转业务局确认")),
        )
    )
    ctx.emit(task_of(ctx, hit, announced=True))
    hold(ctx, hit)
    if BY_CODE[hit.rule].full_survey and ctx.node("survey") is not None:
        ctx.emit(survey_of(hit))


async def join(event: HitJoined, ctx: Context) -> None:
    """An open hit was found again: its form was handed in, the case became a benefit, or another form was typed."""
    hit: Hit | None = await hits_of(ctx).first({"_id": event.hit})
    if hit is None or not hit.open:
        return
    joined = msgspec.structs.replace(
        hit,
        attempt=event.attempt or hit.attempt,
        attempts=hit.attempts + (event.attempt is not None and event.attempt not in (hit.attempt, hit.case)),
        at_entry=hit.at_entry or (event.case is None and event.attempt is not None),
        case=event.case or hit.case,
        case_number=event.case_number or hit.case_number,
        benefit=event.benefit or hit.benefit,
        avoid=tuple(dict.fromkeys((*hit.avoid, *event.avoid))),
    )
    if joined == hit:
        return
    joined = await hits_of(ctx).save(joined)
    if joined.case != hit.case and joined.state != "found":
        if hit.case is not None:
            lift(ctx, hit)
        hold(ctx, joined)


def task_of(ctx: Context, hit: Hit, *, announced: bool = False) -> TaskWanted:
    """For the bureau's position at the county. A second person's task is kept from the first, who proposed."""
    proposal = hit.proposal
    keys = (proposal.id_key,) if proposal and proposal.id_key else ()
    return TaskWanted(
        place=ctx.county or hit.place,
        subject=hit.id,
        node=NODE,
        label="误报解除复核" if proposal else "拦截信息确认",
        round=hit.round,
        role="handler",
        bureau=hit.bureau,
        project=hit.project,
        title=title_of(hit),
        number=hit.number,
        link=link_of(hit.id),
        due_at=hit.due_at or ctx.now(),
        subject_key=hit.key,
        avoid=(*hit.avoid, *((proposal.person,) if proposal else ())),
        avoid_keys=(*hit.avoid_keys, *keys),
        hidden=True,
        sensitive=hit.sensitive,
        announced=announced,
    )


def survey_of(hit: Hit) -> SurveyWanted:
    return SurveyWanted(
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
    )


def hold(ctx: Context, hit: Hit) -> None:
    """拦截挂起 of the open case: told neutrally, until when, and how to object."""
    if hit.case is None or hit.severity != "block" or not hit.open:
        return
    until = ctx.calendar.due(ctx.now(), ctx.config.answer_within)
    words = (
        f"有关信息正在核对，预计{day_in_chinese(until)}前完成，核对期间不计入办理期限。"
        f"如有异议，可携带证明材料到{ctx.config.objection_office}说明。"
    )
    ctx.emit(
        HoldAsked(place=ctx.county or hit.place, case=hit.case, by=f"interception:{hit.id}", words=words, until=until)
    )


def lift(ctx: Context, hit: Hit) -> None:
    if hit.case is not None and hit.severity == "block":
        ctx.emit(HoldLifted(place=ctx.county or hit.place, case=hit.case, by=f"interception:{hit.id}"))


# --- the bureau ------------------------------------------------------------------------------------------------------


async def hit_of(ctx: Context, id: str) -> Hit:
    """A hit within reach that one may see."""
    hit: Hit | None = await hits_of(ctx).first(visible(ctx.actor, {"_id": id}))
    if hit is None:
        raise NotFound
    return hit


async def taken(ctx: Context, id: str, version: int, move: str) -> Hit:
    """A hit that the one who acts may bring on by this move, as they have seen it."""
    hit = await hit_of(ctx, id)
    await OFFERS.check(move, ctx, hit)
    check_version(hit, version)
    return hit


async def confirm(ctx: Context, id: str, request: ConfirmRequest) -> Hit:
    """属实: 停发 of what is enjoyed, the open case ends or goes on to be refused, and the money comes back."""
    hit = await taken(ctx, id, request.version, "confirm")
    state = HIT.moves["confirm"].after
    reason = read_reason(request.reason)
    amount = money.read_amount(request.recover, "recover") if request.recover is not None else None
    recovery = await open_recovery(ctx, hit, amount, reason) if amount else None
    hit = await decided(ctx, hit, state, "confirm", reason, recovery=recovery.id if recovery else hit.recovery)
    settle(ctx, hit, "confirm", reason)
    if hit.severity == "block" or request.stop:
        ctx.emit(stop_of(ctx, hit))
    lift(ctx, hit)
    if request.end_case and hit.case is not None:
        ctx.emit(end_of(ctx, hit))
    ctx.emit(told(ctx, HitConfirmed, hit))
    return hit


def stop_of(ctx: Context, hit: Hit) -> StopAsked:
    return StopAsked(
        place=ctx.county or hit.place,
        id_key=hit.key,
        project=hit.project,
        reason=STOPPED,
        by=f"interception:{hit.id}",
        person=ctx.actor.person,
        shown=shown_name(ctx.actor),
    )


def end_of(ctx: Context, hit: Hit) -> CaseEnded:
    """The declarant reads why in words of ours, not in those that the clerk wrote for colleagues."""
    reason = f"经主管部门核实，不符合本项目的享受条件。如有异议，可到{ctx.config.objection_office}说明。"
    return CaseEnded(
        place=ctx.county or hit.place,
        case=hit.case or "",
        reason=reason,
        person=ctx.actor.person,
        shown=shown_name(ctx.actor),
    )


async def note(ctx: Context, id: str, request: VersionRequest) -> Hit:
    """知悉: a warning that needs nothing more."""
    hit = await taken(ctx, id, request.version, "note")
    state = HIT.moves["note"].after
    hit = await decided(ctx, hit, state, "note", read_reason(request.reason))
    settle(ctx, hit, "note", clean(request.reason))
    ctx.emit(told(ctx, HitNoted, hit))
    return hit


async def propose(ctx: Context, id: str, request: ProposalRequest) -> Hit:
    """误报解除, proposed: a second person decides."""
    hit = await taken(ctx, id, request.version, "propose")
    state = HIT.moves["propose"].after
    reason = read_reason(request.reason)
    evidence = read_words(request.evidence, "evidence", "证明误报的材料或核实情况")
    actor = ctx.actor
    proposal = Proposal(
        person=actor.person or "",
        id_key=actor.id_key,
        shown=shown_name(actor),
        reason=reason,
        evidence=evidence,
        at=ctx.now(),
    )
    settle(ctx, hit, "propose", reason)
    # The second person's task is a round of its own, which the first is kept from.
    words = f"{reason}（{evidence}）"
    hit = await moved(ctx, hit, state, "propose", words, proposal=proposal, round=hit.round + 1)
    ctx.emit(task_of(ctx, hit))
    return hit


async def clear(ctx: Context, id: str, request: VersionRequest) -> Hit:
    """误报解除, by the second person: the case goes on, and the same evidence raises nothing again."""
    hit = await taken(ctx, id, request.version, "clear")
    state = HIT.moves["clear"].after
    hit = await decided(ctx, hit, state, "clear", read_reason(request.reason))
    settle(ctx, hit, "clear", clean(request.reason))
    lift(ctx, hit)
    ctx.emit(told(ctx, HitCleared, hit))
    return hit


async def reject(ctx: Context, id: str, request: VersionRequest) -> Hit:
    """The second person does not agree: the bureau looks again."""
    hit = await taken(ctx, id, request.version, "reject")
    state = HIT.moves["reject"].after
    reason = read_reason(request.reason)
    settle(ctx, hit, "reject", reason)
    return await asked_again(ctx, hit, state, "reject", reason)


def check_second(ctx: Context, hit: Hit) -> None:
    """Whoever acts may be the second person: not the first under any account of theirs."""
    if not seconds(ctx.actor, hit) or (hit.proposal is not None and is_proposer(ctx, hit.proposal)):
        raise Forbidden(SECOND_PERSON)


def is_proposer(ctx: Context, proposal: Proposal) -> bool:
    key = ctx.actor.id_key
    return ctx.actor.person == proposal.person or (key is not None and key == proposal.id_key)


async def show_evidence(ctx: Context, id: str, request: ReasonRequest) -> list[Proof]:
    """What the lists say: for the confirming bureau and 纪委, with a reason, logged."""
    hit = await hit_of(ctx, id)
    check_evidence(ctx, hit)
    reason = read_reason(request.reason)
    ctx.audit("interception.evidence", hit.id, why=reason, number=hit.number, rule=hit.rule)
    return msgspec.json.decode(hit.evidence.reveal(), type=list[Proof])


# --- 纪委 ------------------------------------------------------------------------------------------------------------


def check_watches(ctx: Context, hit: Hit) -> None:
    if not watches(ctx.actor, hit):
        raise Forbidden("复核由纪委办理。")


async def review(ctx: Context, id: str, request: VersionRequest) -> Hit:
    """复核同意."""
    hit = await taken(ctx, id, request.version, "review")
    state = HIT.moves["review"].after
    hit = await moved(ctx, hit, state, "review", read_reason(request.reason))
    touched(ctx, "复核同意", hit)
    return hit


async def send_back(ctx: Context, id: str, request: VersionRequest) -> Hit:
    """退回重新核实: it is open again, and its case waits again."""
    hit = await taken(ctx, id, request.version, "send_back")
    state = HIT.moves["send_back"].after
    reason = read_reason(request.reason)
    hit = await asked_again(ctx, hit, state, "send_back", reason)
    hold(ctx, hit)
    touched(ctx, "退回重新核实", hit)
    ctx.emit(told(ctx, HitReturned, hit))
    return hit


async def archive(ctx: Context, id: str, request: VersionRequest) -> Hit:
    """归档."""
    hit = await taken(ctx, id, request.version, "archive")
    state = HIT.moves["archive"].after
    hit = await moved(ctx, hit, state, "archive", read_reason(request.reason))
    await mark(ctx, hit, hit.outcome, final=True)
    touched(ctx, "归档", hit)
    return hit


# --- small words -----------------------------------------------------------------------------------------------------


async def moved(ctx: Context, hit: Hit, state: str, move: str, why: str, **changes: Any) -> Hit:
    """The hit after a move, saved: who, when, why."""
    line = act(ctx, move, HIT.moves[move].label, bureau=hit.bureau, why=why)
    after = msgspec.structs.replace(
        hit, state=state, open=state in UNRESOLVED, acts=with_act(hit.acts, line), **changes
    )
    ctx.audit(f"interception.{move}", hit.id, why=why, rule=hit.rule, number=hit.number)
    saved: Hit = await hits_of(ctx).save(after)
    return saved


async def decided(ctx: Context, hit: Hit, state: str, move: str, why: str, **changes: Any) -> Hit:
    """The bureau's result, on the hit and on its person."""
    hit = await moved(ctx, hit, state, move, why, outcome=state, **changes)
    await mark(ctx, hit, hit.outcome)
    return hit


async def asked_again(ctx: Context, hit: Hit, state: str, move: str, why: str) -> Hit:
    """It waits for the bureau once more, in a new round."""
    due = ctx.calendar.due(ctx.now(), ctx.config.confirm_within)
    # First the person: it says whether this hit has been overtaken.
    await mark(ctx, hit, "open")
    hit = await moved(ctx, hit, state, move, why, outcome="", round=hit.round + 1, due_at=due, proposal=None)
    ctx.emit(task_of(ctx, hit))
    return hit


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


def check_newest(person: Person, hit: Hit) -> None:
    if not any(each.hit == hit.id for each in person.marks):
        raise Conflict("此人在本项目已有新的同类命中，请办理新的一条。", state=shown(hit))


def put_state(each: Mark, hit: Hit, state: str, final: bool) -> Mark:
    return msgspec.structs.replace(each, state=state, final=final) if each.hit == hit.id else each


def settle(ctx: Context, hit: Hit, move: str, opinion: str) -> None:
    """The task is done on the hit's own page."""
    ctx.emit(
        TaskSettled(
            place=ctx.county or hit.place,
            subject=hit.id,
            node=NODE,
            round=hit.round,
            move=move,
            opinion=opinion,
            person=ctx.actor.person or "",
            shown=shown_name(ctx.actor),
        )
    )


# --- what is offered -------------------------------------------------------------------------------------------------


def check_needs_no_more(ctx: Context, hit: Hit) -> None:
    if hit.severity == "block":
        raise Conflict("此类命中须确认属实或误报解除，不能只作知悉。", state=shown(hit))


async def check_not_overtaken(ctx: Context, hit: Hit) -> None:
    """What is to wait for the bureau again must be the newest of its kind."""
    check_newest((await Book.open(ctx, [hit.key]))[hit.key], hit)


OFFERS: Offers[Hit] = Offers(
    {
        "confirm": (check_here, check_confirms, during(HIT, "confirm")),
        "propose": (check_here, check_confirms, during(HIT, "propose")),
        "note": (check_here, check_confirms, during(HIT, "note"), check_needs_no_more),
        "clear": (check_here, check_second, during(HIT, "clear")),
        "reject": (check_here, check_second, during(HIT, "reject"), check_not_overtaken),
        "review": (check_here, check_watches, during(HIT, "review")),
        "send_back": (check_here, check_watches, during(HIT, "send_back"), check_not_overtaken),
        "archive": (check_here, check_watches, during(HIT, "archive")),
    }
)
