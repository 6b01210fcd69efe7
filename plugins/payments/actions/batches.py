"""发放批次: from the 名册 to the final confirmation, and who has to act at which step."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from hub.api import (
    Asked,
    Button,
    Conflict,
    Context,
    Decision,
    Fact,
    Holders,
    Invalid,
    Limit,
    Moved,
    Pressed,
    Reason,
    ReasonRequest,
    VersionRequest,
    check_all,
    check_here,
    masking,
    next_number,
    one_line,
    recusal,
    shared,
    shown,
    taken,
)
from plugins.payments.actions.periods import CYCLES, Cycle
from plugins.payments.actions.schedules import agree
from plugins.payments.business import BATCHES, CORRECT, ROWS, check_granting, settle
from plugins.payments.config import PaymentsConfig
from plugins.payments.documents import (
    BATCH,
    CANCELLED,
    PAYABLE,
    ROW,
    Apart,
    Batch,
    Benefit,
    Row,
    batches_of,
    benefits_of,
    rows_of,
)
from plugins.payments.steps import CollectPart, OfferPart, PayPart, ReleasePart
from plugins.publicity.events import (
    AddRows,
    OfferedRow,
    PublicityConfirmed,
    PublicityEnded,
    PublishRows,
    RowConfirmed,
)

# Rows of one transaction: well under a second, and a conflict with a handler costs little.
AT_ONCE = 200
NOBODY_CORRECTS = "目前本岗位和上级都没有可以更正的人员，请尽快安排人员"
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


class BatchRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``period`` is what one is paid for once: ``2026``, ``2026-H2``, ``2026-Q4`` or ``2026-12``. ``cycle``: how often the project
    pays, where the catalogue does not say; its first batch says so for good. ``publicity``: the days of its 发放公示.
    """

    project: Annotated[Text, Asked("补贴项目")]
    period: Annotated[
        str,
        Asked("期次", "这一批发的是哪一段时间的补贴。"),
        msgspec.Meta(max_length=10),
    ]
    cycle: Annotated[Cycle | None, Asked("多久发一次", "项目目录里没有的，第一次编制名册时填写。", choices=CYCLES)] = (
        None
    )
    title: Annotated[Text, Asked("批次名称", "会在公示中显示，如：2026年地力保护补贴。")]
    publicity: Limit | None = None


# What a batch asks of a benefit that it is to pay.
FOR_A_BATCH = (check_here, check_granting)

# --- 名册 ------------------------------------------------------------------------------------------------------------


async def create(ctx: Context, request: BatchRequest) -> Batch:
    """A new batch of a project; its 名册 is filled from those who are 享受中, part by part."""
    benefit: Benefit | None = await benefits_of(ctx).first({"project": request.project, "state": "active"})
    if benefit is None:
        raise Invalid("该项目没有享受中的人员，请先导入名册或等待申报批准。", fields={"project": "没有享受中的人员"})
    await check_all(FOR_A_BATCH, ctx, benefit)
    publicity = request.publicity or ctx.settings(PaymentsConfig).publicity
    if not 1 <= publicity.days <= 60:
        raise Invalid(fields={"publicity": "公示天数应为1至60天。"})
    period, cycle = await agree(ctx, benefit, request.period, request.cycle)
    new = Batch(
        id=ctx.new_id(),
        place=ctx.county or benefit.place,
        number=await next_number(ctx, "P", 4, series="batch-"),
        title=masking.check_published(one_line(request.title), "title"),
        project=benefit.project,
        short=benefit.short,
        bureau=tuple(dict.fromkeys((benefit.bureau, ctx.settings(PaymentsConfig).finance_bureau))),
        sensitive=benefit.sensitive,
        period=period.text,
        cycle=cycle,
        publicity=publicity,
        maker=ctx.actor.person or "",
        maker_key=ctx.actor.id_key,
    )
    pressed = Pressed("create", "编制名册")
    return await BATCHES.open(ctx, new, "编制名册", what="create", pressed=pressed, tell=(collecting,))


def collecting(ctx: Context, batch: Batch) -> CollectPart:
    return CollectPart(place=batch.place, subject=batch.id, part=0)


def check_collected(ctx: Context, batch: Batch) -> None:
    if batch.state != "roster" or not batch.collected:
        raise Conflict("名册正在编制或已提交，不能再次汇总。", state=shown(batch))


async def collect(ctx: Context, batch: Batch, form: VersionRequest) -> Moved[Batch]:
    """再次汇总: also those who came, or got an amount, after the 名册 was made."""
    return Moved(msgspec.structs.replace(batch, collected=False, after="", passed_over=0), (collecting,))


