"""享受: begun by an approved declaration, stopped by what other plugins find, read by whom it is for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from hub.api import Conflict, Context, Decision, Limit, OpenTask, PersonProved, recusal, unit_of
from plugins.declaration.events import (
    CaseFact,
    CaseFinished,
    CaseGuarded,
    CaseRecalled,
    CaseTerminated,
    NodeEntered,
    TakeStep,
)
from plugins.payments.business import BENEFITS, Paid, benefit_told, kept_away, link_to
from plugins.payments.config import PaymentsConfig
from plugins.payments.documents import BENEFIT, Benefit, Proved, benefits_of, proved_of, rows_of
from plugins.payments.events import BenefitEnded, BenefitStarted, BenefitStopped, StopBenefits
from plugins.payments.steps import KnowReader

DISBURSE, PAY = "disburse", "pay"
USUAL_LIMIT = Limit(10)
# Of one person: more projects than there are, so that nothing is left out.
MOST_BENEFITS = 200


# --- begun by a declaration ----------------------------------------------------------------------------------------------


async def take_case(event: NodeEntered, ctx: Context) -> None:
    """A case has come to 拨付 or 发放: it becomes a benefit, and goes on when its money does."""
    if event.node not in (DISBURSE, PAY) or await ctx.told_since(event.case):
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
    if not await ctx.told_since(event.case):
        await begin(ctx, event)


async def begin(ctx: Context, event: CaseFact) -> Benefit:
    """The benefit of a case: known already, an open one that the case now stands for, or a new one."""
    same = {"project": event.project, "identity.id_number": event.identity.id_number, "open": True}
    known: Benefit | None = await benefits_of(ctx).first({"case": event.case, "open": True}) or await benefits_of(
        ctx
    ).first(same)
    if known is not None and known.case == event.case:
        return await kept_from(ctx, known, event)
    key = ctx.store.blind(event.identity.id_number)
    proved = (await hold_readers(ctx, [key])).get(key)
    # The fact may be older than a proof that has put somebody in their place.
    agents, declarants = await ctx.present(event.agents), await ctx.present(event.declarants)
    people = tuple(dict.fromkeys((*agents, *([proved] if proved else []))))
    given: dict[str, Any] = {
        "identity": event.identity,
        "case": event.case,
        "case_node": "",
        "case_round": 0,
        "number": event.number,
        "readers": people,
        "agents": agents,
        "told": tuple(dict.fromkeys((*declarants, *people))),
        "standard": event.standard,
        "quantity": f"{event.area_mu}亩" if event.area_mu else "",
    }
    if known is not None:
        card = event.identity.card or known.identity.card
        given["identity"] = msgspec.structs.replace(event.identity, card=card)
        after = recusal.widened(msgspec.structs.replace(known, **given), keys=event.avoid_keys)
        return await BENEFITS.keep(ctx, known, approved(ctx, known, after, event))
    new = Benefit(
        id=ctx.new_id(),
        place=event.place,
        project=event.project,
        short=event.short,
        bureau=event.bureau,
        sensitive=event.sensitive,
        source="declaration",
        avoid_keys=event.avoid_keys,
        **given,
    )
    return await BENEFITS.add(ctx, approved(ctx, new, new, event), tell=(benefit_told(BenefitStarted),))


async def kept_from(ctx: Context, benefit: Benefit, event: CaseFact) -> Benefit:
    """The case may tell of more numbers than when it came, or than the version before had told."""
    after = recusal.widened(benefit, keys=event.avoid_keys)
    return benefit if after == benefit else await BENEFITS.keep(ctx, benefit, after)


def approved(ctx: Context, before: Benefit, after: Benefit, event: CaseFact) -> Benefit:
    """By the county's bureau, when the case was approved there."""
    unit = unit_of(ctx, ctx.county or event.place, event.bureau)
    line = BENEFITS.line(ctx, before, "approved", "申报批准", event.number)
    return BENEFITS.amended(ctx, before, after, msgspec.structs.replace(line, at=event.at, unit=unit))


def task_of(ctx: Context, event: NodeEntered, benefit: Benefit) -> OpenTask:
    """The business bureau sets the amount and puts the benefit on a batch; or it sends the case back, whose task this is."""
    due = ctx.calendar.due(event.at, event.limit or ctx.settings(PaymentsConfig).limits.get(DISBURSE, USUAL_LIMIT))
    return OpenTask(
        place=ctx.county or event.place,
        subject=event.case,
        node=DISBURSE,
        label="拨付",
        round=event.round,
        role="handler",
        bureau=event.bureau,
        project=event.project,
        title=f"{event.short} · {benefit.identity.masked}",
        number=event.number,
        link=link_to(benefit, "benefits"),
        due_at=due,
        subject_key=ctx.store.blind(event.identity.id_number),
        avoid=event.declarants,
        avoid_keys=benefit.avoid_keys,
        sensitive=event.sensitive,
    )


