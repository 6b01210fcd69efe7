"""The whole life of a payment, and reading it: by residents for themselves, by handlers for their work, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from hub.api import (
    Asked,
    Columns,
    Context,
    Forbidden,
    HistoryLine,
    Paged,
    Paging,
    Raw,
    as_table,
    both,
    log_first,
    masking,
    read_id_number,
    read_reason,
    same_name,
)
from plugins.payments.business import BATCHES, ROWS, check_at_the_bank, check_paying, sees_persons
from plugins.payments.documents import ROW, Proved, Row, benefits_of, milestones_of, proved_of, rows_of
from plugins.payments.steps import KnowReader

NOT_YOURS = "只能查询本人，或由您代办并经审核的人员的补贴发放信息。"


class PersonQuery(Paging, frozen=True, kw_only=True):
    """By 姓名 + 身份证号, in the body: a number in an address would stand in every log on the way."""

    name: Annotated[str, Asked("姓名"), msgspec.Meta(min_length=1, max_length=50)]
    id_number: Annotated[str, Asked("身份证号"), msgspec.Meta(min_length=1, max_length=40)]

    def __repr__(self) -> str:
        return "PersonQuery(***)"


# --- C9: one's own ---------------------------------------------------------------------------------------------------


def mine(ctx: Context) -> Mapping[str, Any]:
    """Rows of oneself, and of those one is the approved agent of. The store lets through what one is a reader of; here
    counts why: somebody's claim may have ended since.
    """
    return {"$or": [{"identity.id_number.b": ctx.actor.id_key or ""}, {"agents": ctx.actor.person or ""}]}


async def noted(ctx: Context, what: str, subject: str, result: str = "ok") -> None:
    """Every query is logged, in a transaction of its own: a refusal leaves its line too."""

    async def write(unit: Context) -> None:
        unit.audit(what, subject, result=result)
        await introduce(unit)

    await ctx.in_transaction(write)


async def introduce(ctx: Context) -> None:
    """Let payments know a proved person whom they have not met here; what is theirs appears a moment later."""
    person, key = ctx.actor.person, ctx.actor.id_key
    if person is None or key is None or ctx.county is None:
        return
    known: Proved | None = await proved_of(ctx).first({"county": ctx.county, "id_key": key})
    if known is None or known.person != person:
        ctx.enqueue(KnowReader(place=ctx.county, person=person, id_key=key))


async def list_mine(ctx: Context, query: Paging) -> Paged[Row]:
    await noted(ctx, "payments.query", ctx.actor.person or "")
    page: Paged[Row] = await rows_of(ctx).page(mine(ctx), query)
    return page


async def show_mine(ctx: Context, id: str) -> Row:
    await noted(ctx, "payments.show", id)
    row: Row | None = await rows_of(ctx).first({"$and": [{"_id": id}, mine(ctx)]})
    if row is None:
        raise Forbidden(NOT_YOURS)
    return row


async def search_mine(ctx: Context, query: PersonQuery) -> Paged[Row]:
    """By name and number. The same refusal for somebody else's number whether there are payments or not."""
    key = ctx.store.blind(read_id_number(ctx, query.id_number))
    of_this = {"$and": [{"identity.id_number.b": key}, mine(ctx)]}
    first: Row | None = await rows_of(ctx).first(of_this, sort=(("created_at", -1),))
    allowed = key == ctx.actor.id_key or first is not None
    if not allowed or (first is not None and not same_name(first.identity.name.reveal(), query.name)):
        await noted(ctx, "payments.query", ctx.actor.person or "", "refused")
        raise Forbidden(NOT_YOURS)
    await noted(ctx, "payments.query", ctx.actor.person or "")
    page: Paged[Row] = await rows_of(ctx).page(of_this, query)
    return page


async def life_of(ctx: Context, row: Row) -> list[HistoryLine]:
    """Every node with its time and 经办人员, in order: the benefit's, the batch's, the payment's own."""
    benefit = await benefits_of(ctx).first({"_id": row.benefit})
    batch = await milestones_of(ctx).first({"_id": row.batch})
    made = row.created_at
    before = [line for line in (benefit.acts if benefit else ()) if made is None or line.at < made]
    # Of one moment, the payment's own step comes first: paid, and with it the batch is done.
    lines = [*before, *row.acts, *(batch.acts if batch else ())]
    return sorted(lines, key=lambda line: line.at)


# --- tables ----------------------------------------------------------------------------------------------------------


def state_label(row: Row) -> str:
    """An open objection is told beside the state."""
    label = ROW.label(row.state)
    return f"{label}（异议中）" if row.objections else label


def card_of(ctx: Context, row: Row) -> str:
    card = row.identity.card
    return masking.card(card.reveal()) if card and sees_persons(ctx, row) else ""


def number_of(ctx: Context, row: Row) -> str:
    number = row.identity.id_number.reveal()
    return masking.id_number_public(number) if sees_persons(ctx, row) else masking.HIDDEN


MASKED: Columns[Row] = {
    "流水号": lambda ctx, row: row.number,
    "姓名": lambda ctx, row: row.identity.masked if sees_persons(ctx, row) else masking.HIDDEN,
    "身份证号": number_of,
    "卡号": card_of,
    "村（社区）": lambda ctx, row: ctx.regions.full_name(row.place),
    "补贴标准": lambda ctx, row: row.standard,
    "数量": lambda ctx, row: row.quantity,
    "金额（元）": lambda ctx, row: row.amount,
    "状态": lambda ctx, row: state_label(row),
    "说明": lambda ctx, row: row.reason,
}
FOR_THE_BANK: Columns[Row] = {
    "流水号": lambda ctx, row: row.slip,
    "姓名": lambda ctx, row: row.identity.name.reveal(),
    "身份证号": lambda ctx, row: row.identity.id_number.reveal(),
    "社保卡号": lambda ctx, row: row.identity.card.reveal() if row.identity.card else "",
    "金额（元）": lambda ctx, row: row.amount,
}
BY_SERIAL = (("serial", 1),)


async def export(ctx: Context, id: str) -> Raw:
    """The rows of a batch with masked persons, logged."""
    batch = await BATCHES.seen(ctx, id)
    await log_first(ctx, "payments.export", id, number=batch.number)
    seen = both({"batch": id}, ROWS.sees(ctx.actor))
    return await as_table(ctx, MASKED, rows_of(ctx), seen, BY_SERIAL, batch.number)


async def bank_file(ctx: Context, id: str, reason: str) -> Raw:
    """What the bank needs: full names, numbers and cards of the rows that are with it now. For the paying bureau alone,
    with a reason, logged as seeing unmasked data.
    """
    batch = await BATCHES.here(ctx, id)
    check_paying(ctx, batch)
    why = read_reason(reason)
    check_at_the_bank(ctx, batch)
    await log_first(ctx, "payments.bank_file", id, why=why, number=batch.number, run=batch.run)
    sent = {"batch": id, "state": "sent"}
    return await as_table(ctx, FOR_THE_BANK, rows_of(ctx), sent, BY_SERIAL, f"{batch.number}-{batch.run}")
