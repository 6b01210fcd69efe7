"""享受: begun by an approved declaration, changed and ended by handlers, stopped by what other plugins find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from hub.api import Conflict, Context, Decision, Limit, Offers, PersonProved, TaskWanted, during, money, read_reason
from plugins.declaration.events import (
    CaseFact,
    CaseFinished,
    CaseGuarded,
    CaseRecalled,
    CaseTerminated,
    NodeEntered,
    StepDecided,
)
from plugins.payments.actions.acts import (
    act,
    check_bureau,
    check_here,
    check_version,
    masked,
    touched_benefit,
    unit_of,
    with_act,
)
from plugins.payments.documents import BENEFIT, Act, Benefit, Proved, Row, benefits_of, proved_of, rows_of
from plugins.payments.events import (
    BenefitEnded,
    BenefitFact,
    BenefitResumed,
    BenefitStarted,
    BenefitStopped,
    BenefitSuspended,
    ReaderSeen,
    StopAsked,
)

Read = TypeVar("Read", Benefit, Row)
Told = TypeVar("Told", bound=BenefitFact)

DISBURSE, PAY = "disburse", "pay"
USUAL_LIMIT = Limit(10)
# Of one person: more projects than there are, so that nothing is left out.
MOST_BENEFITS = 200

FACTS: Mapping[str, type[BenefitFact]] = {
    "suspend": BenefitSuspended,
    "resume": BenefitResumed,
    "stop": BenefitStopped,
    "end": BenefitEnded,
}


class ChangeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``version`` as it was shown; ``reason`` is kept with the change."""

    version: int
    reason: str


class AmountRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``amount`` of one payment in yuan, as text: ``"120.50"``."""

    version: int
    amount: str
    reason: str


# --- begun by a declaration ----------------------------------------------------------------------------------------------


async def take_case(event: NodeEntered, ctx: Context) -> None:
    """A case has come to 拨付 or 发放: it becomes a benefit, and goes on when its money does."""
    if event.node not in (DISBURSE, PAY):
        return
    benefit = await begin(ctx, event)
    if benefit.case != event.case or benefit.case_round >= event.round:
        return
    benefit = msgspec.structs.replace(benefit, case_node=event.node, case_round=event.round)
    await benefits_of(ctx).save(benefit)
    if event.node == DISBURSE:
        ctx.emit(task_of(ctx, event, benefit))
    elif await rows_of(ctx).count({"benefit": benefit.id, "case": event.case, "state": "paid"}, at_most=1):
        # The bank was faster than the word of it.
        step_on(ctx, benefit, "款项已发放")


async def finish_case(event: CaseFinished, ctx: Context) -> None:
    """A chain without 拨付 has ended: the declaration is approved all the same."""
    await begin(ctx, event)


async def begin(ctx: Context, event: CaseFact) -> Benefit:
    """The benefit of a case: known already, an open one that the case now stands for, or a new one."""
    same = {"project": event.project, "identity.id_number": event.identity.id_number, "open": True}
    known: Benefit | None = await benefits_of(ctx).first({"case": event.case, "open": True}) or await benefits_of(
        ctx
    ).first(same)
    if known is not None and known.case == event.case:
        return known
    readers = await readers_of(ctx, [ctx.store.blind(event.identity.id_number)])
    proved = readers.get(ctx.store.blind(event.identity.id_number))
    # The fact may be older than a proof that has put somebody in their place.
    agents, declarants = await ctx.present(event.agents), await ctx.present(event.declarants)
    people = tuple(dict.fromkeys((*agents, *([proved] if proved else []))))
    line = Act(at=event.at, move="approved", label="申报批准", unit=unit_of(ctx, event.bureau), why=event.number)
    given: dict[str, Any] = {
        "identity": event.identity,
        "case": event.case,
        "case_node": "",
        "case_round": 0,
        "number": event.number,
        "readers": people,
        "agents": agents,
        "told": declarants,
        "standard": event.standard,
        "quantity": f"{event.area_mu}亩" if event.area_mu else "",
    }
    if known is not None:
        card = event.identity.card or known.identity.card
        given["identity"] = msgspec.structs.replace(event.identity, card=card)
        renewed: Benefit = await benefits_of(ctx).save(
            msgspec.structs.replace(known, **given, acts=with_act(known.acts, line))
        )
        return renewed
    benefit: Benefit = await benefits_of(ctx).insert(
        Benefit(
            id=ctx.new_id(),
            place=event.place,
            project=event.project,
            short=event.short,
            bureau=event.bureau,
            sensitive=event.sensitive,
            source="declaration",
            acts=(line,),
            **given,
        )
    )
    tell(ctx, BenefitStarted, benefit)
    return benefit


def task_of(ctx: Context, event: NodeEntered, benefit: Benefit) -> TaskWanted:
    """The business bureau sets the amount and puts the benefit on a batch; or it sends the case back."""
    due = ctx.calendar.due(event.at, event.limit or ctx.config.limits.get(DISBURSE, USUAL_LIMIT))
    return TaskWanted(
        place=ctx.county or event.place,
        subject=event.case,
        node=DISBURSE,
        label="拨付",
        round=event.round,
        role="handler",
        bureau=event.bureau,
        project=event.project,
        title=f"{event.short} · {masked(benefit.identity)}",
        number=event.number,
        link=f"/pages/benefit?id={benefit.id}",
        due_at=due,
        subject_key=ctx.store.blind(event.identity.id_number),
        avoid=event.declarants,
        avoid_keys=(ctx.store.blind(event.identity.id_number),),
        sensitive=event.sensitive,
    )


def step_on(ctx: Context, benefit: Benefit, opinion: str, *, person: str | None = None, shown: str = "") -> None:
    """The declaration's present node has come to its result."""
    ctx.emit(
        StepDecided(
            place=benefit.place,
            case=benefit.case or "",
            round=benefit.case_round,
            move="pass",
            opinion=opinion,
            person=person,
            shown=shown,
        )
    )