def step_on(ctx: Context, benefit: Benefit, opinion: str, *, person: str | None = None, shown: str = "") -> None:
    """The declaration's present node has come to its result."""
    ctx.emit(
        TakeStep(
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
    back = TakeStep(
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
    await undo(ctx, benefit, decision.opinion)


async def keep_case(ctx: Context, guarded: CaseGuarded) -> None:
    """Guard of ``declaration.recall``: no approval is taken back once its money is on a roster."""
    benefit: Benefit | None = await benefits_of(ctx).first({"case": guarded.case, "open": True})
    if benefit is None:
        return
    if await rows_of(ctx).count({"benefit": benefit.id, "live": True}, at_most=1):
        raise Conflict("本件已列入发放批次，不能撤销。")
    await benefits_of(ctx).touch(benefit)


async def undo_case(event: CaseRecalled, ctx: Context) -> None:
    """撤销通过: what followed from the approval is void; not what was approved anew since."""
    if not await ctx.told_since(event.case) and (benefit := await made_by(ctx, event)) is not None:
        await undo(ctx, benefit, "撤销通过")


async def terminate_case(event: CaseTerminated, ctx: Context) -> None:
    """终止 of the declaration ends the benefit; what is on its way to the bank stays there."""
    await ctx.told_since(event.case)
    if (benefit := await made_by(ctx, event)) is not None:
        await BENEFITS.move(ctx, benefit, "end", why="申报终止", tell=(benefit_told(BenefitEnded, "申报终止"),))


async def made_by(ctx: Context, event: CaseFact) -> Benefit | None:
    """What a case has led to, and still stands."""
    benefit: Benefit | None = await benefits_of(ctx).first({"case": event.case, "open": True})
    return benefit


async def undo(ctx: Context, benefit: Benefit, reason: str) -> None:
    """It ends because its case goes on from an earlier node. Its person hears of the case; that they get nothing any more is not so."""
    await BENEFITS.move(ctx, benefit, "end", why=reason, tell=(benefit_told(BenefitEnded, reason, quietly=True),))


# --- what others find ------------------------------------------------------------------------------------------------


async def stop(event: StopBenefits, ctx: Context) -> None:
    """停发, because another plugin confirmed that somebody is not entitled. Asked again, nothing changes.

    Put off, it stops all the same what was resumed by hand meanwhile: in its order that could not have been. Of a person it stops
    what they had when it was asked.
    """
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
        if event.benefit is None and ctx.overtaken_by(benefit.id):
            continue
        line = BENEFITS.line(ctx, benefit, "stop", "停发", event.reason)
        line = msgspec.structs.replace(line, handler=event.shown, person=event.person)
        told = (benefit_told(BenefitStopped, event.reason),)
        await BENEFITS.move(ctx, benefit, "stop", why=event.reason, line=line, tell=told)


async def know_person(event: PersonProved | KnowReader, ctx: Context) -> None:
    """A resident was proved: what is paid to that number is theirs to read; whose claim has ended reads it no more.

    By a proof that was put off nobody begins to read what is somebody else's by now.
    """
    known: Proved | None = await proved_of(ctx).first({"id_key": event.id_key})
    if known is None:
        known = Proved(id=ctx.new_id(), place=ctx.county or event.place, id_key=event.id_key, person=event.person)
        known = await proved_of(ctx).insert(msgspec.structs.replace(known, told_in=ctx.event_id or ""))
    elif not ctx.overtaken_by(known.told_in):
        told = msgspec.structs.replace(known, person=event.person, told_in=ctx.event_id or known.told_in)
        known = await proved_of(ctx).save(told) if told != known else known
    gone = {*event.before, event.person} - {known.person}
    wanted = {"identity.id_number.b": event.id_key}
    benefits = await benefits_of(ctx).find(wanted, limit=MOST_BENEFITS)
    await benefits_of(ctx).save_many([read_by(benefit, known.person, gone) for benefit in benefits])
    rows = await rows_of(ctx).find(wanted, sort=(("created_at", -1),), limit=MOST_BENEFITS)
    await rows_of(ctx).save_many([read_by(row, known.person, gone) for row in rows])


def read_by(document: Paid, proved: str, gone: Collection[str]) -> Paid:
    """The document with its readers and those told of it: the proved person, and the agents, of whom none is one of the gone."""
    ended: set[str] = set(gone) - set(document.agents)
    readers = [*(person for person in document.readers if person not in ended), proved]
    told = [*(person for person in document.told if person not in ended), proved]
    known = msgspec.structs.replace(document, readers=tuple(dict.fromkeys(readers)), told=tuple(dict.fromkeys(told)))
    return kept_away(known)


async def hold_readers(ctx: Context, keys: Sequence[str]) -> dict[str, str]:
    """Who was proved to have which ID number, by its blind index (≤ 200), for benefits that begin in this transaction.

    Each is written, known or not: a proof that is heard meanwhile would else find no benefit, and be found by none.
    """
    known: list[Proved] = await proved_of(ctx).find({"id_key": {"$in": list(keys)}})
    missing = [key for key in keys if key not in {proved.id_key for proved in known}]
    await proved_of(ctx).save_many(known)
    await proved_of(ctx).insert_many(
        [Proved(id=ctx.new_id(), place=ctx.county or ctx.place.code, id_key=key) for key in missing]
    )
    return {proved.id_key: proved.person for proved in known if proved.person}