async def collect_part(step: CollectPart, ctx: Context) -> None:
    """The next benefits onto the 名册. Told twice, or after it went on, nothing happens."""
    batch: Batch | None = await batches_of(ctx).first({"_id": step.subject})
    if batch is None or batch.state != "roster" or batch.collected:
        return
    wanted = {"project": batch.project, "state": "active", "_id": {"$gt": batch.after}}
    found: list[Benefit] = await benefits_of(ctx).find(wanted, sort=(("_id", 1),), limit=AT_ONCE)
    fresh = await unpaid(ctx, batch, found)
    await rows_of(ctx).insert_many(
        [ROWS.derived(ctx, row_of(ctx, batch, benefit, batch.rows + at)) for at, benefit in enumerate(fresh, 1)]
    )
    # Written, so that a 停发 or 撤销通过 that comes meanwhile sees the roster or is seen by it.
    await benefits_of(ctx).save_many(fresh)
    total = sum((Decimal(benefit.amount or "0") for benefit in fresh), Decimal(batch.total))
    over = len(found) < AT_ONCE
    batch = msgspec.structs.replace(
        batch,
        rows=batch.rows + len(fresh),
        total=str(total),
        passed_over=batch.passed_over + sum(benefit.amount is None for benefit in found),
        after=found[-1].id if found else batch.after,
        collected=over,
    )
    await batches_of(ctx).save(batch)
    if not over:
        ctx.enqueue(CollectPart(place=batch.place, subject=batch.id, part=step.part + 1))


async def unpaid(ctx: Context, batch: Batch, found: list[Benefit]) -> list[Benefit]:
    """Those with an amount who are on no roster of this period yet, nor on any of a project that pays once."""
    key_of = {benefit.id: ctx.store.blind(benefit.identity.id_number) for benefit in found}
    paid = await paid_already(ctx, batch, list(key_of.values()))
    done = await paid_once(ctx, found) if batch.cycle == "once" else set()
    return [
        benefit
        for benefit in found
        if benefit.amount is not None and key_of[benefit.id] not in paid and (benefit.id, benefit.case) not in done
    ]


async def paid_already(ctx: Context, batch: Batch, keys: list[str]) -> set[str]:
    """Who of these (≤ 200 blind ID numbers) stands on a roster of this project and period."""
    same = {"project": batch.project, "identity.id_number.b": {"$in": keys}, "period": batch.period}
    there = {**same, "live": True, "sole": True}
    return {ctx.store.blind(row.identity.id_number) for row in await rows_of(ctx).find(there)}


async def paid_once(ctx: Context, found: list[Benefit]) -> set[tuple[str, str | None]]:
    """Which of these (≤ 200) approvals, each a benefit with its case, stand on any roster: a new approval is paid anew."""
    cases = list({benefit.case for benefit in found})
    there = {"benefit": {"$in": [benefit.id for benefit in found]}, "case": {"$in": cases}, "live": True}
    groups = await rows_of(ctx).groups(there, by=("benefit", "case"), at_most=2 * AT_ONCE)
    return {(group.key[0], group.key[1]) for group in groups}


def row_of(ctx: Context, batch: Batch, benefit: Benefit, serial: int) -> Row:
    return Row(
        id=ctx.new_id(),
        place=benefit.place,
        batch=batch.id,
        number=f"{batch.number}-{serial:06d}",
        serial=serial,
        benefit=benefit.id,
        once=batch.cycle == "once",
        sole=True,
        amount=benefit.amount or "0",
        **taken(batch, "project", "short", "bureau", "sensitive", "period"),
        **taken(
            benefit, "case", "identity", "readers", "agents", "told", "avoid", "avoid_keys", "standard", "quantity"
        ),
    )


# --- 发放申请 ----------------------------------------------------------------------------------------------------------


async def check_ready(ctx: Context, batch: Batch) -> None:
    if not batch.collected:
        raise Conflict("名册正在汇总，请稍候再提交。", state=shown(batch))
    if not await rows_of(ctx).count({"batch": batch.id, "state": "listed"}, at_most=1):
        raise Conflict("名册中没有人员，请先设定金额并重新汇总。", state=shown(batch))


async def apply(ctx: Context, batch: Batch, form: VersionRequest) -> Moved[Batch]:
    """提交发放申请."""
    return Moved(msgspec.structs.replace(batch, round=batch.round + 1))


async def cancel(ctx: Context, batch: Batch, form: ReasonRequest) -> Moved[Batch]:
    """作废 a batch before its money is given."""
    return Moved(batch, (releasing,))


def releasing(ctx: Context, batch: Batch) -> ReleasePart:
    """Its people are free for another batch."""
    return ReleasePart(place=batch.place, subject=batch.id, part=0)