async def send_back(ctx: Context, case: str, decision: Decision) -> None:
    """退回 from 拨付: the case goes back to an earlier node and the benefit that it made ends; unless money is under way."""
    benefit: Benefit | None = await benefits_of(ctx).first({"case": case, "open": True})
    if benefit is None:
        raise Conflict("本件没有待拨付的享受记录，请刷新后再看。")
    if await rows_of(ctx).count({"benefit": benefit.id, "live": True}, at_most=1):
        raise Conflict("本件已列入发放批次，请先从名册中剔除。")
    back = StepDecided(
        place=benefit.place,
        case=case,
        round=decision.round,
        move="return",
        opinion=decision.opinion,
        person=decision.person,
        shown=decision.shown,
        to=decision.to,
    )
    ctx.emit(back)
    await ended(ctx, benefit, "end", decision.opinion)


async def keep_case(ctx: Context, guarded: CaseGuarded) -> None:
    """Guard of ``declaration.recall``: no approval is taken back once its money is on a roster."""
    benefit: Benefit | None = await benefits_of(ctx).first({"case": guarded.case, "open": True})
    if benefit is None:
        return
    if await rows_of(ctx).count({"benefit": benefit.id, "live": True}, at_most=1):
        raise Conflict("本件已列入发放批次，不能撤销。")
    await benefits_of(ctx).touch(benefit)


async def undo_case(event: CaseRecalled, ctx: Context) -> None:
    """撤销通过: what followed from the approval is void."""
    await end_of_case(ctx, event, "撤销通过")


async def terminate_case(event: CaseTerminated, ctx: Context) -> None:
    """终止 of the declaration ends the benefit; what is on its way to the bank stays there."""
    await end_of_case(ctx, event, "申报终止")


async def end_of_case(ctx: Context, event: CaseFact, reason: str) -> None:
    benefit: Benefit | None = await benefits_of(ctx).first({"case": event.case, "open": True})
    if benefit is not None:
        await ended(ctx, benefit, "end", reason)


# --- changed by handlers ---------------------------------------------------------------------------------------------


def check_granting(ctx: Context, benefit: Benefit) -> None:
    """The bureau that grants, in the benefit's own county."""
    check_here(ctx, benefit)
    check_bureau(ctx, benefit, benefit.bureau)


def check_not_ended(ctx: Context, benefit: Benefit) -> None:
    if not benefit.open:
        raise Conflict("享受已终止，不能再设定金额。", state={"state": benefit.state, "version": benefit.version})


OFFERS: Offers[Benefit] = Offers(
    {move: (check_granting, during(BENEFIT, move)) for move in BENEFIT.moves}
    | {"amount": (check_granting, check_not_ended)}
)


async def taken(ctx: Context, id: str, version: int, move: str) -> Benefit:
    """A benefit that the one who acts may change so, as they have seen it."""
    benefit: Benefit = await benefits_of(ctx).get(id)
    await OFFERS.check(move, ctx, benefit)
    check_version(benefit, version, benefit.state)
    return benefit


async def change(ctx: Context, id: str, move: str, request: ChangeRequest) -> Benefit:
    """暂停, 恢复, 停发, 终止, with the reason."""
    benefit = await taken(ctx, id, request.version, move)
    changed = await ended(ctx, benefit, move, read_reason(request.reason))
    touched_benefit(ctx, BENEFIT.moves[move].label, changed)
    return changed


