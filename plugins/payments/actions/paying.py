"""拨付 to the bank and back: guards, the bank's word on every row, 失败 → 更正 → 重发, and objections meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from hub.api import CardText, Conflict, Context, Invalid, NotFound, Refused, idnumbers, read_reason
from plugins.complaints.events import Ending, Filing, Holding
from plugins.payments.actions import batches
from plugins.payments.actions.acts import (
    act,
    check_bureau,
    check_here,
    check_version,
    masked,
    touched_row,
    unit_of,
    with_act,
)
from plugins.payments.actions.batches import AT_ONCE, CORRECT, settle, strike, want, want_payment
from plugins.payments.actions.benefits import DISBURSE, PAY, ended, step_on
from plugins.payments.documents import (
    BENEFIT,
    PAYABLE,
    ROW,
    Act,
    Batch,
    Benefit,
    Row,
    batches_of,
    benefits_of,
    rows_of,
)
from plugins.payments.events import (
    Payee,
    Paying,
    PaymentCorrected,
    PaymentFact,
    PaymentFailed,
    PaymentMade,
    PayPartDue,
)
from plugins.publicity.events import RowStruck

GUARD = "payments.pay"
OBJECTED = "有未办结的投诉"
NOT_ACTIVE = "享受已暂停、停发或终止"
WAITING = "信息核对中"


class CorrectionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The new ``card`` and why it differs."""

    version: int
    card: str
    reason: str

    def __repr__(self) -> str:
        return "CorrectionRequest(***)"


# --- to the bank -----------------------------------------------------------------------------------------------------


async def pay_part(event: PayPartDue, ctx: Context) -> None:
    """Give the next rows of a run to the bank: in one transaction the guards look, and whom they hold is kept back.

    The benefits are written too: a 停发 or a complaint that arrives meanwhile conflicts, and one of both comes after.
    """
    batch: Batch | None = await batches_of(ctx).first({"_id": event.subject})
    if batch is None or batch.state != "paying" or not batch.sending or batch.run != event.part:
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
    ctx.emit(PayPartDue(place=batch.place, subject=batch.id, part=batch.run))


async def end_run(ctx: Context, batch: Batch) -> None:
    """All rows of the run were looked at; those that were held back wait for the next one."""
    batch = await batches_of(ctx).save(msgspec.structs.replace(batch, sending=False))
    if await rows_of(ctx).count({"batch": batch.id, "state": {"$in": list(PAYABLE)}}, at_most=1):
        want_payment(ctx, batch)
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


def given(ctx: Context, batch: Batch, row: Row, held: str | None, payer: Act) -> Row:
    """The row as it is with the bank, or kept back."""
    move = "send" if held is None else "hold"
    label = "提交银行发放" if held is None else "暂缓发放"
    line = Act(
        at=ctx.now(),
        move=move,
        label=label,
        unit=payer.unit,
        handler=payer.handler,
        person=payer.person,
        why=held or "",
    )
    return msgspec.structs.replace(
        row,
        state=ROW.follow(move, row.state),
        run=batch.run,
        attempt=row.attempt + (held is None),
        reason=held or "",
        acts=with_act(row.acts, line),
    )


def at_node(benefit: Benefit, row: Row, node: str) -> bool:
    return benefit.case is not None and benefit.case == row.case and benefit.case_node == node


# --- what the bank says ----------------------------------------------------------------------------------------------