async def release_part(step: ReleasePart, ctx: Context) -> None:
    """Rows of a cancelled batch count no more as paid for the period."""
    wanted = {"batch": step.subject, "state": {"$in": list(ROW.moves["strike"].before)}}
    rows: list[Row] = await rows_of(ctx).find(wanted, limit=AT_ONCE)
    gone = [
        msgspec.structs.replace(row, state=ROW.transition("strike", row.state), live=False, reason=CANCELLED)
        for row in rows
    ]
    await rows_of(ctx).save_many(gone)
    if len(rows) == AT_ONCE:
        ctx.enqueue(ReleasePart(place=step.place, subject=step.subject, part=step.part + 1))


async def review_passed(ctx: Context, id: str, decision: Decision) -> None:
    """The application is right: 发放公示."""
    batch = await batches_of(ctx).get(id)
    total = await rows_of(ctx).count({"batch": id, "state": "listed"}, at_most=1_000_000)
    wanted = PublishRows(
        place=batch.place,
        subject=batch.id,
        round=batch.round,
        kind="payment",
        project=batch.project,
        short=batch.short,
        bureau=batch.owner,
        title=batch.title,
        period=batch.period,
        days=batch.publicity.days,
        unit=batch.publicity.unit,
        sensitive=batch.sensitive,
        rows_total=total,
    )
    offering = OfferPart(place=batch.place, subject=batch.id, part=0)
    told = (lambda ctx, batch: wanted, lambda ctx, batch: offering)
    await decided(ctx, batch, "publicize", decision, msgspec.structs.replace(batch, after=""), tell=told)


async def review_returned(ctx: Context, id: str, decision: Decision) -> None:
    """The application goes back to the 名册."""
    batch = await batches_of(ctx).get(id)
    await decided(ctx, batch, "return", decision, batch)


async def decided(
    ctx: Context,
    batch: Batch,
    move: str,
    decision: Decision,
    after: Batch,
    *,
    tell: tuple[Fact[Batch], ...] = (),
) -> None:
    """What a decision in the worklist does, which has checked whose task it is."""
    await BATCHES.move(ctx, batch, move, after, why=decision.opinion, decided=decision, tell=tell)


# --- 发放公示, 最终确认 ----------------------------------------------------------------------------------------------------


async def offer_part(step: OfferPart, ctx: Context) -> None:
    """The next rows to the publicity, which freezes and masks them."""
    batch: Batch | None = await batches_of(ctx).first({"_id": step.subject})
    if batch is None or batch.state != "publicity" or (batch.after or "0") != str(step.part):
        return
    wanted = {"batch": batch.id, "state": "listed", "serial": {"$gt": step.part}}
    rows: list[Row] = await rows_of(ctx).find(wanted, sort=(("serial", 1),), limit=AT_ONCE)
    if not rows:
        return
    offer = tuple(offered(row) for row in rows)
    ctx.emit(AddRows(place=batch.place, subject=batch.id, round=batch.round, rows=offer))
    last = rows[-1].serial
    await batches_of(ctx).save(msgspec.structs.replace(batch, after=str(last)))
    ctx.enqueue(OfferPart(place=batch.place, subject=batch.id, part=last))


def offered(row: Row) -> OfferedRow:
    return OfferedRow(
        subject_row=row.id,
        persons=row.told,
        **shared(OfferedRow, row),
    )


async def confirm_row(event: RowConfirmed, ctx: Context) -> None:
    """A row has passed its publicity: at the end with all others, or later, when an objection proved unfounded."""
    row: Row | None = await rows_of(ctx).first({"_id": event.subject_row, "batch": event.subject})
    if row is None or not ROW.allows("confirm", row.state):
        return
    line = ROWS.line(ctx, row, "confirm", "公示确认")
    row = await ROWS.move(ctx, row, "confirm", line=line, audited=False)
    await want_payment(ctx, row.batch)


async def confirm(event: PublicityConfirmed, ctx: Context) -> None:
    """最终确认: the money may be asked for."""
    batch: Batch | None = await batches_of(ctx).first({"_id": event.subject})
    if batch is None or not BATCH.allows("confirm", batch.state):
        return
    after = msgspec.structs.replace(batch, round=batch.round + 1)
    await BATCHES.move(ctx, batch, "confirm", after)


async def break_off(event: PublicityEnded, ctx: Context) -> None:
    """终止 of the publicity: the application stands and can be published again after review."""
    batch: Batch | None = await batches_of(ctx).first({"_id": event.subject})
    if batch is None or not BATCH.allows("break_off", batch.state):
        return
    await BATCHES.move(ctx, batch, "break_off", msgspec.structs.replace(batch, round=batch.round + 1))


# --- 拨付 --------------------------------------------------------------------------------------------------------------