async def ended(ctx: Context, benefit: Benefit, move: str, reason: str, line: Act | None = None) -> Benefit:
    """The benefit after a move, saved and told."""
    state = BENEFIT.follow(move, benefit.state, version=benefit.version)
    line = line or act(ctx, move, BENEFIT.moves[move].label, bureau=benefit.bureau, why=reason)
    changed = msgspec.structs.replace(benefit, state=state, open=state != "ended", acts=with_act(benefit.acts, line))
    changed = await benefits_of(ctx).save(changed)
    ctx.audit(f"payments.{move}", changed.id, why=reason)
    tell(ctx, FACTS[move], changed, reason)
    return changed


async def set_amount(ctx: Context, id: str, request: AmountRequest) -> Benefit:
    """How much one payment is; rosters that were already made keep theirs."""
    benefit = await taken(ctx, id, request.version, "amount")
    amount, reason = money.written(money.read_amount(request.amount)), read_reason(request.reason)
    line = act(ctx, "amount", "设定金额", bureau=benefit.bureau, why=f"{amount}元：{reason}")
    changed: Benefit = await benefits_of(ctx).save(
        msgspec.structs.replace(benefit, amount=amount, acts=with_act(benefit.acts, line))
    )
    ctx.audit("payments.amount", changed.id, why=reason)
    touched_benefit(ctx, "设定金额", changed)
    return changed


# --- what others find ------------------------------------------------------------------------------------------------


async def stop(event: StopAsked, ctx: Context) -> None:
    """停发, because another plugin confirmed that somebody is not entitled. Asked again, nothing changes."""
    wanted: dict[str, object] = {"open": True, "state": {"$in": list(BENEFIT.moves["stop"].before)}}
    if event.benefit is not None:
        wanted["_id"] = event.benefit
    elif event.id_key is not None:
        wanted["identity.id_number.b"] = event.id_key
    else:
        return
    if event.project is not None:
        wanted["project"] = event.project
    for benefit in await benefits_of(ctx).find(wanted, limit=MOST_BENEFITS):
        line = Act(
            at=ctx.now(),
            move="stop",
            label="停发",
            unit=unit_of(ctx, benefit.bureau),
            handler=event.shown,
            person=event.person,
            why=event.reason,
        )
        await ended(ctx, benefit, "stop", event.reason, line)


async def know_person(event: PersonProved | ReaderSeen, ctx: Context) -> None:
    """A resident was proved: what is paid to that number is theirs to read; whose claim has ended reads it no more."""
    known: Proved | None = await proved_of(ctx).first({"id_key": event.id_key})
    if known is None:
        place = ctx.county or event.place
        await proved_of(ctx).insert(Proved(id=ctx.new_id(), place=place, id_key=event.id_key, person=event.person))
    elif known.person != event.person:
        await proved_of(ctx).save(msgspec.structs.replace(known, person=event.person))
    wanted = {"identity.id_number.b": event.id_key}
    benefits = await benefits_of(ctx).find(wanted, limit=MOST_BENEFITS)
    await benefits_of(ctx).save_many([read_by(benefit, event) for benefit in benefits])
    rows = await rows_of(ctx).find(wanted, sort=(("created_at", -1),), limit=MOST_BENEFITS)
    await rows_of(ctx).save_many([read_by(row, event) for row in rows])


def read_by(document: Read, event: PersonProved | ReaderSeen) -> Read:
    """The same with its readers and those told of it: the proved person, and the agents, of whom none is one of the ended."""
    gone: set[str] = set(event.before) - set(document.agents)
    readers = [*(person for person in document.readers if person not in gone), event.person]
    told = [*(person for person in document.told if person not in gone), event.person]
    return msgspec.structs.replace(document, readers=tuple(dict.fromkeys(readers)), told=tuple(dict.fromkeys(told)))


async def readers_of(ctx: Context, keys: Sequence[str]) -> dict[str, str]:
    """Who was proved to have which ID number, by its blind index (≤ 200)."""
    found: list[Proved] = await proved_of(ctx).find({"id_key": {"$in": list(keys)}})
    return {proved.id_key: proved.person for proved in found}


def tell(ctx: Context, kind: type[BenefitFact], benefit: Benefit, reason: str = "") -> None:
    ctx.emit(fact(ctx, kind, benefit, reason))


def fact(ctx: Context, kind: type[Told], benefit: Benefit, reason: str = "") -> Told:
    """What happened to a benefit, as an event of this kind."""
    return kind(
        place=benefit.place,
        benefit=benefit.id,
        project=benefit.project,
        short=benefit.short,
        bureau=benefit.bureau,
        sensitive=benefit.sensitive,
        identity=benefit.identity,
        number=benefit.number,
        quantity=benefit.quantity,
        case=benefit.case,
        reason=reason,
        at=ctx.now(),
    )
