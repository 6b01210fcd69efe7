"""发放批次: from the 名册 to the final confirmation, and who has to act at which step."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import msgspec

from hub.api import (
    Conflict,
    Context,
    Decision,
    Invalid,
    Limit,
    TaskEnded,
    TaskWanted,
    masking,
    one_line,
    read_reason,
    shanghai,
)
from plugins.payments.actions.acts import (
    act,
    check_bureau,
    check_here,
    check_version,
    touched_batch,
    touched_row,
    with_act,
)
from plugins.payments.actions.periods import Cycle
from plugins.payments.actions.schedules import agree
from plugins.payments.documents import (
    BATCH,
    ROW,
    UNFINISHED,
    Act,
    Batch,
    Benefit,
    Milestones,
    Row,
    batches_of,
    benefits_of,
    milestones_of,
    rows_of,
)
from plugins.payments.events import (
    BatchConfirmed,
    BatchDone,
    BatchFact,
    CollectPartDue,
    OfferPartDue,
    PayPartDue,
    ReleasePartDue,
)
from plugins.publicity.events import (
    OfferedRow,
    PublicityConfirmed,
    PublicityEnded,
    PublicityWanted,
    RowConfirmed,
    RowsOffered,
)

# Rows of one transaction: well under a second, and a conflict with a handler costs little.
AT_ONCE = 200
USUAL_LIMIT = Limit(5)
REVIEW, DISBURSE, PAY, CORRECT = "payments_review", "payments_disburse", "payments_pay", "payments_correct"
LABELS = {REVIEW: "发放申请审核", DISBURSE: "拨付", PAY: "发放", CORRECT: "发放失败更正"}

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


class BatchRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``period`` is what one is paid for once: ``2026``, ``2026-H2``, ``2026-Q4`` or ``2026-12``. ``cycle``: how often the project
    pays, where the catalogue does not say; its first batch says so for good. ``publicity``: the days of its 发放公示.
    """

    project: Text
    period: Annotated[str, msgspec.Meta(max_length=10)]
    cycle: Cycle | None = None
    title: Text
    publicity: Limit | None = None


class VersionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``version`` as it was shown."""

    version: int


class ReasonRequest(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    reason: str


# --- 名册 ------------------------------------------------------------------------------------------------------------


async def create(ctx: Context, request: BatchRequest) -> Batch:
    """A new batch of a project; its 名册 is filled from those who are 享受中, part by part."""
    benefit: Benefit | None = await benefits_of(ctx).first({"project": request.project, "state": "active"})
    if benefit is None:
        raise Invalid("该项目没有享受中的人员，请先导入名册或等待申报批准。", fields={"project": "没有享受中的人员"})
    check_here(ctx, benefit)
    check_bureau(ctx, benefit, benefit.bureau)
    publicity = request.publicity or ctx.config.publicity
    if not 1 <= publicity.days <= 60:
        raise Invalid(fields={"publicity": "公示天数应为1至60天。"})
    period, cycle = await agree(ctx, benefit, request.period, request.cycle)
    year = shanghai(ctx.now()).year
    serial = await ctx.store.next_number(f"batch-{ctx.county}-{year}")
    batch: Batch = await batches_of(ctx).insert(
        Batch(
            id=ctx.new_id(),
            place=ctx.county or benefit.place,
            number=f"{ctx.county}-{year}-P{serial:04d}",
            title=masking.check_published(one_line(request.title), "title"),
            project=benefit.project,
            short=benefit.short,
            bureau=tuple(dict.fromkeys((benefit.bureau, ctx.config.finance_bureau))),
            sensitive=benefit.sensitive,
            period=period.text,
            cycle=cycle,
            publicity=publicity,
            maker=ctx.actor.person or "",
            maker_key=ctx.actor.id_key,
            acts=(act(ctx, "create", "编制名册", bureau=benefit.bureau),),
        )
    )
    await milestones_of(ctx).insert(Milestones(id=batch.id, place=batch.place, acts=batch.acts))
    ctx.audit("payments.create_batch", batch.id, number=batch.number)
    touched_batch(ctx, "编制名册", batch)
    ctx.emit(CollectPartDue(place=batch.place, subject=batch.id, part=0))
    return batch


async def collect_again(ctx: Context, id: str, request: VersionRequest) -> Batch:
    """Look for benefits that came, or got an amount, after the 名册 was made."""
    batch = await own(ctx, id, request.version)
    if batch.state != "roster" or not batch.collected:
        raise Conflict("名册正在编制或已提交，不能再次汇总。", state=shown(batch))
    again = msgspec.structs.replace(batch, collected=False, after="", passed_over=0)
    saved: Batch = await batches_of(ctx).save(again)
    ctx.emit(CollectPartDue(place=batch.place, subject=batch.id, part=0))
    return saved


async def collect_part(event: CollectPartDue, ctx: Context) -> None:
    """The next benefits onto the 名册. Told twice, or after it went on, nothing happens."""
    batch: Batch | None = await batches_of(ctx).first({"_id": event.subject})
    if batch is None or batch.state != "roster" or batch.collected:
        return
    wanted = {"project": batch.project, "state": "active", "_id": {"$gt": batch.after}}
    found: list[Benefit] = await benefits_of(ctx).find(wanted, sort=(("_id", 1),), limit=AT_ONCE)
    fresh = await unpaid(ctx, batch, found)
    await rows_of(ctx).insert_many(
        [row_of(ctx, batch, benefit, batch.rows + at) for at, benefit in enumerate(fresh, 1)]
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
        ctx.emit(CollectPartDue(place=batch.place, subject=batch.id, part=event.part + 1))


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
        case=benefit.case,
        project=batch.project,
        short=batch.short,
        bureau=batch.bureau,
        sensitive=batch.sensitive,
        identity=benefit.identity,
        readers=benefit.readers,
        agents=benefit.agents,
        told=benefit.told,
        period=batch.period,
        once=batch.cycle == "once",
        sole=True,
        standard=benefit.standard,
        quantity=benefit.quantity,
        amount=benefit.amount or "0",
    )


async def strike_row(ctx: Context, id: str, request: ReasonRequest) -> Row:
    """剔除 of one row before its money is under way, with the reason."""
    row = await rows_of(ctx).get(id)
    check_here(ctx, row)
    check_bureau(ctx, row, row.bureau[0])
    check_version(row, request.version, row.state)
    batch: Batch = await batches_of(ctx).get(row.batch)
    if batch.state in ("applied", "publicity"):
        raise Conflict("名册已提交，公示结束前不能剔除；如有异议请在公示中处理。", state=shown(batch))
    row = await strike(ctx, row, read_reason(request.reason))
    touched_row(ctx, "剔除", row)
    await settle(ctx, row.batch)
    return row


async def strike(ctx: Context, row: Row, reason: str, line: Act | None = None) -> Row:
    state = ROW.follow("strike", row.state, version=row.version)
    line = line or act(ctx, "strike", "剔除", bureau=row.bureau[0], why=reason)
    struck = msgspec.structs.replace(row, state=state, live=False, reason=reason, acts=with_act(row.acts, line))
    saved: Row = await rows_of(ctx).save(struck)
    ctx.audit("payments.strike", row.id, why=reason)
    return saved


# --- 发放申请 ----------------------------------------------------------------------------------------------------------


async def apply(ctx: Context, id: str, request: VersionRequest) -> Batch:
    """提交发放申请: the 名册 is closed."""
    batch = await own(ctx, id, request.version)
    after = BATCH.follow("apply", batch.state, version=batch.version)
    if not batch.collected:
        raise Conflict("名册正在汇总，请稍候再提交。", state=shown(batch))
    if not await rows_of(ctx).count({"batch": id, "state": "listed"}, at_most=1):
        raise Conflict("名册中没有人员，请先设定金额并重新汇总。", state=shown(batch))
    batch = await moved(ctx, batch, "apply", after, round=batch.round + 1)
    touched_batch(ctx, "提交发放申请", batch)
    want_review(ctx, batch)
    return batch


async def cancel(ctx: Context, id: str, request: ReasonRequest) -> Batch:
    """作废: its people are free for another batch."""
    batch = await own(ctx, id, request.version)
    batch = await cancelled(ctx, batch, read_reason(request.reason))
    touched_batch(ctx, "作废批次", batch)
    return batch


async def cancelled(ctx: Context, batch: Batch, reason: str) -> Batch:
    after = BATCH.follow("cancel", batch.state, version=batch.version)
    if batch.state == "applied":
        end(ctx, batch, REVIEW, batch.round)
    batch = await moved(ctx, batch, "cancel", after, why=reason)
    ctx.emit(ReleasePartDue(place=batch.place, subject=batch.id, part=0))
    return batch


async def release_part(event: ReleasePartDue, ctx: Context) -> None:
    """Rows of a cancelled batch count no more as paid for the period."""
    wanted = {"batch": event.subject, "state": {"$in": list(ROW.moves["strike"].before)}}
    rows: list[Row] = await rows_of(ctx).find(wanted, limit=AT_ONCE)
    gone = [
        msgspec.structs.replace(row, state=ROW.follow("strike", row.state), live=False, reason="批次作废")
        for row in rows
    ]
    await rows_of(ctx).save_many(gone)
    if len(rows) == AT_ONCE:
        ctx.emit(ReleasePartDue(place=event.place, subject=event.subject, part=event.part + 1))


async def review_passed(ctx: Context, id: str, decision: Decision) -> None:
    """The application is right: 发放公示."""
    batch = await decided(ctx, id, decision)
    batch = await moved(ctx, batch, "publicize", BATCH.follow("publicize", batch.state), why=decision.opinion, after="")
    ctx.emit(
        PublicityWanted(
            place=batch.place,
            subject=batch.id,
            kind="payment",
            project=batch.project,
            short=batch.short,
            bureau=batch.owner,
            title=batch.title,
            period=batch.period,
            days=batch.publicity.days,
            unit=batch.publicity.unit,
            sensitive=batch.sensitive,
            rows_total=await rows_of(ctx).count({"batch": id, "state": "listed"}, at_most=1_000_000),
        )
    )
    ctx.emit(OfferPartDue(place=batch.place, subject=batch.id, part=0))


async def review_returned(ctx: Context, id: str, decision: Decision) -> None:
    """The application goes back to the 名册."""
    batch = await decided(ctx, id, decision)
    await moved(ctx, batch, "return", BATCH.follow("return", batch.state), why=decision.opinion)


# --- 发放公示, 最终确认 ----------------------------------------------------------------------------------------------------


async def offer_part(event: OfferPartDue, ctx: Context) -> None:
    """The next rows to the publicity, which freezes and masks them."""
    batch: Batch | None = await batches_of(ctx).first({"_id": event.subject})
    if batch is None or batch.state != "publicity" or (batch.after or "0") != str(event.part):
        return
    wanted = {"batch": batch.id, "state": "listed", "serial": {"$gt": event.part}}
    rows: list[Row] = await rows_of(ctx).find(wanted, sort=(("serial", 1),), limit=AT_ONCE)
    if not rows:
        return
    ctx.emit(RowsOffered(place=batch.place, subject=batch.id, rows=tuple(offered(row) for row in rows)))
    last = rows[-1].serial
    await batches_of(ctx).save(msgspec.structs.replace(batch, after=str(last)))
    ctx.emit(OfferPartDue(place=batch.place, subject=batch.id, part=last))


def offered(row: Row) -> OfferedRow:
    return OfferedRow(
        subject_row=row.id,
        identity=row.identity,
        standard=row.standard,
        quantity=row.quantity,
        amount=row.amount,
        persons=row.told,
        place=row.place,
    )


async def confirm_row(event: RowConfirmed, ctx: Context) -> None:
    """A row has passed its publicity: at the end with all others, or later, when an objection proved unfounded."""
    row: Row | None = await rows_of(ctx).first({"_id": event.subject_row, "batch": event.subject})
    if row is None or not ROW.allows("confirm", row.state):
        return
    line = Act(at=ctx.now(), move="confirm", label="公示确认", unit=act(ctx, "", "", bureau=row.bureau[0]).unit)
    row = msgspec.structs.replace(row, state=ROW.follow("confirm", row.state), acts=with_act(row.acts, line))
    await rows_of(ctx).save(row)
    batch: Batch = await batches_of(ctx).get(row.batch)
    if batch.state == "paying" and not batch.sending:
        want_payment(ctx, batch)


async def confirm(event: PublicityConfirmed, ctx: Context) -> None:
    """最终确认: the money may be asked for."""
    batch: Batch | None = await batches_of(ctx).first({"_id": event.subject})
    if batch is None or not BATCH.allows("confirm", batch.state):
        return
    batch = await moved(ctx, batch, "confirm", BATCH.follow("confirm", batch.state), round=batch.round + 1)
    tell(ctx, BatchConfirmed, batch)
    want(ctx, batch, DISBURSE, finance_of(batch), batch.round)


async def break_off(event: PublicityEnded, ctx: Context) -> None:
    """终止 of the publicity: the application stands and can be published again after review."""
    batch: Batch | None = await batches_of(ctx).first({"_id": event.subject})
    if batch is None or not BATCH.allows("break_off", batch.state):
        return
    want_review(
        ctx, await moved(ctx, batch, "break_off", BATCH.follow("break_off", batch.state), round=batch.round + 1)
    )


# --- 拨付 --------------------------------------------------------------------------------------------------------------


async def disbursed(ctx: Context, id: str, decision: Decision) -> None:
    """财政局 gives the money."""
    batch = await decided(ctx, id, decision)
    batch = await moved(ctx, batch, "disburse", BATCH.follow("disburse", batch.state), why=decision.opinion)
    want_payment(ctx, batch)


async def disbursement_refused(ctx: Context, id: str, decision: Decision) -> None:
    """财政局 gives none: the batch is void."""
    await cancelled(ctx, await decided(ctx, id, decision), decision.opinion)


async def pay(ctx: Context, id: str, decision: Decision) -> None:
    """发放: what is confirmed and unobjected goes to the bank, part by part."""
    batch = await decided(ctx, id, decision)
    if batch.sending:
        raise Conflict("上一次发放正在提交，请稍候。", state=shown(batch))
    batch = await moved(
        ctx, batch, "pay", BATCH.follow("pay", batch.state), why=decision.opinion, run=batch.run + 1, sending=True
    )
    ctx.emit(PayPartDue(place=batch.place, subject=batch.id, part=batch.run))


async def corrected(ctx: Context, id: str, decision: Decision) -> None:
    """All that failed was corrected or struck: the bank gets it again."""
    batch = await decided(ctx, id, decision)
    if await rows_of(ctx).count({"batch": id, "state": "failed"}, at_most=1):
        raise Conflict("还有发放失败的人员没有更正或剔除。", state=shown(batch))
    if await rows_of(ctx).count({"batch": id, "state": {"$in": ["corrected", "confirmed", "held"]}}, at_most=1):
        want_payment(ctx, batch)
    await settle(ctx, id)


def want_payment(ctx: Context, batch: Batch) -> None:
    """The next run of 发放 is 财政局's to start; wanted twice, it is one task."""
    want(ctx, batch, PAY, finance_of(batch), batch.run + 1)