async def disbursed(ctx: Context, id: str, decision: Decision) -> None:
    """财政局 gives the money."""
    batch = await batches_of(ctx).get(id)
    await decided(ctx, batch, "disburse", decision, batch)


async def disbursement_refused(ctx: Context, id: str, decision: Decision) -> None:
    """财政局 gives none: the batch is void."""
    batch = await batches_of(ctx).get(id)
    await decided(ctx, batch, "cancel", decision, batch, tell=(releasing,))


async def pay(ctx: Context, id: str, decision: Decision) -> None:
    """发放: what is confirmed and unobjected goes to the bank, part by part."""
    batch = await batches_of(ctx).get(id)
    if batch.sending:
        raise Conflict("上一次发放正在提交，请稍候。", state=shown(batch))
    after = msgspec.structs.replace(batch, run=batch.run + 1, sending=True, waiting=False)
    await decided(ctx, batch, "pay", decision, after, tell=(sending,))


def sending(ctx: Context, batch: Batch) -> PayPart:
    return PayPart(place=batch.place, subject=batch.id, part=batch.run)


async def corrected(ctx: Context, id: str, decision: Decision) -> None:
    """All that failed was corrected or struck: the bank gets it again. What whoever says so must keep away from is for others."""
    batch = await batches_of(ctx).get(id)
    apart = batch.apart if batch.apart and batch.apart.round == decision.round else None
    failed = {"batch": id, "state": "failed", **(recusal.of_these(apart) if apart else {})}
    if await rows_of(ctx).count(recusal.left_to(ctx.actor, failed), at_most=1):
        raise Conflict("还有发放失败的人员没有更正或剔除。", state=shown(batch))
    waiting = batch.waiting or await are_payable(ctx, id)
    correcting = batch.correcting if apart else ()
    after = msgspec.structs.replace(batch, correcting=correcting, waiting=waiting, apart=None)
    # Counted up to here; all of them name whoever presses it, so those beyond are found by the same names.
    if left := await rows_of(ctx).find(failed, limit=AT_ONCE):
        await for_others(ctx, batch, after, left, decision)
    else:
        await BATCHES.keep(ctx, batch, after, decided=decision)
    await settle(ctx, id)


async def for_others(ctx: Context, batch: Batch, after: Batch, left: Sequence[Row], decision: Decision) -> None:
    """Others of the position are asked to correct these payments, else whoever stands in above; the history says who, and why."""
    known = batch.apart if batch.apart and batch.apart.round != decision.round else None
    apart = Apart(
        round=known.round if known else max(batch.run, batch.corrections + 1),
        avoid=tuple(dict.fromkeys(person for row in left for person in row.avoid)),
        avoid_keys=tuple(dict.fromkeys(key for row in left for key in row.avoid_keys)),
    )
    answer = await ctx.holders(who_corrects(batch, apart))
    by = f"由{ctx.regions.full_name(answer.at)}其他人员更正" if answer.persons else NOBODY_CORRECTS
    after = msgspec.structs.replace(after, apart=apart, corrections=max(batch.corrections, apart.round))
    # Without saying whose they are: colleagues read it beside the handler's name.
    why = f"其余发放失败的人员按规定转办，{by}"
    await BATCHES.amend(ctx, batch, after, "apart", "更正转办", why=why, decided=decision, audited=False)


def who_corrects(batch: Batch, apart: Apart) -> Holders:
    return Holders(
        role="handler",
        place=batch.place,
        bureau=batch.owner,
        project=batch.project,
        node=CORRECT,
        but_not=apart.avoid,
        but_not_keys=apart.avoid_keys,
    )


async def are_payable(ctx: Context, id: str) -> bool:
    """Whether any row of the batch could be given to the bank."""
    return bool(await rows_of(ctx).count({"batch": id, "state": {"$in": list(PAYABLE)}}, at_most=1))


async def want_payment(ctx: Context, id: str) -> None:
    """A row may be paid now: unless a run is under way, which sees it, the next one is 财政局's to start."""
    batch = await batches_of(ctx).get(id)
    if batch.state == "paying" and not (batch.sending or batch.waiting):
        await BATCHES.keep(ctx, batch, msgspec.structs.replace(batch, waiting=True))


# --- the buttons of a batch's page -----------------------------------------------------------------------------------------


BUTTONS: tuple[Button[Batch, Any], ...] = (
    Button(name="apply", call=apply, form=VersionRequest, checks=(check_ready,)),
    Button(
        name="collect",
        call=collect,
        form=VersionRequest,
        rows=(),
        checks=(check_collected,),
        label="再次汇总",
        quiet=True,
    ),
    # Whoever takes the application back has not reviewed it.
    Button(name="cancel", call=cancel, form=ReasonRequest, reason=Reason("理由"), label="作废批次", settles=False),
)
