"""享受, batches and payments as business: what waits for whom, whose each is, what is told of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from hub.api import Business, Conflict, Context, Duty, Fact, Forbidden, Limit, Office, Task, duties, shared, shown
from plugins.payments import returns
from plugins.payments.config import PaymentsConfig
from plugins.payments.documents import (
    BATCH,
    BENEFIT,
    ROW,
    UNFINISHED,
    Batch,
    Benefit,
    Milestones,
    Row,
    milestones_of,
    rows_of,
)
from plugins.payments.events import BenefitFact, PaymentFact, PaymentFailed

Told = TypeVar("Told", bound=BenefitFact)
Paid = TypeVar("Paid", Benefit, Row)

REVIEW, DISBURSE, PAY, CORRECT = "payments_review", "payments_disburse", "payments_pay", "payments_correct"
LABELS = {REVIEW: "发放申请审核", DISBURSE: "拨付", PAY: "发放", CORRECT: "发放失败更正"}
USUAL_LIMIT = Limit(5)

# The nodes of payments; a position of a bureau that is bound to none does their work too.
PAYING = Duty(role="handler", nodes=("disburse", "pay", REVIEW, DISBURSE, PAY, CORRECT))
# Who has approved it may read of it.
READING = Duty(role="handler", nodes=(*(PAYING.nodes or ()), "approve_county"))
WATCHING = Duty(role="discipline")

# --- who may ---------------------------------------------------------------------------------------------------------


def check_bureau(ctx: Context, document: duties.Placed, bureau: str) -> None:
    """``Forbidden`` for who may read it, yet holds no handler's position of this bureau for it: one grants, the other pays."""
    if not duties.does(ctx.actor, document, PAYING, bureau=bureau):
        raise Forbidden(f"此操作由{bureau}办理。")


def check_granting(ctx: Context, thing: Benefit | Batch | Row) -> None:
    """The bureau that grants."""
    check_bureau(ctx, thing, thing.owner)


def check_paying(ctx: Context, batch: Batch) -> None:
    """The bureau that pays."""
    check_bureau(ctx, batch, finance_of(batch))


def check_at_the_bank(ctx: Context, batch: Batch) -> None:
    if batch.state != "paying" or batch.sending:
        raise Conflict("本批次没有已提交的发放数据，请在发放提交完成后下载。", state={"state": batch.state})


def check_answered(ctx: Context, batch: Batch) -> None:
    if batch.state not in ("paying", "done"):
        raise Conflict("本批次尚未提交银行发放。", state=shown(batch))


def sees_persons(ctx: Context, document: duties.Sensitive) -> bool:
    """Of a sensitive project: the resident themself, 纪委, and those whose own work it is."""
    return duties.sees_persons(ctx.actor, document, READING, WATCHING)


def open_to(ctx: Context) -> Mapping[str, Any]:
    """The filter of what is open to the actor."""
    return duties.seen(ctx.actor, READING, WATCHING)


# --- whose it is -----------------------------------------------------------------------------------------------------


def finance_of(batch: Batch) -> str:
    return batch.bureau[-1]


def office_of(thing: Benefit | Batch | Row) -> Office:
    return Office(thing.county or thing.place, thing.owner)


def finance_office(batch: Batch) -> Office:
    return Office(batch.place, finance_of(batch))


def link_to(thing: Benefit | Batch | Row, pages: str) -> str:
    return f"/{thing.county or thing.place}/payments/{pages}/{thing.id}"


def title_of(thing: Benefit | Row) -> str:
    return f"{thing.short} · {thing.identity.masked}"


# --- 享受 ------------------------------------------------------------------------------------------------------------


def kept_away(document: Paid) -> Paid:
    """Who declared it keeps away from it, and whoever else was told of it as theirs: for good, though they be told no more."""
    return msgspec.structs.replace(document, avoid=tuple(dict.fromkeys((*document.avoid, *document.told))))


def derived(ctx: Context, benefit: Benefit) -> Benefit:
    return msgspec.structs.replace(kept_away(benefit), open=benefit.state != "ended")


BENEFITS: Business[Benefit] = Business(
    collection="payments.benefits",
    kind="payment",
    machine=BENEFIT,
    title=title_of,
    link=lambda benefit: link_to(benefit, "benefits"),
    office=office_of,
    by_office=True,
    bureau=lambda thing: thing.owner,
    about=lambda benefit: benefit.identity.id_number,
    derive=derived,
    noted=lambda ctx, benefit: {},
)


def benefit_fact(ctx: Context, kind: type[Told], benefit: Benefit, reason: str = "") -> Told:
    """What happened to a benefit, as an event of this kind."""
    return kind(
        benefit=benefit.id,
        reason=reason,
        at=ctx.now(),
        **shared(kind, benefit),
    )


def benefit_told(kind: type[BenefitFact], reason: str = "", *, quietly: bool = False) -> Fact[Benefit]:
    """The fact of this kind about a benefit as it was saved; ``quietly``: its person gets no message of it."""

    def fact(ctx: Context, benefit: Benefit) -> BenefitFact:
        told = benefit_fact(ctx, kind, benefit, reason)
        return msgspec.structs.replace(told, told=()) if quietly else told

    return fact