async def settle(ctx: Context, id: str) -> None:
    """已发放, once every row was paid or struck."""
    batch: Batch = await batches_of(ctx).get(id)
    if not BATCH.allows("finish", batch.state) or batch.sending:
        return
    if await rows_of(ctx).count({"batch": id, "state": {"$in": list(UNFINISHED)}}, at_most=1):
        return
    for node in (PAY, CORRECT):
        end(ctx, batch, node, batch.run + 1 if node == PAY else batch.run)
    batch = await moved(ctx, batch, "finish", BATCH.follow("finish", batch.state))
    tell(ctx, BatchDone, batch)


# --- small words -----------------------------------------------------------------------------------------------------


async def own(ctx: Context, id: str, version: int) -> Batch:
    """A batch as the one who acts has seen it, of their own bureau and county."""
    batch = await batches_of(ctx).get(id)
    check_here(ctx, batch)
    check_bureau(ctx, batch, batch.owner)
    check_version(batch, version, batch.state)
    return batch


async def decided(ctx: Context, id: str, decision: Decision) -> Batch:
    """The batch that a task is about; the worklist has checked whose task it is."""
    batch: Batch = await batches_of(ctx).get(id)
    return batch


async def moved(ctx: Context, batch: Batch, move: str, state: str, *, why: str = "", **changes: object) -> Batch:
    """The batch after a move, with who, when, why."""
    bureau = finance_of(batch) if move in ("disburse", "pay") else batch.owner
    line = act(ctx, move, BATCH.moves[move].label, bureau=bureau, why=why)
    saved: Batch = await batches_of(ctx).save(
        msgspec.structs.replace(batch, state=state, acts=with_act(batch.acts, line), **changes)
    )
    milestones = await milestones_of(ctx).get(batch.id)
    await milestones_of(ctx).save(msgspec.structs.replace(milestones, acts=saved.acts))
    ctx.audit(f"payments.batch_{move}", batch.id, why=why, number=batch.number)
    return saved


