"""拨付 to the bank and back: guards, and the bank's word on every row. All of it is work on ≤ 200 rows at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from hub.api import Context, HistoryLine, Refused
from plugins.payments.actions.batches import AT_ONCE, are_payable
from plugins.payments.actions.benefits import DISBURSE, PAY, step_on
from plugins.payments.business import BATCHES, ROWS, payment_told, settle
from plugins.payments.documents import PAYABLE, ROW, Batch, Benefit, Row, batches_of, benefits_of, rows_of
from plugins.payments.events import Payee, Paying, PaymentFailed, PaymentMade
from plugins.payments.steps import PayPart

GUARD = "payments.pay"
OBJECTED = "有未办结的投诉"
NOT_ACTIVE = "享受已暂停、停发或终止"
WAITING = "信息核对中"


# --- to the bank -----------------------------------------------------------------------------------------------------


async def pay_part(step: PayPart, ctx: Context) -> None:
    """Give the next rows of a run to the bank: in one transaction the guards look, and whom they hold is kept back.

    The benefits are written too: a 停发 or a complaint that arrives meanwhile conflicts, and one of both comes after.
    """
    batch: Batch | None = await batches_of(ctx).first({"_id": step.subject})
    if batch is None or batch.state != "paying" or not batch.sending or batch.run != step.part:
        return
    wanted = {"batch": batch.id, "state": {"$in": list(PAYABLE)}, "run": {"$lt": batch.run}}
    rows: list[Row] = await rows_of(ctx).find(wanted, limit=AT_ONCE)
    if not rows:
        await end_run(ctx, batch)
        return
    benefits = await benefits_behind(ctx, rows)
    held = await held_back(ctx, batch, rows, benefits)
    payer = batch.acts[-1]
    await rows_of(ctx).save_many([given(ctx, batch, row, held.get(row.id), payer) for row in rows])
    await benefits_of(ctx).save_many(list(benefits.values()))
    for row in rows:
        benefit = benefits[row.benefit]
        if row.id not in held and at_node(benefit, row, DISBURSE):
            step_on(ctx, benefit, f"已列入{batch.number}拨付", person=payer.person, shown=payer.handler)
    ctx.enqueue(PayPart(place=batch.place, subject=batch.id, part=batch.run))


async def end_run(ctx: Context, batch: Batch) -> None:
    """All rows of the run were looked at; those that were held back wait for the next one."""
    waiting = await are_payable(ctx, batch.id)
    await BATCHES.keep(ctx, batch, msgspec.structs.replace(batch, sending=False, waiting=waiting))
    await settle(ctx, batch.id)


async def benefits_behind(ctx: Context, rows: Sequence[Row]) -> dict[str, Benefit]:
    found: list[Benefit] = await benefits_of(ctx).find({"_id": {"$in": [row.benefit for row in rows]}})
    return {benefit.id: benefit for benefit in found}


async def held_back(ctx: Context, batch: Batch, rows: Sequence[Row], benefits: Mapping[str, Benefit]) -> dict[str, str]:
    """Which rows may not be paid now, and why in neutral words."""
    held = {row.id: OBJECTED for row in rows if row.objections}
    held |= {row.id: NOT_ACTIVE for row in rows if benefits[row.benefit].state != "active"}
    payees = tuple(
        Payee(row=row.id, benefit=row.benefit, place=row.place, identity=row.identity, quantity=row.quantity)
        for row in rows
        if row.id not in held
    )
    paying = Paying(
        batch=batch.id,
        project=batch.project,
        short=batch.short,
        bureau=batch.owner,
        place=batch.place,
        sensitive=batch.sensitive,
        rows=payees,
    )
    try:
        await ctx.guard(GUARD, paying)
    except Refused:
        # A guard that refuses all of them is believed: they wait for the next run.
        return held | {payee.row: WAITING for payee in payees}
    return held | paying.held


def given(ctx: Context, batch: Batch, row: Row, held: str | None, payer: HistoryLine) -> Row:
    """The row as it is with the bank, or kept back."""
    move = "send" if held is None else "hold"
    label = "提交银行发放" if held is None else "暂缓发放"
    line = msgspec.structs.replace(payer, at=ctx.now(), move=move, label=label, why=held or "")
    attempt = row.attempt + (held is None)
    after = msgspec.structs.replace(row, run=batch.run, attempt=attempt, reason=held or "")
    return ROWS.moved(ctx, row, move, after, line)


def at_node(benefit: Benefit, row: Row, node: str) -> bool:
    return benefit.case is not None and benefit.case == row.case and benefit.case_node == node


# --- what the bank says ----------------------------------------------------------------------------------------------


async def settle_rows(
    ctx: Context, batch: Batch, answers: Mapping[str, str | None], line: HistoryLine, *, dry_run: bool = False
) -> tuple[dict[str, str], set[str]]:
    """Write down what the bank says of these slips (≤ 200): None paid, else why not.

    Returns what is wrong with which slip, and which said nothing new.
    """
    numbers = [slip.rpartition("-")[0] for slip in answers]
    found: list[Row] = await rows_of(ctx).find({"batch": batch.id, "number": {"$in": numbers}})
    by_number = {row.number: row for row in found}
    wrong: dict[str, str] = {}
    known: set[str] = set()
    fresh: list[Row] = []
    for slip, failure in answers.items():
        row = by_number.get(slip.rpartition("-")[0])
        if problem := problem_of(row, slip, failure):
            wrong[slip] = problem
        elif row is not None and row.state == "sent" and row.slip == slip:
            fresh.append(answered(ctx, row, failure, line))
        else:
            known.add(slip)
    if not dry_run:
        await tell_all(ctx, batch, await rows_of(ctx).save_many(fresh))
    return wrong, known


def problem_of(row: Row | None, slip: str, failure: str | None) -> str | None:
    """Why an answer cannot be true of a row; None for one that is new, or the same again."""
    if row is None:
        return "本批次没有这个流水号"
    if row.attempt == 0:
        return "这一笔尚未提交银行"
    attempt = slip.rpartition("-")[2]
    if attempt != str(row.attempt):
        # Of an attempt that has failed before, which is known; any other was never given to the bank.
        earlier = attempt.isdecimal() and 0 < int(attempt) < row.attempt
        return None if earlier and failure is not None else "流水号与最近一次提交不符"
    said = "paid" if failure is None else "failed"
    # What failed may have been corrected or struck since; then the bank says what is known.
    if row.state in ("sent", said) or (said == "failed" and row.state in ("corrected", "struck")):
        return None
    return f"已登记为“{ROW.label(row.state)}”，与文件不一致"


def answered(ctx: Context, row: Row, failure: str | None, line: HistoryLine) -> Row:
    move = "succeed" if failure is None else "fail"
    label = "发放成功" if failure is None else "发放失败"
    said = msgspec.structs.replace(line, move=move, label=label, why=failure or "")
    paid_at = ctx.now() if failure is None else None
    return ROWS.moved(ctx, row, move, msgspec.structs.replace(row, reason=failure or "", paid_at=paid_at), said)


async def tell_all(ctx: Context, batch: Batch, rows: Sequence[Row]) -> None:
    """What became of these rows, to everybody who waits for it."""
    if not rows:
        return
    benefits = await benefits_behind(ctx, rows)
    for row in rows:
        ctx.emit(payment_told(PaymentMade if row.state == "paid" else PaymentFailed)(ctx, row))
        if row.state == "paid" and at_node(benefits[row.benefit], row, PAY):
            step_on(ctx, benefits[row.benefit], f"{batch.number}已发放")
    if any(row.state == "failed" for row in rows):
        await want_correction(ctx, batch)


async def want_correction(ctx: Context, batch: Batch) -> None:
    """Somebody is asked to see to what has failed, once per run; again where that was done and the bank gives more back."""
    if any(number >= batch.run for number in batch.correcting):
        return
    number = max(batch.run, batch.corrections + 1)
    asked = msgspec.structs.replace(batch, correcting=(*batch.correcting, number), corrections=number)
    await BATCHES.keep(ctx, batch, asked)


# --- small words -----------------------------------------------------------------------------------------------------


def bank_line(ctx: Context, batch: Batch, maker: str, person: str | None) -> HistoryLine:
    """Whoever brought the bank's word in, as the life cycle shows them."""
    return msgspec.structs.replace(BATCHES.line(ctx, batch, "pay", ""), handler=maker, person=person)