# --- batches ---------------------------------------------------------------------------------------------------------


def tasks_of(ctx: Context, batch: Batch) -> Sequence[Task]:
    """The step that a batch has come to; while it is paid, what its rows need."""
    return [task_of(ctx, batch, node, round) for node, round in steps_of(batch)]


def steps_of(batch: Batch) -> Sequence[tuple[str, int]]:
    """Node and round of each step that waits."""
    match batch.state:
        case "applied":
            return [(REVIEW, batch.round)]
        case "confirmed":
            return [(DISBURSE, batch.round)]
        case "disbursed":
            return [(PAY, batch.run + 1)]
        case "paying":
            again = [(PAY, batch.run + 1)] if batch.waiting else []
            apart = [(CORRECT, batch.apart.round)] if batch.apart else []
            return [*again, *((CORRECT, run) for run in batch.correcting), *apart]
    return []


def task_of(ctx: Context, batch: Batch, node: str, round: int) -> Task:
    """For the bureau whose step it is."""
    avoid, keys = kept_from(ctx, batch, node, round)
    return Task(
        node=node,
        label=LABELS[node],
        round=round,
        bureau=finance_of(batch) if node in (DISBURSE, PAY) else batch.owner,
        due_at=ctx.calendar.due(ctx.now(), ctx.settings(PaymentsConfig).limits.get(node, USUAL_LIMIT)),
        avoid=avoid,
        avoid_keys=keys,
    )


def kept_from(ctx: Context, batch: Batch, node: str, round: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who must keep away from a step, by person and by number: with ``second_person`` an application is never reviewed by its
    maker."""
    if node == REVIEW and ctx.settings(PaymentsConfig).second_person:
        return (batch.maker,), (batch.maker_key,) if batch.maker_key else ()
    if node == CORRECT and batch.apart and batch.apart.round == round:
        return batch.apart.avoid, batch.apart.avoid_keys
    return (), ()


async def keep_milestones(ctx: Context, batch: Batch) -> None:
    """A batch's steps, for those who read a payment of it."""
    known: Milestones | None = await milestones_of(ctx).first({"_id": batch.id})
    if known is None:
        await milestones_of(ctx).insert(Milestones(id=batch.id, place=batch.place, acts=batch.acts))
    elif known.acts != batch.acts:
        await milestones_of(ctx).save(msgspec.structs.replace(known, acts=batch.acts))


BATCHES: Business[Batch] = Business(
    collection="payments.batches",
    kind="payment",
    machine=BATCH,
    title=lambda batch: f"{batch.short} · {batch.title}",
    link=lambda batch: link_to(batch, "batches"),
    office=office_of,
    offices={"disburse": finance_office, "pay": finance_office},
    by_office=True,
    bureau=lambda thing: thing.owner,
    # Of half a county: each of its rows keeps its own person away.
    about=lambda batch: None,
    tasks=tasks_of,
    audited_as={"create": "create_batch", **{move: f"batch_{move}" for move in BATCH.moves}},
    beside=keep_milestones,
)


async def settle(ctx: Context, id: str) -> None:
    """已发放, once every row was paid or struck."""
    batch = await BATCHES.within(ctx).get(id)
    if not BATCH.allows("finish", batch.state) or batch.sending:
        return
    if not await rows_of(ctx).count({"batch": id, "state": {"$in": list(UNFINISHED)}}, at_most=1):
        await BATCHES.move(ctx, batch, "finish")


# --- payments --------------------------------------------------------------------------------------------------------


async def settle_without(ctx: Context, row: Row) -> None:
    """What was struck may have been all that its batch waited for."""
    if row.state == "struck":
        await settle(ctx, row.batch)


ROWS: Business[Row] = Business(
    collection="payments.rows",
    kind="payment",
    machine=ROW,
    title=title_of,
    link=lambda row: link_to(row, "rows"),
    office=office_of,
    by_office=True,
    bureau=lambda thing: thing.owner,
    about=lambda row: row.identity.id_number,
    derive=lambda ctx, row: kept_away(row),
    noted=lambda ctx, row: {"number": row.number} if row.acts[-1].move == "correct" else {},
    beside=settle_without,
)


def returned(ctx: Context, said: str) -> str:
    """What the bank meant, as the county reads its codes."""
    return returns.name_of(said, ctx.settings(PaymentsConfig).bank_codes)


def payment_told(kind: type[PaymentFact]) -> Fact[Row]:
    """The fact of this kind about a payment as it was saved."""

    def fact(ctx: Context, row: Row) -> PaymentFact:
        meant: dict[str, Any] = {"returned": returned(ctx, row.reason)} if kind is PaymentFailed else {}
        return kind(
            **meant,
            row=row.id,
            bureau=row.owner,
            persons=row.told,
            who=row.identity.masked,
            at=ctx.now(),
            **shared(kind, row, but=("bureau",)),
        )

    return fact