def finance_of(batch: Batch) -> str:
    return batch.bureau[-1]


def want(ctx: Context, batch: Batch, node: str, bureau: str, round: int, *, but_maker: bool = False) -> None:
    """A step of the batch waits for the bureau whose it is; with ``but_maker`` for somebody else there."""
    keys = (batch.maker_key,) if but_maker and batch.maker_key else ()
    ctx.emit(
        TaskWanted(
            place=batch.place,
            subject=batch.id,
            node=node,
            label=LABELS[node],
            round=round,
            role="handler",
            bureau=bureau,
            project=batch.project,
            title=f"{batch.short} · {batch.title}",
            number=batch.number,
            link=f"/pages/batch?id={batch.id}",
            due_at=ctx.calendar.due(ctx.now(), ctx.config.limits.get(node, USUAL_LIMIT)),
            avoid=(batch.maker,) if but_maker else (),
            avoid_keys=keys,
        )
    )


def want_review(ctx: Context, batch: Batch) -> None:
    """The application waits for its review, in whatever way it came to be open: with ``second_person`` never by its maker."""
    want(ctx, batch, REVIEW, batch.owner, batch.round, but_maker=ctx.config.second_person)


def end(ctx: Context, batch: Batch, node: str, round: int) -> None:
    ctx.emit(TaskEnded(place=batch.place, subject=batch.id, node=node, round=round))


def shown(batch: Batch) -> dict[str, object]:
    return {"state": batch.state, "version": batch.version}


def tell(ctx: Context, kind: type[BatchFact], batch: Batch) -> None:
    ctx.emit(
        kind(
            place=batch.place,
            batch=batch.id,
            number=batch.number,
            project=batch.project,
            short=batch.short,
            bureau=batch.owner,
            at=ctx.now(),
        )
    )