async def settle_rows(
    ctx: Context, batch: Batch, answers: Mapping[str, str | None], line: Act, *, dry_run: bool = False
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


def answered(ctx: Context, row: Row, failure: str | None, line: Act) -> Row:
    move = "succeed" if failure is None else "fail"
    label = "发放成功" if failure is None else "发放失败"
    said = msgspec.structs.replace(line, move=move, label=label, why=failure or "")
    return msgspec.structs.replace(
        row,
        state=ROW.follow(move, row.state),
        reason=failure or "",
        paid_at=ctx.now() if failure is None else None,
        acts=with_act(row.acts, said),
    )


async def tell_all(ctx: Context, batch: Batch, rows: Sequence[Row]) -> None:
    """What became of these rows, to everybody who waits for it."""
    if not rows:
        return
    benefits = await benefits_behind(ctx, rows)
    for row in rows:
        tell(ctx, PaymentMade if row.state == "paid" else PaymentFailed, row)
        if row.state == "paid" and at_node(benefits[row.benefit], row, PAY):
            step_on(ctx, benefits[row.benefit], f"{batch.number}已发放")
    if any(row.state == "failed" for row in rows):
        want(ctx, batch, CORRECT, batch.owner, batch.run)


# --- 更正 ------------------------------------------------------------------------------------------------------------


async def correct(ctx: Context, id: str, request: CorrectionRequest) -> Row:
    """更正: another card for a failed row; later batches use it too."""
    row = await rows_of(ctx).get(id)
    check_here(ctx, row)
    check_bureau(ctx, row, row.bureau[0])
    check_version(row, request.version, row.state)
    state = ROW.follow("correct", row.state, version=row.version)
    card, reason = read_card(request.card), read_reason(request.reason)
    identity = msgspec.structs.replace(row.identity, card=card)
    line = act(ctx, "correct", "更正卡号", bureau=row.bureau[0], why=reason)
    corrected = msgspec.structs.replace(row, state=state, identity=identity, reason="", acts=with_act(row.acts, line))
    saved: Row = await rows_of(ctx).save(corrected)
    benefit: Benefit = await benefits_of(ctx).get(row.benefit)
    await benefits_of(ctx).save(
        msgspec.structs.replace(
            benefit,
            identity=msgspec.structs.replace(benefit.identity, card=card),
            acts=with_act(benefit.acts, line),
        )
    )
    ctx.audit("payments.correct", row.id, why=reason, number=row.number)
    tell(ctx, PaymentCorrected, saved)
    touched_row(ctx, "更正卡号", saved)
    return saved


def read_card(text: str) -> CardText:
    try:
        return CardText(idnumbers.card(text))
    except idnumbers.BadNumber as problem:
        raise Invalid(fields={"card": problem.text}) from None


# --- objections ------------------------------------------------------------------------------------------------------


async def take_objection(ctx: Context, filing: Filing) -> None:
    """Guard of ``complaints.file``: a complaint on a payment holds its row if it may, in the complaint's own transaction."""
    if filing.kind != "payment" or filing.row is None:
        return
    row: Row | None = await rows_of(ctx).first({"_id": filing.row})
    if row is None:
        return
    if row.state == "struck":
        raise Conflict("这一笔已从批次中剔除，不能再投诉。", state={"state": row.state})
    if filing.holds:
        await objected(ctx, row, filing.complaint)
    filing.found = True
    filing.place, filing.project, filing.short, filing.bureau = row.place, row.project, row.short, row.bureau[0]
    filing.sensitive = row.sensitive
    filing.number = row.number
    filing.accused_masked, filing.accused = masked(row.identity), row.identity
    filing.avoid_persons = (*row.told,)
    filing.avoid_keys = (ctx.store.blind(row.identity.id_number),)


async def hold_objected(ctx: Context, holding: Holding) -> None:
    """Guard of ``complaints.hold``: the same from now on."""
    if holding.kind != "payment":
        return
    row: Row | None = await rows_of(ctx).first({"_id": holding.row})
    if row is not None and row.state != "struck":
        await objected(ctx, row, holding.complaint)
        holding.taken = True


async def objected(ctx: Context, row: Row, complaint: str) -> None:
    await rows_of(ctx).save(msgspec.structs.replace(row, objections=(*row.objections, complaint)))


async def end_objection(ctx: Context, ending: Ending) -> None:
    """Guard of ``complaints.end``: unfounded, the row goes on; upheld, it is struck, or what was paid is to be recovered."""
    if ending.kind != "payment" or ending.row is None:
        return
    row: Row | None = await rows_of(ctx).first({"_id": ending.row})
    if row is None:
        raise NotFound("没有找到被投诉的发放记录。")
    ending.taken = True
    left = tuple(complaint for complaint in row.objections if complaint != ending.complaint)
    row = msgspec.structs.replace(row, objections=left)
    if not ending.upheld or row.state == "struck":
        # Of one that another complaint has struck no money went out.
        await let_go(ctx, row)
    elif ROW.allows("strike", row.state):
        await strike(ctx, row, "投诉属实")
        await settle(ctx, row.batch)
    else:
        await recover(ctx, row)


async def strike_objected(event: RowStruck, ctx: Context) -> None:
    """An objection in the publicity was upheld: the row leaves the batch; came the word too late, its money comes back."""
    row: Row | None = await rows_of(ctx).first({"_id": event.subject_row, "batch": event.subject})
    if row is None or row.state == "struck":
        return
    if ROW.allows("strike", row.state):
        await strike(ctx, row, "公示异议成立")
        await settle(ctx, row.batch)
    else:
        await recover(ctx, row)


async def let_go(ctx: Context, row: Row) -> None:
    saved: Row = await rows_of(ctx).save(row)
    batch: Batch = await batches_of(ctx).get(row.batch)
    if not saved.objections and saved.state in PAYABLE and batch.state == "paying" and not batch.sending:
        want_payment(ctx, batch)


async def recover(ctx: Context, row: Row) -> None:
    """追缴: the money is out; the benefit stops. Told again, nothing changes."""
    if row.recover:
        return
    line = act(ctx, "recover", "投诉属实，应予追缴", bureau=row.bureau[0])
    await rows_of(ctx).save(msgspec.structs.replace(row, recover=True, acts=with_act(row.acts, line)))
    benefit: Benefit = await benefits_of(ctx).get(row.benefit)
    if BENEFIT.allows("stop", benefit.state):
        await ended(ctx, benefit, "stop", "投诉属实")


# --- small words -----------------------------------------------------------------------------------------------------


def bank_line(ctx: Context, batch: Batch, maker: str, person: str | None) -> Act:
    """Whoever brought the bank's word in, as the life cycle shows them."""
    unit = unit_of(ctx, batches.finance_of(batch))
    return Act(at=ctx.now(), move="", label="", unit=unit, handler=maker, person=person)


def tell(ctx: Context, kind: type[PaymentFact], row: Row) -> None:
    ctx.emit(
        kind(
            place=row.place,
            row=row.id,
            batch=row.batch,
            benefit=row.benefit,
            number=row.number,
            project=row.project,
            short=row.short,
            bureau=row.bureau[0],
            period=row.period,
            persons=row.told,
            who=masked(row.identity),
            attempt=row.attempt,
            at=ctx.now(),
        )
    )
